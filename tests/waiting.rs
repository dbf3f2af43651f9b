//! What a blocked endpoint does while it waits: nothing, and it comes back when it should.

use ringway::{RecvTimeoutError, SendTimeoutError, WaitStrategy};
#[cfg(unix)]
use ringway_testkit::signals::{self, SIGALRM, SIGUSR1};
use ringway_testkit::{Actor, UniqueName, arg, asleep, process, report, roles};
use std::time::{Duration, Instant};

roles! { waits_until_closed, waits_with_a_deadline }

/// Has signals interrupt this process without further effect, where there are any.
fn ignore_signals() {
    #[cfg(unix)]
    {
        signals::ignore_by_handler(SIGUSR1, false);
        signals::ignore_by_handler(SIGALRM, true);
    }
}

/// Arguments: name, strategy. Waits for the end of the channel and reports the processor time it
/// used meanwhile, in microseconds.
fn waits_until_closed() {
    ignore_signals();
    let name: String = arg(0);
    let mut rx = ringway::spsc::<u64>(&name).receiver().unwrap();
    assert_eq!(*rx.recv().unwrap(), 1);
    report("waiting");
    let before = process::processor_time_us();
    let next = rx.recv().map(|message| *message);
    let used = process::processor_time_us() - before;
    assert_eq!(next, Ok(2));
    report(used);
}

/// Waits 300 ms for what does not come, and reports how long that took, in milliseconds.
fn waits_with_a_deadline() {
    ignore_signals();
    let name: String = arg(0);
    let mut rx = ringway::spsc::<u64>(&name)
        .wait(WaitStrategy::Park)
        .receiver()
        .unwrap();
    report("waiting");
    let start = Instant::now();
    let answer = rx.recv_timeout(Duration::from_millis(300)).map(drop);
    assert_eq!(answer, Err(RecvTimeoutError::Timeout));
    report(start.elapsed().as_millis());
}

#[test]
fn a_blocked_receiver_uses_no_processor_time() {
    let name = UniqueName::new("idle");
    let mut tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    let mut receiver = Actor::start("waits_until_closed", &[name.as_str()]);
    tx.send(1).unwrap();
    receiver.expect("waiting");
    asleep::wait_until_asleep(receiver.pid());
    // The time over which the receiver is watched; nothing is waited for.
    std::thread::sleep(Duration::from_secs(1));
    tx.send(2).unwrap();
    let used: u64 = receiver.heard();
    println!("a receiver blocked for 1 s used {used} µs of processor time");
    assert!(used < 20_000, "used {used} µs of one second");
    receiver.finish();
}

#[cfg(unix)]
#[test]
fn signals_do_not_end_a_wait() {
    let name = UniqueName::new("signals");
    let mut tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    let mut receiver = Actor::start("waits_until_closed", &[name.as_str()]);
    tx.send(1).unwrap();
    receiver.expect("waiting");
    for round in 0..500 {
        asleep::wait_until_asleep(receiver.pid());
        receiver.signal(if round % 2 == 0 { SIGUSR1 } else { SIGALRM });
    }
    tx.send(2).unwrap();
    let _: u64 = receiver.heard();
    receiver.finish();
}

#[cfg(unix)]
#[test]
fn signals_do_not_lengthen_a_timeout() {
    let name = UniqueName::new("signalled-timeout");
    let _tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    let mut receiver = Actor::start("waits_with_a_deadline", &[name.as_str()]);
    receiver.expect("waiting");
    // Without an absolute deadline each of these would begin the 300 ms anew, and the receiver
    // would never answer.
    let (answer, heard) = std::sync::mpsc::channel();
    let pid = receiver.pid();
    let listener = std::thread::spawn(move || {
        answer.send(receiver.heard::<u64>()).unwrap();
        receiver
    });
    let mut rounds = 0;
    let waited = loop {
        if let Ok(waited) = heard.recv_timeout(Duration::from_millis(20)) {
            break waited;
        }
        signals::send(pid, if rounds % 2 == 0 { SIGUSR1 } else { SIGALRM });
        rounds += 1;
        assert!(rounds < 500, "the timeout is begun anew by each signal");
    };
    println!("300 ms took {waited} ms under a signal every 20 ms");
    assert!(waited >= 300);
    listener.join().unwrap().finish();
}

#[test]
fn timeouts_pass_for_both_ends() {
    for strategy in [
        WaitStrategy::Spin,
        WaitStrategy::Adaptive,
        WaitStrategy::Park,
    ] {
        let name = UniqueName::new("timeouts");
        let open = || {
            ringway::spsc::<u64>(name.as_str())
                .capacity(1)
                .wait(strategy)
        };
        let (mut tx, mut rx) = (open().sender().unwrap(), open().receiver().unwrap());
        let short = Duration::from_millis(5);
        let start = Instant::now();
        assert_eq!(
            rx.recv_timeout(short).map(drop),
            Err(RecvTimeoutError::Timeout)
        );
        assert!(start.elapsed() >= short);
        let refused = loop {
            let start = Instant::now();
            if let Err(refused) = tx.send_timeout(7, short) {
                assert!(start.elapsed() >= short);
                break refused;
            }
        };
        assert_eq!(refused, SendTimeoutError::Timeout(7));
        assert_eq!(
            rx.recv_timeout(Duration::ZERO).map(|message| *message),
            Ok(7)
        );
    }
}

#[test]
fn a_sender_that_leaves_wakes_its_receiver_at_once() {
    let name = UniqueName::new("leaves");
    let open = || ringway::spsc::<u64>(name.as_str()).wait(WaitStrategy::Park);
    let (tx, mut rx) = (open().sender().unwrap(), open().receiver().unwrap());
    std::thread::scope(|scope| {
        let receiver = scope.spawn(move || rx.recv().map(drop));
        asleep::wait_until_a_thread_sleeps(std::process::id());
        drop(tx);
        assert_eq!(receiver.join().unwrap(), Err(ringway::RecvError::Closed));
    });
}

#[test]
fn an_end_can_wait_for_the_other_to_come() {
    let name = UniqueName::new("comes");
    let open = || ringway::spsc::<u64>(name.as_str()).wait(WaitStrategy::Park);
    let mut rx = open().receiver().unwrap();
    assert!(!rx.wait_for_sender(Some(Duration::from_millis(5))));
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| rx.wait_for_sender(None));
        asleep::wait_until_a_thread_sleeps(std::process::id());
        let _tx = open().sender().unwrap();
        assert!(waiter.join().unwrap());
    });
}

#[test]
fn an_end_that_waits_for_the_other_hears_of_one_that_came_and_went() {
    let name = UniqueName::new("came-and-went");
    let open = || ringway::spsc::<u64>(name.as_str()).wait(WaitStrategy::Park);
    let mut rx = open().receiver().unwrap();
    drop(open().sender().unwrap());
    assert!(rx.wait_for_sender(None), "one was there");
    assert_eq!(rx.recv().map(drop), Err(ringway::RecvError::Closed));
    let short = Some(Duration::from_millis(5));
    assert!(!rx.wait_for_sender(short), "that one was reported");
    let _tx = open().sender().unwrap();
    assert!(rx.wait_for_sender(short));
}
