//! Subjects that do the same work, measured in turns and compared round by round.
//!
//! Virtual cores move, and every number between two cores moves with them by a factor of up to
//! six. So nothing here is compared but neighbours: in each round each subject is measured once,
//! briefly, and a ratio is that of two samples of one round taken in one placement. What is
//! printed are medians over the rounds.
//!
//! ```text
//!   round 1   │ bounce │ subject │ bounce │ subject │ bounce │ …   the bounce of a bare cache line
//!   round 2   │ bounce │ subject │ bounce │ subject │ bounce │ …   tells near from far, and a
//!   …                                                              sample without a move from one with
//! ```

pub mod arguments;
pub mod case;
pub mod claim;
pub mod figures;
pub mod machine;
pub mod placement;
pub mod report;
pub mod rounds;
pub mod spread;
pub mod table;
pub mod tsv;
