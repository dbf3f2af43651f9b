//! How many ends there can be at a time, and that the dead make room.

use crate::channel::inspection;
use crate::held::message_holder;
use ringway::{
    AttachError, OpenError, Problem, RecvError, SendError, TryRecvError, TrySendError, Unfit,
};
use ringway_core::channel::Mpmc;
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::time::Instant;

fn crowded(error: &OpenError) -> bool {
    matches!(&error.problem, Problem::Attach(why)
        if matches!(**why, AttachError::Crowded { handles: 2 }))
}

#[test]
fn one_handle_too_many_is_refused() {
    let name = UniqueName::new("two-handles");
    let open = || ringway::mpmc::<u64>(name.as_str()).handles(2);
    let (tx, _rx) = (open().sender().unwrap(), open().receiver().unwrap());
    let error = open().sender().map(drop).unwrap_err();
    assert!(crowded(&error), "{error}");
    let text = error.to_string();
    for part in [name.as_str(), "all 2 handles", "`handles`"] {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
    let refused = tx.try_clone().map(drop).unwrap_err();
    assert_eq!(refused, AttachError::Crowded { handles: 2 });
    drop(tx);
    open().sender().unwrap();
}

#[test]
fn a_clone_without_a_place_says_so_until_there_is_one() {
    let name = UniqueName::new("late-clones");
    let open = || ringway::mpmc::<u64>(name.as_str()).handles(2);
    let (mut tx, mut rx) = (open().sender().unwrap(), open().receiver().unwrap());
    let (mut tx2, mut rx2) = (tx.clone(), rx.clone());
    assert_eq!(tx2.send(1), Err(SendError::Crowded(1)));
    assert_eq!(tx2.try_send(1), Err(TrySendError::Crowded(1)));
    assert_eq!(rx2.recv().map(drop), Err(RecvError::Crowded));
    assert_eq!(rx2.try_recv().map(drop), Err(TryRecvError::Crowded));
    assert!(SendError::Crowded(1).to_string().contains("handles"));

    tx.send(1).unwrap();
    drop(tx);
    tx2.send(2).unwrap();
    assert_eq!(rx.recv().map(|message| *message), Ok(1));
    drop(rx);
    assert_eq!(rx2.recv().map(|message| *message), Ok(2));
    drop(tx2);
    assert_eq!(rx2.recv().map(drop), Err(RecvError::Closed));
}

#[test]
fn numbers_that_no_channel_has_are_refused() {
    for asked in [0, 1, 1025] {
        let name = UniqueName::new("no-handles");
        let opened = ringway::mpmc::<u64>(name.as_str()).handles(asked).sender();
        let error = opened.map(drop).unwrap_err();
        let is_it = matches!(&error.problem, Problem::Attach(why)
            if **why == AttachError::Unfit(Unfit::Handles { asked }));
        assert!(is_it, "{error}");
        assert!(!name.exists());
    }
}

#[test]
fn all_sides_that_say_how_many_must_agree() {
    let name = UniqueName::new("other-handles");
    let _tx = ringway::mpmc::<u64>(name.as_str())
        .handles(8)
        .sender()
        .unwrap();
    let error = ringway::mpmc::<u64>(name.as_str())
        .handles(9)
        .receiver()
        .map(drop)
        .unwrap_err()
        .to_string();
    for part in ["8", "9", "handles"] {
        assert!(error.contains(part), "{part:?} is missing in: {error}");
    }
    ringway::mpmc::<u64>(name.as_str()).receiver().unwrap();
}

/// A hundred processes come and are killed, each with a message in its hands, through four handles.
#[test]
fn entries_of_killed_processes_are_used_again() {
    let name = UniqueName::new("hundred");
    let open = || ringway::mpmc::<u64>(name.as_str()).handles(4);
    let mut tx = open().sender().unwrap();
    let mut rx = open().receiver().unwrap();
    for number in 0..100 {
        tx.send(number).unwrap();
        message_holder::<Mpmc>(name.as_str(), number).kill();
        let message = rx.recv().unwrap();
        assert_eq!((*message, message.is_redelivered()), (number, true));
    }
    let seen = inspection(name.as_str());
    assert_eq!((seen.senders, seen.receivers), (1, 1));
    assert_eq!(seen.casualties.unwrap().redelivered, 100);
}

/// Arguments: name, how many ends of each role. Receives one message with each of its receivers,
/// and sends one with each of its senders to the channel back.
pub(crate) fn echoes_with_clones() {
    let (name, ends): (String, usize) = (arg(0), arg(1));
    let open = |suffix| ringway::mpmc::<u64>(&*format!("{name}{suffix}"));
    let rx = open("").receiver().unwrap();
    let tx = open("-back").sender().unwrap();
    let clones = (1..ends).map(|_| (rx.try_clone().unwrap(), tx.try_clone().unwrap()));
    let mut clones: Vec<_> = clones.collect();
    clones.push((rx, tx));
    report("ready");
    for (rx, tx) in clones.iter_mut() {
        tx.send(*rx.recv().unwrap()).unwrap();
    }
    report("done");
}

/// 512 senders and 512 receivers on each of two channels: half of them here, the others in four
/// processes. Every one of them moves a message.
#[test]
fn a_thousand_handles_all_take_part() {
    const PROCESSES: usize = 4;
    const EACH: usize = 128;
    const SIDE: usize = PROCESSES * EACH;
    let name = UniqueName::new("thousand");
    let back = format!("{name}-back");
    let there = ringway::mpmc::<u64>(name.as_str()).handles(1024);
    let tx = there.sender().unwrap();
    let rx = ringway::mpmc::<u64>(&*back)
        .handles(1024)
        .receiver()
        .unwrap();
    let began = Instant::now();
    let mut senders: Vec<_> = (1..SIDE).map(|_| tx.try_clone().unwrap()).collect();
    let mut receivers: Vec<_> = (1..SIDE).map(|_| rx.try_clone().unwrap()).collect();
    senders.push(tx);
    receivers.push(rx);
    println!("{} clones in {:?}", 2 * SIDE - 2, began.elapsed());
    let args = [name.as_str(), &EACH.to_string()];
    let mut actors: Vec<_> = (0..PROCESSES)
        .map(|_| Actor::start("echoes_with_clones", &args))
        .collect();
    actors.iter_mut().for_each(|actor| actor.expect("ready"));
    for place in [name.as_str(), &back] {
        let seen = inspection(place);
        assert_eq!((seen.senders, seen.receivers), (SIDE as u32, SIDE as u32));
        assert_eq!(seen.contents.geometry.participants, 1024);
    }
    let refused = senders[0].try_clone().map(drop);
    assert_eq!(refused, Err(AttachError::Crowded { handles: 1024 }));
    let began = Instant::now();
    for (number, tx) in (0..).zip(&mut senders) {
        tx.send(number).unwrap();
    }
    let mut got: Vec<_> = receivers.iter_mut().map(|rx| *rx.recv().unwrap()).collect();
    println!("{SIDE} messages there and back in {:?}", began.elapsed());
    got.sort_unstable();
    assert!(got.into_iter().eq(0..SIDE as u64));
    actors.iter_mut().for_each(|actor| actor.expect("done"));
    actors.into_iter().for_each(Actor::finish);
    let began = Instant::now();
    drop((senders, receivers));
    println!("{} handles dropped in {:?}", 2 * SIDE, began.elapsed());
    assert!(!name.exists());
}
