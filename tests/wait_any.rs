//! Waiting for several things at once, and for events, over real processes.

use ringway::{
    Shared, TryRecvError, TrySendError, WaitAnyError, WaitAnyTimeoutError, try_any, wait_any,
    wait_any_timeout,
};
use ringway_core::handle::{Event, EventCell, EventTimeoutError};
use ringway_core::sync::EventMode;
use ringway_testkit::{Actor, TempDir, UniqueName, arg, asleep, report, roles};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

roles! { passes_one_by_one, sets_what_it_is_told, holds_a_sender, holds_an_item, waits_for_two }

const TICK: Duration = Duration::from_millis(20);
/// Longer than anything here takes, so that whoever is left behind fails its test.
const LONG: Duration = Duration::from_secs(20);
/// News of a death come within this, and a little more on a busy machine.
const NEWS: Duration = Duration::from_millis(600);

ringway::shared! {
    /// Events and nothing else.
    struct Events {
        of: [EventCell; 3],
    }
}

/// The events in `file`.
fn segment(file: &Path) -> Shared<Events> {
    ringway::shared::<Events>(file).open().unwrap()
}

/// Event number `index` of them.
fn event(segment: &Shared<Events>, index: usize) -> Event<Shared<Events>> {
    segment.bind(|events| &events.of[index])
}

/// An event that no other process sees.
fn private() -> (TempDir, Shared<Events>) {
    let dir = TempDir::new();
    let segment = segment(&dir.file("events"));
    (dir, segment)
}

/// Argument: file. Passes event 0 again and again, says so by event 1, and reports each time.
fn passes_one_by_one() {
    let segment = segment(arg::<String>(0).as_ref());
    let (go, gone) = (event(&segment, 0), event(&segment, 1));
    report("ready");
    loop {
        go.wait().unwrap();
        gone.set();
        report("passed");
    }
}

/// Arguments: file, which event. Sets it.
fn sets_what_it_is_told() {
    let segment = segment(arg::<String>(0).as_ref());
    event(&segment, arg(1)).set();
}

/// Argument: name. Holds a sender until it is killed.
fn holds_a_sender() {
    let name: String = arg(0);
    let _tx = ringway::spsc::<u64>(&name).sender().unwrap();
    report("ready");
    thread::park();
}

/// Argument: name. Receives an item and does not finish it.
fn holds_an_item() {
    let name: String = arg(0);
    let mut rx = ringway::mpmc::<u64>(&name).receiver().unwrap();
    let item = rx.recv().unwrap();
    report(*item);
    thread::park();
}

/// Argument: file. Waits for events 0 and 1, and reports which.
fn waits_for_two() {
    let segment = segment(arg::<String>(0).as_ref());
    let (mut one, mut two) = (event(&segment, 0), event(&segment, 1));
    report("ready");
    report(wait_any(&mut [&mut one, &mut two]).unwrap());
    report(wait_any_timeout(&mut [&mut one, &mut two], LONG).unwrap());
}

#[test]
fn an_event_is_manual_unless_somebody_says_otherwise() {
    let (_dir, segment) = private();
    let event = event(&segment, 0);
    assert_eq!(event.mode(), EventMode::Manual);
    assert!(!event.is_set() && !event.try_wait());
    assert_eq!(event.wait_timeout(TICK), Err(EventTimeoutError::Timeout));
    event.set();
    assert!(event.is_set() && event.try_wait() && event.try_wait());
    assert_eq!(event.wait(), Ok(()));
    assert!(event.reset() && !event.reset() && !event.is_set());
    event.bound().cell().initialise(EventMode::Automatic, true);
    assert!(event.is_set() && event.try_wait() && !event.try_wait());
    let start = Instant::now();
    assert_eq!(event.wait_timeout(TICK), Err(EventTimeoutError::Timeout));
    assert!(start.elapsed() >= TICK);
}

#[test]
fn an_automatic_event_lets_one_process_pass_each_time() {
    let dir = TempDir::new();
    let file = dir.file("events");
    let segment = segment(&file);
    let (go, gone) = (event(&segment, 0), event(&segment, 1));
    for event in [&go, &gone] {
        event.bound().cell().initialise(EventMode::Automatic, false);
    }
    let file = file.to_str().unwrap();
    let mut actors: Vec<_> = (0..3)
        .map(|_| Actor::start("passes_one_by_one", &[file]))
        .collect();
    for actor in &mut actors {
        actor.expect("ready");
    }
    for actor in &actors {
        asleep::wait_until_asleep(actor.pid());
    }
    for _ in 0..300 {
        go.set();
        gone.wait_timeout(LONG).unwrap();
        assert!(!gone.is_set(), "one passed");
    }
    // One that is killed in its sleep takes nothing with it.
    actors.pop().unwrap().kill();
    for _ in 0..30 {
        go.set();
        gone.wait_timeout(LONG).unwrap();
    }
}

#[test]
fn a_sleeper_is_woken_by_either_of_two_events() {
    let dir = TempDir::new();
    let file = dir.file("events");
    let segment = segment(&file);
    let file = file.to_str().unwrap();
    let mut waiter = Actor::start("waits_for_two", &[file]);
    waiter.expect("ready");
    asleep::wait_until_a_thread_sleeps_for_several(waiter.pid());
    let start = Instant::now();
    Actor::start("sets_what_it_is_told", &[file, "1"]).finish();
    assert_eq!(waiter.heard::<usize>(), 1);
    // It is set still, so that the second wait is over at once.
    assert_eq!(waiter.heard::<usize>(), 1);
    println!("woken after {:?}", start.elapsed());
    waiter.finish();
    assert!(event(&segment, 1).is_set());
}

#[test]
fn wakes_do_not_wait_for_a_slice() {
    let (_dir, segment) = private();
    let (go, back) = (event(&segment, 0), event(&segment, 1));
    for event in [&go, &back] {
        event.bound().cell().initialise(EventMode::Automatic, false);
    }
    let other = event(&segment, 2);
    const ROUNDS: u32 = 200;
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                assert_eq!(wait_any(&mut [&mut &other, &mut &go]), Ok(1));
                assert!(go.try_wait());
                back.set();
            }
        });
        for _ in 0..ROUNDS {
            go.set();
            assert_eq!(wait_any(&mut [&mut &back, &mut &other]), Ok(0));
            assert!(back.try_wait());
        }
    });
    let took = start.elapsed();
    println!("{ROUNDS} round trips of wait_any took {took:?}");
    assert!(took < Duration::from_millis(200) * ROUNDS / 4);
}

#[test]
fn all_kinds_of_ends_can_be_waited_for() {
    let (_dir, segment) = private();
    let stop = event(&segment, 0);
    let names = ["a", "b", "c", "d"].map(UniqueName::new);
    let [a, b, c, d] = names.each_ref().map(UniqueName::as_str);
    let mut tx = (
        ringway::spsc::<u64>(a).sender().unwrap(),
        ringway::mpsc::<u64>(b).sender().unwrap(),
        ringway::spmc::<u64>(c).sender().unwrap(),
        ringway::mpmc::<u64>(d).sender().unwrap(),
    );
    let mut rx = (
        ringway::spsc::<u64>(a).receiver().unwrap(),
        ringway::mpsc::<u64>(b).receiver().unwrap(),
        ringway::spmc::<u64>(c).receiver().unwrap(),
        ringway::mpmc::<u64>(d).receiver().unwrap(),
    );
    let mut stop = &stop;
    macro_rules! any {
        ($timeout:expr) => {
            wait_any_timeout(
                &mut [&mut stop, &mut rx.0, &mut rx.1, &mut rx.2, &mut rx.3],
                $timeout,
            )
        };
    }
    assert_eq!(any!(TICK), Err(WaitAnyTimeoutError::Timeout));
    // Somebody else sends, while this one sleeps.
    for round in 1..=50 {
        for which in 1..=4 {
            thread::scope(|scope| {
                scope.spawn(|| {
                    if round % 2 == 0 {
                        thread::sleep(Duration::from_micros(300));
                    }
                    match which {
                        1 => tx.0.send(round).unwrap(),
                        2 => tx.1.send(round).unwrap(),
                        3 => tx.2.send(round).unwrap(),
                        _ => tx.3.send(round).unwrap(),
                    }
                });
                assert_eq!(any!(LONG), Ok(which));
                // Nothing was taken, and it says so again.
                assert_eq!(any!(LONG), Ok(which));
                let received = match which {
                    1 => rx.0.try_recv().map(|item| *item),
                    2 => rx.1.try_recv().map(|item| *item),
                    3 => rx.2.try_recv().map(|item| *item),
                    _ => rx.3.try_recv().map(|item| *item),
                };
                assert_eq!(received, Ok(round));
            });
        }
    }
    // One that leaves is ready, and the next call says why.
    drop(tx.0);
    assert_eq!(any!(LONG), Ok(1));
    assert_eq!(rx.0.try_recv().map(drop), Err(TryRecvError::Closed));
    drop(tx.3);
    let mut rest = (rx.1, rx.3);
    assert_eq!(wait_any(&mut [&mut rest.0, &mut rest.1]), Ok(1));
    assert_eq!(rest.1.try_recv().map(drop), Err(TryRecvError::Closed));
}

#[test]
fn senders_are_ready_when_there_is_room() {
    let (name, many) = (UniqueName::new("room"), UniqueName::new("room-many"));
    let mut tx = ringway::spsc::<u64>(name.as_str())
        .capacity(4)
        .sender()
        .unwrap();
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let mut tx_many = ringway::mpmc::<u64>(many.as_str())
        .capacity(4)
        .sender()
        .unwrap();
    let mut rx_many = ringway::mpmc::<u64>(many.as_str()).receiver().unwrap();
    assert_eq!(wait_any(&mut [&mut tx, &mut tx_many]), Ok(0));
    while tx.try_send(1).is_ok() {}
    assert_eq!(wait_any(&mut [&mut tx, &mut tx_many]), Ok(1));
    while tx_many.try_send(1).is_ok() {}
    assert_eq!(try_any(&mut [&mut tx, &mut tx_many]), None);
    let full = wait_any_timeout(&mut [&mut tx, &mut tx_many], TICK);
    assert_eq!(full, Err(WaitAnyTimeoutError::Timeout));
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(TICK);
            drop(rx_many.recv().unwrap());
        });
        assert_eq!(wait_any(&mut [&mut tx, &mut tx_many]), Ok(1));
        tx_many.try_send(2).unwrap();
    });
    // A ring of small items frees a line at a time.
    while tx.try_send(1).is_err() {
        drop(rx.recv().unwrap());
    }
    while tx.try_send(1).is_ok() {}
    drop(rx);
    assert_eq!(wait_any(&mut [&mut tx, &mut tx_many]), Ok(0));
    assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
    drop(rx_many);
    assert_eq!(wait_any(&mut [&mut tx_many]), Ok(0));
    assert_eq!(tx_many.try_send(3), Err(TrySendError::Closed(3)));
}

#[test]
fn a_peer_that_is_killed_makes_its_channel_ready() {
    let (_dir, segment) = private();
    let stop = event(&segment, 0);
    let name = UniqueName::new("killed");
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let mut sender = Actor::start("holds_a_sender", &[name.as_str()]);
    sender.expect("ready");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            assert_eq!(wait_any(&mut [&mut &stop, &mut rx]), Ok(1));
            let learnt = Instant::now();
            // The very next call says so, too.
            assert_eq!(rx.try_recv().map(drop), Err(TryRecvError::Closed));
            learnt
        });
        thread::sleep(TICK);
        let killed = Instant::now();
        sender.kill();
        let took = waiting.join().unwrap() - killed;
        println!("news of a death took {took:?}");
        assert!(took < NEWS, "{took:?}");
    });
}

#[test]
fn what_a_dead_receiver_had_claimed_is_found() {
    let (_dir, segment) = private();
    let stop = event(&segment, 0);
    let name = UniqueName::new("orphan");
    let mut tx = ringway::mpmc::<u64>(name.as_str()).sender().unwrap();
    let mut rx = ringway::mpmc::<u64>(name.as_str()).receiver().unwrap();
    let mut holder = Actor::start("holds_an_item", &[name.as_str()]);
    assert!(tx.wait_for_receiver(None));
    while tx.receivers() < 2 {
        thread::yield_now();
    }
    tx.send(7).unwrap();
    assert_eq!(holder.heard::<u64>(), 7);
    assert_eq!(try_any(&mut [&mut &stop, &mut rx]), None);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            assert_eq!(wait_any(&mut [&mut &stop, &mut rx]), Ok(1));
            let item = rx.try_recv().unwrap();
            assert!(*item == 7 && item.is_redelivered());
            Instant::now()
        });
        thread::sleep(TICK);
        let killed = Instant::now();
        holder.kill();
        let took = waiting.join().unwrap() - killed;
        println!("what a dead one had claimed was found after {took:?}");
        assert!(took < NEWS, "{took:?}");
    });
}

#[test]
fn nothing_and_too_much_are_refused() {
    let (_dir, segment) = private();
    assert_eq!(wait_any(&mut []), Err(WaitAnyError::NoSources));
    let event = event(&segment, 0);
    let mut many: Vec<_> = (0..=ringway::MOST_SOURCES).map(|_| &event).collect();
    let mut sources: Vec<&mut dyn ringway::Source> = Vec::new();
    for source in &mut many {
        sources.push(source);
    }
    assert_eq!(wait_any(&mut sources), Err(WaitAnyError::TooMany));
    sources.pop();
    let late = wait_any_timeout(&mut sources, TICK);
    assert_eq!(late, Err(WaitAnyTimeoutError::Timeout));
}
