//! The instructions that threads go on at: a thread that waits is behind the one that entered the
//! system, in the short function of `ntdll` for that call. `ntdll` is at one address in all
//! processes.

use std::mem;
use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::Debug::{
    CONTEXT, CONTEXT_CONTROL_AMD64, GetThreadContext,
};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
use windows_sys::Win32::System::Threading::{
    GetCurrentThreadId, OpenThread, ResumeThread, SuspendThread, THREAD_GET_CONTEXT,
    THREAD_SUSPEND_RESUME,
};
use windows_sys::w;

/// Bytes that such a function takes at most.
const LENGTH: u64 = 32;

/// Whether a thread of it waits for several objects: that is how an endpoint sleeps, for its bell
/// and for the end of others. Whoever is locked out waits for an address.
pub(super) fn sleeps(pid: u32) -> bool {
    a_thread_sleeps(pid)
}

pub(super) fn a_thread_sleeps(pid: u32) -> bool {
    let start = function_that_waits();
    threads(pid).into_iter().any(|thread| {
        next_instruction(thread).is_some_and(|at| (start..start + LENGTH).contains(&at))
    })
}

/// One sleep looks the same as another.
pub(super) fn a_thread_sleeps_for_several(pid: u32) -> bool {
    a_thread_sleeps(pid)
}

fn function_that_waits() -> u64 {
    // SAFETY: both texts end with a zero, and the module is in every process.
    let found = unsafe {
        let module = GetModuleHandleW(w!("ntdll.dll"));
        GetProcAddress(module, c"NtWaitForMultipleObjects".as_ptr().cast())
    };
    found.expect("every ntdll has it") as usize as u64
}

/// The threads of a process, without the one that asks.
fn threads(pid: u32) -> Vec<u32> {
    // SAFETY: the calls take numbers, a handle that is open, and an entry that says its size.
    unsafe {
        let snapshot = Owned(CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0));
        assert_ne!(
            snapshot.0, INVALID_HANDLE_VALUE,
            "there is no list of threads"
        );
        let mut entry: THREADENTRY32 = mem::zeroed();
        entry.dwSize = size_of::<THREADENTRY32>() as u32;
        let mut found = Vec::new();
        let mut more = Thread32First(snapshot.0, &mut entry);
        while more != 0 {
            if entry.th32OwnerProcessID == pid && entry.th32ThreadID != GetCurrentThreadId() {
                found.push(entry.th32ThreadID);
            }
            more = Thread32Next(snapshot.0, &mut entry);
        }
        found
    }
}

/// The system asks for this alignment.
#[repr(C, align(16))]
struct Aligned(CONTEXT);

/// Where a thread goes on; `None` if it has ended. Between stopping it and letting it go on
/// nothing may be allocated: it may be a thread of this process that is allocating.
fn next_instruction(thread: u32) -> Option<u64> {
    // SAFETY: the handle is open and has the rights that the calls need; the context is as large
    // and as aligned as they ask, and zeros are a valid one.
    unsafe {
        let handle = OpenThread(THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT, 0, thread);
        if handle.is_null() {
            return None;
        }
        let handle = Owned(handle);
        let mut context: Aligned = mem::zeroed();
        context.0.ContextFlags = CONTEXT_CONTROL_AMD64;
        if SuspendThread(handle.0) == u32::MAX {
            return None;
        }
        let got = GetThreadContext(handle.0, &mut context.0);
        ResumeThread(handle.0);
        (got != 0).then_some(context.0.Rip)
    }
}

struct Owned(HANDLE);

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the handle was opened here and is used no more.
        unsafe { CloseHandle(self.0) };
    }
}
