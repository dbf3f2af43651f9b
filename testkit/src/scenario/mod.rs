//! What locks and signals are used for, written once, and driven by threads, by processes, and by
//! processes of which some are killed.

mod room;

pub use room::Room;
