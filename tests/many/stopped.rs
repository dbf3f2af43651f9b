//! A process that is stopped lives: what it holds is waited for, however long that takes.

use crate::channel::{Many, NO_CASUALTIES, casualties};
use crate::held::{message_holder, slot_holder};
use ringway::{RecvError, RecvTimeoutError, SendTimeoutError};
use ringway_core::channel::{Mpmc, Mpsc, Spmc};
use ringway_testkit::UniqueName;
use std::time::Duration;

/// Longer than anybody waits before it asks who lives.
const LONG: Duration = Duration::from_millis(600);

fn sender_with_a_slot<K: Many>() {
    let name = UniqueName::new("stopped-sender");
    let mut rx = K::at::<u64>(name.as_str()).capacity(4).receiver().unwrap();
    let holder = slot_holder::<K>(name.as_str(), 1);
    let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
    holder.stop();
    tx.send_batch(&[2, 3, 4]).unwrap();
    let answer = rx.recv_timeout(LONG).map(drop);
    assert_eq!(answer, Err(RecvTimeoutError::Timeout));
    let answer = tx.send_timeout(5, LONG);
    assert_eq!(answer, Err(SendTimeoutError::Timeout(5)));
    assert_eq!(rx.repair() + tx.repair(), 0);
    assert_eq!(casualties(name.as_str()), NO_CASUALTIES);
    holder.go_on();
    holder.finish();
    for number in 1..=4 {
        assert_eq!(rx.recv().map(|message| *message), Ok(number));
    }
    assert_eq!(casualties(name.as_str()), NO_CASUALTIES);
}

#[test]
fn others_wait_for_a_sender_that_is_stopped() {
    sender_with_a_slot::<Mpmc>();
    sender_with_a_slot::<Mpsc>();
}

fn receiver_with_a_message<K: Many>() {
    let name = UniqueName::new("stopped-receiver");
    let mut tx = K::at::<u64>(name.as_str()).capacity(2).sender().unwrap();
    tx.send_batch(&[1, 2]).unwrap();
    let holder = message_holder::<K>(name.as_str(), 1);
    let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
    holder.stop();
    assert_eq!(rx.recv().map(|message| *message), Ok(2));
    let answer = tx.send_timeout(3, LONG);
    assert_eq!(answer, Err(SendTimeoutError::Timeout(3)));
    let answer = tx.join_timeout(LONG);
    assert_eq!(answer, Err(SendTimeoutError::Timeout(())));
    drop(tx);
    let answer = rx.recv_timeout(LONG).map(drop);
    assert_eq!(answer, Err(RecvTimeoutError::Timeout));
    assert_eq!(rx.repair(), 0);
    assert_eq!(casualties(name.as_str()), NO_CASUALTIES);
    holder.go_on();
    holder.finish();
    assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
    assert_eq!(casualties(name.as_str()), NO_CASUALTIES);
}

#[test]
fn others_wait_for_a_receiver_that_is_stopped() {
    receiver_with_a_message::<Mpmc>();
    receiver_with_a_message::<Spmc>();
}
