//! Closing and dying against sending and receiving: everything published arrives, then the news
//! that no more will come. An end that waits for ever shows as a deadlock.
//!
//! After a death some sleeps end with their slice. Otherwise only a wake-up ends one.

use ringway_core::wait::Interrupted;
use ringway_verify::channel::{Channel, Receiver, Sender};
use ringway_verify::exec::{bounded_model, model, spawn};
use ringway_verify::kernel::Kernel;
use ringway_verify::ring::Shape;

/// Two attached ends.
fn ends(shape: Shape) -> (Sender, Receiver) {
    let (kernel, channel) = (Kernel::new(), Channel::new(shape));
    let sender = channel.sender(kernel.process(1));
    let receiver = channel.receiver(kernel.process(2));
    (sender, receiver)
}

/// Goal: a receiver gets all that was sent before the sender left, then `PeerGone`.
/// Method: the sender sends `count` items, waiting for room, and leaves; the receiver receives
/// until it is told.
/// Allowed: exactly those items.
fn sender_leaves(shape: Shape, count: u32) {
    model(move || {
        let (mut sender, mut receiver) = ends(shape);
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
fn sender_leaves_without_a_word() {
    sender_leaves(Shape::slot(1), 0);
}

#[test]
fn sender_leaves_after_one_item() {
    sender_leaves(Shape::slot(1), 1);
    sender_leaves(Shape::packed(2, 1), 1);
    sender_leaves(Shape::index(1), 1);
}

/// The sender waits for room meanwhile.
#[test]
fn sender_leaves_after_more_items_than_fit() {
    sender_leaves(Shape::slot(1), 2);
}

/// Goal: a sender learns that nobody will receive.
/// Method: the receiver takes one item and leaves; the sender sends, waiting for room, until it
/// is told.
/// Allowed: it sends one item, or as many more as fit.
#[test]
fn receiver_leaves() {
    model(|| {
        let (mut sender, mut receiver) = ends(Shape::slot(1));
        let sending = spawn(move || {
            let mut sent = 0;
            loop {
                match sender.send(sent) {
                    Ok(()) => sent += 1,
                    Err(why) => return (sent, why),
                }
            }
        });
        assert_eq!(receiver.receive(), Ok(0));
        receiver.leave();
        let (sent, why) = sending.join().unwrap();
        assert!((1..=2).contains(&sent), "{sent}");
        assert_eq!(why, Interrupted::PeerGone);
    });
}

/// Goal: a receiver learns of a killed sender, and gets all that it published.
/// Method: the sender sends one item and is killed, after the wake-up or before it.
/// Allowed: exactly that item, then `PeerGone`.
fn sender_is_killed(between: bool) {
    model(move || {
        let (mut sender, mut receiver) = ends(Shape::slot(1));
        let sending = spawn(move || {
            if between {
                sender.send(0).unwrap();
                sender.die();
            } else {
                sender.die_sending(0);
            }
        });
        assert_eq!(receiver.receive_all(), [0]);
        sending.join().unwrap();
    });
}

#[test]
fn sender_is_killed_between_two_calls() {
    sender_is_killed(true);
}

#[test]
fn sender_is_killed_before_it_wakes() {
    sender_is_killed(false);
}

/// Goal: a sender that waits for room learns of a killed receiver.
/// Method: the ring is full; the receiver is killed.
/// Allowed: `PeerGone`.
#[test]
fn receiver_is_killed() {
    model(|| {
        let (mut sender, receiver) = ends(Shape::slot(1));
        sender.send(0).unwrap();
        let dying = spawn(move || receiver.die());
        assert_eq!(sender.send(1), Err(Interrupted::PeerGone));
        dying.join().unwrap();
    });
}

/// Goal: a receiver that attaches after an earlier session is not closed by that, nor does it
/// wait for a sender that came and went meanwhile.
/// Method: one sender has left, another attaches, sends and leaves while a receiver attaches and
/// receives until it is told.
/// Allowed: exactly that item.
#[test]
fn receiver_attaches_between_two_sessions() {
    model(|| {
        let (kernel, channel) = (Kernel::new(), Channel::new(Shape::slot(1)));
        channel.sender(kernel.process(1)).leave();
        let sending = {
            let (channel, process) = (channel.clone(), kernel.process(2));
            spawn(move || {
                let mut sender = channel.sender(process);
                sender.send(0).unwrap();
                sender.leave();
            })
        };
        let mut receiver = channel.receiver(kernel.process(3));
        assert_eq!(receiver.receive_all(), [0]);
        sending.join().unwrap();
    });
}

/// Goal: a receiver that is waiting goes on with a new sender.
/// Method: the first sender sends and is killed; the second takes over, sends and leaves.
/// Allowed: both items in order; `PeerGone` after the second, and between them if the receiver
/// found out about the death.
#[test]
fn sender_is_replaced() {
    bounded_model(2, || {
        let (kernel, channel) = (Kernel::new(), Channel::new(Shape::slot(2)));
        let mut first = channel.sender(kernel.process(1));
        let mut receiver = channel.receiver(kernel.process(3));
        let sending = {
            let (channel, process) = (channel.clone(), kernel.process(2));
            spawn(move || {
                first.send(0).unwrap();
                first.die();
                let mut second = channel.sender(process);
                second.send(1).unwrap();
                second.leave();
            })
        };
        let mut values = receiver.receive_all();
        sending.join().unwrap();
        values.extend(receiver.receive_all());
        assert_eq!(values, [0, 1]);
    });
}
