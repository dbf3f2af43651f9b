//! Any bytes as a segment: they are attached to, looked at and used as each thing that there is.

use crate::items::Channel;
use crate::objects;
use crate::script::Script;
use crate::sides::Kind;
use ringway_core::channel::{Mpmc, Mpsc, Spmc, Spsc};

/// Plays `input` on a segment of the kind that its first byte says: what is in it before anybody
/// attaches is a segment in order over which the script has written.
pub fn run(input: &[u8]) {
    let script = Script::new(input);
    match script.below(5) {
        0 => of_any_item::<Spsc>(script),
        1 => of_any_item::<Mpsc>(script),
        2 => of_any_item::<Spmc>(script),
        3 => of_any_item::<Mpmc>(script),
        _ => objects::play(script),
    }
}

/// Items of each layout.
fn of_any_item<K: Kind>(script: Script<'_>) {
    match script.below(5) {
        0 => Channel::<u8, K>::play_overwritten(script),
        1 => Channel::<u64, K>::play_overwritten(script),
        2 => Channel::<[u64; 5], K>::play_overwritten(script),
        3 => Channel::<[u64; 8], K>::play_overwritten(script),
        _ => Channel::<(), K>::play_overwritten(script),
    }
}
