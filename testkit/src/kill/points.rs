//! After which instructions of a call its process is killed.

use super::ledger::Finding;
use crate::name::bytes_behind;
use crate::step::Stepped;
use std::fmt;
use std::fs::File;
use std::num::NonZero;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// After which instructions a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Points {
    /// After every single one, from none to all of the call; of a call that has many, at
    /// every change.
    EveryInstruction,
    /// Before and after every one that changes something outside the process.
    ///
    /// Others see of a process the bytes that it shares with them and what it asked the system to
    /// do. Killed after an instruction that changed no such byte and was no system call, it leaves
    /// exactly what it would have left one instruction earlier. So these kills are all there are
    /// as far as anybody can tell. One pass over the whole call, instruction by instruction, finds
    /// them.
    EveryChange,
}

/// What was tried of a case.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    /// Where processes were killed.
    pub points: Points,
    /// Instructions of the call.
    pub instructions: u64,
    /// System calls among them.
    pub calls: u64,
    /// Processes killed.
    pub kills: u64,
    /// How long it took.
    pub took: Duration,
}

/// What was found, and where.
#[derive(Clone, Debug)]
pub struct Found {
    /// What is wrong.
    pub finding: Finding,
    /// After how many instructions the process was killed.
    pub after: Place,
    /// What was tried before.
    pub tally: Tally,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "killed after {}: {}", self.after, self.finding)
    }
}

/// A place in a call: so many system calls, and then so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// System calls that are skipped over.
    pub calls: u64,
    /// How far from there.
    pub until: Until,
}

/// How far a victim is led, instruction by instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// So many instructions.
    Steps(u64),
    /// Until the shared bytes have changed so many times. A call does not take the very
    /// same number of instructions each time, and this finds the place all the same.
    Changes(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.calls > 0 {
            write!(f, "{} system calls and ", self.calls)?;
        }
        match self.until {
            Until::Steps(steps) => write!(f, "{steps} instructions"),
            Until::Changes(changes) => write!(f, "{changes} changes"),
        }
    }
}

/// Instructions of a call up to which each is tried, unless `RINGWAY_KILL_EVERY` says how many: so
/// many kills take about as many steps as half of their square.
const MANY: u64 = 400;
const EVERY: &str = "RINGWAY_KILL_EVERY";

fn many() -> u64 {
    let said = std::env::var(EVERY).ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(MANY)
}

/// How many of the places of a call are tried at most, spread over all of them, for a run that has to
/// be short. Unset, all are.
const MOST: &str = "RINGWAY_KILL_MOST";

/// The distance between two places that are tried, of so many.
fn stride(places: u64) -> usize {
    let Ok(said) = std::env::var(MOST) else {
        return 1;
    };
    let most: NonZero<u64> = said
        .parse()
        .unwrap_or_else(|_| panic!("{MOST} is {said:?}, and not a number from 1 on"));
    usize::try_from(places.div_ceil(most.get()).max(1)).unwrap_or(usize::MAX)
}

/// Whether the environment says how many instructions are tried each.
pub(super) fn is_every_wanted() -> bool {
    std::env::var_os(EVERY).is_some()
}

/// Instructions after which a call is taken for one that never ends.
const ENDLESS: u64 = 1_000_000;

/// Leads a victim from the beginning of its call to where it is killed; it is told which file the
/// segment that the victim shares with others is known by.
pub type Lead<'a> = dyn FnMut(&mut Stepped<'_>, &Path) + 'a;

/// A call in its circumstances, in scenes that can be played again and again.
pub trait Trial {
    /// Plays a scene: prepares it, has a victim [led](Lead) into the call and killed there, and has
    /// the survivors look. Says whether the call had ended.
    ///
    /// # Errors
    ///
    /// What is wrong afterwards.
    fn play(&mut self, take: Take, lead: &mut Lead<'_>) -> Result<bool, Finding>;
}

/// Which scene of a trial is played.
#[derive(Clone, Copy, Debug)]
pub struct Take {
    /// Its number; the first is 1.
    pub number: u64,
    /// Where the victim is killed; `None` in the first, which goes through the whole call.
    pub after: Option<Place>,
}

/// Kills a process at every one of `points` in the call of `trial`, each in a scene of its own.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn kill_at(trial: &mut dyn Trial, points: Points) -> Result<Tally, Box<Found>> {
    let mut tries = Tries {
        trial,
        tally: Tally {
            points,
            instructions: 0,
            calls: 0,
            kills: 0,
            took: Duration::ZERO,
        },
    };
    let start = Instant::now();
    tries.run()?;
    tries.tally.took = start.elapsed();
    Ok(tries.tally)
}

struct Tries<'a> {
    trial: &'a mut dyn Trial,
    tally: Tally,
}

impl Tries<'_> {
    fn run(&mut self) -> Result<(), Box<Found>> {
        let mut walk = Walk::default();
        let take = Take {
            number: 1,
            after: None,
        };
        let whole = self.trial.play(take, &mut |victim, file| {
            walk = Walk::through(victim, file);
        });
        let end = Place {
            calls: 0,
            until: Until::Steps(walk.instructions),
        };
        self.tally.kills = 1;
        self.tally.instructions = walk.instructions;
        self.tally.calls = walk.calls;
        whole.map_err(|finding| self.found(finding, end))?;
        if walk.instructions > many() {
            self.tally.points = Points::EveryChange;
        }
        match self.tally.points {
            Points::EveryInstruction => self.at_every_instruction(),
            Points::EveryChange => {
                let stride = stride(walk.places.len() as u64);
                for place in walk.places.into_iter().step_by(stride) {
                    self.try_at(place)?;
                }
                Ok(())
            }
        }
    }

    fn at_every_instruction(&mut self) -> Result<(), Box<Found>> {
        for steps in (0..).step_by(stride(self.tally.instructions)) {
            let until = Until::Steps(steps);
            let has_ended = self.try_at(Place { calls: 0, until })?;
            if has_ended {
                break;
            }
        }
        Ok(())
    }

    fn try_at(&mut self, place: Place) -> Result<bool, Box<Found>> {
        self.tally.kills += 1;
        let take = Take {
            number: self.tally.kills,
            after: Some(place),
        };
        self.trial
            .play(take, &mut |victim, file| lead_to(victim, file, place))
            .map_err(|finding| self.found(finding, place))
    }

    fn found(&self, finding: Finding, after: Place) -> Box<Found> {
        let tally = self.tally;
        Box::new(Found {
            finding,
            after,
            tally,
        })
    }
}

/// Before the first instruction.
pub(super) const START: Place = Place {
    calls: 0,
    until: Until::Steps(0),
};

fn lead_to(victim: &mut Stepped<'_>, file: &Path, place: Place) {
    for _ in 0..place.calls {
        if victim.is_over() {
            return;
        }
        victim.skip_to_call();
    }
    match place.until {
        Until::Steps(steps) => {
            for _ in 0..steps {
                if victim.is_over() {
                    return;
                }
                victim.step();
            }
        }
        Until::Changes(changes) => {
            let mut shared = Shared::open(file);
            for _ in 0..changes {
                while !victim.is_over() && !shared.has_changed() {
                    victim.step();
                }
            }
        }
    }
}

/// The shared bytes, as everybody sees them.
struct Shared<'a> {
    path: &'a Path,
    /// `None` before there are any. What a name stands for changes in system calls only.
    file: Option<File>,
    seen: Vec<u8>,
    now: Vec<u8>,
}

impl<'a> Shared<'a> {
    fn open(path: &'a Path) -> Self {
        let mut shared = Shared {
            path,
            file: None,
            seen: Vec::new(),
            now: Vec::new(),
        };
        shared.open_again();
        shared
    }

    /// To be called after a system call: whatever has changed by then has been seen.
    fn open_again(&mut self) {
        self.file = bytes_behind(self.path);
        self.now.clear();
        if let Some(file) = &self.file {
            let len = file.metadata().map_or(0, |about| about.len());
            self.now.resize(len as usize, 0);
        }
        self.seen.clone_from(&self.now);
        self.has_changed();
    }

    /// Whether they are others than when this was last asked.
    fn has_changed(&mut self) -> bool {
        if let Some(file) = &self.file {
            // A file that has become shorter shows in the system call that cut it.
            let _ = file.read_exact_at(&mut self.now, 0);
        }
        let has_changed = self.now != self.seen;
        if has_changed {
            self.seen.clone_from(&self.now);
        }
        has_changed
    }
}

/// What one pass over a call found.
#[derive(Default)]
struct Walk {
    instructions: u64,
    calls: u64,
    places: Vec<Place>,
}

impl Walk {
    fn through(victim: &mut Stepped<'_>, file: &Path) -> Self {
        let mut walk = Walk::default();
        // Since the last system call.
        let (mut steps, mut changes) = (0, 0);
        let mut shared = Shared::open(file);
        walk.places.push(START);
        while !victim.is_over() && walk.instructions < ENDLESS {
            let is_call = victim.is_at_call();
            victim.step();
            walk.instructions += 1;
            if is_call || shared.has_changed() {
                walk.add(Until::Steps(steps));
                changes += 1;
                steps += 1;
                if is_call {
                    walk.calls += 1;
                    (steps, changes) = (0, 0);
                    shared.open_again();
                }
                walk.add(Until::Changes(changes));
            } else {
                steps += 1;
            }
        }
        walk.add(Until::Steps(steps));
        walk
    }

    fn add(&mut self, until: Until) {
        let calls = self.calls;
        self.places.push(Place { calls, until });
    }
}
