//! Messages of bytes, of any length: every byte is accounted for.

use super::{killed_crowd, peaceful_crowd, time};
use ringway::{Mpmc, Mpsc, Spmc, Spsc};
use ringway_testkit::kill::random::Crowd;
use ringway_testkit::kill::{Channel, Kind, Subject, streams};

type Bytes<K> = Channel<K, [u8]>;

/// As many ends as there can be.
fn of<K: Kind>(crowd: Crowd) -> Crowd {
    let most = |are_many: bool, count: usize| if are_many { count } else { 1 };
    Crowd {
        senders: most(K::MANY_SENDERS, crowd.senders),
        receivers: most(K::MANY_RECEIVERS, crowd.receivers),
        ..crowd
    }
}

#[track_caller]
fn loses_nothing<K: Kind>()
where
    Bytes<K>: Subject,
{
    assert_eq!(of::<K>(peaceful_crowd()).play::<Bytes<K>>(), []);
    assert_eq!(of::<K>(killed_crowd()).play::<Bytes<K>>(), []);
}

#[test]
fn bytes_of_one_sender_to_one_receiver_all_come() {
    loses_nothing::<Spsc>();
}

#[test]
fn bytes_of_many_senders_to_one_receiver_all_come() {
    loses_nothing::<Mpsc>();
}

#[test]
fn bytes_of_one_sender_to_many_receivers_all_come() {
    loses_nothing::<Spmc>();
}

#[test]
fn bytes_of_many_senders_to_many_receivers_all_come() {
    loses_nothing::<Mpmc>();
}

#[test]
fn bytes_of_a_stream_all_come_whoever_is_killed() {
    if let Err(finding) = streams::play(time()) {
        panic!("{finding}");
    }
}
