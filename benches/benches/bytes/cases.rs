//! What is compared with what, and what is demanded.

use ringway_benches::bytes::threads::{self, Ringbuf, Rtrb};
use ringway_benches::bytes::{blocks, scenarios as two};
use ringway_benches::compare::case::{Case, Sides, Subject, Unit};
use ringway_benches::compare::claim::{Claim, Target};
use ringway_benches::run::Across::{Processes, Threads};
use ringway_benches::scenarios::{ROUND_TRIP_64, Scenario, TWO_LINES};
use ringway_benches::turns::Turns;

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    vec![
        stream::<4096>(
            "stream, writes of 4 KiB",
            32_768,
            [two::STREAM_4K, two::STREAM_4K_LONG, two::STREAM_4K_IN_PLACE],
            [
                two::STREAM_4K_SMALL,
                two::STREAM_4K_MIDDLE,
                two::STREAM_4K_LARGE,
                two::STREAM_4K_LARGE_BACK,
            ],
            [
                two::STREAM_4K_PIPE,
                two::STREAM_4K_PIPE_LARGE,
                two::STREAM_4K_PIPE_POLLED,
            ],
            [
                two::STREAM_4K_SOCKET,
                two::STREAM_4K_SOCKET_LARGE,
                two::STREAM_4K_SOCKET_POLLED,
            ],
        ),
        stream::<65536>(
            "stream, writes of 64 KiB",
            2_048,
            [
                two::STREAM_64K,
                two::STREAM_64K_LONG,
                two::STREAM_64K_IN_PLACE,
            ],
            [
                two::STREAM_64K_SMALL,
                two::STREAM_64K_MIDDLE,
                two::STREAM_64K_LARGE,
                two::STREAM_64K_LARGE_BACK,
            ],
            [
                two::STREAM_64K_PIPE,
                two::STREAM_64K_PIPE_LARGE,
                two::STREAM_64K_PIPE_POLLED,
            ],
            [
                two::STREAM_64K_SOCKET,
                two::STREAM_64K_SOCKET_LARGE,
                two::STREAM_64K_SOCKET_POLLED,
            ],
        ),
        frames::<64>(
            "frames of 64 B",
            400_000,
            [two::FRAMES_64, two::FRAMES_64_MPSC],
            [
                two::FRAMES_64_BLOCKS,
                two::FRAMES_64_QUEUE,
                two::FRAMES_64_QUEUE_POLLED,
            ],
        ),
        frames::<1024>(
            "frames of 1 KiB",
            100_000,
            [two::FRAMES_1K, two::FRAMES_1K_MPSC],
            [
                two::FRAMES_1K_BLOCKS,
                two::FRAMES_1K_QUEUE,
                two::FRAMES_1K_QUEUE_POLLED,
            ],
        ),
        untouched(),
        round_trip(),
    ]
}

/// System calls take so much longer than copies.
const SLOW: u32 = 8;

const MACHINE: [&str; 4] = [
    "memcpy, small ring",
    "memcpy, ring of 256 KiB",
    "memcpy, ring of 1 MiB",
    "memcpy, 1 MiB, written back",
];
const PIPES: [&str; 3] = ["pipe", "pipe of 1 MiB", "pipe of 1 MiB, polling"];
const SOCKETS: [&str; 3] = ["socket", "socket of 1 MiB", "socket of 1 MiB, polling"];

/// Scenarios of ringway, of the machine, and of pipes and sockets, in the order of their names.
fn stream<const LEN: usize>(
    name: &str,
    turns: u64,
    [ringway, long, in_place]: [Scenario; 3],
    machine: [Scenario; 4],
    pipes: [Scenario; 3],
    sockets: [Scenario; 3],
) -> Case {
    let mut subjects = vec![
        Subject::new("memcpy, one process", blocks::alone::<LEN>),
        Subject::of("ringway", ringway, Processes),
    ];
    let of = |(name, scenario)| Subject::of(name, scenario, Processes);
    subjects.extend(MACHINE.into_iter().zip(machine).map(of));
    subjects.push(Subject::of("ringway, 1 MiB", long, Processes));
    subjects.push(Subject::of("ringway, in place", in_place, Processes));
    let slow = |named| of(named).with_one_of(SLOW);
    subjects.extend(PIPES.into_iter().zip(pipes).map(slow));
    subjects.extend(SOCKETS.into_iter().zip(sockets).map(slow));

    let mut claims = vec![
        Claim::new("ringway", &PIPES, Target::AtLeast(3.0)),
        Claim::new("ringway", &SOCKETS, Target::AtLeast(3.0)),
        Claim::new("ringway", &MACHINE[..3], Target::AtLeast(0.8)),
        Claim::new("ringway", &MACHINE[3..], Target::None),
    ];
    let others = ["ringway, 1 MiB", "ringway, in place"];
    claims.extend(others.map(|ringway| Claim::new(ringway, &MACHINE[..3], Target::None)));
    Case {
        name: name.to_owned(),
        unit: Unit::GibibytesPerSecond(LEN),
        turns: Turns::new(turns),
        sides: Sides::Spinning,
        subjects,
        claims,
    }
}

/// The machine's and the system's ways, in this order: blocks, a queue, a queue that is polled.
fn frames<const LEN: usize>(
    name: &str,
    turns: u64,
    [spsc, mpsc]: [Scenario; 2],
    [blocks, queue, polled]: [Scenario; 3],
) -> Case {
    let peers = ["rtrb by hand, threads", "ringbuf by hand, threads"];
    let queues = ["POSIX queue", "POSIX queue, polling"];
    let claims = ["ringway", "ringway mpsc", "ringway, threads"].map(|ringway| {
        [
            Claim::new(ringway, &peers, Target::None),
            Claim::new(ringway, &queues, Target::AtLeast(10.0)),
            Claim::new(ringway, &["memcpy, a word each"], Target::None),
        ]
    });
    Case {
        name: name.to_owned(),
        unit: Unit::MillionsPerSecond,
        turns: Turns::new(turns),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::new("rtrb by hand, threads", threads::flow::<Rtrb, LEN>),
            Subject::of("ringway", spsc, Processes),
            Subject::of("memcpy, a word each", blocks, Processes),
            Subject::of("ringway, threads", spsc, Threads),
            Subject::of("ringway mpsc", mpsc, Processes),
            Subject::new("ringbuf by hand, threads", threads::flow::<Ringbuf, LEN>),
            Subject::of("POSIX queue", queue, Processes).with_one_of(SLOW),
            Subject::of("POSIX queue, polling", polled, Processes).with_one_of(SLOW),
        ],
        claims: claims.into_iter().flatten().collect(),
    }
}

fn untouched() -> Case {
    Case {
        name: "reserve, commit, nothing touched".to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(200_000),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::of("ringway, 64 B", two::UNTOUCHED_64, Processes),
            Subject::of("ringway, 64 KiB", two::UNTOUCHED_64K, Processes),
            Subject::of("ringway mpsc, 64 B", two::UNTOUCHED_64_MPSC, Processes),
            Subject::of("ringway mpsc, 64 KiB", two::UNTOUCHED_64K_MPSC, Processes),
        ],
        claims: vec![
            Claim::new("ringway, 64 KiB", &["ringway, 64 B"], Target::AtMost(1.2)),
            Claim::new(
                "ringway mpsc, 64 KiB",
                &["ringway mpsc, 64 B"],
                Target::AtMost(1.2),
            ),
        ],
    }
}

fn round_trip() -> Case {
    Case {
        name: "round trip of frames of 64 B".to_owned(),
        unit: Unit::Nanos,
        turns: Turns::new(10_000),
        sides: Sides::Spinning,
        subjects: vec![
            Subject::of("two bare lines", TWO_LINES, Processes),
            Subject::of("ringway", two::ECHO_64, Processes),
            Subject::of("ringway mpsc", two::ECHO_64_MPSC, Processes),
            Subject::of("ringway, items of 64 B", ROUND_TRIP_64, Processes),
            Subject::of("pipes, polling", two::ECHO_64_PIPE, Processes).with_one_of(2),
            Subject::of("sockets, polling", two::ECHO_64_SOCKET, Processes).with_one_of(2),
            Subject::of("POSIX queues, polling", two::ECHO_64_QUEUE, Processes).with_one_of(2),
        ],
        claims: vec![
            Claim::new("ringway", &["pipes, polling"], Target::None),
            Claim::new("ringway", &["sockets, polling"], Target::None),
            Claim::new("ringway", &["ringway, items of 64 B"], Target::None),
            Claim::new("ringway", &["two bare lines"], Target::None),
            Claim::new("ringway mpsc", &["two bare lines"], Target::None),
        ],
    }
}
