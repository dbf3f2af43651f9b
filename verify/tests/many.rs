//! Rings with many ends: every item arrives once, and each receiver sees each sender's in order.

use ringway_core::layout::Kind;
use ringway_core::ring::mpmc::Claims;
use ringway_verify::exec::{bounded_model, from_both_sides, model, spawn, tries};
use ringway_verify::kernel::Kernel;
use ringway_verify::many::{Many, Receiver, Sender};

/// Bits of the number within its sender's.
const NUMBER_BITS: u32 = 16;

/// Sends up to `most` at a time, `attempts` times, with its own number in each; how many.
fn send<C: Claims>(mut sender: Sender<C>, number: u32, attempts: u32, most: u32) -> u32 {
    let mut sent = 0;
    for _ in 0..attempts {
        let next = number << NUMBER_BITS | sent;
        sent += if most == 1 {
            u32::from(sender.try_send(next))
        } else {
            sender.try_send_batch(next, most)
        };
    }
    sent
}

/// Receives up to `most` at a time, `attempts` times.
fn receive<C: Claims>(receiver: &mut Receiver<C>, attempts: u32, most: u32) -> Vec<u32> {
    (0..attempts)
        .flat_map(|_| receiver.try_receive_batch(most))
        .collect()
}

/// Fails unless the numbers of each sender grow.
fn assert_ordered(values: &[u32]) {
    for (index, value) in values.iter().enumerate() {
        let sender = value >> NUMBER_BITS;
        let next = values[index + 1..]
            .iter()
            .find(|next| **next >> NUMBER_BITS == sender);
        assert!(next.is_none_or(|next| next > value), "{values:?}");
    }
}

/// What each end of a model does.
#[derive(Clone, Copy)]
struct Effort {
    attempts: u32,
    most: u32,
}

/// Goal: no item is lost, doubled, torn or read while it is written.
/// Method: every sender sends, every receiver receives, each as far as it gets; the last receiver
/// takes what is left.
/// Allowed: any split among the receivers, any interleaving of the senders.
fn exchange<S: Claims + Send + 'static, R: Claims + Send + 'static>(
    senders: Vec<Sender<S>>,
    receivers: Vec<Receiver<R>>,
    effort: Effort,
) where
    Sender<S>: Send,
    Receiver<R>: Send,
{
    let Effort { attempts, most } = effort;
    let sending: Vec<_> = (0..)
        .zip(senders)
        .map(|(number, sender)| spawn(move || send(sender, number, tries(attempts), most)))
        .collect();
    let mut receivers = receivers.into_iter();
    let mut last = receivers.next().unwrap();
    let receiving: Vec<_> = receivers
        .map(|mut receiver| spawn(move || receive(&mut receiver, tries(attempts), most)))
        .collect();
    from_both_sides();
    let mut mine = receive(&mut last, tries(attempts), most);
    let mut expected = Vec::new();
    for (number, sending) in (0..).zip(sending) {
        let sent = sending.join().unwrap();
        expected.extend((0..sent).map(|index| number << NUMBER_BITS | index));
    }
    let mut values = Vec::new();
    for receiving in receiving {
        let theirs = receiving.join().unwrap();
        assert_ordered(&theirs);
        values.extend(theirs);
    }
    mine.extend(last.drain());
    assert_ordered(&mine);
    values.extend(mine);
    values.sort_unstable();
    assert_eq!(values, expected);
}

const ONE_EACH: Effort = Effort {
    attempts: 1,
    most: 1,
};
const TWO_EACH: Effort = Effort {
    attempts: 2,
    most: 1,
};
const BATCHES: Effort = Effort {
    attempts: 1,
    most: 2,
};

#[test]
fn two_senders_one_receiver() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let senders = vec![
            ring.sender(kernel.process(1)),
            ring.sender(kernel.process(2)),
        ];
        exchange(senders, vec![ring.receiver(kernel.process(3))], TWO_EACH);
    });
}

#[test]
fn one_sender_two_receivers() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let receivers = [2, 3].map(|number| ring.receiver(kernel.process(number)));
        let senders = vec![ring.sender(kernel.process(1))];
        exchange(senders, receivers.into(), TWO_EACH);
    });
}

#[test]
fn two_senders_two_receivers() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 4));
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let receivers = [3, 4].map(|number| ring.receiver(kernel.process(number)));
        exchange(senders.into(), receivers.into(), ONE_EACH);
    });
}

#[test]
fn two_senders_and_the_only_receiver() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpsc, 2, 3));
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        let receiver = ring.sole_receiver(kernel.process(3), false);
        exchange(senders.into(), vec![receiver], ONE_EACH);
    });
}

#[test]
fn the_only_sender_and_two_receivers() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Spmc, 2, 3));
        let receivers = [2, 3].map(|number| ring.receiver(kernel.process(number)));
        let sender = ring.sole_sender(kernel.process(1));
        exchange(vec![sender], receivers.into(), ONE_EACH);
    });
}

#[test]
fn batches_of_two_senders() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 4, 3));
        let senders = [1, 2].map(|number| ring.sender(kernel.process(number)));
        exchange(
            senders.into(),
            vec![ring.receiver(kernel.process(3))],
            BATCHES,
        );
    });
}

#[test]
fn batches_for_two_receivers() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let receivers = [2, 3].map(|number| ring.receiver(kernel.process(number)));
        let senders = vec![ring.sender(kernel.process(1))];
        exchange(senders, receivers.into(), BATCHES);
    });
}

/// Goal: a cell is written over only when the item of the lap before was read, whoever read it.
/// Method: the ring is full; one thread receives, the other sends by single looks.
/// Allowed: it sends as many as were received.
#[test]
fn a_full_ring_is_written_over() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 2));
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2));
        assert!(sender.send_at_once(0) && sender.send_at_once(1));
        let receiving = spawn(move || {
            let received = (0..tries(2)).filter_map(|_| receiver.receive_at_once());
            (received.collect::<Vec<_>>(), receiver)
        });
        from_both_sides();
        let mut sent = 2;
        for _ in 0..tries(2) {
            sent += u32::from(sender.send_at_once(sent));
        }
        let (mut values, mut receiver) = receiving.join().unwrap();
        values.extend(receiver.drain());
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
    });
}

/// As above, where the sender claims both cells at once.
#[test]
fn a_full_ring_is_written_over_by_a_batch() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 2));
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2));
        assert_eq!(sender.try_send_batch(0, 2), 2);
        let receiving = spawn(move || (receive(&mut receiver, tries(2), 1), receiver));
        from_both_sides();
        let sent = 2 + sender.try_send_batch(2, 2);
        let (mut values, mut receiver) = receiving.join().unwrap();
        values.extend(receiver.drain());
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
    });
}

/// Goal: one look for an item is as good as any.
/// Method: a sender sends once, a receiver looks once.
/// Allowed: it finds the item or nothing.
#[test]
fn one_look_finds_the_item() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 2));
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2));
        let sending = spawn(move || assert!(sender.send_at_once(7)));
        from_both_sides();
        let mut values: Vec<_> = receiver.receive_at_once().into_iter().collect();
        sending.join().unwrap();
        values.extend(receiver.drain());
        assert_eq!(values, [7]);
    });
}

/// Goal: what a sender gives up is passed over, and its cell is used again.
/// Method: one sender reserves, writes, gives up and then sends; the other sends two. The receiver
/// passes over what it finds.
/// Allowed: all that was sent, once.
#[test]
fn what_is_given_up_is_passed_over() {
    bounded_model(2, || {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpmc, 2, 3));
        let mut giving = ring.sender(kernel.process(1));
        let mut sender = ring.sender(kernel.process(2));
        let mut receiver = ring.receiver(kernel.process(3));
        let sending = spawn(move || {
            if giving.reserve(99) {
                giving.abort();
            }
            u32::from(giving.try_send(10)) * 10
        });
        let receiving = spawn(move || {
            let values = receive(&mut receiver, tries(2), 1);
            (values, receiver)
        });
        from_both_sides();
        let mut expected: Vec<_> = (0..2).filter(|value| sender.try_send(*value)).collect();
        let sent = sending.join().unwrap();
        expected.extend((sent != 0).then_some(sent));
        let (mut values, mut receiver) = receiving.join().unwrap();
        values.extend(receiver.drain());
        values.sort_unstable();
        assert_eq!(values, expected);
    });
}

/// Goal: who waits until everything is received may rely on what the receivers did before.
/// Method: the sender asks whether its item is finished, and if so writes where it lay.
/// Allowed: it is not yet.
#[test]
fn what_is_finished_has_been_read() {
    model(|| {
        let start = 5;
        let (kernel, ring) = (Kernel::new(), Many::starting_at(Kind::Mpmc, 2, 2, start));
        let mut sender = ring.sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2));
        assert!(sender.try_send(0));
        let receiving = spawn(move || assert!(receiver.try_receive().is_some()));
        from_both_sides();
        if sender.is_finished(start + 1) {
            ring.item(start).set(1);
        }
        receiving.join().unwrap();
        assert!(sender.is_finished(start + 1));
    });
}

/// Goal: the only sender goes on where its predecessor stopped, and so does the only receiver.
/// Method: one of them comes while the other side runs.
/// Allowed: every item once, in order.
#[test]
fn the_only_sender_is_replaced() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Spmc, 2, 3));
        let mut first = ring.sole_sender(kernel.process(1));
        let mut receiver = ring.receiver(kernel.process(2));
        assert!(first.try_send(0) && first.try_send(1));
        first.seat.leave();
        let receiving = spawn(move || (receive(&mut receiver, tries(2), 1), receiver));
        from_both_sides();
        let mut second = ring.sole_sender(kernel.process(3));
        let sent = 2 + u32::from(second.try_send(2));
        let (mut values, mut receiver) = receiving.join().unwrap();
        values.extend(receiver.drain());
        assert_eq!(values, (0..sent).collect::<Vec<_>>());
    });
}

/// As above. The last receiver has died over an item, which comes again.
#[test]
fn the_only_receiver_is_replaced() {
    model(|| {
        let (kernel, ring) = (Kernel::new(), Many::new(Kind::Mpsc, 2, 3));
        let mut sender = ring.sender(kernel.process(1));
        let mut first = ring.sole_receiver(kernel.process(2), false);
        assert!(sender.try_send(0) && sender.try_send(1));
        assert_eq!(first.receive_at_once(), Some(0));
        assert_eq!(first.hold().map(|next| next.value), Some(1));
        first.seat.die();
        let sending = spawn(move || (2..4).take_while(|value| sender.try_send(*value)).count());
        from_both_sides();
        let mut second = ring.sole_receiver(kernel.process(3), true);
        let again = second.try_receive().unwrap();
        assert!(again.value == 1 && again.again);
        let mut values = receive(&mut second, tries(1), 1);
        let sent = sending.join().unwrap() as u32;
        values.extend(second.drain());
        assert_eq!(values, (2..2 + sent).collect::<Vec<_>>());
    });
}
