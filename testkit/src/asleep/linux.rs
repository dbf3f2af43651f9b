//! The system calls that threads are in.

use std::path::Path;

/// What a thread sleeps in: `["202", address, "0x9", …]`; empty if it does not.
fn call(thread: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(thread.join("syscall")).unwrap_or_default();
    text.split(' ').map(str::to_owned).collect()
}

fn is(call: &[String], number: i64) -> bool {
    call.first() == Some(&number.to_string())
}

fn any(pid: u32, sleeps: impl Fn(&[String]) -> bool) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there");
    threads
        .flatten()
        .any(|thread| sleeps(&call(&thread.path())))
}

/// Whether its first thread does; where endpoints sleep in a call that nothing else makes, any.
pub(super) fn sleeps(pid: u32) -> bool {
    !is_on_an_address() && a_thread_sleeps(pid)
        || by::sleeps(&call(format!("/proc/{pid}").as_ref()))
}

pub(super) fn a_thread_sleeps(pid: u32) -> bool {
    any(pid, by::sleeps_as_an_endpoint)
}

pub(super) fn a_thread_sleeps_for_several(pid: u32) -> bool {
    any(pid, by::sleeps_for_several)
}

/// Whether endpoints sleep on an address here.
fn is_on_an_address() -> bool {
    let is_macos_11 = || std::env::var("RINGWAY_DOUBLE_OF").is_ok_and(|version| version == "11");
    !(cfg!(ringway_parked) || cfg!(ringway_macos) && is_macos_11())
}

/// Else they sleep on the FIFO of a wait slot, or, for things in several segments, on nothing.
mod by {
    use super::{is, is_on_an_address};

    /// The second argument of a futex call with a deadline, which threads that are joined or locked
    /// out do not have.
    const FUTEX_WAIT_BITSET: &str = "0x9";
    /// The number of that system call, which is the same on all processors.
    const SYS_FUTEX_WAITV: i64 = 449;

    pub(super) fn sleeps(call: &[String]) -> bool {
        let number = match is_on_an_address() {
            true => libc::SYS_futex,
            false => libc::SYS_ppoll,
        };
        is(call, number)
    }

    pub(super) fn sleeps_as_an_endpoint(call: &[String]) -> bool {
        let has_deadline = call.get(2).is_some_and(|what| what == FUTEX_WAIT_BITSET);
        sleeps(call) && (has_deadline || !is_on_an_address())
    }

    pub(super) fn sleeps_for_several(call: &[String]) -> bool {
        if is_on_an_address() {
            // The double of macOS sleeps for each of them in turn.
            return is(call, SYS_FUTEX_WAITV) || cfg!(ringway_macos) && sleeps_as_an_endpoint(call);
        }
        sleeps(call) || is(call, libc::SYS_clock_nanosleep)
    }
}
