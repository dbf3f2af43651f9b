//! Time limits that end in the middle of a message, and waiting for several things.

use crate::channel::{assert_same, message};
use ringway::{RecvTimeoutError, SendTimeoutError, TryRecvError, wait_any};
use ringway_testkit::UniqueName;
use std::thread;
use std::time::{Duration, Instant};

const RING: u32 = 4096;
const LONG: usize = 50_000;
const SHORT_TIME: Duration = Duration::from_millis(20);

fn ends(name: &UniqueName) -> (ringway::Sender<[u8]>, ringway::Receiver<[u8]>) {
    let tx = ringway::spsc::<[u8]>(name.as_str()).capacity(RING).sender();
    let rx = ringway::spsc::<[u8]>(name.as_str()).receiver();
    (tx.unwrap(), rx.unwrap())
}

#[test]
fn a_long_message_whose_time_is_over_is_dropped_by_the_receiver() {
    let name = UniqueName::new("send-timeout");
    let (mut tx, mut rx) = ends(&name);
    let began = Instant::now();
    let sent = tx.send_timeout(&message(1, LONG), SHORT_TIME);
    assert_eq!(sent, Err(SendTimeoutError::Timeout(())));
    assert!(began.elapsed() >= SHORT_TIME);

    assert_eq!(rx.try_recv().map(drop), Err(TryRecvError::Empty));
    tx.send(b"next").unwrap();
    assert_eq!(*rx.recv().unwrap(), *b"next");
    assert_eq!(
        rx.incomplete(),
        0,
        "a new sender could go on where it ended"
    );

    thread::scope(|scope| {
        scope.spawn(|| tx.send(&message(2, LONG)).unwrap());
        assert_same(&rx.recv().unwrap(), &message(2, LONG));
    });
    assert_eq!(rx.incomplete(), 1);
}

/// The time counts for all parts: a receiver that takes one now and then does not prolong it.
#[test]
fn the_time_of_a_long_message_is_one_for_all_parts() {
    let name = UniqueName::new("total-time");
    let (mut tx, mut rx) = ends(&name);
    thread::scope(|scope| {
        let sender = scope.spawn(move || {
            let began = Instant::now();
            let sent = tx.send_timeout(&message(1, 10 << 20), Duration::from_millis(300));
            (sent, began.elapsed())
        });
        while !sender.is_finished() {
            let _ = rx.try_recv();
            thread::sleep(Duration::from_millis(5));
        }
        let (sent, took) = sender.join().unwrap();
        assert_eq!(sent, Err(SendTimeoutError::Timeout(())));
        assert!(took < Duration::from_secs(3), "{took:?}");
    });
}

#[test]
fn a_receiver_whose_time_is_over_goes_on_where_it_was() {
    let name = UniqueName::new("recv-timeout");
    let (mut tx, mut rx) = ends(&name);
    let mut buffer = vec![0; LONG];
    for number in 0..6 {
        // The first half of what the ring holds of it.
        assert_eq!(
            tx.send_timeout(&message(99, LONG), SHORT_TIME),
            Err(SendTimeoutError::Timeout(()))
        );
        let timed_out = if number % 2 == 0 {
            rx.recv_timeout(SHORT_TIME).map(drop)
        } else {
            rx.recv_into_timeout(&mut buffer, SHORT_TIME).map(drop)
        };
        assert_eq!(timed_out, Err(RecvTimeoutError::Timeout));
        thread::scope(|scope| {
            scope.spawn(|| tx.send(&message(number, LONG)).unwrap());
            if number % 3 == 0 {
                assert_same(&rx.recv().unwrap(), &message(number, LONG));
            } else {
                assert_eq!(rx.recv_into(&mut buffer), Ok(LONG));
                assert_same(&buffer, &message(number, LONG));
            }
        });
        assert_eq!(rx.incomplete(), number as u64 + 1);
    }

    // All of one message, over many calls.
    thread::scope(|scope| {
        scope.spawn(|| tx.send(&message(7, 3 << 20)).unwrap());
        let mut calls = 0;
        loop {
            calls += 1;
            match rx.recv_into_timeout(&mut vec![0; 3 << 20], Duration::from_micros(50)) {
                Err(RecvTimeoutError::Timeout) => {}
                other => break assert_eq!(other, Ok(3 << 20)),
            }
        }
        assert!(calls > 1, "{calls}");
    });
}

#[test]
fn a_long_message_is_something_to_wait_for() {
    let name = UniqueName::new("wait-any");
    let (mut tx, mut rx) = ends(&name);
    let event = ringway::event(format!("{name}-event")).open().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..20 {
                tx.send(&message(number, LONG)).unwrap();
            }
        });
        for number in 0..20 {
            let found = loop {
                assert_eq!(wait_any(&mut [&mut rx, &mut &event]).unwrap(), 0);
                match rx.try_recv() {
                    Err(TryRecvError::Empty) => {}
                    other => break other.unwrap(),
                }
            };
            assert_same(&found, &message(number, LONG));
        }
    });
}
