//! What is compared with what, and what is demanded.

use crate::bbqueue::Bbqueue;
use crate::cloudtoid::Cloudtoid;
use crate::cueue::Cueue;
use crate::ipc_ring::IpcRing;
use crate::nexus;
use ringway_benches::bytes::scenarios::{self, flow};
use ringway_benches::bytes::threads::{self, Ring, Ringbuf, Rtrb};
use ringway_benches::compare::case::{Case, Sides, Subject, Unit};
use ringway_benches::compare::claim::{Claim, Target};
use ringway_benches::run::Across::{Processes, Threads};
use ringway_benches::scenarios::Scenario;
use ringway_benches::turns::Turns;

const FRAMES_64_CLOUDTOID: Scenario = flow::<Cloudtoid, 64>("frames-64-cloudtoid");
const FRAMES_64_IPC_RING: Scenario = flow::<IpcRing, 64>("frames-64-ipc-ring");
const FRAMES_1K_CLOUDTOID: Scenario = flow::<Cloudtoid, 1024>("frames-1k-cloudtoid");
const FRAMES_1K_IPC_RING: Scenario = flow::<IpcRing, 1024>("frames-1k-ipc-ring");

/// What a follower may be started for.
pub(crate) const SCENARIOS: &[Scenario] = &[
    scenarios::FRAMES_64,
    scenarios::FRAMES_64_MPSC,
    scenarios::FRAMES_1K,
    scenarios::FRAMES_1K_MPSC,
    FRAMES_64_CLOUDTOID,
    FRAMES_64_IPC_RING,
    FRAMES_1K_CLOUDTOID,
    FRAMES_1K_IPC_RING,
];

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    vec![
        frames::<64>(
            "frames of 64 B",
            400_000,
            [scenarios::FRAMES_64, scenarios::FRAMES_64_MPSC],
            [FRAMES_64_CLOUDTOID, FRAMES_64_IPC_RING],
        ),
        frames::<1024>(
            "frames of 1 KiB",
            100_000,
            [scenarios::FRAMES_1K, scenarios::FRAMES_1K_MPSC],
            [FRAMES_1K_CLOUDTOID, FRAMES_1K_IPC_RING],
        ),
    ]
}

fn frames<const LEN: usize>(
    name: &str,
    turns: u64,
    [spsc, mpsc]: [Scenario; 2],
    [cloudtoid, ipc_ring]: [Scenario; 2],
) -> Case {
    let of = |ringway: &'static str, others: &[&'static str], target| {
        let each = others
            .iter()
            .map(|&other| Claim::new(ringway, &[other], target));
        each.collect::<Vec<_>>()
    };
    let claims = [
        of("ringway", &PROCESSES, Target::AtLeast(1.0)),
        of("ringway", &THREADS, Target::AtLeast(1.0)),
        of("ringway, threads", &THREADS, Target::AtLeast(1.0)),
        of("ringway mpsc", &PROCESSES, Target::AtLeast(1.0)),
        of("ringway mpsc, threads", &MPSC, Target::AtLeast(1.0)),
        of("ringway", &BY_HAND, Target::None),
        of("ringway, threads", &BY_HAND, Target::None),
    ];
    Case {
        name: name.to_owned(),
        unit: Unit::MillionsPerSecond,
        turns: Turns::new(turns),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::of("ringway", spsc, Processes),
            Subject::of("ringway, threads", spsc, Threads),
            Subject::of("ringway mpsc", mpsc, Processes),
            Subject::of("ringway mpsc, threads", mpsc, Threads),
            threads::<Rtrb, LEN>("rtrb by hand, threads"),
            threads::<Ringbuf, LEN>("ringbuf by hand, threads"),
            threads::<nexus::Spsc, LEN>("nexus-logbuf, threads"),
            threads::<nexus::Mpsc, LEN>("nexus-logbuf mpsc, threads"),
            threads::<Bbqueue, LEN>("bbqueue, threads"),
            threads::<Cueue, LEN>("cueue by hand, threads"),
            Subject::of("cloudtoid", cloudtoid, Processes),
            Subject::of("ipc_ring", ipc_ring, Processes).with_one_of(SLOW),
        ],
        claims: claims.concat(),
    }
}

/// Rings of records between processes.
const PROCESSES: [&str; 2] = ["cloudtoid", "ipc_ring"];

/// Rings of records between threads.
const THREADS: [&str; 3] = [
    "nexus-logbuf, threads",
    "nexus-logbuf mpsc, threads",
    "bbqueue, threads",
];

/// Those of them for many senders.
const MPSC: [&str; 1] = ["nexus-logbuf mpsc, threads"];

/// Rings of bytes between threads, to which a user would have to add the lengths.
const BY_HAND: [&str; 3] = [
    "rtrb by hand, threads",
    "ringbuf by hand, threads",
    "cueue by hand, threads",
];

/// One with a system call for each message.
const SLOW: u32 = 8;

fn threads<R: Ring + 'static, const LEN: usize>(name: &'static str) -> Subject {
    Subject::new(name, threads::flow::<R, LEN>)
}
