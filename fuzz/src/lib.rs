//! Fuzz targets over the core of ringway, in one process: `cargo xtask fuzz`.
//!
//! An input is a script: which calls are made, and what a peer that lies writes into the segment
//! between them and, since the core tells of each load of a shared word (`--cfg ringway_watched`),
//! within them. Allowed is any answer. A panic, a byte touched outside of the segment, and a call
//! that asks or looks too often are failures. Where nobody lies, as in `model`, what arrives is
//! compared with what was sent.

pub mod bytes;
pub mod frames;
pub mod items;
pub mod model;
pub mod objects;
pub mod pipe;
mod region;
mod script;
pub mod segment;
mod sides;
mod stage;
