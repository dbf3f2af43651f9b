//! The command as a user meets it: real processes, their output and their exit codes.

mod death;
mod demo;
mod help;
mod manage;
mod many;
mod meter;
mod moved;
mod refused;
mod tool;

use many::holds_a_message;

ringway_testkit::roles! { holds_a_message }
