//! What the models in `tests/` are made of: one file there for each protocol of the core.
//!
//! ```text
//!   tests/*.rs      one protocol each: goal, method, allowed outcomes
//!      │
//!   channel         two ends over a ring, their gates and their entries
//!   many, ranges    rings with many ends, and their ends
//!   frames          a ring of records, and its two ends
//!   ring            cells with stamps and checked items
//!   parking         sleeping in wait slots, on bells
//!   kernel          what an operating system does: sleeping, waking, telling who lives
//!   exec            loom's threads and cells, or plain ones: the only switch
//! ```
//!
//! With `--cfg ringway_loom` a model runs in every schedule that loom can tell apart, up to
//! `LOOM_MAX_PREEMPTIONS` interruptions of a running thread. Without, the same model runs some
//! hundred times on plain threads. `docs/memory-model.md` says which model defends which ordering.
#![deny(unsafe_code)]

pub mod channel;
mod dying;
pub mod exec;
pub mod frames;
pub mod kernel;
pub mod many;
pub mod parking;
pub mod ranges;
pub mod ring;
pub mod seat;
