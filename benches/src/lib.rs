//! What the benchmarks share: two sides on two cores, and the loops that each of them runs.
//!
//! A *scenario* is a lead and a follower that exchange something. The lead holds the clock. The
//! follower is a thread, or a process: the benchmark's own executable, started again.
//!
//! ```text
//!      lead                    stage                     follower
//!   ┌─────────┐      ┌────────────────────────┐      ┌──────────────┐
//!   │  clock  │◀────▶│ words that both can see│◀────▶│ thread, or   │
//!   │         │      └────────────────────────┘      │ process      │
//!   │         │◀──────────── channels ──────────────▶│              │
//!   └─────────┘                                      └──────────────┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`scenarios`] | what is measured, by name |
//! | [`round_trip`], [`one_way`], [`batch`], [`bounce`], [`sleep`] | the loops of one scenario each |
//! | [`ends`], [`ringway_ends`] | what the loops need of a channel, and ringway's ways to give it |
//! | [`run`], [`follower`] | starting both sides |
//! | [`pairs`] | a scenario as a benchmark of criterion |
//! | [`stage`], [`cores`], [`turns`], [`item`] | shared words, pinning, counts, messages |
//! | [`preemption`] | whether a sample was disturbed |
//! | [`bytes`] | messages of any length and streams, instead of items |
//! | [`sync`] | locks and signals instead of channels |
//! | [`compare`] | subjects measured in turns, and the ratios between them |
#![deny(unsafe_code)]

pub mod batch;
pub mod bounce;
pub mod bytes;
pub mod compare;
pub mod cores;
pub mod ends;
pub mod follower;
pub mod item;
pub mod one_way;
pub mod pairs;
pub mod preemption;
pub mod ringway_ends;
pub mod round_trip;
pub mod run;
pub mod scenarios;
pub mod settings;
pub mod sleep;
pub mod stage;
pub mod sync;
pub mod turns;
