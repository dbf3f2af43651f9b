//! The tests can fail: they find what is wrong with the textbook ring.

use super::{killed_crowd, peaceful_crowd};
use ringway_testkit::kill::{Finding, VyukovQueue};

#[test]
fn a_crowd_that_nobody_kills_loses_nothing_in_a_plain_ring() {
    assert_eq!(peaceful_crowd().play::<VyukovQueue>(), []);
}

#[test]
fn a_plain_ring_is_wedged_by_a_crowd_that_is_killed() {
    let findings = killed_crowd().play::<VyukovQueue>();
    println!("{findings:?}");
    assert!(matches!(findings[..], [Finding::Wedged(_), ..]));
}
