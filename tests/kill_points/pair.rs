//! One sender and one receiver, where a new process takes a dead one's place.

use super::{all_sound, coming_and_going, work};

#[test]
fn an_end_of_packed_messages_may_be_killed_at_every_instruction() {
    all_sound(&work("spsc, packed"));
}

#[test]
fn an_end_of_messages_with_a_stamp_each_may_be_killed_at_every_instruction() {
    all_sound(&work("spsc, a stamp each"));
}

#[test]
fn an_end_of_messages_of_whole_lines_may_be_killed_at_every_instruction() {
    all_sound(&work("spsc, whole lines"));
}

#[test]
fn an_end_may_be_killed_at_every_change_while_it_comes_or_goes() {
    all_sound(&coming_and_going("spsc, packed"));
}
