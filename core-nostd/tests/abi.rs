//! The bytes of a segment are those of `docs/abi.md`.
#![cfg(not(ringway_loom))]

use ringway_core::attach::{Options, receiver, sender};
use ringway_core::channel::Mpmc;
use ringway_core::layout::header::{Header, PARKING_OFFSET};
use ringway_core::layout::{Blueprint, Kind};
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::local::split;
use ringway_core::platform::Platform;
use ringway_core::region::{Borrowed, Memory, StaticRegion};
use ringway_core::wait::parking::{Bells, Lot, Slept, WAIT_SLOTS};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// The words of a region, as they are now.
fn words(memory: &impl Memory) -> Vec<u32> {
    let first = memory.base().cast::<AtomicU32>();
    (0..memory.len() / 4)
        // SAFETY: the word lies in the memory, whose bytes are shared as atomics.
        .map(|index| unsafe { first.add(index).as_ref() }.load(Ordering::Relaxed))
        .collect()
}

#[test]
fn a_packed_channel_has_the_documented_bytes() {
    static REGION: StaticRegion<4096> = StaticRegion::new();
    let (mut tx, mut rx) = split::<u64>(&REGION).unwrap();
    for n in 0..9 {
        tx.try_send(0x0101_0101_0000_0000 + n).unwrap();
    }
    drop(rx.recv().unwrap());
    let words = words(&Borrowed::from(&REGION));
    let at = |offset: usize| words[offset / 4];
    assert_eq!((at(0), at(4)), (0x474E_4952, 0x0059_4157));
    assert_eq!((at(8), at(12)), (1, 0x5EAD_1E06), "version, state");
    assert_eq!((at(24), at(28)), (1152 + 32 * 64, 0), "total_len");
    let shape = [1, 1, 32, 7, 64, 8, 8, 8];
    assert_eq!(
        words[8..16],
        shape,
        "kind, layout, cells, lanes, stride, offset, size, align"
    );
    assert_eq!(
        words[16..23],
        [2, 0, 256, 256, 512, 1152, 0],
        "table, parking, object, data, flags"
    );
    assert_eq!(
        (at(92), at(128)),
        (3, u32::from_le_bytes(*b"u64\0")),
        "type name"
    );
    assert_eq!((at(256), at(384)), (1, 2), "owners");
    assert_eq!(
        (at(512 + 128), at(512 + 256)),
        (0, 0),
        "head and cursor follow whole cells"
    );
    assert_eq!(
        (at(1152), at(1152 + 64)),
        (7, 10),
        "stamps: 7 in the first cell, 2 in the second"
    );
    assert_eq!(
        at(1152 + 128),
        (16u32 + 7).wrapping_sub(256),
        "the lap before"
    );
    assert_eq!(
        (at(1152 + 8), at(1152 + 12)),
        (0, 0x0101_0101),
        "the first item"
    );
    for _ in 0..6 {
        drop(rx.recv().unwrap());
    }
    let words = self::words(&Borrowed::from(&REGION));
    assert_eq!(words[(512 + 256) / 4], 8, "the cursor behind a whole cell");
}

#[test]
fn an_index_channel_has_the_documented_bytes() {
    static REGION: StaticRegion<4096> = StaticRegion::new();
    let (mut tx, _rx) = split::<[u64; 8]>(&REGION).unwrap();
    for n in 0..3 {
        tx.try_send([n; 8]).unwrap();
    }
    let words = words(&Borrowed::from(&REGION));
    assert_eq!(words[9..16], [3, 32, 1, 64, 0, 64, 8]);
    assert_eq!(words[512 / 4], 3, "tail");
    assert_eq!(words[(1152 + 128) / 4], 2, "the third item");
}

#[test]
fn a_slot_channel_has_the_documented_bytes() {
    static REGION: StaticRegion<4096> = StaticRegion::new();
    let (mut tx, _rx) = split::<[u64; 5]>(&REGION).unwrap();
    tx.try_send([5; 5]).unwrap();
    let words = words(&Borrowed::from(&REGION));
    assert_eq!(words[9..16], [2, 32, 1, 48, 8, 40, 8]);
    assert_eq!((words[1152 / 4], words[(1152 + 8) / 4]), (1, 5));
    assert_eq!(
        words[(1152 + 48) / 4],
        (1u32 + 1).wrapping_sub(32),
        "the lap before"
    );
}

#[test]
fn the_whole_header_is_what_the_document_says() {
    let document = include_str!("../../docs/abi.md");
    let documented = |text: &str| assert!(document.contains(text), "{text:?} is not documented");
    for (offset, field) in [
        (Header::STATE_OFFSET, "`state`"),
        (32, "`kind`"),
        (40, "`cells`"),
        (84, "`data_offset`"),
        (96, "`type_hash`"),
        (128, "`type_name`"),
    ] {
        documented(&format!("| {offset} | {field}"));
    }
    let geometry = Blueprint::spsc::<u64>().unwrap().geometry().unwrap();
    documented(&format!(
        "where the control words start: {}",
        geometry.object_offset
    ));
    documented(&format!("where the cells start: {}", geometry.data_offset));
}

/// One of several ends of a program, of which a test says who is dead.
struct End {
    memory: Borrowed<'static>,
    token: u32,
    dead: &'static AtomicU32,
}

impl Wait for End {
    /// Each look at the clock counts as a microsecond.
    fn now(&self) -> Nanos {
        static LOOKS: AtomicU64 = AtomicU64::new(0);
        Nanos(LOOKS.fetch_add(1_000, Ordering::Relaxed))
    }
    fn wait(&self, _: Word<'_>, _: u32, _: Option<Nanos>) -> WaitResult {
        WaitResult::Woken
    }
    fn wake(&self, _: Word<'_>, _: u32) -> bool {
        false
    }
}

// SAFETY: whom the test calls dead does nothing any more.
unsafe impl Liveness for End {
    fn me(&self) -> PeerId {
        PeerId::from_token(NonZeroU32::new(self.token).unwrap())
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        peer.token.get() != self.dead.load(Ordering::Relaxed)
    }
}

impl Platform for End {
    type Memory = Borrowed<'static>;
    type Scratch = ();
    fn memory(&self) -> &Borrowed<'static> {
        &self.memory
    }
}

#[test]
fn a_channel_with_many_ends_has_the_documented_bytes() {
    static REGION: StaticRegion<1408> = StaticRegion::new();
    static DEAD: AtomicU32 = AtomicU32::new(0);
    const ENTRIES: usize = 256;
    const CONTROL: usize = ENTRIES + 3 * 128;
    const ROSTER: usize = CONTROL + 512;
    const CELLS: usize = CONTROL + 640;
    let end = |token| End {
        memory: Borrowed::from(&REGION),
        token,
        dead: &DEAD,
    };
    let at = |offset: usize| words(&Borrowed::from(&REGION))[offset / 4];
    let stamps = || [0, 16, 32, 48].map(|offset| at(CELLS + offset));

    let mut blueprint = Blueprint::of::<u64>(Kind::Mpmc).unwrap();
    blueprint.capacity = Some(4);
    blueprint.handles = Some(3);
    let options = Options::default();
    let mut tx = sender::<u64, _, Mpmc>(end(1), &blueprint, options).unwrap();
    let mut rx = receiver::<u64, _, Mpmc>(end(2), &blueprint, options).unwrap();
    let header = words(&Borrowed::from(&REGION));
    assert_eq!(header[6], 1408, "total_len");
    assert_eq!(header[8..16], [4, 2, 4, 1, 16, 8, 8, 8]);
    assert_eq!(header[16..23], [3, 0, 256, 256, 640, 1280, 0]);
    assert_eq!(stamps(), [0, 4, 8, 12], "free for the first lap");
    let owners = || [0, 128, 256].map(|offset| at(ENTRIES + offset));
    let roles = || [0, 128, 256].map(|offset| at(ENTRIES + offset + 16));
    assert_eq!((owners(), roles()), ([1, 2, 0], [0, 1, 0]));
    assert_eq!(at(ROSTER + 4), 2, "used");
    assert_eq!((at(ROSTER + 24), at(ROSTER + 28)), (1, 1), "arrivals");

    for item in [7, 8, 9] {
        tx.try_send(item).unwrap();
    }
    let held = rx.try_recv().unwrap();
    assert_eq!((at(CONTROL), at(CONTROL + 128)), (3, 1), "tail and head");
    assert_eq!(stamps(), [1, 5, 9, 12], "three are full");
    assert_eq!(at(CELLS + 16 + 8), 8, "the item behind its stamp");
    let intent = |entry: usize| {
        let offset = ENTRIES + entry * 128 + 32;
        u64::from(at(offset + 4)) << 32 | u64::from(at(offset))
    };
    assert_eq!(intent(0), 0);
    assert_eq!(intent(1), 1 << 2 | 2, "to receive one, at 0");
    drop(held);
    assert_eq!((stamps(), intent(1)), ([16, 5, 9, 12], 0));

    let given_up = tx.try_reserve().unwrap();
    assert_eq!(intent(0), 3 << 32 | 1 << 2 | 1, "to send one, at 3");
    drop(given_up);
    assert_eq!(stamps()[3], 3 << 2 | 2, "void");
    assert_eq!((*rx.try_recv().unwrap(), intent(0)), (8, 0));
    assert_eq!(*rx.try_recv().unwrap(), 9);
    assert!(rx.try_recv().is_err());
    assert_eq!(stamps(), [16, 20, 24, 28], "free for the second lap");
    assert_eq!(at(ROSTER + 48), 1, "skipped");

    let mut third = sender::<u64, _, Mpmc>(end(3), &blueprint, options).unwrap();
    std::mem::forget(third.try_reserve().unwrap());
    std::mem::forget(third);
    assert_eq!((owners(), intent(2)), ([1, 2, 3], 4 << 32 | 1 << 2 | 1));
    DEAD.store(3, Ordering::Relaxed);
    assert_eq!(rx.repair(), 1);
    assert_eq!((owners(), intent(2)), ([1, 2, 0], 0));
    assert_eq!((at(ROSTER + 32), at(ROSTER + 36)), (2, 0), "departures");
    assert!(rx.recv_timeout(Duration::from_millis(50)).is_err());
    assert_eq!((at(ROSTER + 44), at(ROSTER + 48)), (1, 2), "lost, skipped");
    assert_eq!(stamps()[0], 8 << 2, "its slot is free again");

    let gone = |gate: usize| at(CONTROL + gate) & 4 != 0;
    drop(tx);
    assert_eq!(owners(), [u32::MAX, 2, 0]);
    assert_eq!((at(ROSTER + 32), gone(384), gone(256)), (1, true, false));
    drop(rx);
    assert_eq!((at(ROSTER + 36), gone(384), gone(256)), (1, true, true));
    assert_eq!(at(ROSTER), 0, "the lock is free");
}

#[test]
fn the_control_words_of_many_ends_are_documented() {
    let document = include_str!("../../docs/abi.md");
    for row in [
        "| 512 | `lock`",
        "| 516 | `used`",
        "| 520 | `swept`",
        "| 524 | `sweep_took`",
        "| 528 | `orphans`",
        "| 532 | `orphans_from`",
        "| 536 | `arrivals`",
        "| 544 | `departures`",
        "| 552 | `reading`",
        "| 556 | `lost`",
        "| 560 | `skipped`",
        "| 564 | `redelivered`",
    ] {
        assert!(document.contains(row), "{row:?} is not documented");
    }
}

impl Bells for End {
    fn now(&self) -> Nanos {
        Wait::now(self)
    }
    fn sleep(&self, _: u32, _: Option<Nanos>) -> Slept {
        Slept::TimedOut
    }
    fn ring(&self, _: u32, _: u32) -> bool {
        true
    }
    fn nap(&self, _: Nanos) {}
}

#[test]
fn the_wait_slots_have_the_documented_bytes() {
    static REGION: StaticRegion<4480> = StaticRegion::new();
    static DEAD: AtomicU32 = AtomicU32::new(0);
    const SLOT: usize = 256 + 128 + 64 * 37;
    let end = End {
        memory: Borrowed::from(&REGION),
        token: 37,
        dead: &DEAD,
    };
    let at = |offset: usize| words(&end.memory)[offset / 4];
    let lot = Lot::of(&end.memory).unwrap();
    let slot = lot.claim(&end, 5).unwrap();
    assert_eq!((slot, at(SLOT), at(SLOT + 4)), (37, 37, 0), "claimed, IDLE");
    let arm = |offset: u64| lot.arm(slot, usize::try_from(offset).unwrap());
    arm(8192);
    arm(3 << 32 | 64);
    assert_eq!((at(256), at(256 + 4), at(256 + 8)), (0, 1 << 5, 2));
    assert_eq!(at(SLOT + 4), 1 << 2 | 1, "ARMED, for the second time");
    assert_eq!((at(SLOT + 8), at(SLOT + 12)), (64, 3), "word");
    assert_eq!((at(SLOT + 16), at(SLOT + 20)), (5, 37), "sort, bell");
    let word = AtomicU32::new(0);
    let wake = |offset: u64| {
        let word = Word {
            atomic: &word,
            offset: usize::try_from(offset).unwrap(),
        };
        lot.wake(&end, word, 1)
    };
    assert!(!wake(64) && wake(3 << 32 | 64));
    assert_eq!(at(SLOT + 4), 1 << 2 | 2, "SIGNALLED");
    assert!(lot.disarm(slot));
    assert_eq!((at(SLOT + 4), at(256 + 4)), (0, 0), "IDLE");
    lot.release(slot);
    assert_eq!(at(SLOT), 0);
}

#[test]
fn the_wait_slots_are_documented() {
    let document = include_str!("../../docs/abi.md");
    let documented = |text: &str| assert!(document.contains(text), "{text:?} is not documented");
    let len = size_of::<Lot>();
    documented(&format!("## Wait slots, {len} bytes"));
    documented(&format!("│ {len} or 0  │"));
    documented(&format!(
        "| 68 | `parking` | wait slots: {WAIT_SLOTS} or 0 |"
    ));
    documented(&format!(
        "| 76 | `parking_offset` | where the wait slots start: {PARKING_OFFSET} |"
    ));
    let participants = PARKING_OFFSET + len;
    documented(&format!(
        "`participants_offset` | {PARKING_OFFSET}, or {participants} behind"
    ));
    documented(&format!(
        "slot *n*, of {WAIT_SLOTS}, starts at 128 + 64 × *n*."
    ));
    for row in [
        "| 0 | `armed`, 2 words |",
        "| 8 | `armings` |",
        "| 0 | `owner` |",
        "| 4 | `state` | bits 0 and 1: 0 IDLE, 1 ARMED, 2 SIGNALLED;",
        "| 8 | `word`, 2 words |",
        "| 16 | `sort` |",
        "| 20 | `bell` |",
    ] {
        documented(row);
    }
}
