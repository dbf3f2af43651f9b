//! Counting the system calls of a process, as `strace -c` does, without needing it installed.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::io;

/// What a role calls before and after the part whose system calls are counted: a call that does
/// nothing and that nothing else makes.
pub fn mark() {
    // SAFETY: the call takes nothing and cannot fail.
    unsafe { libc::syscall(libc::SYS_getpgrp) };
}

/// Lets the process that started this one trace it, and waits for that.
///
/// # Panics
///
/// It cannot be traced.
pub fn be_traced() {
    // SAFETY: both calls take numbers only.
    unsafe {
        let asked = libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
        assert_eq!(asked, 0, "ptrace: {}", io::Error::last_os_error());
        libc::raise(libc::SIGSTOP);
    }
}

/// Counts the system calls that the child `pid`, once it is in [`be_traced`], makes between two
/// [`mark`]s, by number.
///
/// # Panics
///
/// The child ends before, or cannot be traced.
#[must_use]
pub fn system_calls(pid: u32) -> BTreeMap<i64, u64> {
    let pid = pid as libc::pid_t;
    let mut counts = BTreeMap::new();
    let mut marks = 0;
    wait_for_stop(pid);
    // SAFETY: the child is stopped and traced by this thread.
    unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0, libc::PTRACE_O_TRACESYSGOOD) };
    while marks < 2 {
        let Some(call) = next_call(pid) else { continue };
        if call == libc::SYS_getpgrp {
            marks += 1;
        } else if marks == 1 {
            *counts.entry(call).or_default() += 1;
        }
    }
    // SAFETY: as above.
    unsafe { libc::ptrace(libc::PTRACE_DETACH, pid, 0, 0) };
    counts
}

/// Runs the child to the entry of its next system call; `None` if another stop came first.
fn next_call(pid: libc::pid_t) -> Option<i64> {
    let entered = run_to_stop(pid);
    // SAFETY: zero is a valid value of the structure, which the call fills in; the child is stopped.
    let info = unsafe {
        let mut info: libc::ptrace_syscall_info = std::mem::zeroed();
        let size = size_of_val(&info);
        libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, pid, size, &mut info);
        info
    };
    if !entered || info.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
        return None;
    }
    // SAFETY: `op` says that it is an entry.
    Some(unsafe { info.u.entry.nr } as i64)
}

/// Lets the child run to its next stop; whether that is at a system call.
fn run_to_stop(pid: libc::pid_t) -> bool {
    // SAFETY: the child is stopped and traced by this thread.
    unsafe { libc::ptrace(libc::PTRACE_SYSCALL, pid, 0, 0) };
    wait_for_stop(pid) == libc::SIGTRAP | 0x80
}

fn wait_for_stop(pid: libc::pid_t) -> libc::c_int {
    let mut status = 0;
    // SAFETY: the call writes the status only.
    let waited = unsafe { libc::waitpid(pid, &mut status, 0) };
    assert!(
        waited == pid && libc::WIFSTOPPED(status),
        "the traced process should stop, not end"
    );
    libc::WSTOPSIG(status)
}
