//! The joining of parts: honest ones in any order of calls, and whatever a lying sender may write.

extern crate std;

use super::joiner::{Joiner, Step};
use super::part::PartHeader;
use crate::channel::Framed;
use crate::error::SendError;
use crate::local;
use crate::region::StaticRegion;
use crate::scratch::Scratch;
use std::vec;
use std::vec::Vec;

const LIMIT: usize = 1000;

/// Memory that knows how much was asked for.
#[derive(Debug, Default)]
struct Memory {
    bytes: Vec<u8>,
    asked: usize,
}

impl Scratch for Memory {
    const EXISTS: bool = true;
    fn begin(&mut self, len: usize) -> bool {
        assert!(
            len <= LIMIT,
            "a sender made the receiver ask for {len} bytes"
        );
        self.bytes.clear();
        self.asked = len;
        true
    }
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        assert!(self.bytes.len() <= self.asked);
    }
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A small generator, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn part(total: u64, offset: u64, bytes: &[u8]) -> Vec<u8> {
    [&PartHeader { total, offset }.bytes()[..], bytes].concat()
}

fn message(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|n| (n * 31 + seed) as u8).collect()
}

/// `message` in parts of up to `most` bytes.
fn parts(message: &[u8], most: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    let total = message.len() as u64;
    let cut = message.chunks(most).enumerate();
    cut.map(move |(n, bytes)| part(total, (n * most) as u64, bytes))
}

fn step<S: Scratch>(joiner: &mut Joiner<S>, record: &[u8]) -> Step {
    joiner.part(record, None).step
}

#[test]
fn parts_become_the_message_wherever_each_call_wants_it() {
    let mut random = Random(88172645463325252);
    let mut joiner = Joiner::<Memory>::new(LIMIT);
    for seed in 0..2000 {
        let message = message(1 + random.below(LIMIT), seed);
        let mut buffer = vec![0; LIMIT];
        let mut came = None;
        for record in parts(&message, 1 + random.below(300)) {
            assert_eq!(came, None);
            let into_buffer = random.below(2) == 0;
            let stepped = joiner.part(&record, into_buffer.then_some(&mut buffer[..]));
            let calls_end = random.below(3) == 0 || !into_buffer;
            match stepped.step {
                Step::Copied => assert!(!stepped.is_last),
                Step::Full => came = Some(joiner.message().to_vec()),
                Step::Delivered(len) => came = Some(buffer[..len].to_vec()),
                other => panic!("{other:?}"),
            }
            if calls_end {
                joiner.save(&buffer);
                buffer.fill(0);
            }
            // What a call that wants no buffer relies on.
            joiner.save(&buffer);
        }
        assert_eq!(came.as_deref(), Some(&message[..]));
        assert_eq!(joiner.incomplete, 0);
        joiner.clear();
    }
}

#[test]
fn half_a_message_gives_way_to_the_next_one() {
    let mut joiner = Joiner::<Memory>::new(LIMIT);
    assert_eq!(step(&mut joiner, &part(9, 0, b"gone")), Step::Copied);
    assert_eq!(step(&mut joiner, &part(9, 0, b"here")), Step::Copied);
    assert_eq!(joiner.incomplete, 1);
    assert_eq!(step(&mut joiner, &part(9, 4, b" I am")), Step::Full);
    assert_eq!(joiner.message(), b"here I am");
}

#[test]
fn parts_without_a_beginning_are_one_message_that_is_lost() {
    let mut joiner = Joiner::<Memory>::new(LIMIT);
    let (lost, whole) = (message(100, 0), message(100, 1));
    for record in parts(&lost, 30).skip(1) {
        assert_eq!(step(&mut joiner, &record), Step::Skipped);
    }
    assert_eq!(joiner.incomplete, 1);
    let steps: Vec<_> = parts(&whole, 50)
        .map(|record| step(&mut joiner, &record))
        .collect();
    assert_eq!(steps, [Step::Copied, Step::Full]);
}

#[test]
fn a_message_beyond_the_limit_is_passed_over_and_told_once() {
    let mut joiner = Joiner::<Memory>::new(LIMIT);
    let too_long = message(LIMIT + 1, 0);
    let steps: Vec<_> = parts(&too_long, 300)
        .map(|record| step(&mut joiner, &record))
        .collect();
    let mut expected = vec![Step::Skipped; 4];
    expected[0] = Step::TooLong(LIMIT as u64 + 1);
    assert_eq!(steps, expected);
    assert_eq!(joiner.incomplete, 0);
    assert_eq!(step(&mut joiner, &part(1, 0, b"!")), Step::Full);
}

#[test]
fn without_memory_every_message_in_parts_is_too_long() {
    let mut joiner = Joiner::<()>::new(LIMIT);
    assert_eq!(step(&mut joiner, &part(2, 0, b"a")), Step::TooLong(2));
    assert_eq!(step(&mut joiner, &part(2, 1, b"b")), Step::Skipped);
}

#[test]
fn a_message_that_does_not_fit_the_buffer_is_not_taken() {
    let mut joiner = Joiner::<Memory>::new(LIMIT);
    let first = part(10, 0, b"12345");
    let stepped = joiner.part(&first, Some(&mut [0; 9]));
    assert_eq!(stepped.step, Step::ShortBuffer(10));
    let mut buffer = [0; 10];
    assert_eq!(joiner.part(&first, Some(&mut buffer)).step, Step::Copied);
    let last = joiner.part(&part(10, 5, b"67890"), Some(&mut buffer));
    assert_eq!((last.step, last.is_last), (Step::Delivered(10), true));
    assert_eq!(&buffer, b"1234567890");
}

#[test]
fn lies_are_told_from_parts() {
    let mut joiner = Joiner::<Memory>::new(LIMIT);
    for record in [
        vec![],
        vec![0; 15],
        part(0, 0, b""),
        part(10, 0, b""),
        part(4, 0, b"12345"),
        part(4, 4, b"5"),
        part(u64::MAX, u64::MAX, b"1"),
    ] {
        assert_eq!(step(&mut joiner, &record), Step::Corrupt, "{record:?}");
    }
    assert_eq!(
        step(&mut joiner, &part(1 << 63, 0, b"1")),
        Step::TooLong(1 << 63)
    );
    assert_eq!(step(&mut joiner, &part(1 << 63, 1, b"1")), Step::Skipped);
}

/// Parts whose numbers are near each other, so that many of them seem to fit.
#[test]
fn whatever_comes_nothing_is_written_beyond_a_message() {
    let mut random = Random(1);
    let mut joiner = Joiner::<Memory>::new(LIMIT);
    for _ in 0..200_000 {
        let totals = [3, 8, 8, LIMIT as u64, LIMIT as u64 + 1, u64::MAX];
        let total = totals[random.below(totals.len())];
        let offset = (random.below(8) as u64).wrapping_sub(random.below(2) as u64);
        let record = part(total, offset, &[7; 8][..random.below(9)]);
        let mut buffer = [0; 10];
        let len = random.below(buffer.len());
        if random.below(2) == 0 {
            joiner.part(&record, Some(&mut buffer[..len]));
            joiner.save(&buffer[..len]);
        } else {
            joiner.part(&record, None);
        }
        if joiner.is_full() && random.below(2) == 0 {
            assert!(joiner.message().iter().all(|byte| *byte == 7));
            joiner.clear();
        }
    }
}

/// Two contexts of one program: what would have to be joined is not sent.
#[test]
fn without_an_allocator_a_message_is_as_long_as_a_record_at_most() {
    static REGION: StaticRegion<8192> = StaticRegion::new();
    let (mut tx, mut rx) = local::split::<[u8]>(&REGION).unwrap();
    let max = tx.max_record();
    assert!(max >= 2000, "{max}");
    assert_eq!(tx.max_message(), Some(max));
    let (value, len) = ((), max + 1);
    let too_long = message(len, 0);
    assert_eq!(
        tx.send(&too_long),
        Err(SendError::TooLong { value, len, max })
    );
    tx.send(&too_long[..max]).unwrap();
    assert_eq!(*rx.recv().unwrap(), too_long[..max]);
    assert_eq!((tx.sent(), rx.received()), (1, 1));
}

/// A `T` may lie at every multiple of 8, or the channel is refused.
#[test]
fn a_type_that_needs_more_than_a_message_has_is_refused() {
    static REGION: StaticRegion<8192> = StaticRegion::new();
    assert!(local::split::<Framed<[u128]>>(&REGION).is_err());
    assert!(local::split::<Framed<[u64]>>(&REGION).is_ok());
}
