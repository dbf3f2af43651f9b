//! `ringway send`: standard input into a channel.
//!
//! ```text
//!   standard input ── input.rs ──▶ cut.rs ──▶ messages.rs ──▶ spsc::<[u8]>     lines, --framed
//!                          └──────────────────▶ raw.rs ─────▶ pipe             --raw
//! ```

mod cut;
mod messages;
mod raw;

use crate::args::{EndArgs, Form};
use crate::exit::Failure;

pub(crate) fn run(end: &EndArgs) -> Result<(), Failure> {
    match end.form() {
        Form::Lines => messages::run(end, cut::Cut::lines(end.limit())),
        Form::Framed => messages::run(end, cut::Cut::frames(end.limit())),
        Form::Raw => raw::run(end),
    }
}
