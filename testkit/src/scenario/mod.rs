//! What locks and signals are used for, written once, and driven by threads, by processes, and by
//! processes of which some are killed.

mod hall;

pub use hall::Hall;
