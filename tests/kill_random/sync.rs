//! Locks and signals.

use super::time;
use ringway_testkit::scenario::{
    Accounts, By, Newest, Pair, PingPong, Pool, Queue, Rounds, Scenario, play,
};

#[track_caller]
fn survives<S: Scenario>() {
    if let Err(finding) = play::<S>(By::Mortals(time()), "works") {
        panic!("{}: {finding}", S::NAME);
    }
}

#[test]
fn money_stays_the_same_whoever_is_killed_moving_it() {
    survives::<Accounts>();
}

#[test]
fn permits_stay_places_whoever_is_killed_in_one() {
    survives::<Pool>();
}

#[test]
fn a_pair_stays_whole_whoever_is_killed_changing_it() {
    survives::<Pair>();
}

#[test]
fn a_queue_goes_on_whoever_is_killed_at_it() {
    survives::<Queue>();
}

#[test]
fn turns_go_on_whoever_is_killed_taking_one() {
    survives::<PingPong>();
}

#[test]
fn rounds_go_on_whoever_is_killed_in_one() {
    survives::<Rounds>();
}

#[test]
fn the_newest_value_stays_whole_whoever_is_killed_writing_it() {
    survives::<Newest>();
}
