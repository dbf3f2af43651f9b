//! Bytes on the heap that end where a segment ends, so that AddressSanitizer sees what lies outside.
#![allow(unsafe_code)]

use ringway_core::primitive::AtomicU32 as SharedWord;
use ringway_core::region::{ALIGN, Mapped, Memory, Overlay, RawMemory};
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::AtomicU32;

/// A segment's bytes, all zeros at first.
#[derive(Debug)]
pub(crate) struct Region {
    memory: RawMemory,
    layout: Layout,
}

impl Region {
    /// `len` bytes, more than none.
    pub(crate) fn new(len: usize) -> Self {
        assert!(len > 0);
        let layout = Layout::from_size_align(len, ALIGN).expect("a segment is not that large");
        // SAFETY: it is not of size 0.
        let base = unsafe { alloc_zeroed(layout) };
        let base = NonNull::new(base).unwrap_or_else(|| handle_alloc_error(layout));
        // SAFETY: the bytes stay until `self` is dropped, and whoever uses them borrows it.
        let memory = unsafe { RawMemory::new(base, len) };
        Region {
            memory: memory.expect("it is aligned"),
            layout,
        }
    }

    /// The bytes, as whoever lies writes them.
    pub(crate) fn words(&self) -> &[AtomicU32] {
        let first = self.memory.base().cast::<AtomicU32>();
        // SAFETY: there are so many aligned bytes, and all who use them do so as atomics, or in this
        // thread, one after the other.
        unsafe { slice::from_raw_parts(first.as_ptr(), self.len() / size_of::<AtomicU32>()) }
    }

    /// The bytes, as the core sees them.
    pub(crate) fn shared_words(&self) -> &[SharedWord] {
        let first = self.memory.base().cast::<SharedWord>();
        // SAFETY: as of `words`.
        unsafe { slice::from_raw_parts(first.as_ptr(), self.len() / size_of::<AtomicU32>()) }
    }

    /// What begins at the first byte, such as the control words of a ring that has no header.
    pub(crate) fn control<C: Overlay>(&self) -> &C {
        // SAFETY: the result lives as long as the borrow of the bytes.
        let control: Option<Mapped<C>> = unsafe { Mapped::new(self, 0) };
        let control = control.expect("the region is larger");
        // SAFETY: as above; it lies there, and any bytes are a valid one.
        unsafe { &*std::ptr::from_ref::<C>(&control) }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: `new` got them with this layout.
        unsafe { dealloc(self.memory.base().as_ptr(), self.layout) }
    }
}

// SAFETY: those of `RawMemory`, which the bytes outlive.
unsafe impl Memory for Region {
    fn base(&self) -> NonNull<u8> {
        self.memory.base()
    }
    fn len(&self) -> usize {
        self.memory.len()
    }
}
