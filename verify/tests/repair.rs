//! What is done about the dead in a ring with many ends: their claims are ended, nobody else's are,
//! and what they had not finished comes again, once.

use ringway_core::layout::{Kind, Role};
use ringway_verify::exec::{bounded_model, from_both_sides, model, spawn, tries};
use ringway_verify::kernel::Kernel;
use ringway_verify::many::{Many, Received, Receiver, Sender};
use std::sync::Arc;

const AGAIN: bool = true;

/// A kernel, and a ring of two cells with room for four ends.
fn ring() -> (Arc<Kernel>, Arc<Many>) {
    (Kernel::new(), Many::new(Kind::Mpmc, 2, 4))
}

/// Receives all that there is, ending the claims of the dead; says how many of those there were.
fn drain(receiver: &mut Receiver) -> (Vec<u32>, u32) {
    let (mut values, mut mended) = (receiver.drain(), 0);
    while receiver.mend() {
        mended += 1;
        values.extend(receiver.drain());
    }
    (values, mended)
}

/// Sends what follows `first` until the ring is full; how many.
fn fill(sender: &mut Sender, first: u32) -> u32 {
    (first..)
        .take_while(|value| sender.try_send(*value))
        .count() as u32
}

/// Goal: receivers go on behind a sender that died between its claim and its publication, and
/// the cell is used again.
/// Method: one sender claims, writes and dies; the receiver looks and mends meanwhile. Then another
/// sender goes once around the ring.
/// Allowed: the claim is ended once, and no sooner than its owner is dead; all else arrives.
#[test]
fn sender_dies_before_it_publishes() {
    model(|| {
        let (kernel, ring) = ring();
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3));
        let sending = spawn(move || {
            assert!(dying.reserve(99));
            dying.seat.die();
        });
        from_both_sides();
        let mut mended = 0;
        for _ in 0..tries(2) {
            assert_eq!(receiver.try_receive(), None);
            mended += u32::from(receiver.mend());
        }
        // Over the cell of the dead one, if that was free already.
        let mut sent = u32::from(mended == 1 && sender.try_send(0));
        sending.join().unwrap();
        let (mut values, more) = drain(&mut receiver);
        assert_eq!(mended + more, 1);
        while sent < 3 {
            let count = fill(&mut sender, sent);
            assert!(count > 0);
            sent += count;
            values.extend(receiver.drain());
        }
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
        assert_eq!(ring.casualties().lost, 1);
    });
}

/// Goal: a claim of a sender that lives is never ended, however late it publishes.
/// Method: a sender sends twice while two receivers ask after the claim that they wait for.
/// Allowed: no claim is found to be a dead one's, and nothing is lost.
#[test]
fn sender_lives() {
    model(|| {
        let (kernel, ring) = ring();
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2));
        let sending = spawn(move || assert!(sender.try_send(0) && sender.try_send(1)));
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

/// As above, where the sender fails to claim a position before it claims the next one.
#[test]
fn sender_lives_and_is_forestalled() {
    bounded_model(2, || {
        let (kernel, ring) = ring();
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let mut receiver = ring.receiver(kernel.process(3));
        let sending = senders.map(|mut sender| spawn(move || assert!(sender.try_send(0))));
        from_both_sides();
        assert!(!receiver.mend());
        assert!(!receiver.mend());
        for sending in sending {
            sending.join().unwrap();
        }
        assert_eq!(receiver.drain(), [0, 0]);
    });
}

/// Goal: of two that find the same dead claim one ends it, and neither touches what comes after.
/// Method: two receivers have found the claim before. One mends it, receives and has a sender use
/// the cell for the next lap; the other mends as late as it likes.
/// Allowed: one of them mends; all that was sent arrives.
#[test]
fn two_mend_the_same_claim() {
    bounded_model(2, || {
        let (kernel, ring) = ring();
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let [mut first, second] = [3, 4].map(|number| ring.receiver(kernel.process(number)));
        assert!(dying.reserve(99) && sender.try_send(0));
        dying.seat.die();
        let for_first = first.stuck().unwrap();
        let for_second = second.stuck().unwrap();
        let mending = spawn(move || u32::from(second.seat.repair().mend(for_second)));
        from_both_sides();
        let mut mended = u32::from(first.seat.repair().mend(for_first));
        let mut values = first.drain();
        let sent = 1 + fill(&mut sender, 1);
        mended += mending.join().unwrap();
        values.extend(first.drain());
        // Each may have found the lock taken by the other.
        let (rest, more) = drain(&mut first);
        values.extend(rest);
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
        assert_eq!(mended + more, 1);
        assert_eq!(ring.casualties().lost, 1);
    });
}

/// Goal: somebody alive that names the position of a dead owner, because it did not get it, only
/// delays the repair.
/// Method: a sender claims and dies, another sends, a receiver mends.
/// Allowed: the claim of the dead one is ended once; the other's item arrives.
#[test]
fn somebody_alive_names_the_same_position() {
    bounded_model(2, || {
        let (kernel, ring) = ring();
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3));
        let dead = spawn(move || {
            assert!(dying.reserve(99));
            dying.seat.die();
        });
        let sending = spawn(move || assert!(sender.try_send(0)));
        from_both_sides();
        let mut mended = u32::from(receiver.mend());
        let mut values = receiver.drain();
        mended += u32::from(receiver.mend());
        dead.join().unwrap();
        sending.join().unwrap();
        let (rest, more) = drain(&mut receiver);
        values.extend(rest);
        // The dead one may have come second, and nobody waits for its claim then.
        assert_eq!(values, [0]);
        assert!(mended + more <= 1);
    });
}

/// Goal: a sender that waits for the cell of a dead sender learns of it as well as a receiver.
/// Method: the dead claim is a whole lap behind, the ring otherwise full.
/// Allowed: it is ended once; then receivers pass over it.
#[test]
fn sender_waits_behind_a_dead_one() {
    model(|| {
        let (kernel, ring) = ring();
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3));
        assert!(dying.reserve(99) && sender.try_send(0));
        dying.seat.die();
        let receiving = spawn(move || {
            let values = receiver.drain();
            (values, receiver)
        });
        from_both_sides();
        let stuck = sender.stuck().unwrap();
        assert!(sender.seat.repair().mend(stuck));
        let sent = 1 + fill(&mut sender, 1);
        let (mut values, mut receiver) = receiving.join().unwrap();
        values.extend(receiver.drain());
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
    });
}

/// Goal: an item that a receiver had claimed when it died is delivered once more.
/// Method: a receiver claims an item and dies; two others look for the dead and for what they left.
/// Allowed: one of them gets it, marked as perhaps delivered before.
#[test]
fn one_of_two_adopts() {
    bounded_model(2, || {
        let (kernel, ring) = ring();
        let mut sender = ring.sender(kernel.process(1));
        let mut dying = ring.receiver(kernel.process(2));
        let [mut one, mut two] = [3, 4].map(|number| ring.receiver(kernel.process(number)));
        assert!(sender.try_send(0));
        let dead = spawn(move || {
            assert!(dying.hold().is_some());
            dying.seat.die();
        });
        let adopting = spawn(move || {
            one.seat.table().sweep();
            let adopted = one.adopt();
            adopted.inspect(|_| one.finish())
        });
        from_both_sides();
        // It may be quicker than the dying one, which finds nothing then.
        two.seat.table().sweep();
        let mut adopted: Vec<_> = two.adopt().into_iter().collect();
        if !adopted.is_empty() {
            two.finish();
        }
        adopted.extend(adopting.join().unwrap());
        dead.join().unwrap();
        two.seat.table().sweep();
        adopted.extend(two.adopt());
        let expected = Received {
            value: 0,
            again: AGAIN,
        };
        assert_eq!(adopted, [expected]);
        assert_eq!(ring.casualties().redelivered, 1);
    });
}

/// Goal: what a living receiver claims or has just finished is adopted by nobody.
/// Method: there is an item of a dead receiver. One receiver receives two others, while another
/// adopts twice and a sender writes over what is finished.
/// Allowed: the item of the dead one comes again, nothing else does.
#[test]
fn receiver_lives() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 4, 4));
        let mut sender = ring.sender(kernel.process(1));
        let mut dying = ring.receiver(kernel.process(2));
        let mut living = ring.receiver(kernel.process(3));
        let mut adopting = ring.receiver(kernel.process(4));
        assert_eq!(fill(&mut sender, 0), 4);
        assert!(dying.hold().is_some());
        dying.seat.die();
        adopting.seat.table().sweep();
        let receiving = spawn(move || [0; 2].map(|_| living.try_receive().unwrap()));
        from_both_sides();
        let first = adopting.adopt().unwrap();
        assert_eq!((first.value, first.again), (0, AGAIN));
        adopting.finish();
        assert_eq!(adopting.adopt(), None);
        let fresh = |value| Received {
            value,
            again: false,
        };
        fill(&mut sender, 4);
        assert_eq!(receiving.join().unwrap(), [fresh(1), fresh(2)]);
    });
}

/// Goal: an item whose adopter dies, too, comes once more.
/// Method: a receiver has died over an item; one adopts it and dies, another looks for it.
/// Allowed: the other gets it.
#[test]
fn adopter_dies() {
    model(|| {
        let (kernel, ring) = ring();
        let mut sender = ring.sender(kernel.process(1));
        let mut dying = ring.receiver(kernel.process(2));
        let [mut one, mut two] = [3, 4].map(|number| ring.receiver(kernel.process(number)));
        assert!(sender.try_send(0) && dying.hold().is_some());
        dying.seat.die();
        one.seat.table().sweep();
        let adopting = spawn(move || {
            let adopted = one.adopt();
            one.seat.die();
            adopted
        });
        from_both_sides();
        let mut found = Vec::new();
        for _ in 0..tries(2) {
            two.seat.table().sweep();
            found.extend(two.adopt());
            if !found.is_empty() {
                two.finish();
            }
        }
        adopting.join().unwrap();
        two.seat.table().sweep();
        found.extend(two.adopt());
        assert_eq!(found.len(), 1);
        assert!(found[0].value == 0 && found[0].again);
    });
}

/// Goal: an item that is handed back by a receiver that leaves comes to another.
/// Method: a receiver claims it, hands it back and leaves; another adopts.
/// Allowed: it comes once more, marked.
#[test]
fn receiver_leaves_what_it_holds() {
    model(|| {
        let (kernel, ring) = ring();
        let mut sender = ring.sender(kernel.process(1));
        let mut leaving = ring.receiver(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3));
        assert!(sender.try_send(0) && leaving.hold().is_some());
        let away = spawn(move || {
            leaving.forsake();
            leaving.seat.leave();
        });
        from_both_sides();
        let mut found: Vec<_> = receiver.adopt().into_iter().collect();
        away.join().unwrap();
        if found.is_empty() {
            found.extend(receiver.adopt());
        }
        assert_eq!(found.len(), 1);
        assert!(found[0].value == 0 && found[0].again);
    });
}

/// Goal: a receiver that dies while it passes over what a sender gave up stops nobody.
/// Method: a sender gives up the first of two cells; one receiver claims it and dies. The sender
/// waits for the cell, and another receiver receives, mends and adopts.
/// Allowed: the cell is used again.
#[test]
fn receiver_dies_passing_over() {
    model(|| {
        let (kernel, ring) = ring();
        let mut giving = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut dying = ring.receiver(kernel.process(3));
        let mut receiver = ring.receiver(kernel.process(4));
        assert!(giving.reserve(99));
        giving.abort();
        assert!(sender.try_send(0));
        let dead = spawn(move || dying.die_passing_over());
        from_both_sides();
        if let Some(stuck) = sender.stuck() {
            sender.seat.repair().mend(stuck);
        }
        let mut sent = 1 + u32::from(sender.try_send(1));
        dead.join().unwrap();
        let mut values = receiver.drain();
        if let Some(stuck) = sender.stuck() {
            assert!(sender.seat.repair().mend(stuck));
        }
        while sent < 4 {
            let count = fill(&mut sender, sent);
            assert!(count > 0);
            sent += count;
            values.extend(receiver.drain());
        }
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
    });
}

/// As above, by the receiver that looks for items of the dead.
#[test]
fn adopter_passes_over() {
    model(|| {
        let (kernel, ring) = ring();
        let mut giving = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut dying = ring.receiver(kernel.process(3));
        let mut receiver = ring.receiver(kernel.process(4));
        assert!(giving.reserve(99));
        let dead = spawn(move || {
            giving.abort();
            dying.die_passing_over();
        });
        from_both_sides();
        receiver.seat.table().sweep();
        assert_eq!(receiver.adopt(), None);
        let mut sent = fill(&mut sender, 0).min(1);
        dead.join().unwrap();
        receiver.seat.table().sweep();
        assert_eq!(receiver.adopt(), None);
        let mut values = receiver.drain();
        sent = sent.max(values.len() as u32);
        let more = fill(&mut sender, sent);
        values.extend(receiver.drain());
        assert_eq!(more, 2);
        assert_eq!(values, (0..sent + more).collect::<Vec<_>>());
    });
}

/// Goal: one that dies with the lock, having mended or not, stops nobody.
/// Method: a sender has died over its claim. One receiver mends it, then takes the lock and dies;
/// another mends and receives.
/// Allowed: the claim is ended once.
#[test]
fn repairer_dies() {
    model(|| {
        let (kernel, ring) = ring();
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let [one, mut two] = [3, 4].map(|number| ring.receiver(kernel.process(number)));
        assert!(dying.reserve(99) && sender.try_send(0));
        dying.seat.die();
        let repairing = spawn(move || {
            let mended = u32::from(one.mend());
            one.seat.die_locking();
            mended
        });
        from_both_sides();
        let mut mended = u32::from(two.mend());
        let mut values = two.drain();
        mended += repairing.join().unwrap();
        let (rest, more) = drain(&mut two);
        values.extend(rest);
        assert_eq!(values, [0]);
        assert_eq!(mended + more, 1);
    });
}

/// Goal: the entry of a dead end is given to another at once, and what it had claimed is still
/// known to be a dead one's.
/// Method: the table is full; a sender has died over its claim. A newcomer takes its entry and
/// sends, while a receiver mends.
/// Allowed: the claim is ended once, before or after; the newcomer's item arrives.
#[test]
fn entry_of_a_dead_one_is_used_again() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 2));
        let mut dying = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2));
        assert!(dying.reserve(99));
        dying.seat.die();
        let coming = {
            let (ring, process) = (ring.clone(), kernel.process(3));
            spawn(move || {
                let mut sender = ring.sender(process);
                assert_eq!(sender.seat.index(), 0);
                assert!(sender.try_send(0));
            })
        };
        from_both_sides();
        let mut mended = u32::from(receiver.mend());
        let mut values = receiver.drain();
        mended += u32::from(receiver.mend());
        coming.join().unwrap();
        let (rest, more) = drain(&mut receiver);
        values.extend(rest);
        assert_eq!(values, [0]);
        assert_eq!(mended + more, 1);
        assert_eq!(receiver.seat.table().count(Role::Sender), 1);
    });
}

/// As above, for a receiver.
#[test]
fn entry_of_a_dead_receiver_is_used_again() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let mut sender = ring.sender(kernel.process(1));
        let mut dying = ring.receiver(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3));
        assert!(sender.try_send(0) && sender.try_send(1) && dying.hold().is_some());
        dying.seat.die();
        let coming = {
            let (ring, process) = (ring.clone(), kernel.process(4));
            spawn(move || {
                let mut newcomer = ring.receiver(process);
                newcomer.try_receive().map(|next| next.value)
            })
        };
        from_both_sides();
        let mut found: Vec<_> = receiver.adopt().into_iter().collect();
        if !found.is_empty() {
            receiver.finish();
        }
        let mut values: Vec<_> = coming.join().unwrap().into_iter().collect();
        if found.is_empty() {
            found.extend(receiver.adopt());
            receiver.finish();
        }
        values.extend(receiver.drain());
        assert_eq!(values, [1]);
        assert_eq!(found.len(), 1);
        assert!(found[0].value == 0 && found[0].again);
    });
}

/// Goal: what a sender wrote and gave up is not written over at the same time, if a receiver that
/// passed over it died and another process freed the cell.
/// Method: a sender writes and gives up, and a receiver dies passing over it. Somebody ends that
/// claim, and a third sends into the cell.
/// Allowed: there is no room yet.
#[test]
fn cell_of_a_dead_one_that_passed_over_is_used_again() {
    bounded_model(2, || {
        let (kernel, ring) = ring();
        let mut giving = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut dying = ring.receiver(kernel.process(3));
        let waiting = ring.sender(kernel.process(4));
        assert!(giving.reserve(98) && sender.try_send(0));
        let dead = spawn(move || {
            giving.write(99);
            giving.abort();
            dying.die_passing_over();
        });
        let mending = spawn(move || {
            if let Some(stuck) = waiting.stuck() {
                waiting.seat.repair().mend(stuck);
            }
        });
        from_both_sides();
        let sent = sender.try_send(1);
        dead.join().unwrap();
        mending.join().unwrap();
        if let Some(stuck) = sender.stuck() {
            assert!(sent || sender.seat.repair().mend(stuck));
        }
        assert!(sent || sender.try_send(1));
        assert_eq!(ring.casualties().skipped, 1);
    });
}

/// As above, where a receiver frees the cell that looks for items of the dead. Another one has found
/// out about the death, so that no fence of its search for sleepers stands in for an ordering.
#[test]
fn cell_that_an_adopter_passed_over_is_used_again() {
    bounded_model(2, || {
        let (kernel, ring) = ring();
        let mut giving = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut dying = ring.receiver(kernel.process(3));
        let mut receiver = ring.receiver(kernel.process(4));
        assert!(giving.reserve(98) && sender.try_send(0));
        let dead = spawn(move || {
            giving.write(99);
            giving.abort();
            dying.die_passing_over();
            giving.seat.table().sweep();
        });
        let adopting = spawn(move || {
            assert_eq!(receiver.adopt(), None);
            receiver
        });
        from_both_sides();
        let sent = sender.try_send(1);
        dead.join().unwrap();
        let mut receiver = adopting.join().unwrap();
        receiver.seat.table().sweep();
        assert_eq!(receiver.adopt(), None);
        assert!(sent || sender.try_send(1));
        assert_eq!(receiver.drain(), [0, 1]);
        assert_eq!(ring.casualties().skipped, 1);
    });
}

/// Goal: of a batch whose sender dies, what was published arrives, the rest is passed over, and
/// its cells are used again.
/// Method: a sender claims two cells, writes both, publishes `published` of them and dies. One
/// receiver mends, another receives and a sender uses what is free.
/// Allowed: all that was published, and nothing else.
fn sender_dies_over_a_batch(published: u32) {
    bounded_model(2, move || {
        let (kernel, ring) = ring();
        let mut dying = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let [mending, mut receiver] = [3, 4].map(|number| ring.receiver(kernel.process(number)));
        let dead = spawn(move || {
            assert_eq!(dying.reserve_batch(2), 2);
            dying.die_sending_batch(0, published);
        });
        let mending = spawn(move || mending.mend());
        from_both_sides();
        let mut values = receiver.drain();
        // Over a cell of the dead one, if that was mended already.
        let mut sent = published;
        if ring.casualties().skipped > 0 {
            sent += fill(&mut sender, sent);
        }
        dead.join().unwrap();
        mending.join().unwrap();
        values.extend(drain(&mut receiver).0);
        while sent < published + 3 {
            let count = fill(&mut sender, sent);
            assert!(count > 0);
            sent += count;
            values.extend(receiver.drain());
        }
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
        assert_eq!(ring.casualties().lost, 2 - published);
    });
}

#[test]
fn sender_dies_within_a_batch() {
    sender_dies_over_a_batch(1);
}

#[test]
fn sender_dies_before_a_batch() {
    sender_dies_over_a_batch(0);
}

/// Goal: each cell of a dead batch is ended so that whoever passes over it may free it, without
/// having seen the others.
/// Method: a sender writes two and dies. One receiver mends and passes over the first, and a sender
/// uses its cell; another receiver passes over the second, and another sender uses that.
/// Allowed: either cell is not free yet, or passed over by the other receiver.
#[test]
fn two_pass_over_a_batch() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 5));
        let mut dying = ring.sender(kernel.process(1));
        let [mut first, mut second] = [2, 3].map(|number| ring.sender(kernel.process(number)));
        let [mut one, mut two] = [4, 5].map(|number| ring.receiver(kernel.process(number)));
        assert_eq!(dying.reserve_batch(2), 2);
        let dead = spawn(move || dying.die_sending_batch(98, 0));
        let mending = spawn(move || {
            one.mend();
            let received = one.receive_or_pass_over();
            (received, first.try_send(0))
        });
        from_both_sides();
        // No more than that: a look at the item that the first sender sent would show it all.
        let mut values: Vec<_> = two.receive_or_pass_over().into_iter().collect();
        let sent = second.try_send(1);
        dead.join().unwrap();
        let (received, sent_first) = mending.join().unwrap();
        let sent = [sent_first, sent];
        values.extend(received);
        values.extend(drain(&mut two).0);
        values.sort_unstable();
        let expected: Vec<_> = (0..).zip(sent).filter(|(_, sent)| *sent).collect();
        assert!(values.iter().eq(expected.iter().map(|(value, _)| value)));
        assert_eq!(ring.casualties().lost, 2);
    });
}

/// Goal: of a batch whose receiver dies, what it had not finished comes again, all of it.
/// Method: a receiver claims two items, finishes `finished` of them and dies; another looks for the
/// dead and adopts.
/// Allowed: what was finished comes once, the rest again.
fn receiver_dies_over_a_batch(finished: u32) {
    model(move || {
        let (kernel, ring) = ring();
        let mut sender = ring.sender(kernel.process(1));
        let mut dying = ring.receiver(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3));
        assert_eq!(fill(&mut sender, 0), 2);
        let dead = spawn(move || dying.die_receiving_batch(2, finished));
        from_both_sides();
        let mut adopted = Vec::new();
        for _ in 0..tries(2) {
            receiver.seat.table().sweep();
            adopted.extend(adopt_and_finish(&mut receiver));
        }
        let mut values = dead.join().unwrap();
        receiver.seat.table().sweep();
        while let Some(next) = adopt_and_finish(&mut receiver) {
            adopted.push(next);
        }
        assert!(adopted.iter().all(|next| next.again));
        values.extend(adopted.iter().map(|next| next.value));
        assert_eq!(values, [0, 1]);
        assert_eq!(ring.casualties().redelivered, 2 - finished);
        assert_eq!(fill(&mut sender, 2), 2);
    });
}

/// Receives an item that a dead receiver had claimed, if there is one.
fn adopt_and_finish(receiver: &mut Receiver) -> Option<Received> {
    receiver.adopt().inspect(|_| receiver.finish())
}

#[test]
fn receiver_dies_within_a_batch() {
    receiver_dies_over_a_batch(1);
}

#[test]
fn receiver_dies_before_a_batch() {
    receiver_dies_over_a_batch(0);
}
