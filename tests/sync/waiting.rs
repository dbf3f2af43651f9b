//! Whoever waits does nothing, and comes back when it should.

use super::objects::{WAITS, keep_from, open, wait_for};
#[cfg(unix)]
use ringway_testkit::signals::{self, SIGALRM, SIGUSR1};
use ringway_testkit::{Actor, UniqueName, arg, asleep, process, report};
use std::time::{Duration, Instant};

/// Has signals interrupt this process without further effect, where there are any.
fn ignore_signals() {
    #[cfg(unix)]
    {
        signals::ignore_by_handler(SIGUSR1, false);
        signals::ignore_by_handler(SIGALRM, true);
    }
}

/// Arguments: name, what for. Waits, and reports the processor time that it used meanwhile, in
/// microseconds.
pub(crate) fn waits_idly() {
    ignore_signals();
    let objects = open(&arg::<String>(0));
    report("waiting");
    let before = process::processor_time_us();
    assert!(wait_for(&arg::<String>(1), &objects, None));
    report(process::processor_time_us() - before);
}

/// Arguments: name, what for. Waits for 300 ms in vain, and reports how long that took, in
/// milliseconds.
pub(crate) fn waits_in_vain() {
    ignore_signals();
    let objects = open(&arg::<String>(0));
    report("waiting");
    let start = Instant::now();
    let timeout = Some(Duration::from_millis(300));
    assert!(!wait_for(&arg::<String>(1), &objects, timeout));
    report(start.elapsed().as_millis());
}

fn in_parallel(each: impl Fn(&'static str) + Sync) {
    std::thread::scope(|scope| {
        let each = &each;
        let waits: Vec<_> = WAITS
            .map(|what| scope.spawn(move || each(what)))
            .into_iter()
            .collect();
        for wait in waits {
            wait.join().unwrap();
        }
    });
}

#[test]
fn who_waits_uses_no_processor_time() {
    in_parallel(|what| {
        let name = UniqueName::new("idle");
        let objects = open(name.as_str());
        let mut waiter = None;
        keep_from(what, &objects, || {
            let mut actor = Actor::start("waits_idly", &[name.as_str(), what]);
            actor.expect("waiting");
            asleep::wait_until_a_thread_sleeps(actor.pid());
            // The time over which it is watched; nothing is waited for.
            std::thread::sleep(Duration::from_secs(1));
            waiter = Some(actor);
        });
        let mut waiter = waiter.unwrap();
        let used: u64 = waiter.heard();
        println!("who waits for {what} for 1 s uses {used} µs of processor time");
        assert!(used < 20_000, "{what}: used {used} µs of one second");
        waiter.finish();
    });
}

#[cfg(unix)]
#[test]
fn signals_do_not_end_a_wait() {
    in_parallel(|what| {
        let name = UniqueName::new("signals");
        let objects = open(name.as_str());
        let mut waiter = None;
        keep_from(what, &objects, || {
            let mut actor = Actor::start("waits_idly", &[name.as_str(), what]);
            actor.expect("waiting");
            for round in 0..50 {
                asleep::wait_until_a_thread_sleeps(actor.pid());
                signals::send(actor.pid(), if round % 2 == 0 { SIGUSR1 } else { SIGALRM });
            }
            waiter = Some(actor);
        });
        let mut waiter = waiter.unwrap();
        let _: u64 = waiter.heard();
        waiter.finish();
    });
}

#[cfg(unix)]
#[test]
fn signals_do_not_lengthen_a_timeout() {
    in_parallel(|what| {
        let name = UniqueName::new("signalled");
        let objects = open(name.as_str());
        keep_from(what, &objects, || {
            let mut actor = Actor::start("waits_in_vain", &[name.as_str(), what]);
            actor.expect("waiting");
            let pid = actor.pid();
            let listener = std::thread::spawn(move || (actor.heard::<u64>(), actor));
            let mut rounds = 0;
            while !listener.is_finished() {
                signals::send(pid, if rounds % 2 == 0 { SIGUSR1 } else { SIGALRM });
                std::thread::sleep(Duration::from_millis(20));
                rounds += 1;
                assert!(rounds < 250, "{what}: each signal begins the timeout anew");
            }
            let (waited, actor) = listener.join().unwrap();
            println!("{what}: 300 ms took {waited} ms under a signal every 20 ms");
            assert!(waited >= 300, "{what}: 300 ms took {waited} ms");
            actor.finish();
        });
    });
}

#[test]
fn a_timeout_is_an_absolute_point() {
    in_parallel(|what| {
        let name = UniqueName::new("late");
        let objects = open(name.as_str());
        let other = open(name.as_str());
        keep_from(what, &objects, || {
            for timeout in [
                Duration::ZERO,
                Duration::from_millis(5),
                Duration::from_millis(250),
            ] {
                let start = Instant::now();
                assert!(!wait_for(what, &other, Some(timeout)), "{what}");
                let took = start.elapsed();
                assert!(took >= timeout, "{what}: {timeout:?} took {took:?}");
                let late = took - timeout;
                assert!(
                    late < Duration::from_millis(500),
                    "{what}: {late:?} too late"
                );
            }
        });
    });
}
