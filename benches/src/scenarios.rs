//! What is measured, by name: a process that is started as a follower finds its part here.

use crate::item::{Item, Line};
use crate::ringway_ends::{Parking, Polling, Spinning, Style};
use crate::stage::Stage;
use crate::turns::Turns;
use crate::{batch, bounce, one_way, round_trip, sleep};
use std::time::Duration;

/// Two parts, and what a process calls them.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Unique among [`ALL`].
    pub name: &'static str,
    /// The side that holds the clock.
    pub lead: fn(&Stage, Turns) -> Duration,
    /// The other side.
    pub follow: fn(&Stage, Turns),
}

/// A word bounced in one line.
pub const ONE_LINE: Scenario = Scenario {
    name: "one-line",
    lead: bounce::lead_one_line,
    follow: bounce::follow_one_line,
};
/// Words bounced in two lines.
pub const TWO_LINES: Scenario = Scenario {
    name: "two-lines",
    lead: bounce::lead_two_lines,
    follow: bounce::follow_two_lines,
};
/// Words bounced by sleeping sides.
pub const FUTEX: Scenario = Scenario {
    name: "futex",
    lead: sleep::lead,
    follow: sleep::follow,
};

const fn round_trip<T: Item, S: Style>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: round_trip::lead::<T, S>,
        follow: round_trip::follow::<T, S>,
    }
}

const fn one_way<T: Item, S: Style>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: one_way::lead::<T, S>,
        follow: one_way::follow::<T, S>,
    }
}

/// A message of 8 bytes there and back, asked for again and again.
pub const ROUND_TRIP_POLLING: Scenario = round_trip::<u64, Polling>("round-trip-8-polling");
/// A message of 8 bytes there and back, sleeping.
pub const ROUND_TRIP_PARKING: Scenario = round_trip::<u64, Parking>("round-trip-8-parking");
/// A message of 8 bytes there and back.
pub const ROUND_TRIP_8: Scenario = round_trip::<u64, Spinning>("round-trip-8");
/// A message of 64 bytes there and back.
pub const ROUND_TRIP_64: Scenario = round_trip::<[u64; 8], Spinning>("round-trip-64");
/// A message of 256 bytes there and back.
pub const ROUND_TRIP_256: Scenario = round_trip::<[u64; 32], Spinning>("round-trip-256");
/// A message of 4096 bytes there and back.
pub const ROUND_TRIP_4096: Scenario = round_trip::<[u64; 512], Spinning>("round-trip-4096");

/// Messages of 8 bytes.
pub const ONE_WAY_8: Scenario = one_way::<u64, Spinning>("one-way-8");
/// Messages of 64 bytes.
pub const ONE_WAY_64: Scenario = one_way::<[u64; 8], Spinning>("one-way-64");
/// Messages of one aligned line.
pub const ONE_WAY_LINE: Scenario = one_way::<Line, Spinning>("one-way-line");
/// Messages of 256 bytes.
pub const ONE_WAY_256: Scenario = one_way::<[u64; 32], Spinning>("one-way-256");
/// Messages of 4096 bytes.
pub const ONE_WAY_4096: Scenario = one_way::<[u64; 512], Spinning>("one-way-4096");
/// Messages of 8 bytes, asked for again and again.
pub const ONE_WAY_8_POLLING: Scenario = one_way::<u64, Polling>("one-way-8-polling");
/// Messages of 64 bytes, asked for again and again.
pub const ONE_WAY_64_POLLING: Scenario = one_way::<[u64; 8], Polling>("one-way-64-polling");
/// Messages of one aligned line, asked for again and again.
pub const ONE_WAY_LINE_POLLING: Scenario = one_way::<Line, Polling>("one-way-line-polling");

/// Messages of 8 bytes, 64 at once.
pub const BATCHES: Scenario = Scenario {
    name: "batches",
    lead: batch::lead,
    follow: batch::follow,
};

/// All of channels of items. A benchmark of others, as in [`sync`](crate::sync::scenarios) and
/// [`bytes`](crate::bytes::scenarios), adds its own.
pub const ALL: &[Scenario] = &[
    ONE_LINE,
    TWO_LINES,
    FUTEX,
    ROUND_TRIP_POLLING,
    ROUND_TRIP_PARKING,
    ROUND_TRIP_8,
    ROUND_TRIP_64,
    ROUND_TRIP_256,
    ROUND_TRIP_4096,
    ONE_WAY_8,
    ONE_WAY_64,
    ONE_WAY_LINE,
    ONE_WAY_256,
    ONE_WAY_4096,
    ONE_WAY_8_POLLING,
    ONE_WAY_64_POLLING,
    ONE_WAY_LINE_POLLING,
    BATCHES,
];
