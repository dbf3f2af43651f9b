//! Messages that are longer than a receiver wants, or than its buffer.

use crate::channel::{assert_same, message};
use ringway::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use ringway_testkit::UniqueName;
use std::thread;
use std::time::Duration;

const RING: u32 = 4096;

#[test]
fn a_message_beyond_the_limit_is_dropped_and_the_channel_goes_on() {
    for len in [101, 1000, 100_000] {
        let name = UniqueName::new("limit");
        let mut rx = ringway::spsc::<[u8]>(name.as_str())
            .capacity(RING)
            .limit(100)
            .receiver()
            .unwrap();
        assert_eq!(rx.limit(), 100);
        let mut tx = ringway::spsc::<[u8]>(name.as_str()).sender().unwrap();
        thread::scope(|scope| {
            scope.spawn(move || {
                tx.send(&message(1, 100)).unwrap();
                tx.send(&message(2, len)).unwrap();
                tx.send(&message(3, 100)).unwrap();
                tx.send(&message(4, len)).unwrap();
                tx.send(&message(5, 3)).unwrap();
            });
            let too_long = Err(RecvError::TooLong {
                len: len as u64,
                limit: 100,
            });
            assert_same(&rx.recv().unwrap(), &message(1, 100));
            assert_eq!(rx.recv().map(drop), too_long);
            assert_same(&rx.recv().unwrap(), &message(3, 100));
            assert_eq!(rx.recv_into(&mut [0; 200]).map(drop), too_long);
            assert_same(&rx.recv().unwrap(), &message(5, 3));
            assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
            assert_eq!(rx.incomplete(), 0);
        });
    }
}

/// A look for whatever is ready finds that a long message is refused; nothing that came behind it may
/// be received before that is told.
#[test]
fn a_refusal_comes_before_what_was_sent_behind_it() {
    let name = UniqueName::new("refusal");
    let channel = || ringway::mpsc::<[u8]>(name.as_str()).capacity(4 * RING);
    let mut rx = channel().limit(RING as usize * 2).receiver().unwrap();
    let [mut long, mut short] = [0, 1].map(|_| channel().sender().unwrap());
    // So that there is room for the first part of the long one only.
    let filler = vec![0; 7 << 10];
    short.send(&filler).unwrap();
    short.send(&filler).unwrap();
    let time = Duration::from_millis(10);
    assert!(long.send_timeout(&[1; 100_000], time).is_err());
    for _ in 0..2 {
        assert_eq!(rx.recv().unwrap().len(), filler.len());
    }
    short.send(b"short").unwrap();
    ringway::wait_any(&mut [&mut rx]).unwrap();
    let too_long = TryRecvError::TooLong {
        len: 100_000,
        limit: RING as usize * 2,
    };
    assert_eq!(rx.try_recv().map(drop), Err(too_long));
    assert_eq!(*rx.try_recv().unwrap(), *b"short");
}

#[test]
fn the_limit_can_be_changed() {
    let name = UniqueName::new("set-limit");
    let mut rx = ringway::spsc::<[u8]>(name.as_str()).receiver().unwrap();
    assert_eq!(rx.limit(), 64 << 20);
    let mut tx = ringway::spsc::<[u8]>(name.as_str()).sender().unwrap();
    for _ in 0..2 {
        tx.send(&[1; 50]).unwrap();
    }
    rx.set_limit(49);
    let too_long = TryRecvError::TooLong { len: 50, limit: 49 };
    assert_eq!(rx.try_recv().map(drop), Err(too_long));
    rx.set_limit(50);
    assert_eq!(*rx.try_recv().unwrap(), [1; 50]);
}

#[test]
fn a_message_that_does_not_fit_the_buffer_stays_the_next() {
    for len in [10, 1000, 10_000] {
        let name = UniqueName::new("short-buffer");
        let mut rx = ringway::spsc::<[u8]>(name.as_str())
            .capacity(RING)
            .receiver()
            .unwrap();
        let mut tx = ringway::spsc::<[u8]>(name.as_str()).sender().unwrap();
        thread::scope(|scope| {
            scope.spawn(move || {
                for number in 0..4 {
                    tx.send(&message(number, len)).unwrap();
                }
                tx.wait_for_receiver(None);
            });
            let mut buffer = vec![0; len];
            let short = RecvError::ShortBuffer {
                len,
                buffer: len - 1,
            };
            for _ in 0..3 {
                assert_eq!(rx.recv_into(&mut buffer[..len - 1]), Err(short));
            }
            assert_eq!(rx.recv_into(&mut buffer), Ok(len));
            assert_same(&buffer, &message(0, len));

            assert_eq!(
                rx.recv_into(&mut []).map(drop),
                Err(RecvError::ShortBuffer { len, buffer: 0 })
            );
            assert_same(&rx.recv().unwrap(), &message(1, len));

            // One that was joined where no buffer was, and then found none.
            while rx.try_recv_into(&mut buffer[..1]) == Err(TryRecvError::Empty) {}
            assert_eq!(
                rx.recv_into(&mut buffer[..1]).map(drop),
                Err(RecvError::ShortBuffer { len, buffer: 1 })
            );
            assert_eq!(
                rx.recv_into_timeout(&mut buffer, Duration::from_secs(60)),
                Ok(len)
            );
            assert_same(&buffer, &message(2, len));
            assert_same(&rx.recv().unwrap(), &message(3, len));
        });
    }
}

/// Of a grant that is forgotten, the message is not finished.
#[test]
fn a_message_whose_grant_is_forgotten_comes_again() {
    let name = UniqueName::new("forgotten");
    let mut rx = ringway::spsc::<[u8]>(name.as_str())
        .capacity(RING)
        .receiver()
        .unwrap();
    let mut tx = ringway::spsc::<[u8]>(name.as_str()).sender().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            tx.send(b"short").unwrap();
            tx.send(&message(7, 20_000)).unwrap();
        });
        for expected in [b"short".to_vec(), message(7, 20_000)] {
            std::mem::forget(rx.recv().unwrap());
            assert_same(&rx.recv_timeout(Duration::ZERO).unwrap(), &expected);
        }
        let over = rx.recv_timeout(Duration::from_secs(60)).map(drop);
        assert_eq!(over, Err(RecvTimeoutError::Closed));
    });
}

#[test]
fn what_is_too_long_for_one_piece_is_refused_with_both_numbers() {
    let name = UniqueName::new("too-long");
    let mut tx = ringway::spsc::<[u8]>(name.as_str())
        .capacity(RING)
        .sender()
        .unwrap();
    let max = tx.max_record();
    assert_eq!(tx.max_message(), None);
    let (value, len) = ((), max + 1);
    let error = TrySendError::TooLong { value, len, max };
    assert_eq!(tx.try_send(&vec![0; len]), Err(error));
    assert_eq!(tx.try_reserve(len).map(drop), Err(error));
    let error = SendError::TooLong { value, len, max };
    assert_eq!(tx.reserve(len).map(drop), Err(error));
    tx.try_send(&vec![0; max]).unwrap();

    let name = UniqueName::new("too-long");
    let mut tx = ringway::mpmc::<[u8]>(name.as_str())
        .max_len(100)
        .sender()
        .unwrap();
    let error = SendError::TooLong {
        value,
        len: 105,
        max: 104,
    };
    assert_eq!(tx.send(&[0; 105]), Err(error));
    assert_eq!(
        tx.send_timeout(&[0; 105], Duration::ZERO),
        Err(error.into())
    );
    tx.send(&[0; 104]).unwrap();
}

#[test]
#[should_panic(expected = "11 bytes cannot be committed of 10 that were reserved")]
fn more_than_was_reserved_cannot_be_committed() {
    let name = UniqueName::new("commit");
    let mut tx = ringway::spsc::<[u8]>(name.as_str()).sender().unwrap();
    tx.reserve(10).unwrap().commit_to(11);
}
