//! Every scenario, in every way.

use ringway_testkit::scenario::{
    Accounts, By, Newest, Pair, PingPong, Pool, Queue, Rounds, Scenario, play,
};
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

#[test]
fn a_reader_never_sees_half_of_a_change() {
    is_sound::<Pair>();
}

#[test]
fn each_item_of_a_queue_is_used_once() {
    is_sound::<Queue>();
}

#[test]
fn each_turn_that_is_given_is_taken_once() {
    is_sound::<PingPong>();
}

#[test]
fn nobody_begins_a_round_before_all_have_come() {
    is_sound::<Rounds>();
}

#[test]
fn the_newest_value_is_whole_and_never_goes_back() {
    is_sound::<Newest>();
}
