//! Real signals, and forks.
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
pub struct Thread(libc::pthread_t);

impl Thread {
    /// The one that asks.
    #[must_use]
    pub fn current() -> Self {
        // SAFETY: the call takes nothing.
        Thread(unsafe { libc::pthread_self() })
    }

    /// Sends it `signal`; whether it was there.
    pub fn interrupt(self, signal: i32) -> bool {
        // SAFETY: the thread has not ended, as the type asks for.
        unsafe { libc::pthread_kill(self.0, signal) == 0 }
    }
}

/// The number of the last error of this thread.
#[must_use]
pub fn errno() -> i32 {
    io::Error::last_os_error()
        .raw_os_error()
        .expect("the last error of the system has a number")
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
