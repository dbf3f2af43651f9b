//! The protocols of [ringway](https://docs.rs/ringway) over raw memory, without an operating
//! system: no `std`, no `alloc`.
//!
//! ```text
//!   process A                     one segment                      process B
//!  ┌──────────┐   ┌────────┬──────────────┬─────────┬──────────┐   ┌──────────┐
//!  │  Sender  │──▶│ header │ participants │ control │   ring   │◀──│ Receiver │
//!  └──────────┘   └────────┴──────────────┴─────────┴──────────┘   └──────────┘
//!       │           magic,     who is        head,     stamps          │
//!    Platform       type,      attached      cursor,   beside       Platform
//!  (wait, liveness) geometry                 gates     the items  (wait, liveness)
//! ```
//!
//! Imports go one way: [`region`] → [`layout`] → [`ring`], [`wait`], [`sync`] → [`channel`],
//! [`pipe`], [`handle`] → [`attach`]. The folders `ring`, `wait` and `sync` never see a pointer: a ring end hands out *positions*, and
//! [`slots`] turns those into places. So the same code runs over mapped bytes and under loom.
//!
//! # Words used here
//!
//! | word | meaning |
//! |---|---|
//! | *segment* | the bytes that the processes share |
//! | *position* | number of a message, counting for ever; shared memory keeps its low 32 bits |
//! | *cell* | a stamp and the items behind it; *lanes* is how many items it holds |
//! | *stamp* | the word that says up to which position its cell is published |
//! | *head* | the position read next; *tail*: the position written next |
//! | *cursor* | the head as the consumer knows it; the word *head* follows it lazily |
//! | *gate* | where one side sleeps until the other has done something |
//! | *participant* | an entry in the table of who is attached |
#![no_std]
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(ringway_loom, ringway_watched))]
extern crate std;

#[cfg(not(ringway_loom))]
pub mod attach;
pub mod channel;
#[cfg(not(ringway_loom))]
pub mod error;
#[cfg(not(ringway_loom))]
pub mod handle;
#[cfg(not(ringway_loom))]
pub mod inspect;
pub mod layout;
pub mod liveness;
#[cfg(not(ringway_loom))]
pub mod local;
#[cfg(not(ringway_loom))]
pub mod pipe;
pub mod plain;
pub mod platform;
pub mod primitive;
pub mod region;
pub mod ring;
pub mod scratch;
#[cfg(not(ringway_loom))]
pub mod slots;
pub mod sync;
pub mod wait;
