//! How ringway's locks and signals stand against bare futexes, those of libc, and those between
//! threads: see [`ringway_benches::compare`] for how it is measured.

mod cases;

use ringway_benches::compare::report;
use ringway_benches::sync::scenarios;

fn main() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    report::main(folder, "locks", scenarios::ALL, cases::all);
}
