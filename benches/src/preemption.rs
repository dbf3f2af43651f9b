//! Whether something else ran where a sample was taken.

use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::Duration;

/// How often the calling thread has lost its core to another, so far: the count that Linux keeps
/// (`/proc/thread-self/status`), or zero if it does not tell.
#[must_use]
pub fn count() -> u32 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let count = status
        .lines()
        .find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    count
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

/// What the calling thread got of its core, so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    /// How long it ran.
    pub ran: Duration,
    /// How long it was ready to run and did not, as Linux counts (`/proc/thread-self/schedstat`),
    /// or zero if it does not tell.
    pub waited: Duration,
}

impl Share {
    /// That of the calling thread.
    #[must_use]
    pub fn now() -> Self {
        let times = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let waited = times.split_whitespace().nth(1);
        let ran = clock_gettime(ClockId::ThreadCPUTime);
        Share {
            ran: Duration::new(ran.tv_sec as u64, ran.tv_nsec as u32),
            waited: Duration::from_nanos(waited.and_then(|nanos| nanos.parse().ok()).unwrap_or(0)),
        }
    }

    /// What was added since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Share {
            ran: self.ran - before.ran,
            waited: self.waited - before.waited,
        }
    }
}

/// How long others than the threads with these `shares`, all of one core, had the core, at least:
/// whoever waited longer than its companions ran waited for somebody else.
///
/// A thread of the kernel takes a core every few milliseconds, but for microseconds: where samples
/// last longer than that, how long says more than how often.
#[must_use]
pub fn stolen(shares: &[Share]) -> Duration {
    let ran: Duration = shares.iter().map(|share| share.ran).sum();
    let stolen = |share: &Share| (share.waited + share.ran).saturating_sub(ran);
    shares.iter().map(stolen).max().unwrap_or_default()
}
