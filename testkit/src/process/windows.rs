//! With calls of `ntdll` that stop all threads of a process.

use std::os::windows::io::AsRawHandle;
use std::process::Child;
use windows_sys::Win32::Foundation::{CloseHandle, ERROR_INTERNAL_ERROR, FILETIME, HANDLE};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessHandleCount, GetProcessTimes, OpenProcess, PROCESS_TERMINATE,
    TerminateProcess,
};

#[link(name = "ntdll")]
unsafe extern "system" {
    fn NtSuspendProcess(process: HANDLE) -> i32;
    fn NtResumeProcess(process: HANDLE) -> i32;
}

pub(super) fn may_start_again(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_INTERNAL_ERROR.cast_signed())
}

pub(super) fn processor_time_us() -> u64 {
    let mut times = [FILETIME::default(); 4];
    let [created, ended, system, own] = &mut times;
    // SAFETY: the call fills in the four times.
    let told = unsafe { GetProcessTimes(GetCurrentProcess(), created, ended, system, own) };
    assert_ne!(told, 0, "{}", std::io::Error::last_os_error());
    // In units of 100 ns.
    let micros = |time: &FILETIME| {
        (u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime)) / 10
    };
    micros(system) + micros(own)
}

pub(super) fn open_handles() -> usize {
    let mut count = 0;
    // SAFETY: the call writes the count only.
    let told = unsafe { GetProcessHandleCount(GetCurrentProcess(), &mut count) };
    assert_ne!(told, 0, "{}", std::io::Error::last_os_error());
    count as usize
}

pub(super) fn kill(pid: u32) {
    // SAFETY: the calls take numbers, and a handle that is open until it is closed here.
    let killed = unsafe {
        let process = OpenProcess(PROCESS_TERMINATE, 0, pid);
        let killed = TerminateProcess(process, 9);
        CloseHandle(process);
        killed
    };
    assert_ne!(killed, 0, "process {pid} should be there");
}

pub(super) fn stop(child: &Child) {
    // SAFETY: the handle of a child has all rights and is open as long as `child` is there.
    let status = unsafe { NtSuspendProcess(child.as_raw_handle()) };
    assert_eq!(status, 0, "process {} should stop", child.id());
}

pub(super) fn go_on(child: &Child) {
    // SAFETY: as above.
    let status = unsafe { NtResumeProcess(child.as_raw_handle()) };
    assert_eq!(status, 0, "process {} should go on", child.id());
}
