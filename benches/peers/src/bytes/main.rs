//! Ringway beside other rings of records of any length, in one run: between processes those that
//! can, the others between threads.
//!
//! How samples are compared: [`ringway_benches::compare`]. What each subject does:
//! [`ringway_benches::bytes`]. A ring to compare with is one file and one line in [`cases`].

mod bbqueue;
mod cases;
mod cloudtoid;
mod cueue;
mod ipc_ring;
mod nexus;

fn main() {
    ringway_benches::compare::report::main(
        "target/tmp",
        "bytes-peers",
        cases::SCENARIOS,
        cases::all,
    );
}
