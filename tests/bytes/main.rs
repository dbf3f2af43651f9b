//! Messages of bytes between real processes: of every length, by every call; what limits, buffers and
//! time limits do, and what is left when somebody dies in the middle of a message.

mod channel;
mod deaths;
#[cfg(feature = "serde")]
mod encoded;
mod lengths;
mod limits;
mod refused;
mod rooms;
mod several;
mod time;
mod typed;

use deaths::{begins_a_long_message, sends_all};
#[cfg(feature = "serde")]
use encoded::sends_orders;
use lengths::{sends_in_place, sends_lengths};
use ringway_testkit::roles;
use several::sends_long_and_short;
use typed::sends_packets;

roles! {
    sends_lengths, sends_in_place, sends_all, begins_a_long_message, sends_long_and_short,
    sends_packets, sends_orders,
}

#[cfg(not(feature = "serde"))]
fn sends_orders() {
    unreachable!("no test asks for it");
}
