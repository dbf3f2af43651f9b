//! How ringway's locks and signals stand against bare futexes, those of libc, and those between
//! threads: see [`ringway_benches::compare`] for how it is measured.

mod cases;

fn main() {
    ringway_benches::compare::report::main(env!("CARGO_TARGET_TMPDIR"), "locks", cases::all);
}
