//! How two processes come by one descriptor: the lead says its number, and the follower opens what
//! `/proc` shows of it.

use super::{Side, Which};
use crate::stage::Stage;
use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long one side waits for the other.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks again and again, until there is an answer.
///
/// # Panics
///
/// If there is none after ten seconds.
pub fn patiently<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "the other side did not come");
        std::thread::yield_now();
    }
}

/// The lead: lets the follower open `descriptor`, and waits until it has.
pub fn give(stage: &Stage, which: Which, descriptor: impl AsFd) {
    let word = word(stage, which);
    let number = descriptor.as_fd().as_raw_fd();
    word.store(number as u32 + 1, Ordering::Release);
    patiently(|| (word.load(Ordering::Acquire) == 0).then_some(()));
}

/// The follower: opens what the lead gives.
#[must_use]
pub fn take(stage: &Stage, which: Which, options: &OpenOptions) -> File {
    let word = word(stage, which);
    let number = patiently(|| word.load(Ordering::Acquire).checked_sub(1));
    let folder = Path::new(stage.path()).parent().expect("/proc/…/fd");
    let file = options.open(folder.join(number.to_string()));
    word.store(0, Ordering::Release);
    file.expect("the lead keeps it open until now")
}

fn word(stage: &Stage, which: Which) -> &AtomicU32 {
    match which {
        Which::There => &stage.ping,
        Which::Back => &stage.pong,
    }
}

/// `bytes` of memory that both sides map.
#[must_use]
pub fn memory(stage: &Stage, side: Side, which: Which, bytes: usize) -> MmapRaw {
    let map = |descriptor| MmapOptions::new().len(bytes).map_raw(descriptor);
    let map = match side {
        Side::Lead => {
            let memory = memfd_create("ringway-bench", MemfdFlags::CLOEXEC).expect("memory");
            ftruncate(&memory, bytes as u64).expect("memory");
            give(stage, which, &memory);
            map(memory.as_raw_fd())
        }
        Side::Follower => {
            map(take(stage, which, File::options().read(true).write(true)).as_raw_fd())
        }
    };
    map.expect("memory can be mapped")
}
