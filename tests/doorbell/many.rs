//! Several that wait for the same.

use crate::look::{LONG, SLICE, is_rung, rings, wait_by, was_rung};
use ringway::{Armed, TryRecvError};
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::thread;
use std::time::{Duration, Instant};

/// Argument: name. Receives by blocking calls until the channel is closed, and reports how many.
pub(crate) fn takes_one_by_one() {
    let name: String = arg(0);
    let mut rx = ringway::mpmc::<u64>(&name).receiver().unwrap();
    report("ready");
    let mut taken = 0;
    while let Ok(item) = rx.recv() {
        item.ack();
        taken += 1;
    }
    report(taken);
}

/// Argument: name. Receives by a doorbell until the channel is closed, and reports how many. Takes
/// its time, so that a ring for it alone would leave the others asleep.
pub(crate) fn watches_and_is_slow() {
    let name: String = arg(0);
    let mut rx = ringway::mpmc::<u64>(&name).receiver().unwrap();
    let mut bell = rx.doorbell().unwrap();
    report("ready");
    let mut taken = 0;
    loop {
        wait_by(&mut bell, &mut rx);
        thread::sleep(Duration::from_millis(1));
        match rx.try_recv() {
            Ok(item) => {
                item.ack();
                taken += 1;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Closed) => break,
            Err(other) => panic!("{other}"),
        }
    }
    report(taken);
}

#[test]
fn doorbells_and_blocking_receivers_share_a_channel() {
    const ITEMS: u64 = 2_000;
    let name = UniqueName::new("bell-many");
    let mut tx = ringway::mpmc::<u64>(name.as_str()).sender().unwrap();
    let roles = ["takes_one_by_one", "watches_and_is_slow"];
    let mut actors: Vec<_> = [roles, roles]
        .concat()
        .into_iter()
        .map(|role| Actor::start(role, &[name.as_str()]))
        .collect();
    for actor in &mut actors {
        actor.expect("ready");
    }
    let start = Instant::now();
    for n in 0..ITEMS {
        tx.send(n).unwrap();
        // Each item meets receivers that sleep; one that is woken in vain would leave it to nobody.
        tx.join_timeout(LONG).unwrap();
    }
    let took = start.elapsed();
    println!("{ITEMS} items, each waited for, took {took:?}");
    assert!(took < SLICE * 50, "{took:?}");
    drop(tx);
    let taken: Vec<u64> = actors.iter_mut().map(Actor::heard).collect();
    println!("they took {taken:?}");
    assert_eq!(taken.iter().sum::<u64>(), ITEMS);
    for actor in actors {
        actor.finish();
    }
}

/// Argument: name. Arms doorbells, and never takes what they ring for.
pub(crate) fn lets_go() {
    let name: String = arg(0);
    let mut rx = ringway::mpmc::<u64>(&name).receiver().unwrap();
    let over = ringway::event(format!("{name}-over")).open().unwrap();
    report("ready");
    let mut heard = 0u64;
    while !over.try_wait() {
        let mut bell = rx.doorbell().unwrap();
        if bell.arm(&mut rx).unwrap() == Armed::Waiting {
            heard += u64::from(rings(&bell, Duration::from_millis(1)));
        }
    }
    report(heard);
}

#[test]
fn what_a_doorbell_lets_go_of_is_for_another() {
    const ITEMS: u64 = 2_000;
    let name = UniqueName::new("bell-let-go");
    let over = ringway::event(format!("{name}-over")).open().unwrap();
    let mut tx = ringway::mpmc::<u64>(name.as_str()).sender().unwrap();
    let start_all = |role| [(); 2].map(|()| Actor::start(role, &[name.as_str()]));
    let [mut takers, mut idlers] = ["takes_one_by_one", "lets_go"].map(start_all);
    for actor in takers.iter_mut().chain(&mut idlers) {
        actor.expect("ready");
    }
    let start = Instant::now();
    for n in 0..ITEMS {
        tx.send(n).unwrap();
        tx.join_timeout(LONG).unwrap();
    }
    let took = start.elapsed();
    over.set();
    drop(tx);
    let heard = idlers.each_mut().map(Actor::heard::<u64>);
    println!("{ITEMS} items took {took:?}; rings that nobody answered: {heard:?}");
    assert!(took < SLICE * 25, "{took:?}");
    assert!(heard.iter().sum::<u64>() > 0, "some were for them");
    let taken = takers.each_mut().map(Actor::heard::<u64>);
    assert_eq!(taken.iter().sum::<u64>(), ITEMS);
}

#[test]
fn one_message_rings_every_doorbell_that_is_armed() {
    let name = UniqueName::new("bell-every");
    let channel = || ringway::mpmc::<u64>(name.as_str());
    let mut tx = channel().sender().unwrap();
    let mut ends: Vec<_> = (0..3).map(|_| channel().receiver().unwrap()).collect();
    let mut bells: Vec<_> = ends.iter().map(|rx| rx.doorbell().unwrap()).collect();
    for n in 0..100 {
        for (bell, rx) in bells.iter_mut().zip(&mut ends) {
            assert_eq!(bell.arm(rx).unwrap(), Armed::Waiting);
            assert!(!is_rung(bell));
        }
        tx.send(n).unwrap();
        assert!(bells.iter().all(was_rung));
        // Whoever does not take it leaves it to the others.
        for (bell, rx) in bells.iter_mut().zip(&mut ends) {
            assert_eq!(bell.arm(rx).unwrap(), Armed::Ready);
            assert!(!is_rung(bell));
        }
        let item = ends[n as usize % 3].try_recv().unwrap();
        assert_eq!(*item, n);
        item.ack();
    }
}
