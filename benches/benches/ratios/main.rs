//! How ringway stands against the machine's limits and the fastest rings between threads: see
//! [`ringway_benches::compare`] for how it is measured.

mod cases;
mod peers;

fn main() {
    ringway_benches::compare::report::main(env!("CARGO_TARGET_TMPDIR"), "ratios", &[], cases::all);
}
