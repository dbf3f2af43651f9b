//! The processes in which scenes are played: each forks and traces, and stays on one processor.

use super::Subject;
use super::case::Case;
use super::points::{Points, kill_at};
use crate::step::stay_on_one_processor;
use crate::{Actor, arg, report};

/// What a test starts: all cases of a subject, in several processes.
#[derive(Clone, Copy, Debug)]
pub struct Hunt {
    /// Which subject, by its [`Subject::NAME`].
    pub subject: &'static str,
    /// Whether calls that open and close segments are meant, or all others.
    pub long: bool,
    /// Where processes are killed.
    pub points: Points,
}

/// What came of a [`Hunt`], a line for each case.
#[derive(Clone, Debug, Default)]
pub struct Bag {
    /// Cases in which all is sound.
    pub sound: Vec<String>,
    /// Cases in which something was found.
    pub found: Vec<String>,
}

impl Hunt {
    /// Plays all cases with processes of `role`, which calls [`play_hunt`], and prints what comes
    /// of each.
    ///
    /// # Panics
    ///
    /// A process of the role fails.
    #[must_use]
    pub fn run(&self, role: &str) -> Bag {
        let lanes = std::thread::available_parallelism().map_or(1, usize::from);
        let long = self.long.to_string();
        let every = (self.points == Points::EveryInstruction).to_string();
        let mut actors: Vec<Actor> = (0..lanes)
            .map(|lane| {
                let (lane, lanes) = (lane.to_string(), lanes.to_string());
                Actor::start(role, &[self.subject, &long, &every, &lane, &lanes])
            })
            .collect();
        let mut bag = Bag::default();
        for actor in &mut actors {
            loop {
                let line = actor.next_line().expect("a role says when it has done");
                let Some((kind, told)) = line.split_once(' ') else {
                    break;
                };
                println!("{}: {told}", self.subject);
                let cases = if kind == "found" {
                    &mut bag.found
                } else {
                    &mut bag.sound
                };
                cases.push(told.to_owned());
            }
        }
        actors.into_iter().for_each(Actor::finish);
        bag
    }
}

/// The part of a process in a [`Hunt`].
pub fn play_hunt() {
    for_subject!(arg::<String>(0), play_cases);
}

fn play_cases<S: Subject>() {
    let (long, every): (bool, bool) = (arg(1), arg(2));
    let (lane, lanes): (usize, usize) = (arg(3), arg(4));
    let points = if every {
        Points::EveryInstruction
    } else {
        Points::EveryChange
    };
    stay_on_one_processor(lane);
    let cases = Case::all::<S>();
    // Some cases only, to look at them closely.
    let wanted = std::env::var("RINGWAY_KILL_CASE").unwrap_or_default();
    let cases = cases.iter().filter(|case| case.call.is_long() == long);
    let cases = cases.filter(|case| case.to_string().contains(&wanted));
    for case in cases.skip(lane).step_by(lanes) {
        match kill_at::<S>(*case, points) {
            Ok(tally) => report(format!(
                "sound {case}: {} instructions, {} system calls, {} kills ({}), {} ms",
                tally.instructions,
                tally.calls,
                tally.kills,
                match tally.points {
                    Points::EveryInstruction => "at each",
                    Points::EveryChange => "around each change",
                },
                tally.took.as_millis()
            )),
            Err(found) => report(format!(
                "found {case}: after {} sound kills, {found}",
                found.tally.kills - 1
            )),
        }
    }
    report("done");
}
