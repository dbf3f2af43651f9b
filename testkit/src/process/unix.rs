//! With signals.

use crate::signals::{SIGCONT, SIGKILL, SIGSTOP, send};
use std::process::Child;

pub(super) fn may_start_again(_: &std::io::Error) -> bool {
    false
}

pub(super) fn processor_time_us() -> u64 {
    // SAFETY: zero is a valid `rusage`, which the call fills in.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let micros = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
    micros(usage.ru_utime) + micros(usage.ru_stime)
}

pub(super) fn open_handles() -> usize {
    let all = std::fs::read_dir("/dev/fd").expect("a process can look at its own descriptors");
    all.count()
}

pub(super) fn kill(pid: u32) {
    send(pid, SIGKILL);
}

pub(super) fn stop(child: &Child) {
    send(child.id(), SIGSTOP);
    let mut status = 0;
    // SAFETY: the call writes the status only.
    let waited = unsafe { libc::waitpid(child.id() as libc::pid_t, &mut status, libc::WUNTRACED) };
    assert!(
        waited > 0 && libc::WIFSTOPPED(status),
        "process {} should stop",
        child.id()
    );
}

pub(super) fn go_on(child: &Child) {
    send(child.id(), SIGCONT);
}
