//! When a channel is closed, for whom, and what becomes of the messages in it.

use crate::channel::{Many, NO_CASUALTIES, casualties, condition, for_each_kind};
use crate::held::{message_holder, receiver};
use ringway::{Condition, RecvError, RecvTimeoutError, SendError, TrySendError};
use ringway_core::channel::{Mpmc, Spmc};
use ringway_testkit::asleep::{wait_until_a_thread_sleeps, wait_until_asleep};
use ringway_testkit::{Actor, UniqueName};
use std::time::Duration;

#[test]
fn receivers_drain_what_the_last_sender_left() {
    fn drain<K: Many>() {
        let name = UniqueName::new("drain");
        let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        tx.send_batch(&[1, 2]).unwrap();
        drop(tx);
        assert_eq!(rx.recv().map(|message| *message), Ok(1));
        assert_eq!(rx.recv().map(|message| *message), Ok(2));
        assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
        let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
        tx.send(3).unwrap();
        assert_eq!(rx.recv().map(|message| *message), Ok(3), "it is open again");
    }
    for_each_kind!(drain());
}

#[test]
fn one_sender_that_leaves_does_not_close_it_for_the_others() {
    let name = UniqueName::new("one-of-two");
    let mut tx = ringway::mpmc::<u64>(name.as_str()).sender().unwrap();
    let mut rx = ringway::mpmc::<u64>(name.as_str()).receiver().unwrap();
    drop(tx.clone());
    drop(rx.clone());
    tx.send(1).unwrap();
    assert_eq!(rx.recv().map(|message| *message), Ok(1));
}

#[test]
fn senders_get_their_value_back_when_the_last_receiver_is_gone() {
    fn refused<K: Many>() {
        let name = UniqueName::new("refused");
        let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
        drop(K::at::<u64>(name.as_str()).receiver().unwrap());
        assert_eq!(tx.send(7), Err(SendError::Closed(7)));
        assert_eq!(tx.try_send(8), Err(TrySendError::Closed(8)));
        let partly = tx.send_batch(&[1, 2]).unwrap_err();
        assert_eq!(
            (partly.sent, partly.reason),
            (0, SendError::Closed(())),
            "nothing of a batch is sent either"
        );
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        tx.send(9).unwrap();
        assert_eq!(rx.recv().map(|message| *message), Ok(9), "it is open again");
    }
    for_each_kind!(refused());
}

#[test]
fn a_sender_that_waits_for_space_learns_that_the_last_receiver_died() {
    fn wait<K: Many>() {
        let name = UniqueName::new("dead-receiver");
        let open = || K::at::<u64>(name.as_str()).capacity(2);
        let mut tx = open().sender().unwrap();
        tx.send_batch(&[1, 2]).unwrap();
        let holder = message_holder::<K>(name.as_str(), 1);
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| tx.send(3));
            wait_until_a_thread_sleeps(std::process::id());
            holder.kill();
            assert_eq!(sender.join().unwrap(), Err(SendError::Closed(3)));
        });
    }
    for_each_kind!(wait());
}

#[test]
fn receivers_learn_that_the_last_sender_died() {
    fn wait<K: Many>() {
        let name = UniqueName::new("dead-sender");
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        let mut sender = Actor::start("stays", &[K::NAME, name.as_str()]);
        sender.expect("ready");
        std::thread::scope(|scope| {
            let receiver = scope.spawn(move || rx.recv().map(drop));
            wait_until_a_thread_sleeps(std::process::id());
            sender.kill();
            assert_eq!(receiver.join().unwrap(), Err(RecvError::Closed));
        });
    }
    for_each_kind!(wait());
}

#[test]
fn a_receiver_that_starts_first_waits() {
    fn wait<K: Many>() {
        let name = UniqueName::new("first");
        let mut waiting = receiver::<K>(name.as_str());
        wait_until_asleep(waiting.pid());
        let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
        tx.send(5).unwrap();
        drop(tx);
        waiting.expect("5");
        waiting.expect("closed");
        waiting.finish();
        assert!(!name.exists());
    }
    for_each_kind!(wait());
}

#[test]
fn what_senders_left_before_any_receiver_came_waits_for_one() {
    fn leave<K: Many>() {
        let name = UniqueName::lasting("left");
        for message in [1, 2] {
            let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
            tx.send(message).unwrap();
        }
        assert_eq!(condition(name.as_str()), Condition::Waiting { unread: 2 });
        let mut late = receiver::<K>(name.as_str());
        for told in ["1", "2", "closed"] {
            late.expect(told);
        }
        late.finish();
        assert!(!name.exists());
    }
    for_each_kind!(leave());
}

#[test]
fn what_the_last_receiver_left_when_it_died_is_for_the_next() {
    fn die<K: Many>() {
        let name = UniqueName::lasting("inherited");
        let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
        tx.send_batch(&[1, 2, 3]).unwrap();
        let holder = message_holder::<K>(name.as_str(), 1);
        drop(tx);
        holder.kill();
        assert_eq!(condition(name.as_str()), Condition::Waiting { unread: 3 });
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        let mut got = Vec::new();
        while let Ok(message) = rx.recv() {
            got.push((*message, message.is_redelivered()));
        }
        got.sort_unstable();
        assert_eq!(got, [(1, true), (2, false), (3, false)], "{}", K::NAME);
        drop(rx);
        assert!(!name.exists());
    }
    for_each_kind!(die());
}

#[test]
fn a_persistent_channel_outlives_everybody() {
    fn outlive<K: Many>() {
        let name = UniqueName::lasting("kept");
        let open = || K::at::<u64>(name.as_str()).persistent();
        let mut tx = open().sender().unwrap();
        tx.send_batch(&[1, 2, 3]).unwrap();
        drop(tx);
        message_holder::<K>(name.as_str(), 1).kill();
        assert_eq!(condition(name.as_str()), Condition::Persistent);

        let mut rx = open().receiver().unwrap();
        let mut got = Vec::new();
        while let Ok(message) = rx.recv() {
            got.push((*message, message.is_redelivered()));
        }
        got.sort_unstable();
        assert_eq!(got, [(1, true), (2, false), (3, false)]);
    }
    for_each_kind!(outlive());
}

/// A message that another receiver holds can come again as long as that one may die.
fn closed_waits_for_the_unfinished<K: Many>() {
    let name = UniqueName::new("unfinished");
    let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
    tx.send(1).unwrap();
    let holder = message_holder::<K>(name.as_str(), 1);
    let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
    drop(tx);
    let short = Duration::from_millis(100);
    let answer = rx.recv_timeout(short).map(drop);
    assert_eq!(answer, Err(RecvTimeoutError::Timeout));
    holder.finish();
    assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
    assert_eq!(casualties(name.as_str()), NO_CASUALTIES);
}

#[test]
fn closed_waits_for_what_others_have_not_finished() {
    closed_waits_for_the_unfinished::<Mpmc>();
    closed_waits_for_the_unfinished::<Spmc>();
}

fn the_last_message_comes_again<K: Many>() {
    let name = UniqueName::new("last");
    let mut tx = K::at::<u64>(name.as_str()).sender().unwrap();
    tx.send(1).unwrap();
    let holder = message_holder::<K>(name.as_str(), 1);
    let mut other = receiver::<K>(name.as_str());
    drop(tx);
    wait_until_asleep(other.pid());
    holder.kill();
    other.expect("1 again");
    other.expect("closed");
    other.finish();
}

#[test]
fn a_worker_that_is_killed_with_the_last_message_leaves_it_to_another() {
    the_last_message_comes_again::<Mpmc>();
    the_last_message_comes_again::<Spmc>();
}

#[test]
fn a_try_says_closed_as_well() {
    fn try_it<K: Many>() {
        let name = UniqueName::new("try");
        let tx = K::at::<u64>(name.as_str()).sender().unwrap();
        let mut rx = K::at::<u64>(name.as_str()).receiver().unwrap();
        drop(tx);
        // A try asks only now and then whether anything can still come.
        let closed = (0..100)
            .position(|_| rx.try_recv().map(drop) == Err(ringway::TryRecvError::Closed))
            .expect("it is closed");
        println!("{}: try_recv said Closed at call {}", K::NAME, closed + 1);
    }
    for_each_kind!(try_it());
}
