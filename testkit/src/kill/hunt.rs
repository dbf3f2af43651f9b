//! The processes in which scenes are played: each forks and traces, and stays on one processor.

use super::case::{Case, Company};
use super::points::{Points, Trial, is_every_wanted, kill_at};
use super::trial::ChannelTrial;
use super::{Subject, stream, sync};
use crate::step::stay_on_one_processor;
use crate::{Actor, arg, report};

/// What a test starts: all cases of a subject, in several processes.
#[derive(Clone, Copy, Debug)]
pub struct Hunt {
    /// Which subject, by its [`Subject::name`], `pipe`, or one of [`sync::SUBJECTS`].
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

/// A case, and what it takes to try it.
pub(super) struct Told {
    /// What it is called.
    pub name: String,
    /// Whether each scene of it takes a while, so that processes are killed at every change, unless
    /// `RINGWAY_KILL_EVERY` is set.
    pub is_slow: bool,
    /// Made when its turn comes.
    pub trial: Box<dyn FnOnce() -> Box<dyn Trial>>,
}

/// The part of a process in a [`Hunt`].
pub fn play_hunt() {
    let subject = arg::<String>(0);
    let cases = match sync::cases(&subject) {
        Some(cases) => cases,
        None if subject == stream::NAME => stream::cases(arg(1)),
        None => for_subject!(subject, channel_cases),
    };
    play_cases(cases);
}

fn channel_cases<S: Subject + 'static>() -> Vec<Told> {
    let long: bool = arg(1);
    let cases = Case::all::<S>();
    let cases = cases.into_iter().filter(|case| case.call.is_long() == long);
    cases
        .map(|case| -> Told {
            let trial = move || Box::new(ChannelTrial::<S>::new(case)) as Box<dyn Trial>;
            Told {
                name: case.to_string(),
                is_slow: S::IS_SLOW && case.company != Company::Other,
                trial: Box::new(trial),
            }
        })
        .collect()
}

fn play_cases(cases: Vec<Told>) {
    let every: bool = arg(2);
    let (lane, lanes): (usize, usize) = (arg(3), arg(4));
    let points = if every {
        Points::EveryInstruction
    } else {
        Points::EveryChange
    };
    stay_on_one_processor(lane);
    // Some cases only, to look at them closely.
    let wanted = std::env::var("RINGWAY_KILL_CASE").unwrap_or_default();
    let cases = cases.into_iter().filter(|case| case.name.contains(&wanted));
    for told in cases.skip(lane).step_by(lanes) {
        let case = told.name;
        let points = if told.is_slow && !is_every_wanted() {
            Points::EveryChange
        } else {
            points
        };
        match kill_at(&mut *(told.trial)(), points) {
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
