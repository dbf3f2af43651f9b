//! Every scenario, in every way.

use ringway_testkit::scenario::{Accounts, By, Pool, Scenario, play};
use std::time::Duration;

#[track_caller]
fn is_sound<S: Scenario>() {
    for by in [
        By::Threads,
        By::Processes,
        By::Mortals(Duration::from_secs(1)),
    ] {
        if let Err(finding) = play::<S>(by, "works") {
            panic!("{} by {by:?}: {finding}", S::NAME);
        }
    }
}

#[test]
fn money_that_is_moved_under_a_mutex_stays_the_same() {
    is_sound::<Accounts>();
}

#[test]
fn a_permit_of_a_semaphore_is_a_place() {
    is_sound::<Pool>();
}
