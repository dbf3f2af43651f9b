//! Channels with many ends between real processes: who gets what, in which order, and how often;
//! what happens when ends leave, die, or are stopped.

mod bytes;
mod channel;
mod closing;
mod exchange;
mod fair;
mod grants;
mod handles;
mod held;
mod join;
mod quiet;
mod ranges;
mod recovery;
mod sole;
mod stopped;

use bytes::{holds_a_place, holds_bytes, receives_bytes, sends_bytes};
use exchange::{receives, sends};
use fair::{receives_its_share, sends_its_share};
use handles::echoes_with_clones;
use held::{holds_a_message, holds_a_slot, receives_and_tells, stays};
use join::joins;
#[cfg(target_os = "linux")]
use quiet::{drains, echoes, plays_ping_pong, streams};
use ranges::{holds_a_record, sends_of_any_length};
use ringway_testkit::roles;

roles! {
    sends, receives, holds_a_slot, holds_a_message, receives_and_tells, stays, joins,
    echoes_with_clones, sends_its_share, receives_its_share,
    #[cfg(target_os = "linux")] echoes, #[cfg(target_os = "linux")] plays_ping_pong,
    #[cfg(target_os = "linux")] drains, #[cfg(target_os = "linux")] streams,
    sends_bytes, receives_bytes, holds_a_place, holds_bytes, sends_of_any_length, holds_a_record,
}
