//! Several senders, several receivers, or both.

use super::{all_sound, coming_and_going, work};

#[test]
fn any_of_many_ends_may_be_killed_at_every_instruction() {
    all_sound(&work("mpmc"));
}

#[test]
fn any_of_many_ends_may_be_killed_at_every_change_while_it_comes_or_goes() {
    all_sound(&coming_and_going("mpmc"));
}

#[test]
fn many_senders_and_their_receiver_may_be_killed_at_every_instruction() {
    all_sound(&work("mpsc"));
}

#[test]
fn many_senders_and_their_receiver_may_be_killed_at_every_change_while_they_come_or_go() {
    all_sound(&coming_and_going("mpsc"));
}

#[test]
fn many_receivers_and_their_sender_may_be_killed_at_every_instruction() {
    all_sound(&work("spmc"));
}

#[test]
fn many_receivers_and_their_sender_may_be_killed_at_every_change_while_they_come_or_go() {
    all_sound(&coming_and_going("spmc"));
}
