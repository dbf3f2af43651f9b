//! The SPSC ring: items arrive once, in order, and are never read while they are written.
//!
//! Loom fails a model whose accesses to an item are not ordered, so no model says so again.

use ringway_core::ring::spsc::Look;
use ringway_verify::exec::{model, spawn, tries};
use ringway_verify::ring::{Reader, Ring, Shape, Writer};

/// Sends items numbered on from `sent` in `attempts` attempts; how many are sent then.
fn send_some(writer: &mut Writer, mut sent: u32, attempts: u32) -> u32 {
    for _ in 0..attempts {
        sent += u32::from(writer.try_send(sent));
    }
    sent
}

/// Receives items numbered on from `received` in `attempts` attempts; how many are received then.
fn receive_some(reader: &mut Reader, mut received: u32, attempts: u32) -> u32 {
    for _ in 0..attempts {
        if let Some(next) = reader.try_receive() {
            assert_eq!(next.value, received);
            assert!(!next.again);
            received += 1;
        }
    }
    received
}

/// Goal: whatever is sent is received, once and in order.
/// Method: `before` items lie in the ring; then one thread sends and the other receives, each in
/// a few attempts, across the place where the 32-bit words wrap; the rest is drained.
/// Allowed: any number of items gets through meanwhile, and none is lost.
fn passes_in_order(shape: Shape, look: Look, before: u32, attempts: u32) {
    model(move || {
        let ring = Ring::wrapping_after(shape, 1);
        let mut writer = ring.writer_looking(look);
        let mut reader = ring.reader();
        assert_eq!(send_some(&mut writer, 0, before), before);
        let sending = spawn(move || send_some(&mut writer, before, tries(attempts)));
        let received = receive_some(&mut reader, 0, tries(attempts));
        let sent = sending.join().unwrap();
        assert_eq!(receive_some(&mut reader, received, sent - received), sent);
        assert_eq!(reader.try_peek(), None);
    });
}

/// One cell: every item waits for the one before it.
#[test]
fn slot_ring_of_one() {
    passes_in_order(Shape::slot(1), Look::Head, 0, 3);
    passes_in_order(Shape::slot(1), Look::Cursor, 0, 3);
}

#[test]
fn slot_ring_of_two() {
    passes_in_order(Shape::slot(2), Look::Head, 1, 3);
    passes_in_order(Shape::slot(2), Look::Cursor, 1, 3);
}

#[test]
fn slot_ring_of_four() {
    passes_in_order(Shape::slot(4), Look::Cursor, 3, 3);
}

/// The head follows only every second item here, so a sender finds it behind the cursor.
#[test]
fn slot_ring_with_a_lazy_head() {
    passes_in_order(Shape::slot(16), Look::Head, 16, 3);
    passes_in_order(Shape::slot(16), Look::Cursor, 16, 3);
}

#[test]
fn packed_ring_of_one_cell() {
    passes_in_order(Shape::packed(2, 1), Look::Head, 1, 3);
    passes_in_order(Shape::packed(3, 1), Look::Cursor, 2, 3);
}

#[test]
fn packed_ring_of_two_cells() {
    passes_in_order(Shape::packed(2, 2), Look::Cursor, 3, 3);
    passes_in_order(Shape::packed(3, 2), Look::Head, 5, 3);
}

#[test]
fn index_ring_of_one() {
    passes_in_order(Shape::index(1), Look::Head, 0, 3);
    passes_in_order(Shape::index(1), Look::Cursor, 0, 3);
}

#[test]
fn index_ring_of_two() {
    passes_in_order(Shape::index(2), Look::Cursor, 1, 3);
}

#[test]
fn index_ring_of_four() {
    passes_in_order(Shape::index(4), Look::Head, 3, 3);
}

/// Goal: as above, with several items under one publication and one release.
/// Method: both sides take as much of a stretch as they get, at most `most` at a time.
/// Allowed: batches of any size up to `most`, empty ones if the ring is full or empty.
fn passes_in_batches(shape: Shape, before: u32, most: u32) {
    model(move || {
        let ring = Ring::wrapping_after(shape, 1);
        let (mut writer, mut reader) = (ring.writer(), ring.reader());
        assert_eq!(send_some(&mut writer, 0, before), before);
        let sending = spawn(move || {
            (0..tries(2)).fold(before, |sent, _| sent + writer.try_send_batch(sent, most))
        });
        let mut values = Vec::new();
        for _ in 0..tries(2) {
            values.extend(reader.try_receive_batch(most));
        }
        let sent = sending.join().unwrap();
        while values.len() < sent as usize {
            values.extend(reader.try_receive_batch(most));
        }
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
        assert_eq!(reader.try_peek(), None);
    });
}

#[test]
fn batches_in_a_slot_ring() {
    passes_in_batches(Shape::slot(2), 1, 2);
}

#[test]
fn batches_in_a_packed_ring() {
    passes_in_batches(Shape::packed(3, 1), 1, 3);
    passes_in_batches(Shape::packed(3, 2), 4, 2);
}

#[test]
fn batches_in_an_index_ring() {
    passes_in_batches(Shape::index(2), 1, 2);
    passes_in_batches(Shape::index(4), 3, 3);
}

/// Goal: a sender that knows the cursor is not confused by a head that has yet to follow it.
/// Method: the head is one item behind, as lazily as it may be; then one thread receives the whole
/// ring at once, and the other sends a whole ring and one more.
/// Allowed: any number of items gets through; never `Corrupt`.
#[test]
fn index_ring_whose_head_is_two_laps_behind() {
    const CELLS: u32 = 16;
    model(|| {
        let ring = Ring::wrapping_after(Shape::index(CELLS), 1);
        let (mut writer, mut reader) = (ring.writer(), ring.reader());
        let mut sent = writer.try_send_batch(0, CELLS);
        assert_eq!(reader.try_receive_batch(CELLS - 1).len(), 15);
        assert_eq!(receive_some(&mut reader, CELLS - 1, 1), CELLS);
        while sent < 2 * CELLS {
            sent += writer.try_send_batch(sent, CELLS);
        }
        let receiving = spawn(move || reader.try_receive_batch(CELLS).len());
        sent += writer.try_send_batch(sent, CELLS);
        assert!(sent == 2 * CELLS || sent == 3 * CELLS);
        send_some(&mut writer, sent, 1);
        assert_eq!(receiving.join().unwrap(), CELLS as usize);
    });
}

/// Goal: a bystander sees how far a running ring has got, and disturbs nothing.
/// Method: it looks twice while both ends run around the ring.
/// Allowed: any state that the ring was in lately; never more unread than fit, never fewer
/// received than at the look before, never `Corrupt`.
fn shows_progress(shape: Shape, before: u32) {
    model(move || {
        let ring = Ring::new(shape);
        let (mut writer, mut reader) = (ring.writer(), ring.reader());
        assert_eq!(send_some(&mut writer, 0, before), before);
        let sending = spawn(move || send_some(&mut writer, before, tries(2)));
        let receiving = spawn(move || receive_some(&mut reader, 0, tries(2)));
        let (early, late) = (ring.progress(), ring.progress());
        for seen in [early, late] {
            assert!(seen.unread <= u64::from(shape.items()), "{seen:?}");
            assert!(seen.received <= u64::from(before + tries(2)), "{seen:?}");
        }
        assert!(early.received <= late.received);
        assert!(early.received + early.unread >= u64::from(before));
        let (sent, received) = (sending.join().unwrap(), receiving.join().unwrap());
        let seen = ring.progress();
        assert_eq!(seen.received, u64::from(received));
        assert_eq!(seen.unread, u64::from(sent - received));
    });
}

#[test]
fn progress_of_a_slot_ring() {
    shows_progress(Shape::slot(1), 1);
}

#[test]
fn progress_of_an_index_ring() {
    shows_progress(Shape::index(1), 1);
}

/// Goal: messages are counted in 64 bits, though the words of the protocol have 32.
/// Method: a ring passes 2^32, seen by a bystander and by two new ends.
/// Allowed: exactly the number of messages.
#[test]
fn counts_past_32_bits() {
    model(|| {
        let start = (1 << 32) - 2;
        let ring = Ring::starting_at(Shape::slot(2), start);
        for value in 0..4 {
            assert_eq!(send_some(&mut ring.writer(), value, 1), value + 1);
            assert_eq!(receive_some(&mut ring.reader(), value, 1), value + 1);
            assert_eq!(ring.progress().received, start + u64::from(value) + 1);
        }
    });
}
