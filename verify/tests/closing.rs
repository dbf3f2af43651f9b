//! Channels with many ends that come to their end: everything published arrives, then each
//! receiver learns that no more will come, and none learns it too soon.

use ringway_core::layout::{Kind, Role};
use ringway_core::wait::Interrupted;
use ringway_verify::exec::{bounded_model, from_both_sides, model, spawn, tries};
use ringway_verify::kernel::Kernel;
use ringway_verify::many::Many;

/// Goal: a receiver that sleeps gets all that was sent, and then the news.
/// Method: one sender leaves, another sends and leaves; the receiver receives until it is told.
/// Allowed: the item, then the news.
#[test]
fn two_senders_leave() {
    bounded_model(1, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let mut receiver = ring.receiver(kernel.process(3));
        let [idle, mut sender] = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let sending = [
            spawn(move || idle.seat.leave()),
            spawn(move || {
                sender.send(7).unwrap();
                sender.seat.leave();
            }),
        ];
        from_both_sides();
        assert_eq!(receiver.receive(), Ok(7));
        assert_eq!(receiver.receive(), Err(Interrupted::PeerGone));
        for sender in sending {
            sender.join().unwrap();
        }
    });
}

/// Goal: as above, where the last sender is killed over a claim instead.
/// Method: one sender sends and leaves, the other claims, writes and dies.
/// Allowed: the one item, then the news.
#[test]
fn the_last_sender_dies_over_its_claim() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let mut receiver = ring.receiver(kernel.process(3));
        let mut leaving = ring.sender(kernel.process(1));
        let mut dying = ring.sender(kernel.process(2));
        leaving.send(7).unwrap();
        let sending = spawn(move || {
            leaving.seat.leave();
            assert!(dying.reserve(99));
            dying.seat.die();
        });
        from_both_sides();
        assert_eq!(receiver.receive(), Ok(7));
        assert_eq!(receiver.receive(), Err(Interrupted::PeerGone));
        sending.join().unwrap();
    });
}

/// Goal: a sender that waits for room learns that the last receiver has left.
/// Method: the ring is full; the receiver takes one item and leaves.
/// Allowed: as many more as fit.
#[test]
fn the_last_receiver_leaves() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2));
        sender.send(0).unwrap();
        sender.send(1).unwrap();
        let receiving = spawn(move || {
            assert_eq!(receiver.receive(), Ok(0));
            receiver.seat.leave();
        });
        from_both_sides();
        assert_eq!(sender.send(2), Ok(()));
        assert_eq!(sender.send(3), Err(Interrupted::PeerGone));
        receiving.join().unwrap();
    });
}

/// Goal: a receiver is not told that all is over while another may yet die over an item.
/// Method: the sender has left. One receiver takes the item, another finds nothing and asks.
/// Allowed: it is over only when the item is finished.
#[test]
fn over_only_when_all_is_finished() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let mut sender = ring.sender(kernel.process(1));
        let [mut one, mut two] = [2, 3].map(|number| ring.receiver(kernel.process(number)));
        sender.send(7).unwrap();
        sender.seat.leave();
        let dying = spawn(move || {
            let held = one.hold().is_some();
            one.seat.die();
            held
        });
        from_both_sides();
        let received = two.try_receive().is_some();
        let is_over = two.is_over();
        let held = dying.join().unwrap();
        assert_eq!(held, !received);
        assert!(!is_over || received);
        two.seat.table().sweep();
        assert_eq!(two.adopt().is_some(), held);
        if held {
            assert!(!two.is_over());
            two.finish();
            assert_eq!(two.adopt(), None);
        }
        assert!(two.is_over());
    });
}

/// Goal: as above, where the item changes hands meanwhile.
/// Method: a receiver has died over the item. One adopts it and keeps it, another looks for more,
/// a third asks.
/// Allowed: it is not over.
#[test]
fn not_over_while_an_item_is_adopted() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 5));
        let mut sender = ring.sender(kernel.process(1));
        let mut dying = ring.receiver(kernel.process(2));
        let asking = ring.receiver(kernel.process(3));
        let [mut adopting, mut looking] =
            [4, 5].map(|number| ring.receiver(kernel.process(number)));
        sender.send(7).unwrap();
        sender.seat.leave();
        assert!(dying.hold().is_some());
        dying.seat.die();
        let asks = spawn(move || assert!(!asking.is_over()));
        let keeping = spawn(move || {
            adopting.seat.table().sweep();
            let adopted = adopting.adopt();
            (adopted, adopting)
        });
        from_both_sides();
        let found = looking.adopt();
        asks.join().unwrap();
        let (adopted, _adopting) = keeping.join().unwrap();
        assert!(found.is_none() || adopted.is_none());
    });
}

/// Goal: who finds the channel closed finds everything that those did who left.
/// Method: two senders send and leave; the receiver asks, and receives behind the answer.
/// Allowed: it is not closed yet; if it is, both items are there.
#[test]
fn all_is_there_behind_the_news() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let mut receiver = ring.receiver(kernel.process(3));
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let sending = senders.map(|mut sender| {
            spawn(move || {
                assert!(sender.try_send(7));
                sender.seat.leave();
            })
        });
        from_both_sides();
        let found = (0..tries(1)).any(|_| receiver.seat.table().is_closed(Role::Sender));
        if found {
            assert_eq!(receiver.drain(), [7, 7]);
        }
        for sender in sending {
            sender.join().unwrap();
        }
        // Whoever closed it has given the lock back.
        assert_eq!(receiver.is_over(), found);
    });
}

/// Goal: two receivers that each wait for one item get one each, in whatever order the senders
/// publish.
/// Method: two senders and two receivers, one item each.
/// Allowed: either gets either.
#[test]
fn each_of_two_gets_one() {
    bounded_model(1, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 4));
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let receivers = [3, 4].map(|number| ring.receiver(kernel.process(number)));
        let receiving = receivers.map(|mut receiver| spawn(move || receiver.receive()));
        let sending = senders.map(|mut sender| spawn(move || sender.send(7)));
        for receiver in receiving {
            assert_eq!(receiver.join().unwrap(), Ok(7));
        }
        for sender in sending {
            sender.join().unwrap().unwrap();
        }
    });
}

/// Goal: the end of those who have left is not taken for the end of one that has come since.
/// Method: one sender has come and left; another comes. The receiver asks how many have come, and
/// then whether they are gone.
/// Allowed: the second has not come yet, or it is there.
#[test]
fn one_that_has_come_is_not_taken_for_gone() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 2));
        let receiver = ring.receiver(kernel.process(3));
        ring.sender(kernel.process(1)).seat.leave();
        assert!(receiver.seat.table().is_closed(Role::Sender));
        let coming = {
            let (ring, process) = (ring.clone(), kernel.process(2));
            spawn(move || ring.sender(process))
        };
        from_both_sides();
        let arrivals = ring.arrivals(Role::Sender);
        let is_closed = receiver.seat.table().is_closed(Role::Sender);
        assert!(arrivals == 1 || !is_closed);
        coming.join().unwrap();
        assert!(!receiver.seat.table().is_closed(Role::Sender));
    });
}
