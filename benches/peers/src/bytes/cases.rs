//! What is compared with what, and what is demanded.

use crate::bbqueue::Bbqueue;
use crate::cloudtoid::Cloudtoid;
use crate::cueue::Cueue;
use crate::ipc_ring::IpcRing;
use crate::nexus;
use ringway_benches::bytes::scenarios::flow;
use ringway_benches::bytes::threads::{self, Ring, Ringbuf, Rtrb};
use ringway_benches::compare::case::{Case, Sides, Subject, Unit};
use ringway_benches::run::Across::Processes;
use ringway_benches::scenarios::Scenario;
use ringway_benches::turns::Turns;

const FRAMES_64_CLOUDTOID: Scenario = flow::<Cloudtoid, 64>("frames-64-cloudtoid");
const FRAMES_64_IPC_RING: Scenario = flow::<IpcRing, 64>("frames-64-ipc-ring");
const FRAMES_1K_CLOUDTOID: Scenario = flow::<Cloudtoid, 1024>("frames-1k-cloudtoid");
const FRAMES_1K_IPC_RING: Scenario = flow::<IpcRing, 1024>("frames-1k-ipc-ring");

/// What a follower may be started for.
pub(crate) const SCENARIOS: &[Scenario] = &[
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
            [FRAMES_64_CLOUDTOID, FRAMES_64_IPC_RING],
        ),
        frames::<1024>(
            "frames of 1 KiB",
            100_000,
            [FRAMES_1K_CLOUDTOID, FRAMES_1K_IPC_RING],
        ),
    ]
}

fn frames<const LEN: usize>(name: &str, turns: u64, [cloudtoid, ipc_ring]: [Scenario; 2]) -> Case {
    Case {
        name: name.to_owned(),
        unit: Unit::MillionsPerSecond,
        turns: Turns::new(turns),
        sides: Sides::Spinning,
        subjects: vec![
            threads::<Rtrb, LEN>("rtrb, threads"),
            threads::<Ringbuf, LEN>("ringbuf, threads"),
            threads::<nexus::Spsc, LEN>("nexus-logbuf, threads"),
            threads::<nexus::Mpsc, LEN>("nexus-logbuf mpsc, threads"),
            threads::<Bbqueue, LEN>("bbqueue, threads"),
            threads::<Cueue, LEN>("cueue, threads"),
            Subject::of("cloudtoid", cloudtoid, Processes),
            Subject::of("ipc_ring", ipc_ring, Processes).with_one_of(SLOW),
        ],
        claims: Vec::new(),
    }
}

/// One with a system call for each message.
const SLOW: u32 = 8;

fn threads<R: Ring + 'static, const LEN: usize>(name: &'static str) -> Subject {
    Subject::new(name, threads::flow::<R, LEN>)
}
