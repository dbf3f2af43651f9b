//! Messages of bytes.

use super::{all_sound, coming_and_going, work};

#[test]
fn an_end_of_a_ring_of_records_may_be_killed_at_every_instruction() {
    all_sound(&work("spsc, bytes"));
}

#[test]
fn an_end_of_a_ring_of_records_may_be_killed_at_every_change_while_it_comes_or_goes() {
    all_sound(&coming_and_going("spsc, bytes"));
}

#[test]
fn an_end_of_a_ring_of_ranges_may_be_killed_at_every_instruction() {
    all_sound(&work("mpsc, bytes"));
}

#[test]
fn an_end_of_a_ring_of_ranges_may_be_killed_at_every_change_while_it_comes_or_goes() {
    all_sound(&coming_and_going("mpsc, bytes"));
}

#[test]
fn an_end_of_a_ring_of_cells_of_bytes_may_be_killed_at_every_instruction() {
    all_sound(&work("mpmc, bytes"));
}

#[test]
fn an_end_of_a_ring_of_cells_of_bytes_may_be_killed_at_every_change_while_it_comes_or_goes() {
    all_sound(&coming_and_going("mpmc, bytes"));
}

#[test]
fn receivers_of_bytes_and_their_sender_may_be_killed_at_every_instruction() {
    all_sound(&work("spmc, bytes"));
}

#[test]
fn an_end_of_a_pipe_may_be_killed_at_every_instruction() {
    all_sound(&work("pipe"));
}

#[test]
fn an_end_of_a_pipe_may_be_killed_at_every_change_while_it_comes_or_goes() {
    all_sound(&coming_and_going("pipe"));
}
