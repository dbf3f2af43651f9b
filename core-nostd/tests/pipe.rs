//! Goal: a pipe delivers the bytes that were written, in order, once, whoever takes over and however
//! they are cut into pieces; over garbage it says `Corrupt` and stays inside.
//!
//! Method: random calls against a plain queue of bytes, in rings from one byte on, from positions on
//! both sides of where shared words wrap. Allowed outcomes: exactly those of the queue.
#![cfg(not(ringway_loom))]

use ringway_core::attach::AttachError;
use ringway_core::layout::{Blueprint, Kind, Peer};
use ringway_core::local::pipe;
use ringway_core::pipe::{
    ReadError, ReadTimeoutError, TryReadError, TryWriteError, WriteAllError, WriteError,
    WriteTimeoutError,
};
use ringway_core::region::{Borrowed, Memory, StaticRegion};
use ringway_core::wait::{Source, try_any};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Where the control words of a pipe lie (`docs/abi.md`).
const TAIL: usize = 512;
const HEAD: usize = TAIL + 128;
const CURSOR: usize = TAIL + 256;

/// SplitMix64.
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
}

fn seed() -> u64 {
    let given = std::env::var("RINGWAY_TEST_SEED").ok();
    let seed = given.and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(0)
    });
    println!("RINGWAY_TEST_SEED={seed}");
    seed
}

/// The word at `offset`.
fn word<const N: usize>(region: &StaticRegion<N>, offset: usize) -> &AtomicU32 {
    let memory = Borrowed::from(region);
    assert!(offset + 4 <= memory.len() && offset.is_multiple_of(4));
    // SAFETY: the word lies in the memory, whose bytes are shared as atomics, and which lives as
    // long as the region.
    unsafe { memory.base().add(offset).cast().as_ref() }
}

/// Makes an unused pipe in `region` one through which `start` bytes have passed.
fn start_at<const N: usize>(region: &StaticRegion<N>, start: u64) {
    drop(pipe(region).unwrap());
    for position in [TAIL, HEAD, CURSOR] {
        word(region, position).store(start as u32, Ordering::Relaxed);
        word(region, position + 4).store((start >> 32) as u32, Ordering::Relaxed);
        word(region, position + 8).store(start as u32, Ordering::Relaxed);
    }
}

const WRAP: u64 = 1 << 32;
/// Where positions start: in a new pipe, and around where their shared halves wrap.
const STARTS: [u64; 5] = [0, WRAP - 1, WRAP - 1000, 7 * WRAP - 3, 7 * WRAP + 5];

/// What a pipe is compared with.
struct Model {
    queue: VecDeque<u8>,
    capacity: usize,
    next: u8,
    written: u64,
    consumed: u64,
}

impl Model {
    fn make(&mut self, len: usize) -> Vec<u8> {
        (0..len)
            .map(|_| {
                self.next = self.next.wrapping_mul(5).wrapping_add(3);
                self.next
            })
            .collect()
    }

    fn wrote(&mut self, bytes: &[u8]) {
        self.queue.extend(bytes);
        self.written += bytes.len() as u64;
    }

    /// Those that were made and did not fit were never there.
    fn free(&self) -> usize {
        self.capacity - self.queue.len()
    }

    fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            assert_eq!(self.queue.pop_front(), Some(*byte));
        }
        self.consumed += bytes.len() as u64;
    }
}

fn agrees_with_a_queue<const N: usize>(random: &mut Random, start: u64) {
    let region = Box::new(StaticRegion::<N>::new());
    let region = &*region;
    start_at(region, start);
    let (mut tx, mut rx) = pipe(region).unwrap();
    let mut model = Model {
        queue: VecDeque::new(),
        capacity: tx.capacity(),
        next: 0,
        written: start,
        consumed: start,
    };
    let longest = 2 * model.capacity + 2;
    let mut buffer = vec![0; longest];
    for _ in 0..2000 {
        let len = match random.below(4) {
            0 => random.below(4),
            1 => random.below(longest),
            _ => random.below(model.capacity.div_ceil(3) + 2),
        };
        match random.below(12) {
            0..3 => {
                let bytes = model.make(len);
                let fits = len.min(model.free());
                match tx.try_write(&bytes) {
                    Ok(count) => assert_eq!(count, fits),
                    Err(error) => assert_eq!((error, fits), (TryWriteError::Full, 0)),
                }
                model.wrote(&bytes[..fits]);
            }
            3 if model.free() > 0 => {
                let bytes = model.make(len);
                let timeout = Duration::from_micros(100);
                match tx.write_timeout(&bytes, timeout) {
                    Ok(count) => {
                        assert_eq!(count == 0, len == 0);
                        model.wrote(&bytes[..count]);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            4 if len <= model.free() => {
                let bytes = model.make(len);
                tx.write_all(&bytes).unwrap();
                model.wrote(&bytes);
            }
            5 | 6 => match tx.try_reserve(len) {
                Ok(mut grant) => {
                    assert!(grant.len() <= len.min(model.free()));
                    assert_eq!(grant.is_empty(), len == 0);
                    let bytes = model.make(random.below(grant.len() + 1));
                    grant[..bytes.len()].copy_from_slice(&bytes);
                    if random.below(8) > 0 {
                        grant.commit(bytes.len());
                        model.wrote(&bytes);
                    }
                }
                Err(error) => assert_eq!((error, model.free()), (TryWriteError::Full, 0)),
            },
            7 | 8 => match rx.try_read(&mut buffer[..len]) {
                Ok(count) => {
                    assert_eq!(count, len.min(model.queue.len()));
                    model.read(&buffer[..count]);
                }
                Err(error) => assert_eq!(
                    (error, model.queue.len()),
                    (TryReadError::Empty, 0),
                    "{len}"
                ),
            },
            9 => match rx.try_fill_buf() {
                Ok(bytes) => {
                    assert!(!bytes.is_empty() && bytes.len() <= model.queue.len());
                    let count = random.below(bytes.len() + 1);
                    model.read(&bytes[..count]);
                    rx.consume(count);
                }
                Err(error) => {
                    assert_eq!((error, model.queue.len()), (TryReadError::Empty, 0));
                }
            },
            10 if !model.queue.is_empty() => {
                let count = rx.read(&mut buffer[..len]).unwrap();
                assert_eq!(count == 0, len == 0);
                model.read(&buffer[..count]);
            }
            11 => {
                let unread = match random.below(3) {
                    0 => {
                        drop(tx);
                        drop(rx);
                        (tx, rx) = pipe(region).unwrap();
                        model.queue.len()
                    }
                    _ => rx.available(),
                };
                assert_eq!(unread, model.queue.len());
                assert_eq!(tx.room(), model.free());
                assert_eq!(rx.available(), model.queue.len());
            }
            _ => {}
        }
        assert_eq!(
            (tx.written(), rx.consumed()),
            (model.written, model.consumed)
        );
    }
    drop((tx, rx));
    let whole = |at| {
        u64::from(word(region, at).load(Ordering::Relaxed))
            | u64::from(word(region, at + 4).load(Ordering::Relaxed)) << 32
    };
    assert_eq!(whole(CURSOR), model.consumed);
}

#[test]
fn pipes_of_every_size_agree_with_a_queue() {
    let mut random = Random(seed());
    for start in STARTS {
        agrees_with_a_queue::<{ 1152 + 128 }>(&mut random, start);
        agrees_with_a_queue::<{ 1152 + 1024 }>(&mut random, start);
        agrees_with_a_queue::<{ 1152 + 65_536 }>(&mut random, start);
    }
}

/// A pipe with a ring of so many bytes.
fn tiny(capacity: u32) -> Blueprint {
    Blueprint {
        capacity: Some(capacity),
        ..Blueprint::of_bytes(Kind::Pipe, None).unwrap()
    }
}

#[test]
fn a_ring_has_a_power_of_two_of_bytes_from_one_on() {
    for (asked, made) in [(1, 1), (2, 2), (3, 4), (65_536, 65_536), (1 << 30, 1 << 30)] {
        assert_eq!(tiny(asked).geometry().unwrap().capacity(), made);
    }
    assert!(tiny(0).geometry().is_err());
    assert!(tiny((1 << 30) + 1).geometry().is_err());
}

#[test]
fn one_end_at_a_time() {
    let region = Box::new(StaticRegion::<4096>::new());
    let ends = pipe(&*region).unwrap();
    assert!(matches!(pipe(&*region), Err(AttachError::Occupied { .. })));
    drop(ends);
    drop(pipe(&*region).unwrap());
}

#[test]
fn the_end_of_the_stream_comes_when_all_is_read() {
    let region = Box::new(StaticRegion::<4096>::new());
    let (mut tx, mut rx) = pipe(&*region).unwrap();
    tx.write_all(b"last words").unwrap();
    drop(tx);
    let mut bytes = [0; 4];
    assert_eq!(rx.read(&mut bytes), Ok(4));
    assert_eq!(rx.fill_buf(), Ok(&b" words"[..]));
    rx.consume(100);
    assert_eq!(rx.read(&mut bytes), Ok(0));
    assert_eq!(rx.fill_buf(), Ok(&[][..]));
    assert_eq!(rx.try_read(&mut bytes), Ok(0));
    assert_eq!(rx.read_timeout(&mut bytes, Duration::ZERO), Ok(0));
    assert_eq!(rx.writer(), Peer::Left);
}

#[test]
fn a_writer_without_a_reader_is_told() {
    let region = Box::new(StaticRegion::<4096>::new());
    let (mut tx, rx) = pipe(&*region).unwrap();
    tx.write_all(b"nobody reads this").unwrap();
    drop(rx);
    assert_eq!(tx.write(b"!"), Err(WriteError::Closed));
    assert_eq!(tx.try_write(b"!"), Err(TryWriteError::Closed));
    assert_eq!(
        tx.write_timeout(b"!", Duration::ZERO),
        Err(WriteTimeoutError::Closed)
    );
    assert_eq!(
        tx.write_all(b"!"),
        Err(WriteAllError {
            written: 0,
            reason: WriteError::Closed
        })
    );
    assert!(matches!(tx.try_reserve(1), Err(TryWriteError::Closed)));
    assert_eq!(tx.reader(), Peer::Left);
}

#[test]
fn waits_end_at_their_time() {
    let region = Box::new(StaticRegion::<4096>::new());
    let (mut tx, mut rx) = pipe(&*region).unwrap();
    let (mut bytes, short) = ([0; 8], Duration::from_millis(1));
    assert_eq!(
        rx.read_timeout(&mut bytes, short),
        Err(ReadTimeoutError::Timeout)
    );
    assert_eq!(rx.fill_buf_timeout(short), Err(ReadTimeoutError::Timeout));
    assert!(!rx.wait_for_writer(Some(Duration::ZERO)) || rx.writer() != Peer::Absent);
    let full = vec![1; tx.capacity()];
    tx.write_all(&full).unwrap();
    assert_eq!(
        tx.write_timeout(b"more", short),
        Err(WriteTimeoutError::Timeout)
    );
    assert!(matches!(
        tx.reserve_timeout(4, short),
        Err(WriteTimeoutError::Timeout)
    ));
    // Fewer than would be worth waking up for, but at the end of the time they are taken.
    assert_eq!(rx.read(&mut bytes[..3]), Ok(3));
    assert_eq!(tx.write_timeout(&full, short), Ok(3));
}

#[test]
fn nothing_takes_nothing_and_gives_nothing() {
    let region = Box::new(StaticRegion::<4096>::new());
    let (mut tx, mut rx) = pipe(&*region).unwrap();
    assert_eq!(tx.write(&[]), Ok(0));
    assert_eq!(tx.try_write(&[]), Ok(0));
    assert_eq!(rx.read(&mut []), Ok(0));
    assert_eq!(rx.try_read(&mut []), Ok(0));
    tx.reserve(0).unwrap().commit(0);
    rx.consume(1);
    assert_eq!((tx.written(), rx.consumed()), (0, 0));
}

#[test]
#[should_panic(expected = "of 10 bytes were committed")]
fn no_more_is_committed_than_was_reserved() {
    let region = Box::new(StaticRegion::<4096>::new());
    let (mut tx, _rx) = pipe(&*region).unwrap();
    tx.reserve(10).unwrap().commit(11);
}

#[test]
fn an_end_can_be_waited_for_among_others() {
    let region = Box::new(StaticRegion::<4096>::new());
    let (mut tx, mut rx) = pipe(&*region).unwrap();
    let ready = |source: &mut dyn Source| try_any(&mut [source]).is_some();
    assert!(ready(&mut tx) && !ready(&mut rx));
    let full = vec![1; tx.capacity()];
    tx.write_all(&full).unwrap();
    assert!(!ready(&mut tx) && ready(&mut rx));
}

#[test]
fn garbage_is_corrupt_and_nothing_else() {
    let mut random = Random(seed());
    for _ in 0..2000 {
        let region = Box::new(StaticRegion::<{ 1152 + 256 }>::new());
        let region = &*region;
        let (mut tx, mut rx) = pipe(region).unwrap();
        let mut bytes = [0; 300];
        for _ in 0..20 {
            let at = [TAIL, HEAD, CURSOR][random.below(3)];
            let value = match random.below(3) {
                0 => random.any() as u32,
                _ => word(region, at)
                    .load(Ordering::Relaxed)
                    .wrapping_add(random.below(600) as u32)
                    .wrapping_sub(300),
            };
            word(region, at).store(value, Ordering::Relaxed);
            let len = random.below(300);
            match tx.try_write(&bytes[..len]) {
                Ok(count) => assert!(count <= len),
                Err(error) => assert!(matches!(
                    error,
                    TryWriteError::Full | TryWriteError::Corrupt
                )),
            }
            let len = random.below(300);
            match rx.try_read(&mut bytes[..len]) {
                Ok(count) => assert!(count <= len),
                Err(error) => assert!(matches!(error, TryReadError::Empty | TryReadError::Corrupt)),
            }
            if let Ok(bytes) = rx.try_fill_buf() {
                assert!(bytes.len() <= 256);
            }
            rx.consume(random.below(300));
            let _ = (tx.room(), rx.available());
        }
        word(region, TAIL).store(
            (rx.consumed() as u32).wrapping_add(100_000),
            Ordering::Relaxed,
        );
        while rx.available() > 0 {
            rx.consume(usize::MAX);
        }
        word(region, TAIL).store(
            (rx.consumed() as u32).wrapping_add(100_000),
            Ordering::Relaxed,
        );
        assert_eq!(rx.read(&mut bytes), Err(ReadError::Corrupt));
        drop((tx, rx));
        let _ = pipe(region);
    }
}
