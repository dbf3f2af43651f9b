//! How ringway stands against the machine's limits and the fastest rings between threads: see
//! [`ringway_benches::compare`] for how it is measured.

mod arguments;
mod cases;
mod figures;
mod peers;

use arguments::Arguments;
use ringway_benches::compare::{claim, machine, rounds, tsv};
use ringway_benches::cores::Cores;
use ringway_benches::follower;

fn main() {
    if follower::is_one() {
        return;
    }
    let arguments = Arguments::parse();
    let Some(cores) = Cores::two() else {
        return println!("ratios: skipped, it takes two cores");
    };
    let cases = cases::all(&arguments.filter);
    if cases.is_empty() {
        return;
    }
    println!("\n{}", machine::describe(cores));
    let results = rounds::measure(&cases, arguments.repeats, cores);
    figures::print(&results);
    claim::print(&results);
    println!("\nLoad at the end: {}.", machine::load());
    let written = tsv::write(&results, &arguments.tsv);
    match written {
        Ok(()) => println!("Every sample: {}", arguments.tsv.display()),
        Err(error) => eprintln!("{}: {error}", arguments.tsv.display()),
    }
}
