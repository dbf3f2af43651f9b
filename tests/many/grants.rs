//! Grants that are given up, and grants that are forgotten.

use crate::channel::{Many, NO_CASUALTIES, casualties, for_each_kind};
use ringway::{Casualties, RecvError};
use ringway_testkit::UniqueName;
use std::mem::forget;

#[test]
fn a_slot_that_is_given_up_is_passed_over() {
    fn give_up<K: Many>() {
        let name = UniqueName::new("given-up");
        let mut tx = K::at::<u64>(name.as_str()).capacity(2).sender().unwrap();
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        for number in 0..10 {
            let mut slot = tx.reserve().unwrap();
            *slot = 1000;
            drop(slot);
            tx.send(number).unwrap();
            assert_eq!(rx.recv().map(|message| *message), Ok(number));
        }
        drop(tx);
        assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
        // A sender that is alone writes the next message there.
        let skipped = if K::SEVERAL.0 { 10 } else { 0 };
        let expected = Casualties {
            skipped,
            ..NO_CASUALTIES
        };
        assert_eq!(casualties(name.as_str()), expected, "{}", K::NAME);
    }
    for_each_kind!(give_up());
}

#[test]
fn a_ring_full_of_slots_that_were_given_up_goes_on() {
    let name = UniqueName::new("all-given-up");
    let mut tx = ringway::mpmc::<u64>(name.as_str())
        .capacity(4)
        .sender()
        .unwrap();
    let mut rx = ringway::mpmc::<u64>(name.as_str()).receiver().unwrap();
    std::thread::scope(|scope| {
        let receiver = scope.spawn(|| rx.recv().map(|message| *message));
        for _ in 0..100 {
            drop(tx.reserve().unwrap());
        }
        tx.send(7).unwrap();
        assert_eq!(receiver.join().unwrap(), Ok(7));
    });
}

#[test]
fn a_slot_that_was_forgotten_is_the_next_one() {
    fn lose<K: Many>() {
        let name = UniqueName::new("forgotten-slot");
        let mut tx = K::at::<u64>(name.as_str()).capacity(2).sender().unwrap();
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        forget(tx.reserve().unwrap());
        tx.send(1).unwrap();
        assert_eq!(rx.recv().map(|message| *message), Ok(1));
        assert_eq!(casualties(name.as_str()), NO_CASUALTIES);
    }
    for_each_kind!(lose());
}

#[test]
fn a_slot_that_was_forgotten_is_given_up_with_its_sender() {
    fn lose<K: Many>() {
        let name = UniqueName::new("forgotten-sender");
        let mut rx = K::at::<u64>(name.as_str()).capacity(2).receiver().unwrap();
        let mut first = K::at::<u64>(name.as_str()).sender().unwrap();
        forget(first.reserve().unwrap());
        drop(first);
        let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
        tx.send(2).unwrap();
        assert_eq!(rx.recv().map(|message| *message), Ok(2));
        assert_eq!(casualties(name.as_str()).lost, 0, "{}", K::NAME);
    }
    for_each_kind!(lose());
}

#[test]
fn a_message_that_was_forgotten_is_the_next_one() {
    fn lose<K: Many>() {
        let name = UniqueName::new("forgotten-message");
        let mut tx = K::at::<u64>(name.as_str()).capacity(2).sender().unwrap();
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        tx.send_batch(&[1, 2]).unwrap();
        forget(rx.recv().unwrap());
        for number in [1, 2] {
            let message = rx.recv().unwrap();
            assert_eq!((*message, message.is_redelivered()), (number, false));
        }
    }
    for_each_kind!(lose());
}

#[test]
fn a_message_that_was_forgotten_goes_to_another_receiver() {
    fn lose<K: Many>() {
        let name = UniqueName::new("forgotten-receiver");
        let mut tx = K::at::<u64>(name.as_str()).capacity(2).sender().unwrap();
        let mut first = K::at::<u64>(name.as_str()).receiver().unwrap();
        tx.send_batch(&[1, 2]).unwrap();
        forget(first.recv().unwrap());
        // Of mpsc there is no second receiver until the first has left.
        let early = K::SEVERAL
            .1
            .then(|| K::at::<u64>(name.as_str()).receiver().unwrap());
        drop(first);
        let mut rx = early.unwrap_or_else(|| K::at::<u64>(name.as_str()).receiver().unwrap());
        drop(tx);
        let mut got = Vec::new();
        while let Ok(message) = rx.recv() {
            got.push((*message, message.is_redelivered()));
        }
        got.sort_unstable();
        assert_eq!(got, [(1, true), (2, false)], "{}", K::NAME);
    }
    for_each_kind!(lose());
}
