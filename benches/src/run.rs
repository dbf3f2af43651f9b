//! One sample: both sides started, pinned and waited for.

use crate::cores::{Cores, Pinned};
use crate::follower;
use crate::scenarios::Scenario;
use crate::stage::Stage;
use crate::turns::Turns;
use std::thread;
use std::time::Duration;

/// Where the follower runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Across {
    /// In a thread of this process.
    Threads,
    /// In a process of its own.
    Processes,
}

/// What a sample gave.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// How long the timed turns took.
    pub elapsed: Duration,
    /// How often a side lost its core meanwhile.
    pub preemptions: u32,
}

/// Takes one sample of `scenario`.
///
/// # Panics
///
/// If the follower fails.
#[must_use]
pub fn sample(scenario: &Scenario, across: Across, turns: Turns, cores: Cores) -> Taken {
    if across == Across::Threads {
        let lead = |stage: &Stage| (scenario.lead)(stage, turns);
        return between_threads(cores, lead, |stage| (scenario.follow)(stage, turns));
    }
    let stage = stage();
    let mut child = follower::spawn(scenario, &stage, turns, cores);
    let elapsed = {
        let _pinned = Pinned::to(cores.lead);
        let elapsed = (scenario.lead)(&stage, turns);
        stage.part();
        elapsed
    };
    let status = child.wait().expect("a child can be waited for once");
    assert!(status.success(), "{}: follower: {status}", scenario.name);
    let preemptions = stage.preemptions();
    Taken {
        elapsed,
        preemptions,
    }
}

/// Takes one sample of any two parts, in threads.
pub fn between_threads(
    cores: Cores,
    lead: impl FnOnce(&Stage) -> Duration,
    follow: impl FnOnce(&Stage) + Send,
) -> Taken {
    let stage = &stage();
    let elapsed = thread::scope(|scope| {
        scope.spawn(move || {
            let _pinned = Pinned::to(cores.follower);
            follow(stage);
            stage.part();
        });
        let _pinned = Pinned::to(cores.lead);
        let elapsed = lead(stage);
        stage.part();
        elapsed
    });
    let preemptions = stage.preemptions();
    Taken {
        elapsed,
        preemptions,
    }
}

fn stage() -> Stage {
    Stage::new().expect("a page of memory")
}
