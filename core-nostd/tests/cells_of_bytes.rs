//! Goal: messages of bytes of any length up to the longest pass through a ring in which each cell
//! holds one, between as many ends as there are; who dies loses nothing, and who lies harms nobody.
//!
//! Method: ends over memory of this process, with a platform that can call some of them dead.
//! Allowed outcomes: every message sent arrives as it was, once, or marked as come again; a length
//! that cannot be is `Corrupt` once, and what lies behind it arrives.
#![cfg(not(ringway_loom))]

use ringway_core::attach::{AttachError, Options};
use ringway_core::channel::{
    Crowded, ManyReceivers, ManySenders, Mpmc, Piece, RecvBytes, RecvSide, SendBytes, SendSide,
    Spmc, Topology,
};
use ringway_core::error::{RecvTimeoutError, TryRecvError, TrySendError};
use ringway_core::layout::{Blueprint, Geometry, Kind};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Borrowed, Memory, StaticRegion};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const LEN: usize = 1 << 16;
const SHORT: Duration = Duration::from_millis(1);

/// An attachment; sleepers look again and again.
#[derive(Clone)]
struct Threads<'a> {
    place: &'a Place,
    token: u32,
}

impl Wait for Threads<'_> {
    fn now(&self) -> Nanos {
        Nanos(self.place.start.elapsed().as_nanos() as u64)
    }
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        while word.atomic.load(Ordering::Relaxed) == expected {
            if deadline.is_some_and(|deadline| deadline <= self.now()) {
                return WaitResult::TimedOut;
            }
            std::thread::yield_now();
        }
        WaitResult::Woken
    }
    fn wake(&self, _word: Word<'_>, _count: u32) -> bool {
        true
    }
}

// SAFETY: each attachment has a token, and those that are called dead are not used any more.
unsafe impl Liveness for Threads<'_> {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::new(self.token).unwrap())
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        peer.token.get() != self.place.dead.load(Ordering::Relaxed)
    }
}

impl<'a> Platform for Threads<'a> {
    type Memory = Borrowed<'a>;
    type Scratch = ();
    fn memory(&self) -> &Borrowed<'a> {
        &self.place.borrowed
    }
}

/// Memory for a channel, and who has died.
struct Place {
    borrowed: Borrowed<'static>,
    /// A token.
    dead: AtomicU32,
    start: Instant,
}

impl Place {
    fn new() -> Self {
        let region: &'static StaticRegion<LEN> = Box::leak(Box::new(StaticRegion::new()));
        Place {
            borrowed: Borrowed::from(region),
            dead: AtomicU32::new(u32::MAX),
            start: Instant::now(),
        }
    }

    fn attach(&self, token: u32) -> Threads<'_> {
        Threads { place: self, token }
    }

    fn words(&self) -> &[AtomicU32] {
        let first = self.borrowed.base().cast::<AtomicU32>();
        // SAFETY: the bytes are aligned, there are so many, and the words that are used are shared as
        // atomics.
        unsafe { std::slice::from_raw_parts(first.as_ptr(), LEN / 4) }
    }

    /// The word with the length in cell number `index`.
    fn len_word(&self, geometry: &Geometry, index: usize) -> &AtomicU32 {
        let at = geometry.data_offset + index * geometry.shape.stride as usize + 4;
        &self.words()[at / 4]
    }
}

fn blueprint(kind: Kind, max_len: u32, capacity: u32) -> Blueprint {
    Blueprint {
        capacity: Some(capacity),
        handles: Some(8),
        ..Blueprint::of_bytes(kind, Some(max_len)).unwrap()
    }
}

type Sending<'a, K> = <K as Topology>::SendingBytes<Threads<'a>>;
type Receiving<'a, K> = <K as Topology>::ReceivingBytes<Threads<'a>>;

fn sending<'a, K: Topology>(place: &'a Place, token: u32, wanted: &Blueprint) -> Sending<'a, K> {
    K::attach_sending_bytes(place.attach(token), wanted, Options::default()).unwrap()
}

fn receiving<'a, K: Topology>(
    place: &'a Place,
    token: u32,
    wanted: &Blueprint,
) -> Receiving<'a, K> {
    K::attach_receiving_bytes(place.attach(token), wanted, Options::default()).unwrap()
}

fn try_send<'a>(half: &mut impl SendBytes<Threads<'a>>, message: &[u8]) -> bool {
    match half.try_claim(message.len()) {
        Ok(()) => {
            half.record().copy_from_slice(message);
            half.publish(message.len(), Piece::Whole);
            true
        }
        Err(TrySendError::Full(())) => false,
        Err(why) => panic!("{why}"),
    }
}

fn send<'a>(half: &mut impl SendBytes<Threads<'a>>, message: &[u8]) {
    if !half.is_ready_for(message.len()) {
        half.claim(message.len(), None).unwrap();
    }
    half.record().copy_from_slice(message);
    half.publish(message.len(), Piece::Whole);
}

fn try_recv<'a>(half: &mut impl RecvBytes<Threads<'a>>) -> Result<Vec<u8>, TryRecvError> {
    if !half.is_ready() {
        half.try_claim(1)?;
    }
    let (record, is_part) = half.record();
    assert!(!is_part);
    let message = record.to_vec();
    half.finish();
    Ok(message)
}

/// The next message, however long it takes to find out who has died.
fn recv<'a>(half: &mut impl RecvBytes<Threads<'a>>) -> Result<Vec<u8>, RecvTimeoutError> {
    half.claim(1, Some(Duration::from_secs(30)))?;
    let message = half.record().0.to_vec();
    half.finish();
    Ok(message)
}

/// Steele's and Vigna's generator, so that runs can be repeated.
struct Random(u64);

impl Random {
    fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.any() % end as u64) as usize
    }

    fn message(&mut self, max_len: usize) -> Vec<u8> {
        let len = match self.below(5) {
            0 => 0,
            1 => 1.min(max_len),
            2 => max_len,
            _ => self.below(max_len + 1),
        };
        let first = self.any() as u8;
        (0..len).map(|at| first.wrapping_add(at as u8)).collect()
    }
}

#[test]
fn any_length_passes_in_order() {
    for max_len in [0, 1, 7, 8, 9, 100, 1000] {
        let place = Place::new();
        let wanted = blueprint(Kind::Mpmc, max_len, 4);
        let mut senders = vec![sending::<Mpmc>(&place, 1, &wanted)];
        let mut receivers = vec![receiving::<Mpmc>(&place, 2, &wanted)];
        senders.push(Mpmc::clone_sending_bytes(&senders[0], false).unwrap());
        receivers.push(Mpmc::clone_receiving_bytes(&receivers[0], false).unwrap());
        let longest = senders[0].max_record();
        assert_eq!(longest, max_len.next_multiple_of(8) as usize);
        assert!(!senders[0].splits());
        let mut random = Random(u64::from(max_len));
        let mut model = VecDeque::new();
        for _ in 0..2_000 {
            if random.below(2) == 0 {
                let message = random.message(longest);
                let index = random.below(2);
                let is_sent = try_send(&mut senders[index], &message);
                assert_eq!(is_sent, model.len() < 4);
                if is_sent {
                    model.push_back(message);
                }
            } else {
                let index = random.below(2);
                let received = try_recv(&mut receivers[index]);
                assert_eq!(received, model.pop_front().ok_or(TryRecvError::Empty));
            }
        }
        drop(senders);
        while let Some(message) = model.pop_front() {
            assert_eq!(try_recv(&mut receivers[0]), Ok(message));
        }
        let closed = recv(&mut receivers[0]);
        assert_eq!(closed, Err(RecvTimeoutError::Closed));
    }
}

#[test]
fn a_message_can_shrink_and_be_given_up() {
    let place = Place::new();
    let wanted = blueprint(Kind::Spmc, 64, 2);
    let mut sender = sending::<Spmc>(&place, 1, &wanted);
    let mut receiver = receiving::<Spmc>(&place, 2, &wanted);
    sender.try_claim(64).unwrap();
    sender.record().copy_from_slice(&[7; 64]);
    sender.abort();
    assert_eq!(try_recv(&mut receiver), Err(TryRecvError::Empty));
    sender.try_claim(64).unwrap();
    sender.record().copy_from_slice(&[9; 64]);
    sender.publish(3, Piece::Whole);
    // What was claimed for one length may be used for another.
    sender.try_claim(8).unwrap();
    sender.try_claim(1).unwrap();
    assert_eq!(sender.record().len(), 1);
    sender.record()[0] = 1;
    sender.publish(1, Piece::Whole);
    assert_eq!(try_recv(&mut receiver), Ok(vec![9; 3]));
    assert_eq!(try_recv(&mut receiver), Ok(vec![1]));
}

#[test]
fn a_cell_has_the_documented_bytes() {
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 20, 2);
    let mut sender = sending::<Mpmc>(&place, 1, &wanted);
    assert!(try_send(&mut sender, b"abcd"));
    assert!(try_send(&mut sender, b"0123456789"));
    let word = |at: usize| place.words()[at / 4].load(Ordering::Relaxed);
    assert_eq!(
        [32, 36, 40, 44].map(word),
        [4, 2, 2, 1],
        "kind, layout, cells, lanes"
    );
    assert_eq!(
        [48, 52, 56, 60].map(word),
        [32, 8, 24, 8],
        "stride, item: offset, size, align"
    );
    assert_eq!(
        [92, 128].map(word),
        [4, u32::from_le_bytes(*b"[u8]")],
        "name"
    );
    let cells = word(84) as usize;
    let abcd = u32::from_le_bytes(*b"abcd");
    assert_eq!([0, 4, 8].map(|at| word(cells + at)), [1, 4, abcd]);
    assert_eq!([32, 36].map(|at| word(cells + at)), [1 << 2 | 1, 10]);
}

#[test]
fn no_place_is_ever_longer_than_a_cell() {
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 64, 2);
    let mut sender = sending::<Mpmc>(&place, 1, &wanted);
    let mut receiver = receiving::<Mpmc>(&place, 2, &wanted);
    sender.try_claim(1000).unwrap();
    assert_eq!(sender.record().len(), 64);
    sender.record().fill(1);
    sender.publish(1000, Piece::Whole);
    assert_eq!(try_recv(&mut receiver), Ok(vec![1; 64]));
}

/// Messages of threads that race: which thread, which number, and bytes that follow from both.
#[test]
fn threads_pass_each_message_once() {
    const EACH: u64 = 20_000;
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 200, 8);
    let sum = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for token in 1..=2_u64 {
            let (place, wanted) = (&place, &wanted);
            scope.spawn(move || {
                let mut sender = sending::<Mpmc>(place, token as u32, wanted);
                sender.wait_for_receiver(None);
                let mut random = Random(token);
                for number in 1..=EACH {
                    let value = token << 32 | number;
                    let mut message = value.to_le_bytes().to_vec();
                    message.resize(8 + random.below(193), value as u8);
                    send(&mut sender, &message);
                }
            });
        }
        for token in 3..=4 {
            let (place, wanted, sum) = (&place, &wanted, &sum);
            scope.spawn(move || {
                let mut receiver = receiving::<Mpmc>(place, token, wanted);
                receiver.wait_for_sender(None);
                let mut last = [0; 3];
                loop {
                    let message = match recv(&mut receiver) {
                        Ok(message) => message,
                        Err(RecvTimeoutError::Closed) => break,
                        Err(why) => panic!("{why}"),
                    };
                    let (value, rest) = message.split_first_chunk::<8>().unwrap();
                    let value = u64::from_le_bytes(*value);
                    assert!(rest.iter().all(|&byte| byte == value as u8));
                    let from = (value >> 32) as usize;
                    assert!(last[from] < value as u32);
                    last[from] = value as u32;
                    sum.fetch_add(value as u32 as u64, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(sum.into_inner(), EACH * (EACH + 1));
}

#[test]
fn what_a_dead_receiver_held_comes_again() {
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 64, 4);
    let mut sender = sending::<Mpmc>(&place, 1, &wanted);
    let mut dying = receiving::<Mpmc>(&place, 2, &wanted);
    let mut receiver = receiving::<Mpmc>(&place, 3, &wanted);
    for byte in 0..3 {
        assert!(try_send(&mut sender, &vec![byte; byte as usize * 20]));
    }
    assert_eq!(try_recv(&mut dying), Ok(vec![]));
    dying.try_claim(1).unwrap();
    assert_eq!(dying.record().0, [1; 20]);
    std::mem::forget(dying);
    place.dead.store(2, Ordering::Relaxed);
    assert_eq!(try_recv(&mut receiver), Ok(vec![2; 40]));
    assert_eq!(recv(&mut receiver), Ok(vec![1; 20]));
    assert!(Mpmc::was_redelivered_bytes(&receiver));
    assert_eq!(Mpmc::join_bytes(&mut sender, Some(SHORT)), Ok(()));
}

#[test]
fn the_cell_of_a_dead_sender_is_passed_over() {
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 64, 2);
    let mut dying = sending::<Mpmc>(&place, 1, &wanted);
    let mut sender = sending::<Mpmc>(&place, 2, &wanted);
    let mut receiver = receiving::<Mpmc>(&place, 3, &wanted);
    dying.try_claim(64).unwrap();
    dying.record().fill(1);
    std::mem::forget(dying);
    assert!(try_send(&mut sender, &[2; 5]));
    place.dead.store(1, Ordering::Relaxed);
    assert_eq!(recv(&mut receiver), Ok(vec![2; 5]));
    assert!(try_send(&mut sender, &[3; 64]));
    assert_eq!(recv(&mut receiver), Ok(vec![3; 64]));
}

#[test]
fn a_length_that_cannot_be_is_corrupt_once() {
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 64, 4);
    let geometry = wanted.geometry().unwrap();
    let mut sender = sending::<Mpmc>(&place, 1, &wanted);
    let mut receiver = receiving::<Mpmc>(&place, 2, &wanted);
    let mut index = 0;
    for lie in [65, 72, 1 << 16, 1 << 31, u32::MAX] {
        assert!(try_send(&mut sender, &[1; 10]));
        assert!(try_send(&mut sender, &[2; 20]));
        place
            .len_word(&geometry, index % 4)
            .store(lie, Ordering::Relaxed);
        assert!(!receiver.is_ready());
        assert!(receiver.may_claim(ringway_core::wait::Sight::Last));
        assert_eq!(try_recv(&mut receiver), Err(TryRecvError::Corrupt));
        assert_eq!(try_recv(&mut receiver), Ok(vec![2; 20]));
        assert_eq!(Mpmc::join_bytes(&mut sender, Some(SHORT)), Ok(()));
        index += 2;
    }
}

#[test]
fn a_length_that_changes_later_is_not_believed() {
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 64, 4);
    let geometry = wanted.geometry().unwrap();
    let mut sender = sending::<Mpmc>(&place, 1, &wanted);
    let mut receiver = receiving::<Mpmc>(&place, 2, &wanted);
    assert!(try_send(&mut sender, &[1; 10]));
    receiver.try_claim(1).unwrap();
    place
        .len_word(&geometry, 0)
        .store(u32::MAX, Ordering::Relaxed);
    assert_eq!(receiver.record().0, [1; 10]);
    receiver.finish();
    assert_eq!(try_recv(&mut receiver), Err(TryRecvError::Empty));
}

#[test]
fn a_lie_that_a_dead_receiver_held_is_corrupt_for_one_other() {
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 64, 2);
    let geometry = wanted.geometry().unwrap();
    let mut sender = sending::<Mpmc>(&place, 1, &wanted);
    let mut dying = receiving::<Mpmc>(&place, 2, &wanted);
    let mut receiver = receiving::<Mpmc>(&place, 3, &wanted);
    assert!(try_send(&mut sender, &[1; 10]));
    dying.try_claim(1).unwrap();
    std::mem::forget(dying);
    place.len_word(&geometry, 0).store(65, Ordering::Relaxed);
    place.dead.store(2, Ordering::Relaxed);
    assert_eq!(recv(&mut receiver), Err(RecvTimeoutError::Corrupt));
    for round in 0..4 {
        assert!(try_send(&mut sender, &[round; 10]));
        assert_eq!(try_recv(&mut receiver), Ok(vec![round; 10]));
    }
}

#[test]
fn other_lengths_than_the_segment_has_are_named() {
    let place = Place::new();
    let wanted = blueprint(Kind::Mpmc, 64, 4);
    let _sender = sending::<Mpmc>(&place, 1, &wanted);
    let attach = |max_len| {
        let wanted = Blueprint::of_bytes(Kind::Mpmc, max_len).unwrap();
        Mpmc::attach_receiving_bytes(place.attach(2), &wanted, Options::default())
    };
    let refused = attach(Some(200)).map(drop).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "it was made with a max_len of 64, this program asks for 200; all who use it must ask for \
         the same"
    );
    // Nobody says how long.
    let receiver = attach(None).map(|receiver| receiver.capacity());
    assert_eq!(receiver, Ok(4));
    let items = Blueprint::of::<[u64; 8]>(Kind::Mpmc).unwrap();
    let refused =
        Mpmc::attach_receiving::<[u64; 8], _>(place.attach(2), &items, Options::default());
    assert!(matches!(refused.map(drop), Err(AttachError::Unfit(_))));
    let too_long = Blueprint::of_bytes(Kind::Mpmc, Some((1 << 24) + 1)).unwrap_err();
    assert_eq!(
        too_long.to_string(),
        "it cannot have a max_len of 16777217; possible are 0 to 16777216"
    );
}

/// Every word of the segment behind the header is overwritten now and then, and the lengths often.
#[test]
fn any_words_do_no_harm() {
    let seed = std::env::var("RINGWAY_TEST_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(0)
    });
    println!("RINGWAY_TEST_SEED={seed}");
    let mut random = Random(seed);
    let mut corrupt = 0;
    for _ in 0..400 {
        let place = Place::new();
        let wanted = blueprint(Kind::Mpmc, 64, 4);
        let geometry = wanted.geometry().unwrap();
        let mut sender = sending::<Mpmc>(&place, 1, &wanted);
        let mut receiver = receiving::<Mpmc>(&place, 2, &wanted);
        let harsh = random.below(3) == 0;
        for _ in 0..100 {
            let message = random.message(64);
            if sender.try_claim(message.len()).is_ok() {
                sender.record().copy_from_slice(&message);
                sender.publish(message.len(), Piece::Whole);
            }
            if random.below(3) == 0 {
                let index = random.below(geometry.cells as usize);
                let lie = random.any() as u32 >> random.below(32);
                place
                    .len_word(&geometry, index)
                    .store(lie, Ordering::Relaxed);
            }
            if harsh && random.below(10) == 0 {
                let words = place.words();
                let (from, to) = (geometry.participant_offset(0) / 4, words.len());
                let lie = random.any() as u32 >> random.below(32);
                words[from + random.below(to - from)].store(lie, Ordering::Relaxed);
            }
            match try_recv(&mut receiver) {
                Ok(message) => assert!(message.len() <= 64),
                Err(TryRecvError::Corrupt) => corrupt += 1,
                Err(_) => {}
            }
        }
    }
    assert!(corrupt > 100, "{corrupt} times corrupt");
}
