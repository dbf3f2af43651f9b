//! `ringway recv`: a channel to standard output.

mod messages;
mod output;
mod raw;

use crate::args::{EndArgs, Form};
use crate::exit::Failure;

pub(crate) fn run(end: &EndArgs) -> Result<(), Failure> {
    match end.form() {
        Form::Lines => messages::run(end, messages::Written::Line),
        Form::Framed => messages::run(end, messages::Written::Frame),
        Form::Raw => raw::run(end),
    }
}
