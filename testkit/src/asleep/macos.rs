//! The states of threads. Which call a thread is in cannot be asked here: one that is joined or
//! locked out counts as asleep, too.

use std::mem;

/// Threads that are looked at, of a process.
const MANY: usize = 64;
/// The thread waits (`TH_STATE_WAITING` of `mach/thread_info.h`).
const WAITING: i32 = 3;
/// The call that lists the threads of a process (`sys/proc_info.h`), which `libc` does not name.
const PROC_PIDLISTTHREADS: libc::c_int = 6;

/// How many threads the process has, and how many of them wait.
fn count(pid: u32) -> (usize, usize) {
    let pid = pid as libc::c_int;
    let mut handles = [0_u64; MANY];
    // SAFETY: the calls write no more than the bytes that they are told of, and any are a value.
    unsafe {
        let bytes = libc::proc_pidinfo(
            pid,
            PROC_PIDLISTTHREADS,
            0,
            handles.as_mut_ptr().cast(),
            size_of_val(&handles) as libc::c_int,
        );
        let threads = (bytes.max(0) as usize / size_of::<u64>()).min(MANY);
        let waits = |handle: &&u64| {
            let mut about: libc::proc_threadinfo = mem::zeroed();
            let size = size_of_val(&about) as libc::c_int;
            let place = (&raw mut about).cast();
            let told = libc::proc_pidinfo(pid, libc::PROC_PIDTHREADINFO, **handle, place, size);
            told == size && about.pth_run_state == WAITING
        };
        (threads, handles[..threads].iter().filter(waits).count())
    }
}

pub(super) fn sleeps(pid: u32) -> bool {
    let (threads, waiting) = count(pid);
    threads > 0 && threads == waiting
}

/// Whoever asks for its own process is not among those who wait.
pub(super) fn a_thread_sleeps(pid: u32) -> bool {
    count(pid).1 > 0
}

/// One sleep looks the same as another.
pub(super) fn a_thread_sleeps_for_several(pid: u32) -> bool {
    a_thread_sleeps(pid)
}
