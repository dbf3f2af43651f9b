//! Real signals.
#![allow(unsafe_code)]

use std::io;

/// Sends `signal` to the process `pid`.
///
/// # Panics
///
/// The process is gone or may not be signalled.
pub fn send(pid: u32, signal: i32) {
    // SAFETY: the call takes numbers only.
    let sent = unsafe { libc::kill(pid as libc::pid_t, signal) };
    assert_eq!(
        sent,
        0,
        "kill({pid}, {signal}): {}",
        io::Error::last_os_error()
    );
}

/// Has `signal` interrupt this process without further effect; with `restart`, so that the system
/// goes on with interrupted calls where it can.
///
/// # Panics
///
/// The signal cannot be handled.
pub fn ignore_by_handler(signal: i32, restart: bool) {
    extern "C" fn nothing(_: libc::c_int) {}
    // SAFETY: zero is a valid `sigaction`, and the handler does nothing.
    let set = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as extern "C" fn(libc::c_int) as usize;
        action.sa_flags = if restart { libc::SA_RESTART } else { 0 };
        libc::sigaction(signal, &action, std::ptr::null_mut())
    };
    assert_eq!(
        set,
        0,
        "sigaction({signal}): {}",
        io::Error::last_os_error()
    );
}

/// Has `signal` call `handler` in whatever thread it interrupts.
///
/// # Panics
///
/// The signal cannot be handled.
pub fn handle(signal: i32, handler: extern "C" fn(i32)) {
    // SAFETY: zero is a valid `sigaction`; that the handler may be called at any instruction is
    // what the caller wants to see.
    let set = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as usize;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(signal, &action, std::ptr::null_mut())
    };
    let error = io::Error::last_os_error();
    assert_eq!(set, 0, "sigaction({signal}): {error}");
}

/// A thread that can be interrupted. It must not have ended then.
#[derive(Clone, Copy, Debug)]
pub struct Thread(i32);

impl Thread {
    /// The one that asks.
    #[must_use]
    pub fn current() -> Self {
        // SAFETY: the call takes nothing.
        Thread(unsafe { libc::gettid() })
    }

    /// Sends it `signal`; whether it was there.
    pub fn interrupt(self, signal: i32) -> bool {
        let process = std::process::id() as libc::pid_t;
        // SAFETY: the call takes numbers only.
        unsafe { libc::syscall(libc::SYS_tgkill, process, self.0, signal) == 0 }
    }
}

/// The number of the last error of this thread.
#[must_use]
pub fn errno() -> i32 {
    // SAFETY: the pointer is that of this thread's variable.
    unsafe { *libc::__errno_location() }
}

/// Processor time that this process has used, in microseconds.
#[must_use]
pub fn processor_time_us() -> u64 {
    // SAFETY: zero is a valid `rusage`, which the call fills in.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let micros = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
    micros(usage.ru_utime) + micros(usage.ru_stime)
}

/// Whether the process `pid` sleeps in the system call with this number (`/proc/<pid>/syscall`).
#[must_use]
pub fn sleeps_in(pid: u32, call: i64) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/syscall"))
        .is_ok_and(|text| text.split(' ').next() == Some(&call.to_string()))
}

/// As [`sleeps_in`], for any thread of the process.
#[must_use]
pub fn a_thread_sleeps_in(pid: u32, call: i64) -> bool {
    let call = call.to_string();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"));
    threads.is_ok_and(|threads| {
        threads.flatten().any(|thread| {
            std::fs::read_to_string(thread.path().join("syscall"))
                .is_ok_and(|text| text.split(' ').next() == Some(call.as_str()))
        })
    })
}

/// Waits until the process `pid` sleeps on a futex.
pub fn wait_until_asleep(pid: u32) {
    while !sleeps_in(pid, libc::SYS_futex) {
        std::thread::yield_now();
    }
}

/// Waits until some thread of the process `pid` sleeps on a futex with a deadline, as a blocked
/// endpoint does and a thread that is joined or locked out does not.
///
/// # Panics
///
/// The process is gone.
pub fn wait_until_a_thread_sleeps(pid: u32) {
    const FUTEX_WAIT_BITSET: &str = "0x9";
    let sleeps = |thread: std::path::PathBuf| {
        std::fs::read_to_string(thread.join("syscall")).is_ok_and(|text| {
            let words: Vec<_> = text.split(' ').collect();
            let call = libc::SYS_futex.to_string();
            words.first() == Some(&call.as_str()) && words.get(2) == Some(&FUTEX_WAIT_BITSET)
        })
    };
    loop {
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there");
        if threads.flatten().any(|thread| sleeps(thread.path())) {
            return;
        }
        std::thread::yield_now();
    }
}

/// Waits until a child is stopped by a signal.
///
/// # Panics
///
/// It cannot be waited for.
pub fn wait_until_stopped(pid: u32) {
    let mut status = 0;
    // SAFETY: the call writes the status only.
    let waited = unsafe { libc::waitpid(pid as libc::pid_t, &mut status, libc::WUNTRACED) };
    assert!(
        waited > 0 && libc::WIFSTOPPED(status),
        "process {pid} should stop"
    );
}

/// Forks a child that does `part` and ends; says whether it did.
///
/// To be called where no other thread of the process holds a lock: in a role, not in a test.
///
/// # Panics
///
/// There can be no child.
pub fn does_in_a_fork(part: impl FnOnce()) -> bool {
    // SAFETY: the child goes on with this thread only; the others of a role wait for its end.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", io::Error::last_os_error());
    if child == 0 {
        let did = std::panic::catch_unwind(std::panic::AssertUnwindSafe(part));
        // SAFETY: the call takes a number. Nothing of the parent's may run in the child.
        unsafe { libc::_exit(if did.is_ok() { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: the call writes the status only.
    let waited = unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(waited, child, "{}", io::Error::last_os_error());
    libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
}

pub use libc::{SIGALRM, SIGCONT, SIGKILL, SIGSTOP, SIGUSR1};
