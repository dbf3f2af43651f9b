//! Frames and streams of bytes between two processes, beside what the machine and the system give:
//! see [`ringway_benches::compare`] for how it is measured.

mod cases;

use ringway_benches::bytes::scenarios;

fn main() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    ringway_benches::compare::report::main(folder, "bytes", scenarios::ALL, cases::all);
}
