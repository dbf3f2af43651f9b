//! The channel with several senders and several receivers.

use super::{killed_crowd, peaceful_crowd};
use ringway_testkit::kill::MpmcChannel;

#[test]
fn each_message_of_a_crowd_that_nobody_kills_comes_once() {
    assert_eq!(peaceful_crowd().play::<MpmcChannel>(), []);
}

#[test]
fn a_crowd_that_is_killed_loses_nothing() {
    assert_eq!(killed_crowd().play::<MpmcChannel>(), []);
}
