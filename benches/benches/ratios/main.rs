//! How ringway stands against the machine's limits and the fastest rings between threads.
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

mod arguments;
mod cases;
mod claim;
mod figures;
mod machine;
mod peers;
mod placement;
mod rounds;
mod spread;
mod table;
mod tsv;

use arguments::Arguments;
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
