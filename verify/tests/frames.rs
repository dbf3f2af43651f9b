//! Records of any length: they arrive whole, once and in order, and are never read while they are
//! written, whoever takes over.
//!
//! Loom fails a model whose accesses to a unit of payload are not ordered, so no model says so
//! again; and each payload leaves garbage where headers will be, so a header that was not cleared
//! shows as corrupt.

use ringway_core::ring::frame::Piece;
use ringway_core::ring::spsc::Look;
use ringway_core::wait::Interrupted;
use ringway_verify::channel::{Channel, Receiver, Sender};
use ringway_verify::exec::{bounded_model, model, spawn, tries};
use ringway_verify::frames::{FrameReader, FrameWriter, Frames};
use ringway_verify::kernel::Kernel;
use ringway_verify::ring::Fate;
use std::sync::Arc;

/// The bytes of the message with this number, in turn.
type Lens = &'static [u32];

/// Two records and a skip to a lap of eight units.
const LONG: Lens = &[16];
/// Records of two and three units: a header falls where payload was.
const MIXED: Lens = &[8, 16, 8];
/// A skip at another place in each lap: what lies at the start is another header each time.
const UNEVEN: Lens = &[8, 8, 16, 16];
/// Headers only, and one record with payload.
const SHORT: Lens = &[8, 0];

fn len(lens: Lens, number: u32) -> u32 {
    lens[number as usize % lens.len()]
}

/// Sends messages numbered on from `sent` in `attempts` attempts; how many are sent then.
fn send_some(writer: &mut FrameWriter, lens: Lens, mut sent: u32, attempts: u32) -> u32 {
    for _ in 0..attempts {
        sent += u32::from(writer.try_send(sent, len(lens, sent)));
    }
    sent
}

/// Receives messages numbered on from `received` in `attempts` attempts; how many are received then.
fn receive_some(reader: &mut FrameReader, lens: Lens, mut received: u32, attempts: u32) -> u32 {
    for _ in 0..attempts {
        let len = len(lens, received);
        if let Some(next) = reader.try_receive(len) {
            assert!(next.value == received || len == 0);
            assert!(!next.again);
            received += 1;
        }
    }
    received
}

/// A ring in which the 32-bit words wrap after `laps`, with `before` messages in it, and its writer.
fn filled(
    units: u32,
    laps: u64,
    look: Look,
    lens: Lens,
    before: u32,
) -> (Arc<Frames>, FrameWriter) {
    let ring = Frames::starting_at(units, (1 << 32) - laps * u64::from(units));
    let mut writer = ring.writer_looking(look);
    assert_eq!(send_some(&mut writer, lens, 0, before), before);
    (ring, writer)
}

/// Goal: whatever is sent is received, whole, once and in order.
/// Method: `before` messages lie in the ring; then one thread sends and the other receives, each
/// in a few attempts, across the end of the ring and the place where the 32-bit words wrap; the
/// rest is drained.
/// Allowed: any number of messages gets through meanwhile, and none is lost.
fn passes_in_order(lens: Lens, look: Look, before: u32, attempts: u32) {
    model(move || {
        let (ring, mut writer) = filled(8, 1, look, lens, before);
        let mut reader = ring.reader_after(Fate::Left);
        let sending = spawn(move || {
            let sent = send_some(&mut writer, lens, before, tries(attempts));
            assert_eq!(writer.sent(), (1 << 32) - 8 + u64::from(sent));
            sent
        });
        let received = receive_some(&mut reader, lens, 0, tries(attempts));
        let sent = sending.join().unwrap();
        let received = receive_some(&mut reader, lens, received, sent - received);
        assert_eq!(received, sent);
        assert_eq!(reader.received(), (1 << 32) - 8 + u64::from(sent));
        assert_eq!(reader.try_peek(), None);
    });
}

#[test]
fn messages_one_at_a_time() {
    passes_in_order(LONG, Look::Head, 0, 2);
    passes_in_order(MIXED, Look::Cursor, 0, 2);
}

/// Each of them takes a skip with it, or waits for room until the reader has passed one.
#[test]
fn messages_across_the_end() {
    passes_in_order(LONG, Look::Head, 2, 2);
    passes_in_order(UNEVEN, Look::Cursor, 3, 2);
}

#[test]
fn a_full_ring_is_written_over() {
    passes_in_order(MIXED, Look::Head, 3, 2);
    passes_in_order(MIXED, Look::Cursor, 3, 2);
}

#[test]
fn messages_without_bytes() {
    passes_in_order(SHORT, Look::Head, 4, 2);
    passes_in_order(SHORT, Look::Cursor, 4, 2);
}

/// Goal: a sender that knows the cursor is not confused by a head that has yet to follow it.
/// Method: the sender fills the ring by what the cursor says and tries more, while the receiver
/// takes all, across the end of the ring.
/// Allowed: any number of messages gets through; never `Corrupt`.
#[test]
fn a_head_behind_the_cursor() {
    model(|| {
        let (ring, mut writer) = filled(16, 1, Look::Cursor, LONG, 5);
        let mut reader = ring.reader_after(Fate::Left);
        let receiving = spawn(move || receive_some(&mut reader, LONG, 0, 2));
        let sent = send_some(&mut writer, LONG, 5, 2);
        let received = receiving.join().unwrap();
        let mut reader = ring.reader_after(Fate::Left);
        assert_eq!(receive_some(&mut reader, LONG, received, 5), sent);
    });
}

/// Goal: a new receiver goes on where the last one stopped, while the sender overwrites what that
/// one had done with.
/// Method: the ring is full. A receiver finishes `first` messages, then reads one more if it is
/// killed; the next one drains the ring. The sender sends all along.
/// Allowed: exactly the next message, marked if one that died had read it.
fn receiver_is_replaced(units: u32, lens: Lens, look: Look, before: u32, first: u32, fate: Fate) {
    model(move || {
        let (ring, mut writer) = filled(units, 1, look, lens, before);
        let sending = spawn(move || send_some(&mut writer, lens, before, tries(1)));
        let mut last = ring.reader_after(Fate::Left);
        assert_eq!(receive_some(&mut last, lens, 0, first), first);
        let seen = last.try_peek().is_some();
        match fate {
            Fate::Left => last.leave(),
            Fate::Died => drop(last),
        }
        let mut reader = ring.reader_after(fate);
        assert_eq!(
            reader.received() as u32,
            ring_start(units).wrapping_add(first)
        );
        let mut received = first;
        if let Some(next) = reader.try_receive(len(lens, first)) {
            assert!(next.again || !seen || fate == Fate::Left);
            assert!(!next.again || fate == Fate::Died);
            received += 1;
        }
        assert!(received > first || !seen);
        let sent = sending.join().unwrap();
        let received = receive_some(&mut reader, lens, received, sent - received);
        assert_eq!(received, sent);
    });
}

/// The low half of the first number in a ring that wraps after a lap.
fn ring_start(units: u32) -> u32 {
    0u32.wrapping_sub(units)
}

#[test]
fn receiver_leaves() {
    receiver_is_replaced(8, MIXED, Look::Cursor, 3, 1, Fate::Left);
}

#[test]
fn receiver_is_killed() {
    receiver_is_replaced(8, MIXED, Look::Cursor, 3, 1, Fate::Died);
    receiver_is_replaced(8, MIXED, Look::Head, 3, 0, Fate::Died);
}

/// The one that comes again lies behind a skip.
#[test]
fn receiver_is_killed_before_the_end() {
    receiver_is_replaced(16, LONG, Look::Cursor, 5, 5, Fate::Died);
}

/// The next one must hand on, with the head, what the last one had done with.
#[test]
fn receiver_is_killed_in_a_ring_with_a_lazy_head() {
    receiver_is_replaced(32, &[8], Look::Head, 15, 1, Fate::Died);
}

/// Goal: a mark survives a receiver that comes and goes without having received.
/// Method: one receiver is killed over a message, the next attaches and leaves, a third receives.
/// Allowed: the message comes again, marked; the next one is not.
#[test]
fn mark_outlives_an_idle_receiver() {
    model(|| {
        let (ring, _writer) = filled(8, 1, Look::Head, MIXED, 2);
        assert!(!ring.reader_after(Fate::Left).try_peek().unwrap().again);
        ring.reader_after(Fate::Died).leave();
        let mut reader = ring.reader_after(Fate::Left);
        for (value, again) in [(0, true), (1, false)] {
            let next = reader.try_receive(len(MIXED, value)).unwrap();
            assert_eq!((next.value, next.again), (value, again));
        }
    });
}

/// Goal: a new sender goes on behind the last message published, and overwrites nothing that the
/// receiver, which runs on, may still read.
/// Method: the last sender published `before` messages and wrote one more (over the end of the ring
/// if there is no room before it) without publishing it. The new one takes over while the receiver
/// drains.
/// Allowed: every published message arrives once, in order; the unpublished one never does.
fn sender_is_replaced(lens: Lens, laps: u64, before: u32) {
    model(move || {
        let (ring, mut last) = filled(8, laps, Look::Cursor, lens, before);
        last.write(u32::MAX, len(lens, before));
        drop(last);
        let mut reader = ring.reader_after(Fate::Left);
        let receiving = spawn(move || {
            let received = receive_some(&mut reader, lens, 0, tries(2));
            (reader, received)
        });
        let mut writer = ring.writer_looking(Look::Cursor);
        assert_eq!(writer.sent(), (1 << 32) - 8 * laps + u64::from(before));
        let sent = send_some(&mut writer, lens, before, tries(2));
        let (mut reader, received) = receiving.join().unwrap();
        assert_eq!(
            receive_some(&mut reader, lens, received, sent - received),
            sent
        );
        assert_eq!(reader.try_peek(), None);
    });
}

#[test]
fn sender_is_killed() {
    sender_is_replaced(MIXED, 1, 2);
    sender_is_replaced(MIXED, 1, 3);
}

#[test]
fn sender_is_killed_over_a_skip() {
    sender_is_replaced(LONG, 1, 2);
}

/// The receiver's position passes 2^32 just then: its halves are two words.
#[test]
fn sender_is_killed_while_the_cursor_wraps() {
    model(|| {
        let ring = Frames::starting_at(8, (1 << 32) - 3);
        let mut last = ring.writer_looking(Look::Cursor);
        assert!(last.try_send(0, 16));
        drop(last);
        let mut reader = ring.reader_after(Fate::Left);
        let receiving = spawn(move || receive_some(&mut reader, LONG, 0, 1));
        let mut writer = ring.writer_looking(Look::Cursor);
        let sent = send_some(&mut writer, LONG, 1, 3);
        let received = receiving.join().unwrap();
        let mut reader = ring.reader_after(Fate::Left);
        assert_eq!(receive_some(&mut reader, LONG, received, 3), sent);
    });
}

/// Goal: a bystander sees how far a running ring has got, and disturbs nothing.
/// Method: it looks twice while both ends run around the ring.
/// Allowed: never more unread than fit, never fewer received than at the look before.
#[test]
fn progress_of_a_running_ring() {
    model(|| {
        let (ring, mut writer) = filled(8, 1, Look::Cursor, MIXED, 1);
        let mut reader = ring.reader_after(Fate::Left);
        let sending = spawn(move || send_some(&mut writer, MIXED, 1, tries(1)));
        let receiving = spawn(move || receive_some(&mut reader, MIXED, 0, tries(1)));
        let (early, late) = (ring.progress(), ring.progress());
        let start = (1 << 32) - 8;
        for seen in [early, late] {
            assert!(seen.received >= start, "{seen:?}");
            assert!(seen.received + seen.unread <= start + 1 + u64::from(tries(1)));
            assert!(seen.unread_bytes <= 64, "{seen:?}");
        }
        assert!(early.received <= late.received);
        let (sent, received) = (sending.join().unwrap(), receiving.join().unwrap());
        let seen = ring.progress();
        assert_eq!(seen.received, start + u64::from(received));
        assert_eq!(seen.unread, u64::from(sent - received));
        assert_eq!(seen.unread_bytes == 0, sent == received);
    });
}

/// Goal: the parts of a message count as one, at its last.
/// Method: two parts, with both ends replaced between them.
/// Allowed: nothing is counted before the second part.
#[test]
fn parts_count_once() {
    model(|| {
        let ring = Frames::starting_at(8, u64::from(u32::MAX));
        for (value, piece, count) in [(0, Piece::Part, 0), (1, Piece::LastPart, 1)] {
            let mut writer = ring.writer_looking(Look::Cursor);
            assert!(writer.try_send_piece(value, 8, piece));
            let mut reader = ring.reader_after(Fate::Left);
            assert!(reader.try_receive(8).is_some());
            let counted = u64::from(u32::MAX) + count;
            assert_eq!((writer.sent(), reader.received()), (counted, counted));
            assert_eq!(ring.writer_looking(Look::Cursor).sent(), counted);
            assert_eq!(ring.reader_after(Fate::Died).received(), counted);
        }
    });
}

/// Two attached ends of a channel of records.
fn ends(skips: bool) -> (Sender<Frames>, Receiver<Frames>) {
    let (kernel, channel) = (Kernel::new(), Channel::of_records(skips));
    let sender = channel.sender(kernel.process(1));
    let receiver = channel.receiver(kernel.process(2));
    (sender, receiver)
}

/// Goal: neither end sleeps for ever, and a receiver gets all that was sent before the news.
/// Method: the sender sends `count` messages, waiting for room, and leaves; the receiver receives
/// until it is told. An end that waits for ever shows as a deadlock.
/// Allowed: exactly those messages.
fn sender_leaves(skips: bool, count: u32) {
    bounded_model(2, move || {
        let (mut sender, mut receiver) = ends(skips);
        let sending = spawn(move || {
            for value in 0..count {
                sender.send(value).unwrap();
            }
            sender.leave();
        });
        let values = receiver.receive_all();
        assert_eq!(values, (0..count).collect::<Vec<_>>());
        sending.join().unwrap();
    });
}

#[test]
fn receiver_sleeps() {
    sender_leaves(false, 1);
}

#[test]
fn both_sleep() {
    sender_leaves(false, 3);
    sender_leaves(true, 3);
}

/// Goal: a sender that waits for room learns that nobody will make any.
/// Method: the ring is full; the receiver takes one message and leaves, or takes none and is killed.
/// Allowed: as many more as fit, then `PeerGone`.
fn receiver_goes(fate: Fate) {
    bounded_model(2, move || {
        let (mut sender, mut receiver) = ends(true);
        let sent = 1 + u32::from(fate == Fate::Died);
        for value in 0..sent {
            sender.send(value).unwrap();
        }
        let going = spawn(move || match fate {
            Fate::Left => {
                assert_eq!(receiver.receive(), Ok(0));
                receiver.leave();
            }
            Fate::Died => receiver.die(),
        });
        let more = (sent..6).find_map(|value| sender.send(value).err().map(|why| (value, why)));
        let (sent, why) = more.unwrap();
        assert!(sent <= 3 && why == Interrupted::PeerGone);
        going.join().unwrap();
    });
}

#[test]
fn receiver_leaves_a_sender_that_waits() {
    receiver_goes(Fate::Left);
}

#[test]
fn receiver_dies_on_a_sender_that_waits() {
    receiver_goes(Fate::Died);
}

/// Goal: a receiver learns of a killed sender, and gets all that it published.
/// Method: the sender publishes one message, behind a skip, and is killed before it wakes anybody.
/// Allowed: both messages, then `PeerGone`.
#[test]
fn sender_dies_before_it_wakes() {
    bounded_model(2, || {
        let (mut sender, mut receiver) = ends(true);
        let sending = spawn(move || {
            sender.send(0).unwrap();
            sender.die_sending(1);
        });
        assert_eq!(receiver.receive_all(), [0, 1]);
        sending.join().unwrap();
    });
}
