//! A channel within one program: every layout, every call, wrap-around.
#![cfg(not(ringway_loom))]

use ringway_core::attach::AttachError;
use ringway_core::error::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use ringway_core::layout::Peer;
use ringway_core::local::split;
use ringway_core::plain::Plain;
use ringway_core::region::StaticRegion;
use std::time::Duration;

/// Sends and receives more than the ring holds, in every way, and checks order and content.
fn passes_in_order<T: Plain + PartialEq + core::fmt::Debug>(make: impl Fn(u64) -> T) {
    let region = Box::new(StaticRegion::<32_768>::new());
    let (mut tx, mut rx) = split::<T>(&*region).unwrap();
    let capacity = tx.capacity() as u64;
    let (mut sent, mut received) = (0, 0);
    for round in 0..10 * capacity {
        let burst = round % (capacity + 1);
        for _ in 0..burst {
            match round % 3 {
                0 => tx.try_send(make(sent)).unwrap(),
                1 => {
                    let mut slot = tx.try_reserve().unwrap();
                    *slot = make(sent);
                    slot.commit();
                }
                _ => {
                    assert_eq!(tx.try_send_batch(&[make(sent)]).unwrap(), 1);
                }
            }
            sent += 1;
        }
        let mut one = make(0);
        let mut many = vec![make(0); 3];
        while received < sent {
            match (round + received) % 3 {
                0 => assert_eq!(*rx.recv().unwrap(), make(received)),
                1 => {
                    rx.recv_into(&mut one).unwrap();
                    assert_eq!(one, make(received));
                }
                _ => {
                    let count = rx.recv_batch(&mut many).unwrap();
                    for (offset, item) in many[..count].iter().enumerate() {
                        assert_eq!(*item, make(received + offset as u64));
                    }
                    received += count as u64 - 1;
                }
            }
            received += 1;
        }
        assert_eq!(rx.try_recv_into(&mut one), Err(TryRecvError::Empty));
        if round > 200 {
            break;
        }
    }
}

#[test]
fn packed_items_pass_in_order() {
    passes_in_order::<u64>(|n| n);
    passes_in_order::<u8>(|n| n as u8);
    passes_in_order::<[u8; 14]>(|n| [n as u8; 14]);
    passes_in_order::<u128>(u128::from);
}

#[test]
fn slot_items_pass_in_order() {
    passes_in_order::<[u64; 5]>(|n| [n; 5]);
    passes_in_order::<[u8; 1001]>(|n| [n as u8; 1001]);
    passes_in_order::<()>(|_| ());
}

#[test]
fn index_items_pass_in_order() {
    passes_in_order::<[u64; 8]>(|n| [n; 8]);
    passes_in_order::<[u8; 4096]>(|n| [n as u8; 4096]);
}

#[test]
fn a_full_ring_gives_the_value_back_and_has_room_after_one_line_is_read() {
    let region = StaticRegion::<4096>::new();
    let (mut tx, mut rx) = split::<u64>(&region).unwrap();
    let mut sent = 0;
    let refused = loop {
        match tx.try_send(sent) {
            Ok(()) => sent += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, TrySendError::Full(sent));
    assert!(sent >= tx.capacity() as u64);
    for n in 0..7 {
        assert_eq!(*rx.recv().unwrap(), n);
    }
    tx.try_send(sent).unwrap();
}

#[test]
fn timeouts_end_without_a_peer_that_acts() {
    let region = StaticRegion::<4096>::new();
    let (mut tx, mut rx) = split::<[u64; 8]>(&region).unwrap();
    let short = Duration::from_millis(1);
    assert_eq!(
        rx.recv_timeout(short).map(drop),
        Err(RecvTimeoutError::Timeout)
    );
    while tx.try_send([1; 8]).is_ok() {}
    assert!(tx.send_timeout([2; 8], short).is_err());
    assert!(tx.reserve_timeout(short).is_err());
}

#[test]
fn an_aborted_slot_is_not_sent() {
    let region = StaticRegion::<4096>::new();
    let (mut tx, mut rx) = split::<u64>(&region).unwrap();
    *tx.reserve().unwrap() = 1;
    assert!(rx.try_recv().is_err());
    tx.send(2).unwrap();
    assert_eq!(*rx.recv().unwrap(), 2);
}

#[test]
fn closing_drains_first() {
    let region = StaticRegion::<4096>::new();
    let (mut tx, mut rx) = split::<u64>(&region).unwrap();
    tx.send_batch(&[1, 2, 3]).unwrap();
    drop(tx);
    assert_eq!(rx.sender(), Peer::Left);
    for n in 1..=3 {
        assert_eq!(*rx.recv().unwrap(), n);
    }
    assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
    assert_eq!(rx.try_recv().map(drop), Err(TryRecvError::Closed));
}

#[test]
fn a_receiver_that_left_gives_the_value_back() {
    let region = StaticRegion::<4096>::new();
    let (mut tx, rx) = split::<u64>(&region).unwrap();
    drop(rx);
    assert_eq!(tx.send(5), Err(SendError::Closed(5)));
    assert_eq!(tx.try_send(6), Err(TrySendError::Closed(6)));
}

#[test]
fn an_end_is_given_out_once_and_again_after_it_was_dropped() {
    let region = StaticRegion::<4096>::new();
    let (mut tx, rx) = split::<u64>(&region).unwrap();
    assert!(matches!(
        split::<u64>(&region),
        Err(AttachError::Occupied { .. })
    ));
    tx.send(9).unwrap();
    drop((tx, rx));
    let (_tx, mut rx) = split::<u64>(&region).unwrap();
    assert_eq!(*rx.recv().unwrap(), 9, "what was not received stays");
    drop((_tx, rx));
    assert!(matches!(split::<u32>(&region), Err(AttachError::Unfit(_))));
}

#[test]
fn a_region_that_is_too_small_says_so() {
    let region = StaticRegion::<1024>::new();
    let error = split::<u64>(&region).map(drop).unwrap_err();
    assert!(error.to_string().contains("1024 bytes"), "{error}");
}
