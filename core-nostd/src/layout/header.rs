//! The first 256 bytes of a segment: what it is.
//!
//! Written once, by the builder, before the state becomes READY. An attacher copies it, checks the
//! copy against itself, against what it wants and against the true size of the memory, and never
//! reads it again.

use super::blueprint::{Blueprint, Geometry, Unfit};
use super::handshake::{Handshake, State};
use super::{ABI_VERSION, Kind, TypeTag};
use crate::primitive::{AtomicU32, Ordering};
#[cfg(not(ringway_loom))]
use crate::region::{Memory, overlay};
use crate::wait::parking::WAIT_SLOTS;
use core::mem::offset_of;
use heapless::String;

/// Where the wait slots start, or, in a segment that has none, the participant table, in bytes.
pub const PARKING_OFFSET: usize = 256;

/// Unread items, or the object, outlive the processes.
const PERSISTENT: u32 = 1;

/// The header as it lies in the segment. 64-bit fields are two words, the low one first.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Header {
    magic: [AtomicU32; 2],
    version: AtomicU32,
    /// EMPTY, BUILDING, READY or RETIRED.
    pub handshake: Handshake,
    nonce: [AtomicU32; 2],
    total_len: [AtomicU32; 2],
    kind: AtomicU32,
    layout: AtomicU32,
    cells: AtomicU32,
    lanes: AtomicU32,
    stride: AtomicU32,
    item_offset: AtomicU32,
    item_size: AtomicU32,
    item_align: AtomicU32,
    participants: AtomicU32,
    parking: AtomicU32,
    participants_offset: AtomicU32,
    parking_offset: AtomicU32,
    object_offset: AtomicU32,
    data_offset: AtomicU32,
    flags: AtomicU32,
    type_name_len: AtomicU32,
    type_hash: [AtomicU32; 2],
    builder_process: AtomicU32,
    /// Only an object may be so large.
    item_size_high: AtomicU32,
    reserved: [AtomicU32; 4],
    type_name: [AtomicU32; TypeTag::NAME_LEN / 4],
    reserved_too: [AtomicU32; 24],
}

/// Offsets that other languages rely on (`docs/abi.md`).
#[cfg(not(ringway_loom))]
const _: () = {
    use super::participants::Participant;
    use crate::ring::mpmc;
    use crate::ring::spsc::Control;
    assert!(offset_of!(Header, handshake) == 12);
    assert!(offset_of!(Header, nonce) == 16);
    assert!(offset_of!(Header, kind) == 32);
    assert!(offset_of!(Header, item_size) == 56);
    assert!(offset_of!(Header, participants) == 64);
    assert!(offset_of!(Header, data_offset) == 84);
    assert!(offset_of!(Header, flags) == 88);
    assert!(offset_of!(Header, type_hash) == 96);
    assert!(offset_of!(Header, item_size_high) == 108);
    assert!(offset_of!(Header, type_name) == 128);
    assert!(size_of::<Header>() == PARKING_OFFSET);
    assert!(size_of::<Participant>() == 128);
    assert!(size_of::<Control>() == 640);
    assert!(offset_of!(Control, head) == 128);
    assert!(offset_of!(Control, cursor) == 256);
    assert!(offset_of!(Control, tail.messages) == 16);
    assert!(offset_of!(Control, cursor.messages) == 272);
    assert!(offset_of!(Control, items) == 384);
    assert!(offset_of!(Control, space) == 512);
    assert!(offset_of!(mpmc::Control, head) == 128);
    assert!(offset_of!(mpmc::Control, commons.items) == 256);
    assert!(offset_of!(mpmc::Control, commons.space) == 384);
    assert!(offset_of!(mpmc::Control, commons.roster) == 512);
    assert!(offset_of!(Participant, intent) == 32);
};

/// What a header says, in private memory and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The kind, as a number.
    pub kind: u32,
    /// The type of the items, or of the object.
    pub item: TypeTag,
    /// Where everything lies.
    pub geometry: Geometry,
    /// Random number of this segment.
    pub nonce: u64,
    /// Process that built it; a hint.
    pub builder_process: u32,
}

impl Header {
    /// "RING" and "WAY" and a zero, as little-endian words.
    pub const MAGIC: [u32; 2] = [0x474E_4952, 0x0059_4157];

    /// Offset of the state word, in bytes.
    pub const STATE_OFFSET: usize = offset_of!(Header, handshake);

    /// The header of the segment in `memory`, built or not; `None` if it is too short for one.
    #[cfg(not(ringway_loom))]
    pub fn of(memory: &impl Memory) -> Option<&Self> {
        overlay(memory, 0)
    }

    /// Where the table of participants begins, in bytes, and how many entries it has, as the header
    /// says; zeros while it is not built.
    #[cfg(not(ringway_loom))]
    pub(super) fn participants(&self) -> (u32, u32) {
        let get = |word: &AtomicU32| word.load(Ordering::Relaxed);
        (get(&self.participants_offset), get(&self.participants))
    }

    /// Writes everything but the state.
    pub fn write(&self, blueprint: &Blueprint, geometry: &Geometry, nonce: u64, process: u32) {
        let put = |word: &AtomicU32, value: u32| word.store(value, Ordering::Relaxed);
        let put_wide = |words: &[AtomicU32; 2], value: u64| {
            put(&words[0], value as u32);
            put(&words[1], (value >> 32) as u32);
        };
        put(&self.magic[0], Self::MAGIC[0]);
        put(&self.magic[1], Self::MAGIC[1]);
        put(&self.version, ABI_VERSION);
        put_wide(&self.nonce, nonce);
        put_wide(&self.total_len, geometry.total_len);
        put(&self.kind, blueprint.kind as u32);
        put(&self.layout, geometry.shape.layout as u32);
        put(&self.cells, geometry.cells);
        put(&self.lanes, geometry.shape.lanes);
        put(&self.stride, geometry.shape.stride);
        put(&self.item_offset, geometry.shape.item_offset);
        put(&self.item_size, blueprint.item.size as u32);
        put(&self.item_size_high, (blueprint.item.size >> 32) as u32);
        put(&self.item_align, blueprint.item.align);
        put(&self.participants, geometry.participants);
        put(&self.parking, geometry.wait_slots);
        put(
            &self.participants_offset,
            geometry.participant_offset(0) as u32,
        );
        put(&self.parking_offset, PARKING_OFFSET as u32);
        put(&self.object_offset, geometry.object_offset as u32);
        put(&self.data_offset, geometry.data_offset as u32);
        put(
            &self.flags,
            if geometry.persistent { PERSISTENT } else { 0 },
        );
        put(&self.type_name_len, blueprint.item.name.len() as u32);
        put_wide(&self.type_hash, blueprint.item.hash);
        put(&self.builder_process, process);
        let name = blueprint.item.name.as_bytes();
        for (word, bytes) in self.type_name.iter().zip(name.chunks(4)) {
            let mut padded = [0; 4];
            padded[..bytes.len()].copy_from_slice(bytes);
            put(word, u32::from_le_bytes(padded));
        }
    }

    /// Whether this may be the header of a segment, built or not; the first word that says no.
    ///
    /// To be asked before the state is believed: any four bytes of another file may look like one.
    /// The magic is written before all else, so until it is there the rest is zeros.
    ///
    /// # Errors
    ///
    /// [`Unfit::Foreign`].
    pub fn check_magic(&self) -> Result<(), Unfit> {
        let get = |word: &AtomicU32| word.load(Ordering::Relaxed);
        let foreign = |word: &AtomicU32| Err(Unfit::Foreign { found: get(word) });
        let mut is_there = true;
        for (word, expected) in self.magic.iter().zip(Self::MAGIC) {
            match get(word) {
                found if found == expected => {}
                0 => is_there = false,
                _ => return foreign(word),
            }
        }
        let rest = [&self.version, &self.kind, &self.cells, &self.item_size];
        match rest.into_iter().find(|word| !is_there && get(word) != 0) {
            Some(word) => foreign(word),
            None => Ok(()),
        }
    }

    /// Whether the magic is there.
    #[must_use]
    pub fn has_magic(&self) -> bool {
        let mut words = self.magic.iter().zip(Self::MAGIC);
        words.all(|(word, expected)| word.load(Ordering::Relaxed) == expected)
    }

    /// The random number of this segment, by which the kernel objects of its wait slots are named;
    /// `None` until it is built.
    #[must_use]
    pub fn nonce(&self) -> Option<u64> {
        let is_built = matches!(self.handshake.state(), State::Ready | State::Retired);
        let [low, high] = [0, 1].map(|half: usize| self.nonce[half].load(Ordering::Relaxed));
        is_built.then_some(u64::from(high) << 32 | u64::from(low))
    }

    /// Copies the header of a segment that is `len` bytes long, and checks that it is one.
    ///
    /// # Errors
    ///
    /// What does not hold: magic, version, or the fields against each other and `len`.
    pub fn read(&self, len: u64) -> Result<Contents, Unfit> {
        let get = |word: &AtomicU32| word.load(Ordering::Relaxed);
        let wide =
            |words: &[AtomicU32; 2]| u64::from(get(&words[1])) << 32 | u64::from(get(&words[0]));
        for (word, expected) in self.magic.iter().zip(Self::MAGIC) {
            if get(word) != expected {
                return Err(Unfit::Foreign { found: get(word) });
            }
        }
        if get(&self.version) != ABI_VERSION {
            return Err(Unfit::Version {
                found: get(&self.version),
            });
        }
        let check = |field, found: u64, expected: u64| {
            if found == expected {
                Ok(())
            } else {
                Err(Unfit::Inconsistent { field, found })
            }
        };
        // An unknown kind is refused when it is compared with what is wanted.
        let kind = Kind::from_number(get(&self.kind)).unwrap_or(Kind::Spsc);
        let size = u64::from(get(&self.item_size))
            | if kind.is_channel() {
                0
            } else {
                u64::from(get(&self.item_size_high)) << 32
            };
        let align = get(&self.item_align);
        let no_size = Unfit::Inconsistent {
            field: "item_size",
            found: size,
        };
        let cells = get(&self.cells);
        let participants = get(&self.participants);
        if !kind.allows(participants) {
            return Err(Unfit::Inconsistent {
                field: "participants",
                found: u64::from(participants),
            });
        }
        let wait_slots = get(&self.parking);
        if wait_slots != 0 && wait_slots != WAIT_SLOTS {
            return Err(Unfit::Inconsistent {
                field: "parking",
                found: u64::from(wait_slots),
            });
        }
        let flags = get(&self.flags);
        let persistent = flags & PERSISTENT != 0;
        let geometry = if kind.is_channel() {
            let shape = kind.shape_of(size, align).ok_or(no_size)?;
            if !kind.fits(&shape, cells) {
                return Err(Unfit::Inconsistent {
                    field: "cells",
                    found: u64::from(cells),
                });
            }
            Geometry::new(kind, shape, cells, wait_slots, participants, persistent)
        } else {
            Geometry::object(size, wait_slots, participants, persistent).ok_or(no_size)?
        };
        let shape = geometry.shape;
        let words = [
            ("layout", &self.layout, shape.layout as u32),
            ("cells", &self.cells, geometry.cells),
            ("lanes", &self.lanes, shape.lanes),
            ("stride", &self.stride, shape.stride),
            ("item_offset", &self.item_offset, shape.item_offset),
            (
                "participants_offset",
                &self.participants_offset,
                geometry.participant_offset(0) as u32,
            ),
            (
                "parking_offset",
                &self.parking_offset,
                PARKING_OFFSET as u32,
            ),
            (
                "object_offset",
                &self.object_offset,
                geometry.object_offset as u32,
            ),
            (
                "data_offset",
                &self.data_offset,
                geometry.data_offset as u32,
            ),
        ];
        for (field, word, expected) in words {
            check(field, u64::from(get(word)), u64::from(expected))?;
        }
        check("flags", u64::from(flags & !PERSISTENT), 0)?;
        check("total_len", wide(&self.total_len), geometry.total_len)?;
        if len < geometry.total_len {
            return Err(Unfit::Truncated {
                found: len,
                expected: geometry.total_len,
            });
        }
        let name = self.read_name(get(&self.type_name_len) as usize);
        let item = TypeTag {
            name,
            hash: wide(&self.type_hash),
            size,
            align,
        };
        Ok(Contents {
            kind: get(&self.kind),
            item,
            geometry,
            nonce: wide(&self.nonce),
            builder_process: get(&self.builder_process),
        })
    }

    /// The type's name, with a question mark for each byte that is not printable ASCII.
    fn read_name(&self, len: usize) -> String<{ TypeTag::NAME_LEN }, u8> {
        let bytes = self
            .type_name
            .iter()
            .flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes());
        let mut name = String::new();
        for byte in bytes.take(len) {
            let c = if byte == b' ' || byte.is_ascii_graphic() {
                char::from(byte)
            } else {
                '?'
            };
            // At most as many as there is room for.
            let _ = name.push(c);
        }
        name
    }
}

impl Contents {
    /// Checks a segment against what an endpoint wants.
    ///
    /// # Errors
    ///
    /// The first thing that differs.
    pub fn check(&self, blueprint: &Blueprint) -> Result<(), Unfit> {
        if self.kind != blueprint.kind as u32 {
            return Err(Unfit::Kind {
                found: self.kind,
                expected: blueprint.kind,
            });
        }
        let (found, expected) = (&self.item, &blueprint.item);
        let is_same = (found.hash, found.align) == (expected.hash, expected.align);
        if is_same
            && blueprint.kind.is_stamped()
            && found.size != expected.size
            && blueprint.any_length
            && !blueprint.any_size
        {
            return Err(Unfit::Parameter {
                what: "max_len",
                found: found.size,
                asked: expected.size,
            });
        }
        if !is_same || (found.size != expected.size && !blueprint.any_size) {
            let (found, expected) = (found.clone(), expected.clone());
            return Err(if blueprint.kind.is_channel() {
                Unfit::Type { found, expected }
            } else {
                Unfit::Object { found, expected }
            });
        }
        if let Some(asked) = blueprint.capacity {
            let expected = blueprint.geometry()?;
            if expected.cells != self.geometry.cells {
                let unit = match blueprint.kind.is_of_bytes() {
                    true => "bytes",
                    false => "items",
                };
                return Err(Unfit::OtherCapacity {
                    unit,
                    found: self.geometry.capacity(),
                    expected: expected.capacity(),
                    asked,
                });
            }
        }
        if let Some(asked) = blueprint.handles
            && asked != self.geometry.participants
        {
            return Err(Unfit::OtherHandles {
                found: self.geometry.participants,
                asked,
            });
        }
        if blueprint.wait_slots != self.geometry.wait_slots {
            return Err(Unfit::Parameter {
                what: "number of wait slots",
                found: u64::from(self.geometry.wait_slots),
                asked: u64::from(blueprint.wait_slots),
            });
        }
        if blueprint.persistent && !self.geometry.persistent {
            return Err(Unfit::NotPersistent);
        }
        Ok(())
    }
}
