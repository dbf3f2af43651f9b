//! A ring of ranges: every record arrives once and whole, each sender's in order, and what the dead
//! have left is passed over, nothing else.

use ringway_core::layout::Role;
use ringway_core::wait::Interrupted;
use ringway_verify::exec::{bounded_model, from_both_sides, model, spawn, tries};
use ringway_verify::kernel::Kernel;
use ringway_verify::ranges::{Ranges, Received};
use std::sync::Arc;

/// A kernel, and a ring of four granules with room for four ends, the first of them `before_wrap` before the
/// end of the ring. A record has at most two.
fn ring(before_wrap: u32) -> (Arc<Kernel>, Arc<Ranges>) {
    (Kernel::new(), Ranges::new(4, 4, before_wrap))
}

/// Goal: no record is lost, doubled, torn or read while it is written, also behind a pad.
/// Method: two senders send records of one and two granules, as far as they get; the receiver receives.
/// Allowed: any interleaving of the senders.
fn exchange(before_wrap: u32, counts: [u32; 2]) {
    bounded_model(2, move || {
        let (kernel, ring) = ring(before_wrap);
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let mut receiver = ring.receiver(kernel.process(3), false);
        let mut numbers = [10, 20].into_iter();
        let sending = senders.map(|mut sender| {
            let first = numbers.next().unwrap();
            spawn(move || {
                let mut sent = Vec::new();
                for (value, count) in (first..).zip(counts) {
                    if sender.try_send(count, value) {
                        sent.push(value);
                    }
                }
                sent
            })
        });
        from_both_sides();
        let mut values: Vec<_> = (0..tries(2))
            .filter_map(|_| receiver.try_receive().map(|next| next.value))
            .collect();
        let sent = sending.map(|sending| sending.join().unwrap());
        values.extend(receiver.drain());
        for (first, sent) in [10, 20].into_iter().zip(sent) {
            let mine = values
                .iter()
                .filter(|value| (first..first + 10).contains(*value));
            assert!(mine.eq(&sent));
        }
    });
}

#[test]
fn two_senders_one_receiver() {
    exchange(4, [1, 2]);
}

#[test]
fn two_senders_at_the_end_of_the_ring() {
    exchange(1, [2, 1]);
}

/// Goal: granules are written over only when the record there was read.
/// Method: the ring is full; one thread receives, the other sends.
/// Allowed: it sends as many as fit by then.
#[test]
fn a_full_ring_is_written_over() {
    model(|| {
        let (kernel, ring) = ring(4);
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2), false);
        assert!(sender.try_send(2, 0) && sender.try_send(1, 1) && sender.try_send(1, 2));
        assert!(!sender.try_send(1, 9));
        let receiving = spawn(move || (receiver.try_receive(), receiver));
        from_both_sides();
        let mut sent = 3;
        for _ in 0..tries(2) {
            sent += u32::from(sender.try_send(1, sent));
        }
        let (first, mut receiver) = receiving.join().unwrap();
        assert_eq!(first.map(|next| (next.value, next.count)), Some((0, 2)));
        assert_eq!(receiver.drain(), (1..sent).collect::<Vec<_>>());
    });
}

/// Goal: what a sender wrote and gave up is passed over, and written over no sooner than that.
/// Method: one sender reserves, writes and gives up; the other fills the ring; the receiver receives.
/// Allowed: all that was sent, once.
#[test]
fn what_is_given_up_is_passed_over() {
    bounded_model(2, || {
        let (kernel, ring) = ring(2);
        let mut giving = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3), false);
        assert!(sender.try_send(1, 0));
        let sending = spawn(move || {
            if giving.reserve(2, 99) {
                giving.abort();
            }
        });
        let receiving = spawn(move || {
            let received = [0; 2].map(|_| receiver.try_receive().map(|next| next.value));
            (received, receiver)
        });
        from_both_sides();
        let mut expected = vec![0];
        expected.extend((1..3).filter(|value| sender.try_send(2, *value)));
        sending.join().unwrap();
        let (values, mut receiver) = receiving.join().unwrap();
        let mut values: Vec<_> = values.into_iter().flatten().collect();
        values.extend(receiver.drain());
        assert_eq!(values, expected);
    });
}

/// Goal: what a record did not need in the end is used again, and no sooner than it was passed over.
/// Method: a sender reserves two granules, writes both and publishes one; another waits for room.
/// Allowed: there is none yet.
#[test]
fn a_record_shrinks() {
    model(|| {
        let (kernel, ring) = ring(4);
        let mut shrinking = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3), false);
        assert!(shrinking.reserve(2, 0) && sender.try_send(2, 1));
        let end = ring.tail();
        let receiving = spawn(move || {
            shrinking.publish(1);
            let first = receiver.try_receive();
            (first.map(|next| (next.value, next.count)), receiver)
        });
        from_both_sides();
        let sent = sender.try_send(2, 2);
        let (first, mut receiver) = receiving.join().unwrap();
        assert_eq!(first, Some((0, 1)));
        assert!(sent || sender.try_send(2, 2));
        assert_eq!(receiver.drain(), [1, 2]);
        assert!(sender.is_finished(end));
    });
}

/// Goal: who waits until everything is received may rely on what the receiver did before.
/// Method: the sender asks whether its record is finished, and if so writes where it lay.
/// Allowed: it is not yet.
#[test]
fn what_is_finished_has_been_read() {
    model(|| {
        let (kernel, ring) = ring(4);
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2), false);
        let start = ring.tail();
        assert!(sender.try_send(2, 0));
        let end = ring.tail();
        let receiving = spawn(move || assert!(receiver.try_receive().is_some()));
        from_both_sides();
        if sender.is_finished(end) {
            ring.item(start).set(1);
        }
        receiving.join().unwrap();
        assert!(sender.is_finished(end));
    });
}

/// Goal: the receiver goes on behind a sender that died between its claim and its word, and the granules
/// are used again.
/// Method: one sender claims, writes and dies, another claims behind it; the receiver looks and
/// mends meanwhile. Then the other goes once around the ring.
/// Allowed: the hole is covered once, and no sooner than its owner is dead; all else arrives.
#[test]
fn sender_dies_before_it_publishes() {
    bounded_model(2, || {
        let (kernel, ring) = ring(3);
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3), false);
        let dead = spawn(move || {
            assert!(dying.reserve(2, 99));
            dying.seat.die();
        });
        let sending = spawn(move || {
            assert!(sender.try_send(1, 0));
            sender
        });
        from_both_sides();
        let mut values = receiver.drain();
        receiver.mend();
        values.extend(receiver.drain());
        dead.join().unwrap();
        let mut sender = sending.join().unwrap();
        // The dead one may have come last, and there may be a pad before it.
        values.extend(receiver.drain_and_mend());
        assert!(sender.try_send(2, 1) && sender.try_send(1, 2));
        values.extend(receiver.drain());
        assert_eq!(values, [0, 1, 2]);
        assert_eq!(ring.casualties().lost, 1);
    });
}

/// Goal: the same where the dead one had claimed a pad, too, and not covered it.
/// Method: a sender dies when it has claimed over the end of the ring; another sends behind it while the
/// receiver mends.
/// Allowed: pad and record are passed over.
#[test]
fn sender_dies_over_its_pad() {
    bounded_model(2, || {
        let (kernel, ring) = ring(1);
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3), false);
        dying.die_padding(2);
        let sending = spawn(move || {
            assert!(sender.try_send(1, 0));
            sender
        });
        from_both_sides();
        receiver.mend();
        let mut values = receiver.drain();
        let mut sender = sending.join().unwrap();
        values.extend(receiver.drain_and_mend());
        assert!(sender.try_send(2, 1));
        values.extend(receiver.drain());
        assert_eq!(values, [0, 1]);
        assert_eq!(ring.casualties().lost, 1);
        // Its pad and its record are one hole; the pad of the last one, who lives, is none.
        assert_eq!(ring.casualties().skipped, 1);
    });
}

/// Goal: the same where the dead one had covered what its record did not need, but not published it.
/// Method: as above.
/// Allowed: all of its range is passed over.
#[test]
fn sender_dies_over_a_record_that_shrinks() {
    bounded_model(2, || {
        let (kernel, ring) = ring(4);
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3), false);
        assert!(dying.reserve(2, 99));
        let dead = spawn(move || dying.die_shrinking(1));
        from_both_sides();
        assert!(sender.try_send(2, 0));
        let mut values = receiver.drain_and_mend();
        dead.join().unwrap();
        values.extend(receiver.drain_and_mend());
        assert!(sender.try_send(2, 1));
        values.extend(receiver.drain());
        assert_eq!(values, [0, 1]);
        assert_eq!(ring.casualties().lost, 1);
    });
}

/// Goal: what dead ones named does not matter, be it that they did not get it, or others named the
/// same with other lengths.
/// Method: one names two granules and dies; one claims one and dies; a third sends behind it while the
/// receiver mends.
/// Allowed: the one granule is passed over.
#[test]
fn two_dead_named_the_same_position() {
    bounded_model(2, || {
        let (kernel, ring) = ring(4);
        let forestalled = ring.sender(kernel.process(1));
        let mut dying = ring.sender(kernel.process(2));
        let mut sender = ring.sender(kernel.process(4));
        let mut receiver = ring.receiver(kernel.process(3), false);
        let dead = spawn(move || {
            forestalled.die_before_claim(2);
            assert!(dying.reserve(1, 99));
            dying.seat.die();
            assert!(sender.try_send(2, 0));
        });
        from_both_sides();
        receiver.mend();
        let mut values = receiver.drain();
        dead.join().unwrap();
        values.extend(receiver.drain_and_mend());
        assert_eq!(values, [0]);
        assert_eq!(ring.casualties().lost, 1);
        assert_eq!(ring.casualties().skipped, 1);
    });
}

/// Goal: a claim of a sender that lives is never taken for a hole, however late it publishes.
/// Method: two senders send while the receiver asks after the claims that it waits for.
/// Allowed: nothing is lost.
#[test]
fn senders_live() {
    bounded_model(2, || {
        let (kernel, ring) = ring(3);
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let mut receiver = ring.receiver(kernel.process(3), false);
        let sending = senders.map(|mut sender| spawn(move || assert!(sender.try_send(1, 7))));
        from_both_sides();
        let mut values = Vec::new();
        for _ in 0..tries(2) {
            assert!(!receiver.mend());
            values.extend(receiver.try_receive().map(|next| next.value));
        }
        for sending in sending {
            sending.join().unwrap();
        }
        values.extend(receiver.drain());
        assert_eq!(values, [7, 7]);
    });
}

/// As above, where a sender sends twice, so that the second name takes the place of the first.
#[test]
fn a_sender_lives_and_sends_again() {
    model(|| {
        let (kernel, ring) = ring(3);
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2), false);
        let sending = spawn(move || assert!(sender.try_send(1, 0) && sender.try_send(1, 1)));
        from_both_sides();
        for _ in 0..tries(2) {
            assert!(!receiver.mend());
        }
        let mut values = receiver.drain();
        assert!(!receiver.mend());
        sending.join().unwrap();
        values.extend(receiver.drain());
        assert_eq!(values, [0, 1]);
    });
}

/// Goal: a hole ends where the range of somebody alive begins, whether it has published that or not.
/// Method: a dead one's claim lies before that of one that lives and publishes while the receiver
/// mends, and another dead one's behind that.
/// Allowed: what was published arrives; both holes are covered.
#[test]
fn a_hole_ends_at_a_living_claim() {
    model(|| {
        let (kernel, ring) = ring(4);
        let mut first = ring.sender(kernel.process(1));
        let mut living = ring.sender(kernel.process(2));
        let mut last = ring.sender(kernel.process(4));
        let mut receiver = ring.receiver(kernel.process(3), false);
        assert!(first.reserve(2, 98) && living.reserve(1, 0) && last.reserve(1, 99));
        first.seat.die();
        last.seat.die();
        let sending = spawn(move || living.publish(1));
        from_both_sides();
        let mut values = receiver.drain_and_mend();
        sending.join().unwrap();
        values.extend(receiver.drain_and_mend());
        assert_eq!(values, [0]);
        assert_eq!(ring.casualties().lost, 2);
    });
}

/// Goal: the entry of a dead sender is given to another at once, and what it had claimed is still
/// known to be a dead one's.
/// Method: the table is full; a sender has died over its claim. A newcomer takes its entry and sends,
/// while the receiver mends.
/// Allowed: the hole is covered once, before or after; the newcomer's record arrives.
#[test]
fn entry_of_a_dead_one_is_used_again() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Ranges::new(4, 2, 3));
        let mut dying = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2), false);
        assert!(dying.reserve(2, 99));
        dying.seat.die();
        let coming = {
            let (ring, process) = (ring.clone(), kernel.process(3));
            spawn(move || {
                let mut sender = ring.sender(process);
                assert_eq!(sender.seat.index(), 0);
                assert!(sender.try_send(1, 0));
            })
        };
        from_both_sides();
        let mut values = receiver.drain_and_mend();
        coming.join().unwrap();
        values.extend(receiver.drain_and_mend());
        assert_eq!(values, [0]);
        assert_eq!(ring.casualties().lost, 1);
        assert_eq!(receiver.seat.table().count(Role::Sender), 1);
    });
}

/// Goal: a record that the receiver held when it died comes once more.
/// Method: a receiver holds the second of three and dies; a successor comes while a sender sends.
/// Allowed: the second comes again, marked, and what follows once.
#[test]
fn the_receiver_is_replaced() {
    model(|| {
        let (kernel, ring) = ring(3);
        let mut sender = ring.sender(kernel.process(1));
        let mut first = ring.receiver(kernel.process(2), false);
        assert!(sender.try_send(1, 0) && sender.try_send(1, 1) && sender.try_send(1, 2));
        assert_eq!(first.try_receive().map(|next| next.value), Some(0));
        assert_eq!(first.hold().map(|next| next.value), Some(1));
        first.seat.die();
        let sending = spawn(move || {
            (3..5)
                .take_while(|value| sender.try_send(1, *value))
                .count()
        });
        from_both_sides();
        let mut second = ring.receiver(kernel.process(3), true);
        let again = Received {
            value: 1,
            count: 1,
            again: true,
        };
        assert_eq!(second.try_receive(), Some(again));
        let next = second.try_receive().unwrap();
        assert_eq!((next.value, next.again), (2, false));
        let sent = sending.join().unwrap() as u32;
        assert_eq!(second.drain(), (3..3 + sent).collect::<Vec<_>>());
        assert_eq!(ring.casualties().redelivered, 1);
    });
}

/// Goal: a record that the receiver was finishing when it died does not come again, and its granules
/// are used again no sooner than that.
/// Method: the ring is full; a receiver reads, and dies at a step of its release. A successor comes while
/// a sender waits for the granules.
/// Allowed: they are not free yet.
fn receiver_dies_finishing(words: u32) {
    bounded_model(2, move || {
        let (kernel, ring) = ring(4);
        let mut sender = ring.sender(kernel.process(1));
        let mut first = ring.receiver(kernel.process(2), false);
        assert!(sender.try_send(2, 0) && sender.try_send(2, 1));
        let dead = spawn(move || {
            assert_eq!(first.hold().map(|next| next.value), Some(0));
            first.die_finishing(words);
        });
        let sending = spawn(move || {
            let sent = sender.try_send(2, 2);
            (sent, sender)
        });
        from_both_sides();
        dead.join().unwrap();
        let mut second = ring.receiver(kernel.process(3), true);
        assert_eq!(second.try_receive().map(|next| next.value), Some(1));
        let (sent, mut sender) = sending.join().unwrap();
        assert!(sent || sender.try_send(2, 2));
        assert_eq!(second.drain(), [2]);
    });
}

#[test]
fn receiver_dies_before_it_frees_what_it_finishes() {
    receiver_dies_finishing(0);
}

#[test]
fn receiver_dies_when_it_has_finished() {
    receiver_dies_finishing(1);
}

/// Goal: nobody sleeps while there is something for it.
/// Method: a sender sends two records that do not fit together and leaves; the receiver receives until
/// there is nothing more. Nobody's sleep ends by itself.
/// Allowed: any order.
#[test]
fn both_sleep() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Ranges::new(2, 2, 2));
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2), false);
        let sending = spawn(move || {
            for value in 0..3 {
                assert_eq!(sender.send(1, value), Ok(()));
            }
            sender.seat.leave();
        });
        from_both_sides();
        for value in 0..3 {
            assert_eq!(receiver.receive(), Ok(value));
        }
        assert_eq!(receiver.receive(), Err(Interrupted::PeerGone));
        sending.join().unwrap();
    });
}

/// Goal: of two senders that sleep, the one that needs less does not take the wake-up of the other.
/// Method: the ring is full; two senders wait for one granule and for two. The receiver receives all.
/// Allowed: any order of the two.
#[test]
fn two_senders_sleep() {
    bounded_model(1, || {
        let (kernel, ring) = ring(4);
        let mut filling = ring.sender(kernel.process(1));
        assert!(filling.try_send(2, 0) && filling.try_send(2, 0));
        filling.seat.leave();
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let mut receiver = ring.receiver(kernel.process(3), false);
        let mut counts = [1, 2].into_iter();
        let sending = senders.map(|mut sender| {
            let count = counts.next().unwrap();
            spawn(move || assert_eq!(sender.send(count, count), Ok(())))
        });
        from_both_sides();
        let mut values = [0; 4].map(|_| receiver.receive().unwrap());
        for sending in sending {
            sending.join().unwrap();
        }
        values.sort_unstable();
        assert_eq!(values, [0, 0, 1, 2]);
    });
}

/// Goal: the receiver learns of a sender that dies while it sleeps, and goes on behind its claim.
/// Method: one sender claims and dies, another sends behind it; the receiver sleeps.
/// Allowed: what was sent arrives.
#[test]
fn the_receiver_sleeps_before_a_hole() {
    bounded_model(1, || {
        let (kernel, ring) = ring(4);
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3), false);
        assert!(dying.reserve(2, 99));
        let sending = spawn(move || {
            dying.seat.die();
            assert_eq!(sender.send(2, 0), Ok(()));
            sender.seat.leave();
        });
        from_both_sides();
        assert_eq!(receiver.receive(), Ok(0));
        sending.join().unwrap();
        assert_eq!(receiver.receive(), Err(Interrupted::PeerGone));
    });
}
