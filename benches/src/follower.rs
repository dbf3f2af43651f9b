//! The follower as a process of its own: this executable, started again with arguments.

use crate::cores::{Cores, Pinned};
use crate::scenarios::{self, Scenario};
use crate::stage::Stage;
use crate::turns::Turns;
use rustix::process::{Signal, set_parent_process_death_signal};
use std::env;
use std::process::{Child, Command};

/// The first argument of a follower.
const FOLLOW: &str = "--follow";

/// Plays the follower's part if this process was started for it, and says whether it was.
///
/// Every benchmark calls it first of all, with the scenarios that are not in [`scenarios::ALL`].
#[must_use = "a follower has nothing else to do"]
pub fn is_one(more: &[Scenario]) -> bool {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [follow, name, count, core, path] = &arguments[..] else {
        return false;
    };
    if follow != FOLLOW {
        return false;
    }
    // Best effort: a lead that is killed takes its follower along.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let mut all = scenarios::ALL.iter().chain(more);
    let scenario = all.find(|scenario| scenario.name == name);
    let scenario = scenario.expect("the lead runs the same executable");
    let turns = Turns::new(count.parse().expect("a count"));
    let stage = Stage::open(path).expect("the lead keeps its stage");
    let _pinned = Pinned::to(core.parse().expect("the number of a core"));
    (scenario.follow)(&stage, turns);
    stage.part();
    true
}

/// Starts a follower.
pub(crate) fn spawn(scenario: &Scenario, stage: &Stage, turns: Turns, cores: Cores) -> Child {
    let executable = env::current_exe().expect("a process can find its executable");
    Command::new(executable)
        .args([FOLLOW, scenario.name])
        .args([turns.count().to_string(), cores.follower.to_string()])
        .arg(stage.path())
        .spawn()
        .expect("what could be started once can be started again")
}
