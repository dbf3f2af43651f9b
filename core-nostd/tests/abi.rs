//! The bytes of a segment are those of `docs/abi.md`.
#![cfg(not(ringway_loom))]

use ringway_core::layout::Blueprint;
use ringway_core::layout::header::Header;
use ringway_core::local::split;
use ringway_core::region::{Borrowed, Memory, StaticRegion};
use std::sync::atomic::{AtomicU32, Ordering};

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
        [2, 0, 256, 512, 512, 1152, 0],
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
