//! Whether something else ran where a sample was taken.

use std::fs;

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
