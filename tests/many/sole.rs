//! The side of which there is one.

use crate::channel::casualties;
use crate::held::{message_holder, receiver, slot_holder};
use ringway::{AttachError, Problem, Role};
use ringway_core::channel::{Mpsc, Spmc};
use ringway_testkit::UniqueName;

fn refused<E>(opened: Result<E, ringway::OpenError>, role: Role, process: u32) {
    let Err(error) = opened else {
        panic!("a second {role} came in");
    };
    let Problem::Attach(why) = &error.problem else {
        panic!("{error}");
    };
    assert!(
        matches!(&**why, AttachError::Occupied { role: found, owner }
            if *found == role && owner.process == process),
        "{error}"
    );
    let text = error.to_string();
    for part in [
        format!("living {role}"),
        format!("process {process}"),
        format!("one {role} at a time"),
    ] {
        assert!(text.contains(&part), "{part:?} is missing in: {text}");
    }
}

#[test]
fn a_second_receiver_of_mpsc_is_refused_and_told_who_is_there() {
    let name = UniqueName::new("one-receiver");
    let there = receiver::<Mpsc>(name.as_str());
    let second = ringway::mpsc::<u64>(name.as_str()).receiver();
    refused(second, Role::Receiver, there.pid());
}

#[test]
fn a_second_sender_of_spmc_is_refused_and_told_who_is_there() {
    let name = UniqueName::new("one-sender");
    let there = slot_holder::<Spmc>(name.as_str(), 1);
    let second = ringway::spmc::<u64>(name.as_str()).sender();
    refused(second, Role::Sender, there.pid());
}

#[test]
fn the_receiver_that_takes_over_gets_the_message_that_was_held() {
    let name = UniqueName::new("take-over");
    let mut tx = ringway::mpsc::<u64>(name.as_str()).sender().unwrap();
    tx.send_batch(&[1, 2]).unwrap();
    message_holder::<Mpsc>(name.as_str(), 1).kill();
    let mut rx = ringway::mpsc::<u64>(name.as_str()).receiver().unwrap();
    for expected in [(1, true), (2, false)] {
        let message = rx.recv().unwrap();
        assert_eq!((*message, message.is_redelivered()), expected);
    }
    drop(rx);
    let mut rx = ringway::mpsc::<u64>(name.as_str()).receiver().unwrap();
    tx.send(3).unwrap();
    let message = rx.recv().unwrap();
    assert_eq!((*message, message.is_redelivered()), (3, false));
}

#[test]
fn what_was_sent_after_the_receiver_died_is_not_marked() {
    let name = UniqueName::new("fresh");
    let mut tx = ringway::mpsc::<u64>(name.as_str()).sender().unwrap();
    receiver::<Mpsc>(name.as_str()).kill();
    let mut rx = ringway::mpsc::<u64>(name.as_str()).receiver().unwrap();
    tx.send(1).unwrap();
    let message = rx.recv().unwrap();
    assert_eq!((*message, message.is_redelivered()), (1, false));
}

#[test]
fn the_sender_that_takes_over_uses_the_slot_that_was_held() {
    let name = UniqueName::new("slot-again");
    let mut rx = ringway::spmc::<u64>(name.as_str()).receiver().unwrap();
    slot_holder::<Spmc>(name.as_str(), 1).kill();
    let mut tx = ringway::spmc::<u64>(name.as_str()).sender().unwrap();
    tx.send(2).unwrap();
    assert_eq!(rx.recv().map(|message| *message), Ok(2));
    assert_eq!(casualties(name.as_str()).lost, 0, "no slot was passed over");
}
