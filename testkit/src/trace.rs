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

/// Counts the system calls that a child of this thread, once it is in [`be_traced`], makes between
/// two [`mark`]s, by number.
///
/// # Panics
///
/// The child ends before, or cannot be traced.
#[must_use]
pub fn system_calls() -> BTreeMap<i64, u64> {
    let mut counts = BTreeMap::new();
    let mut marks = 0;
    let (thread, _) = wait_for_stop();
    let _traced = Traced(thread);
    // SAFETY: the child is stopped and traced by this thread.
    unsafe {
        libc::ptrace(
            libc::PTRACE_SETOPTIONS,
            thread,
            0,
            libc::PTRACE_O_TRACESYSGOOD,
        )
    };
    while marks < 2 {
        let Some(call) = next_call(thread) else {
            continue;
        };
        if call == libc::SYS_getpgrp {
            marks += 1;
        } else if marks == 1 {
            *counts.entry(call).or_default() += 1;
        }
    }
    // SAFETY: as above.
    unsafe { libc::ptrace(libc::PTRACE_DETACH, thread, 0, 0) };
    counts
}

/// A thread that this one traces. If a test fails meanwhile, it is killed and its end taken note of:
/// whoever waits for its process would wait for ever.
struct Traced(libc::pid_t);

impl Drop for Traced {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let mut status = 0;
        // SAFETY: the calls take numbers, and the second one writes the status.
        unsafe {
            libc::kill(self.0, libc::SIGKILL);
            while libc::waitpid(self.0, &mut status, libc::__WALL | libc::__WNOTHREAD) == self.0
                && libc::WIFSTOPPED(status)
            {}
        }
    }
}

/// Runs the child to the entry of its next system call; `None` if another stop came first.
fn next_call(thread: libc::pid_t) -> Option<i64> {
    // SAFETY: the child is stopped and traced by this thread.
    unsafe { libc::ptrace(libc::PTRACE_SYSCALL, thread, 0, 0) };
    let (_, signal) = wait_for_stop();
    // SAFETY: zero is a valid value of the structure, which the call fills in; the child is stopped.
    let info = unsafe {
        let mut info: libc::ptrace_syscall_info = std::mem::zeroed();
        let size = size_of_val(&info);
        libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, thread, size, &mut info);
        info
    };
    let is_call = signal == libc::SIGTRAP | 0x80 && info.op == libc::PTRACE_SYSCALL_INFO_ENTRY;
    // SAFETY: the call filled the structure in, and any bytes are a number.
    is_call.then_some(unsafe { info.u.entry.nr } as i64)
}

/// Waits until a thread that this one traces stops: which, and by what signal. Children of other
/// threads, which other tests wait for, are left alone.
fn wait_for_stop() -> (libc::pid_t, libc::c_int) {
    let mut status = 0;
    // SAFETY: the call writes the status only.
    let thread = unsafe { libc::waitpid(-1, &mut status, libc::__WALL | libc::__WNOTHREAD) };
    assert!(
        thread > 0 && libc::WIFSTOPPED(status),
        "the traced process should stop, not end"
    );
    (thread, libc::WSTOPSIG(status))
}
