//! Whether a process or a thread sleeps, as the system tells it from outside.
//!
//! | system | what is looked at |
//! |---|---|
//! | Linux | the system call that a thread is in, `/proc/<pid>/task/<tid>/syscall` |
//! | Windows | the instruction that a thread goes on at: behind the call that waits for several objects |
//! | macOS | the state of a thread, from `proc_pidinfo` |
#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
#[path = "asleep/linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "asleep/macos.rs"]
mod system;
#[cfg(windows)]
#[path = "asleep/windows.rs"]
mod system;

/// Waits until the process `pid` sleeps as a blocked endpoint does.
pub fn wait_until_asleep(pid: u32) {
    while !system::sleeps(pid) {
        std::thread::yield_now();
    }
}

/// Waits until some thread of the process `pid` sleeps as a blocked endpoint does, and, as far as
/// the system tells them apart, not as a thread that is joined or locked out.
///
/// # Panics
///
/// The process is gone.
pub fn wait_until_a_thread_sleeps(pid: u32) {
    while !system::a_thread_sleeps(pid) {
        std::thread::yield_now();
    }
}

/// Waits until some thread of the process `pid` sleeps for several things at once.
pub fn wait_until_a_thread_sleeps_for_several(pid: u32) {
    while !system::a_thread_sleeps_for_several(pid) {
        std::thread::yield_now();
    }
}
