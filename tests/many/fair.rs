//! Ends that wait for the same all get a share of it.

use ringway::WaitStrategy;
use ringway_testkit::asleep::wait_until_asleep;
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Argument: name. Receives until the channel is closed, and tells of the first message and how
/// many there were.
pub(crate) fn receives_its_share() {
    let mut rx = ringway::mpmc::<u64>(&*arg::<String>(0))
        .wait(WaitStrategy::Park)
        .receiver()
        .unwrap();
    report("ready");
    let mut count = 0;
    while rx.recv().is_ok() {
        count += 1;
        if count == 1 {
            report("first");
        }
    }
    report(count);
}

/// Arguments: name, who. Sends who it is until nobody receives any more.
pub(crate) fn sends_its_share() {
    let mut tx = ringway::mpmc::<u64>(&*arg::<String>(0))
        .wait(WaitStrategy::Park)
        .sender()
        .unwrap();
    report("ready");
    while tx.send(arg(1)).is_ok() {}
}

/// Hangs if one of them never gets any.
#[test]
fn receivers_that_wait_all_get_a_share() {
    let name = UniqueName::new("fair-receivers");
    let mut tx = ringway::mpmc::<u64>(name.as_str())
        .capacity(8)
        .sender()
        .unwrap();
    let start = |_| {
        let mut actor = Actor::start("receives_its_share", &[name.as_str()]);
        actor.expect("ready");
        actor
    };
    let mut receivers: Vec<_> = (0..4).map(start).collect();
    receivers
        .iter()
        .for_each(|actor| wait_until_asleep(actor.pid()));
    let has_each = AtomicBool::new(false);
    let sent = thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut sent = 0;
            while !has_each.load(Ordering::Relaxed) {
                tx.send(sent).unwrap();
                sent += 1;
            }
            drop(tx);
            sent
        });
        receivers.iter_mut().for_each(|actor| actor.expect("first"));
        has_each.store(true, Ordering::Relaxed);
        sender.join().unwrap()
    });
    let shares: Vec<u64> = receivers.iter_mut().map(Actor::heard).collect();
    println!("4 receivers got {shares:?} of {sent}");
    assert_eq!(shares.iter().sum::<u64>(), sent);
}

/// Hangs if one of them never gets to send.
#[test]
fn senders_that_wait_all_get_a_share() {
    let name = UniqueName::new("fair-senders");
    let mut rx = ringway::mpmc::<u64>(name.as_str())
        .capacity(8)
        .receiver()
        .unwrap();
    let start = |who: usize| {
        let mut actor = Actor::start("sends_its_share", &[name.as_str(), &who.to_string()]);
        actor.expect("ready");
        actor
    };
    let senders: Vec<_> = (0..4).map(start).collect();
    senders
        .iter()
        .for_each(|actor| wait_until_asleep(actor.pid()));
    let mut shares = [0_u64; 4];
    while shares.contains(&0) {
        shares[*rx.recv().unwrap() as usize] += 1;
    }
    drop(rx);
    println!("4 senders sent {shares:?}");
    senders.into_iter().for_each(Actor::finish);
}
