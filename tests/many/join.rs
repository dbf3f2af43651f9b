//! Waiting until everything that was sent is finished.

use crate::channel::{Many, for_each_kind, of_kind};
use crate::held::{message_holder, receiver};
use ringway::{SendError, SendTimeoutError};
use ringway_core::channel::{Mpmc, Spmc};
use ringway_testkit::asleep::wait_until_asleep;
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::time::Duration;

/// Arguments: kind, name. Sends one message and joins.
pub(crate) fn joins() {
    fn join<K: Many>() {
        let mut tx = K::at::<u64>(&arg::<String>(1)).sender().unwrap();
        tx.send(1).unwrap();
        report("sent");
        match tx.join() {
            Ok(()) => report("joined"),
            Err(error) => report(format_args!("{error:?}")),
        }
    }
    of_kind!(arg::<String>(0), join());
}

fn joining<K: Many>(name: &str) -> Actor {
    let mut actor = Actor::start("joins", &[K::NAME, name]);
    actor.expect("sent");
    actor
}

#[test]
fn join_waits_until_the_message_is_acknowledged() {
    fn wait<K: Many>() {
        let name = UniqueName::new("join");
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        let mut sender = joining::<K>(name.as_str());
        let message = rx.recv().unwrap();
        wait_until_asleep(sender.pid());
        message.ack();
        sender.expect("joined");
        sender.finish();
    }
    for_each_kind!(wait());
}

#[test]
fn join_fails_when_the_last_receiver_dies() {
    fn die<K: Many>() {
        let name = UniqueName::new("join-dead");
        let mut sender = joining::<K>(name.as_str());
        let holder = message_holder::<K>(name.as_str(), 1);
        wait_until_asleep(sender.pid());
        holder.kill();
        sender.expect("Closed");
        sender.finish();
    }
    for_each_kind!(die());
}

fn another_does_it<K: Many>() {
    let name = UniqueName::new("join-other");
    let mut sender = joining::<K>(name.as_str());
    let holder = message_holder::<K>(name.as_str(), 1);
    let mut other = receiver::<K>(name.as_str());
    wait_until_asleep(sender.pid());
    holder.kill();
    other.expect("1 again");
    sender.expect("joined");
    sender.finish();
    other.expect("closed");
    other.finish();
}

#[test]
fn join_waits_for_what_a_dead_worker_leaves_to_another() {
    another_does_it::<Mpmc>();
    another_does_it::<Spmc>();
}

#[test]
fn join_has_a_time_limit_and_nothing_to_wait_for_at_first() {
    let name = UniqueName::new("join-limit");
    let mut tx = ringway::mpmc::<u64>(name.as_str()).sender().unwrap();
    assert_eq!(tx.join(), Ok(()), "nothing was sent");
    tx.send(1).unwrap();
    let short = Duration::from_millis(5);
    assert_eq!(tx.join_timeout(short), Err(SendTimeoutError::Timeout(())));
    let mut rx = ringway::mpmc::<u64>(name.as_str()).receiver().unwrap();
    rx.recv().unwrap().ack();
    assert_eq!(tx.join_timeout(short), Ok(()));
    tx.send(2).unwrap();
    drop(rx);
    assert_eq!(tx.join(), Err(SendError::Closed(())));
}
