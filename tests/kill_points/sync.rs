//! Locks and signals: whoever is killed in one of their calls, the others go on.

use super::{all_sound, work};

#[test]
fn a_mutex_may_be_killed_at_every_instruction() {
    all_sound(&work("mutex"));
}

#[test]
fn a_semaphore_may_be_killed_at_every_instruction() {
    all_sound(&work("semaphore"));
}

#[test]
fn an_event_may_be_killed_at_every_instruction() {
    all_sound(&work("event"));
}

#[test]
fn a_reader_writer_lock_may_be_killed_at_every_instruction() {
    all_sound(&work("rwlock"));
}

#[test]
fn a_condition_variable_may_be_killed_at_every_instruction() {
    all_sound(&work("condvar"));
}

#[test]
fn a_barrier_may_be_killed_at_every_instruction() {
    all_sound(&work("barrier"));
}

#[test]
fn a_newest_value_may_be_killed_at_every_instruction() {
    all_sound(&work("latest"));
}
