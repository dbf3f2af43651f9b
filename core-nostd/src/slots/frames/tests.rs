//! Goal: the ends deliver every byte, and over any bytes they answer and stay inside.
//!
//! Method: random calls against a plain queue; random words over all that is shared while a pair of
//! ends goes on. Allowed outcomes: those of the queue; over garbage, any answer.

extern crate std;

use super::*;
use crate::layout::{Blueprint, Kind};
use crate::primitive::Ordering;
use crate::region::{Borrowed, StaticRegion};
use std::boxed::Box;
use std::collections::VecDeque;
use std::vec::Vec;

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

const RING: usize = 1 << 9;
const BYTES: usize = 2 * 128 + 256 + 640 + RING;
const STEPS: usize = if cfg!(miri) { 500 } else { 200_000 };

struct Segment {
    memory: Borrowed<'static>,
    geometry: Geometry,
}

impl Segment {
    fn new() -> Self {
        let blueprint = Blueprint {
            capacity: Some(RING as u32),
            ..Blueprint::of_bytes(Kind::SpscBytes, None).unwrap()
        };
        let region = Box::leak(Box::new(StaticRegion::<BYTES>::new()));
        let geometry = blueprint.geometry().unwrap();
        assert_eq!(geometry.total_len, BYTES as u64);
        Segment {
            memory: Borrowed::from(&*region),
            geometry,
        }
    }

    fn units(&self) -> Units {
        // SAFETY: the memory stays.
        unsafe { Units::new(&self.memory, &self.geometry) }.unwrap()
    }

    fn writer(&self) -> Result<FrameWriter, Corrupt> {
        // SAFETY: as above; each test gives up the one it had.
        unsafe { FrameWriter::recover(self.units()) }
    }

    fn reader(&self, died: bool) -> Result<FrameReader, Corrupt> {
        // SAFETY: as above.
        unsafe { FrameReader::recover(self.units(), died) }
    }

    /// Whether `bytes` lie in the ring.
    fn holds(&self, bytes: &[u8]) -> bool {
        let ring = self.memory.base().addr().get() + self.geometry.data_offset;
        let bytes = bytes.as_ptr_range();
        ring <= bytes.start.addr() && bytes.end.addr() <= ring + RING
    }

    /// The control words and the ring.
    fn words(&self) -> &[AtomicU32] {
        let first = self.geometry.object_offset;
        let len = (BYTES - first) / size_of::<AtomicU32>();
        // SAFETY: the bytes are mapped and aligned, and nobody borrows any of them meanwhile.
        unsafe {
            let first = self.memory.base().add(first).cast::<AtomicU32>();
            core::slice::from_raw_parts(first.as_ptr(), len)
        }
    }
}

/// Too short to be equal by chance, long enough for the shortest ring.
fn message(number: usize, len: usize) -> Vec<u8> {
    (0..len)
        .map(|index| (number * 31 + index * 7) as u8)
        .collect()
}

#[test]
fn every_byte_arrives() {
    let segment = Segment::new();
    let mut random = Random(1);
    let (mut writer, mut reader) = (segment.writer().unwrap(), segment.reader(false).unwrap());
    let longest = writer.longest();
    let (mut queue, mut sent, mut received) = (VecDeque::new(), 0, 0);
    for _ in 0..STEPS {
        match random.below(16) {
            0..=6 => {
                let len = [0, 1, longest, random.below(longest + 1)][random.below(4)];
                let is_claimed =
                    writer.is_ready_for(len) || writer.claim(len, Look::Cursor).unwrap();
                assert!(is_claimed || !queue.is_empty());
                if !is_claimed {
                    continue;
                }
                let bytes = message(sent, len);
                writer.record().unwrap().copy_from_slice(&bytes);
                assert_eq!(writer.record_ref(), Some(&*bytes));
                if random.below(8) == 0 {
                    continue;
                }
                let len = [len, random.below(len + 1)][random.below(2)];
                writer.publish(len, Piece::Whole);
                queue.push_back(bytes[..len].to_vec());
                sent += 1;
            }
            7..=13 => {
                assert_eq!(reader.peek().unwrap(), !queue.is_empty());
                assert_eq!(reader.is_ready(), !queue.is_empty());
                if let Some(bytes) = queue.pop_front() {
                    assert_eq!(reader.record(), Some((&*bytes, false)));
                    let read = [Read::Whole, Read::Unknown][random.below(2)];
                    assert!(reader.release(read));
                    received += 1;
                }
                assert_eq!(reader.record(), None);
            }
            14 => writer = segment.writer().unwrap(),
            _ => reader = segment.reader(random.below(2) == 0).unwrap(),
        }
        assert_eq!(writer.published(), sent as u64);
        assert_eq!(reader.consumed(), received);
    }
}

#[test]
fn what_is_longer_than_a_record_never_fits() {
    let segment = Segment::new();
    let mut writer = segment.writer().unwrap();
    assert_eq!(writer.longest(), RING / 2 - 16);
    for len in [writer.longest() + 1, RING, u32::MAX as usize, usize::MAX] {
        assert!(!writer.is_ready_for(len));
        assert_eq!(writer.claim(len, Look::Cursor), Ok(false));
        assert_eq!(writer.may_claim(Look::Cursor), Ok(false));
        assert_eq!(writer.record(), None);
    }
}

/// What a peer that lies can do: any word, at any time, in the control words, the headers, and the
/// payload.
#[test]
fn any_bytes() {
    let mut random = Random(2);
    for _ in 0..STEPS / 400 {
        let segment = Segment::new();
        let (Ok(mut writer), Ok(mut reader)) = (segment.writer(), segment.reader(false)) else {
            unreachable!("nobody has lied yet");
        };
        for _ in 0..400 {
            let len = random.below(writer.longest() + 9);
            match random.below(8) {
                0..=3 => {
                    let words = segment.words();
                    // The control words that positions stand in, or the ring.
                    let place = match random.below(3) {
                        0 => random.below(80),
                        _ => 160 + random.below(words.len() - 160),
                    };
                    let word = match random.below(4) {
                        0 => random.any() as u32,
                        1 => 0,
                        _ => (random.below(RING) as u32) << 2 | random.below(4) as u32,
                    };
                    words[place].store(word, Ordering::Relaxed);
                }
                4 | 5 => {
                    if writer.claim(len, Look::Cursor) == Ok(true) {
                        let bytes = writer.record().unwrap();
                        assert!(segment.holds(bytes));
                        bytes.fill(random.any() as u8);
                        writer.publish(len, Piece::Part);
                    }
                }
                6 => {
                    if reader.peek() == Ok(true) {
                        let (bytes, _) = reader.record().unwrap();
                        assert!(segment.holds(bytes) && bytes.len() <= writer.longest());
                        core::hint::black_box(
                            bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>(),
                        );
                        reader.release(Read::Whole);
                    }
                }
                _ => {
                    writer = segment.writer().unwrap_or(writer);
                    reader = segment.reader(true).unwrap_or(reader);
                    let units = segment.units();
                    let seen = crate::ring::frames::progress(&units.control, &units);
                    assert!(seen.unread_bytes <= RING as u64);
                }
            }
        }
    }
}
