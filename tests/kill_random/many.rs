//! The channel with several senders and several receivers.

use super::{killed_crowd, peaceful_crowd};
use ringway::Mpmc;
use ringway_testkit::kill::{Channel, Numbered};

type MpmcChannel = Channel<Mpmc, Numbered<5>>;

#[test]
fn each_message_of_a_crowd_that_nobody_kills_comes_once() {
    assert_eq!(peaceful_crowd().play::<MpmcChannel>(), []);
}

#[test]
fn a_crowd_that_is_killed_loses_nothing() {
    assert_eq!(killed_crowd().play::<MpmcChannel>(), []);
}
