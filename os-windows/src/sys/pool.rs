//! A wait that a thread of the system's pool does, once.

use super::check;
use super::object::millis;
use std::ffi::c_void;
use std::io;
use std::mem::ManuallyDrop;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Duration;
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Threading::{
    RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEONLYONCE,
};

/// What is waited for, and who is told. It must not run anybody else's code: who drops the wait there
/// would wait for itself.
pub(crate) trait Watcher: Send + Sync + 'static {
    /// The object, open as long as the watcher lives.
    fn object(&self) -> BorrowedHandle<'_>;

    /// It is signalled, or the time is over.
    fn tell(&self, is_signalled: bool);
}

/// A wait under way, or over. When this is dropped, nobody is told any more.
#[derive(Debug)]
pub(crate) struct PoolWait<W: Watcher> {
    wait: HANDLE,
    /// For the thread of the pool.
    watcher: ManuallyDrop<Arc<W>>,
}

// SAFETY: the system lets any thread unregister a wait, and the watcher is `Send` and `Sync`.
unsafe impl<W: Watcher> Send for PoolWait<W> {}
// SAFETY: there is nothing to be done with a reference to it.
unsafe impl<W: Watcher> Sync for PoolWait<W> {}

impl<W: Watcher> PoolWait<W> {
    /// Begins to wait, at most `limit`.
    pub(crate) fn begin(watcher: &Arc<W>, limit: Duration) -> io::Result<Self> {
        let watcher = ManuallyDrop::new(Arc::clone(watcher));
        let mut wait = null_mut();
        // SAFETY: the object is open and the context lives until the wait is unregistered, since
        // `watcher` is not dropped before; `wait` is written. `tell` fits the context.
        let begun = check(unsafe {
            RegisterWaitForSingleObject(
                &raw mut wait,
                watcher.object().as_raw_handle(),
                Some(tell::<W>),
                Arc::as_ptr(&watcher).cast(),
                millis(Some(limit)),
                WT_EXECUTEONLYONCE,
            )
        });
        match begun {
            Ok(()) => Ok(PoolWait { wait, watcher }),
            Err(error) => {
                drop(ManuallyDrop::into_inner(watcher));
                Err(error)
            }
        }
    }
}

unsafe extern "system" fn tell<W: Watcher>(context: *mut c_void, is_over: bool) {
    // SAFETY: `begin` gave this context, and it lives until the wait is unregistered, which waits
    // for this call.
    let watcher = unsafe { &*context.cast_const().cast::<W>() };
    watcher.tell(!is_over);
}

impl<W: Watcher> Drop for PoolWait<W> {
    fn drop(&mut self) {
        // SAFETY: `begin` registered it and this unregisters it, once; it waits for a call of `tell`
        // that is under way, and is not called there (see `Watcher`).
        let done = check(unsafe { UnregisterWaitEx(self.wait, INVALID_HANDLE_VALUE) });
        if done.is_ok() {
            // SAFETY: it is dropped here only, and nobody is told any more. If the system did not say
            // so, it is kept for ever.
            unsafe { ManuallyDrop::drop(&mut self.watcher) };
        }
    }
}
