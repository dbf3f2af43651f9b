//! Ends that are taken over: nothing published is lost, and what comes again is marked.
//!
//! A join stands for what a successor has of its predecessor's end: the word in the participant
//! table, or the kernel's word that it died. The end that stays runs on meanwhile.

use ringway_core::ring::spsc::Look;
use ringway_verify::exec::{model, spawn, tries};
use ringway_verify::ring::{Fate, Reader, Ring, Shape, Writer};
use std::sync::Arc;

/// A ring with `before` items in it, numbered from 0 on, and its writer.
fn filled(shape: Shape, look: Look, before: u32) -> (Arc<Ring>, Writer) {
    let ring = Ring::wrapping_after(shape, 1);
    let mut writer = ring.writer_looking(look);
    for value in 0..before {
        assert!(writer.try_send(value));
    }
    (ring, writer)
}

/// Receives whatever is there, numbered on from `received`; how many are received then.
fn drain(reader: &mut Reader, mut received: u32) -> u32 {
    while let Some(next) = reader.try_receive() {
        assert_eq!(next.value, received);
        received += 1;
    }
    received
}

/// Goal: a new receiver goes on where the last one stopped, while the sender overwrites what
/// that one had done with.
/// Method: a receiver finishes `first` items, then reads one more if it is killed (`Died`), or
/// writes down how far it came (`Left`); the next one drains the ring. The sender sends all along.
/// Allowed after `Left`: exactly the next item. After `Died`: an item of the same cell that the
/// last one read, marked as perhaps received before.
fn receiver_is_replaced(shape: Shape, look: Look, first: u32, fate: Fate, each: bool) {
    model(move || {
        let (ring, mut writer) = filled(shape, look, shape.items());
        let sending = spawn(move || {
            let mut sent = shape.items();
            for _ in 0..tries(2) {
                sent += u32::from(writer.try_send(sent));
            }
            sent
        });
        let mut last = ring.reader_after(Fate::Left, each);
        for value in 0..first {
            assert_eq!(last.try_receive().unwrap().value, value);
        }
        let seen = match fate {
            Fate::Left => {
                last.leave();
                first
            }
            Fate::Died => first + u32::from(last.try_peek().is_some()),
        };
        let mut reader = ring.reader_after(fate, each);
        let mut expected = None;
        for _ in 0..tries(2) {
            let Some(next) = reader.try_receive() else {
                continue;
            };
            let begins = next.value <= first && (fate == Fate::Died || next.value == first);
            assert!(expected.map_or(begins, |expected| next.value == expected));
            assert!(next.again || next.value >= seen, "{next:?} is not marked");
            assert!(next.value >= first || !each, "{next:?} came again");
            expected = Some(next.value + 1);
        }
        let sent = sending.join().unwrap();
        let received =
            expected.unwrap_or_else(|| reader.try_receive().map_or(first, |next| next.value + 1));
        assert_eq!(drain(&mut reader, received), sent);
    });
}

#[test]
fn receiver_leaves_a_slot_ring() {
    receiver_is_replaced(Shape::slot(2), Look::Cursor, 1, Fate::Left, false);
}

/// The next one must hand on, with the head, what the last one had done with.
#[test]
fn receiver_is_killed_in_a_ring_with_a_lazy_head() {
    receiver_is_replaced(Shape::slot(16), Look::Head, 1, Fate::Died, false);
}

#[test]
fn receiver_leaves_a_packed_ring() {
    receiver_is_replaced(Shape::packed(3, 1), Look::Cursor, 2, Fate::Left, false);
    receiver_is_replaced(Shape::packed(2, 2), Look::Head, 3, Fate::Left, false);
}

#[test]
fn receiver_is_killed_in_a_slot_ring() {
    receiver_is_replaced(Shape::slot(2), Look::Cursor, 1, Fate::Died, false);
}

#[test]
fn receiver_is_killed_in_a_packed_ring() {
    receiver_is_replaced(Shape::packed(3, 1), Look::Cursor, 1, Fate::Died, false);
    receiver_is_replaced(Shape::packed(2, 2), Look::Head, 3, Fate::Died, false);
}

#[test]
fn receiver_that_notes_each_item_is_killed() {
    receiver_is_replaced(Shape::packed(3, 2), Look::Cursor, 2, Fate::Died, true);
    receiver_is_replaced(Shape::packed(3, 1), Look::Head, 1, Fate::Died, true);
}

#[test]
fn receiver_is_killed_in_an_index_ring() {
    receiver_is_replaced(Shape::index(2), Look::Cursor, 1, Fate::Died, false);
}

/// Goal: a mark survives a receiver that comes and goes without having received.
/// Method: one receiver is killed over an item, the next attaches and leaves, a third receives.
/// Allowed: the item comes again, marked.
#[test]
fn mark_outlives_an_idle_receiver() {
    model(|| {
        let (ring, _writer) = filled(Shape::packed(3, 2), Look::Head, 4);
        let mut killed = ring.reader();
        for _ in 0..2 {
            assert!(!killed.try_receive().unwrap().again);
        }
        ring.reader_after(Fate::Died, false).leave();
        let mut reader = ring.reader_after(Fate::Left, false);
        for (value, again) in [(0, true), (1, true), (2, true), (3, false)] {
            let next = reader.try_receive().unwrap();
            assert_eq!((next.value, next.again), (value, again));
        }
    });
}

/// Goal: a new sender goes on behind the last item published, and overwrites nothing that the
/// receiver, which runs on, may still read.
/// Method: the last sender filled the ring, or all but one and wrote one more without publishing
/// it (`Died`). The new one takes over while the receiver drains.
/// Allowed: every published item arrives once, in order; the unpublished one never does.
fn sender_is_replaced(shape: Shape, fate: Fate, received_before: u32) {
    model(move || {
        let full = shape.items();
        let before = if fate == Fate::Died { full - 1 } else { full };
        let (ring, last) = filled(shape, Look::Cursor, before);
        if fate == Fate::Died {
            last.die_sending(u32::MAX);
        }
        let mut reader = ring.reader();
        for value in 0..received_before {
            assert_eq!(reader.try_receive().unwrap().value, value);
        }
        let receiving = spawn(move || {
            let mut received = received_before;
            for _ in 0..tries(3) {
                if let Some(next) = reader.try_receive() {
                    assert_eq!(next.value, received);
                    received += 1;
                }
            }
            (reader, received)
        });
        let mut writer = ring.writer();
        let mut sent = before;
        for _ in 0..tries(2) {
            sent += u32::from(writer.try_send(sent));
        }
        let (mut reader, received) = receiving.join().unwrap();
        assert_eq!(drain(&mut reader, received), sent);
    });
}

#[test]
fn sender_leaves_a_slot_ring() {
    sender_is_replaced(Shape::slot(2), Fate::Left, 0);
}

#[test]
fn sender_leaves_an_index_ring() {
    sender_is_replaced(Shape::index(2), Fate::Left, 0);
}

#[test]
fn sender_is_killed_in_a_packed_ring() {
    sender_is_replaced(Shape::packed(3, 1), Fate::Died, 0);
    sender_is_replaced(Shape::packed(2, 2), Fate::Died, 1);
}

/// Goal: as above, where the receiver's position passes 2^32 just then: its halves are two words.
/// Method: the ring holds the last item before that, and the receiver takes it meanwhile.
/// Allowed: as above; never `Corrupt`.
#[test]
fn sender_is_replaced_while_the_cursor_wraps() {
    sender_is_replaced(Shape::slot(1), Fate::Left, 0);
    sender_is_replaced(Shape::index(1), Fate::Left, 0);
}

/// Goal: how far a leaving receiver came, in the middle of a cell, covers the cells before it.
/// Method: the receiver finishes a cell and a half and leaves, while a new sender takes over and
/// writes at once.
/// Allowed: what the sender finds free it may write.
#[test]
fn sender_takes_over_from_one_while_the_receiver_leaves() {
    model(|| {
        let (ring, last) = filled(Shape::packed(2, 2), Look::Cursor, 4);
        drop(last);
        let mut reader = ring.reader();
        let leaving = spawn(move || {
            for value in 0..3 {
                assert_eq!(reader.try_receive().unwrap().value, value);
            }
            reader.leave();
        });
        let mut writer = ring.writer();
        let sent = (0..2).fold(4, |sent, _| sent + u32::from(writer.try_send(sent)));
        leaving.join().unwrap();
        let mut reader = ring.reader();
        assert_eq!(drain(&mut reader, 3), sent);
    });
}
