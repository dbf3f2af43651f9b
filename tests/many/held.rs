//! Processes that hold something until they are told to go on, by the end of their input.

use crate::channel::{Many, of_kind};
use ringway_testkit::{Actor, arg, report};

fn wait_to_be_told() {
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// Arguments of all roles: kind, name; then, of one that holds a slot, what it writes there.
pub(crate) fn holds_a_slot() {
    fn hold<K: Many>() {
        let mut tx = K::at::<u64>(&arg::<String>(1)).sender().unwrap();
        let mut slot = tx.reserve().unwrap();
        *slot = arg(2);
        report("holding");
        wait_to_be_told();
        slot.commit();
    }
    of_kind!(arg::<String>(0), hold());
}

/// Receives one message, tells which, and holds it.
pub(crate) fn holds_a_message() {
    fn hold<K: Many>() {
        let mut rx = K::at::<u64>(&arg::<String>(1)).receiver().unwrap();
        let message = rx.recv().unwrap();
        report(*message);
        wait_to_be_told();
        message.ack();
    }
    of_kind!(arg::<String>(0), hold());
}

/// Tells of each message, and at last that the channel is closed.
pub(crate) fn receives_and_tells() {
    fn receive<K: Many>() {
        let mut rx = K::at::<u64>(&arg::<String>(1)).receiver().unwrap();
        report("ready");
        while let Ok(message) = rx.recv() {
            let again = if message.is_redelivered() {
                " again"
            } else {
                ""
            };
            report(format_args!("{}{again}", *message));
        }
        report("closed");
    }
    of_kind!(arg::<String>(0), receive());
}

/// Attaches a sender, tells so, and stays.
pub(crate) fn stays() {
    fn stay<K: Many>() {
        let _tx = K::at::<u64>(&arg::<String>(1)).sender().unwrap();
        report("ready");
        wait_to_be_told();
    }
    of_kind!(arg::<String>(0), stay());
}

/// A process that holds a slot in which it will write `value`.
pub(crate) fn slot_holder<K: Many>(name: &str, value: u64) -> Actor {
    let mut actor = Actor::start("holds_a_slot", &[K::NAME, name, &value.to_string()]);
    actor.expect("holding");
    actor
}

/// A process that holds the next message, which is `value`.
pub(crate) fn message_holder<K: Many>(name: &str, value: u64) -> Actor {
    let mut actor = Actor::start("holds_a_message", &[K::NAME, name]);
    assert_eq!(actor.heard::<u64>(), value);
    actor
}

/// A process that receives until the channel is closed.
pub(crate) fn receiver<K: Many>(name: &str) -> Actor {
    let mut actor = Actor::start("receives_and_tells", &[K::NAME, name]);
    actor.expect("ready");
    actor
}
