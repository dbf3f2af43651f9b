//! Segments without a name: memory that is unlinked at once, and a lock file.
//!
//! ```text
//!   handle ─▶ memory: │ the segment's bytes            │ last page: which lock file │
//!                                                                        │
//!                     <directory>/anonymous.<random>  ◀──────────────────┘
//! ```
//!
//! Memory goes with its last holder, by itself. It takes no locks, and a lock file that travelled
//! along as a second descriptor would be no good: a descriptor that is handed over shares its open
//! file description with the sender, macOS has no way to open it anew, and locks belong to the
//! description. So each attachment opens the lock file by its path, which stands in the memory. A
//! lock file that everybody left without removing it, because all were killed, is empty; whoever
//! next makes an anonymous segment removes it.
#![allow(unsafe_code)]

use crate::directory::directory;
use crate::shm::{self, Id, PAGE};
use crate::spot::{ANONYMOUS, Spot};
use crate::sys;
use memmap2::{MmapOptions, MmapRaw};
use ringway_core::layout::Unfit;
use ringway_os_common::unix::problem::{from_errno, on, on_io};
use ringway_os_common::unix::{Bytes, INIT_LOCK, Opened, Spot as _, ofd, take_lock};
use ringway_os_common::{MIN_LEN, Origin, Patience, Problem, Request};
use rustix::fs::Mode;
use rustix::io::{Errno, Result as IoResult};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// What the last page of the memory begins with.
const MAGIC: &[u8; 8] = b"ringway\n";

/// A new segment, whose initialisation lock is held.
pub(crate) fn create(request: &Request<'_>, mode: Mode) -> Result<(Spot, Opened), Problem> {
    sweep();
    let mut patience = Patience::new(request.lock_timeout);
    loop {
        let lock_file = Id::random()?;
        let spot = Spot::anonymous(lock_file)?;
        if let Some(description) = spot.create(Mode::RUSR | Mode::WUSR)?
            && is_ours(&spot, description.as_fd(), &mut patience)?
        {
            let built = build(request, mode, lock_file);
            let (handle, bytes) = built.inspect_err(|_| drop(spot.remove(description.as_fd())))?;
            let opened = Opened {
                description,
                bytes,
                handle: Some(handle),
                origin: Origin::Created,
            };
            return Ok((spot, opened));
        }
        // Somebody swept it away before it was locked.
        patience.pause()?;
    }
}

/// Takes the initialisation lock of `file`; `false` if `spot` does not refer to it any more.
fn is_ours(spot: &Spot, file: BorrowedFd<'_>, patience: &mut Patience) -> Result<bool, Problem> {
    take_lock(file, patience)?;
    spot.refers_to(file).map_err(on("stat"))
}

fn build(request: &Request<'_>, mode: Mode, lock_file: Id) -> Result<(OwnedFd, Bytes), Problem> {
    let len = request.len.max(MIN_LEN).saturating_add(PAGE);
    let id = Id::random()?;
    // In this order: an object that is unlinked before it has a size is never given back.
    let (handle, len) = shm::create(id, len, mode)?;
    shm::remove(id).map_err(on("shm_unlink"))?;
    let last = last_page(handle.as_fd(), len)?;
    let text = [MAGIC.as_slice(), lock_file.bytes()].concat();
    // SAFETY: the page is longer than the text, and nobody else has the object yet.
    unsafe {
        last.as_mut_ptr()
            .copy_from_nonoverlapping(text.as_ptr(), text.len())
    };
    let bytes = Bytes {
        apart: Some(duplicate(handle.as_fd())?),
        len: len - PAGE,
    };
    Ok((handle, bytes))
}

/// The segment behind a handle, whose initialisation lock is held then.
pub(crate) fn open(
    handle: BorrowedFd<'_>,
    request: &Request<'_>,
) -> Result<(Spot, Opened), Problem> {
    let (spot, bytes) = find(handle)?;
    let retired = || Problem::Attach(Box::new(Unfit::Retired.into()));
    let description = spot.find()?.ok_or_else(retired)?;
    let mut patience = Patience::new(request.lock_timeout);
    if !is_ours(&spot, description.as_fd(), &mut patience)? {
        return Err(retired());
    }
    let opened = Opened {
        description,
        bytes,
        handle: Some(duplicate(handle)?),
        origin: Origin::Existing,
    };
    Ok((spot, opened))
}

/// Where the segment behind `handle` has its lock file, and where its bytes are.
pub(crate) fn find(handle: BorrowedFd<'_>) -> Result<(Spot, Bytes), Problem> {
    if !sys::is_shm(handle) {
        return Err(foreign("a handle of another kind"));
    }
    let size = shm::size(handle)?;
    if size < 2 * PAGE || !size.is_multiple_of(PAGE) {
        return Err(foreign("shared memory of another size"));
    }
    let last = last_page(handle, size)?;
    let mut text = [0; MAGIC.len() + Id::LEN];
    // SAFETY: the page is longer than the text. A peer that keeps the rules does not write to it
    // after it gave the handle away; one that does can make this read other bytes, which are checked.
    unsafe {
        last.as_ptr()
            .copy_to_nonoverlapping(text.as_mut_ptr(), text.len())
    };
    let lock_file = text.strip_prefix(MAGIC).and_then(Id::parse);
    let spot =
        Spot::anonymous(lock_file.ok_or_else(|| foreign("shared memory of something else"))?)?;
    let bytes = Bytes {
        apart: Some(duplicate(handle)?),
        len: size - PAGE,
    };
    Ok((spot, bytes))
}

fn foreign(found: &'static str) -> Problem {
    Problem::NotASegment { found }
}

fn last_page(object: BorrowedFd<'_>, len: u64) -> Result<MmapRaw, Problem> {
    let page = usize::try_from(PAGE).map_err(|_| from_errno("mmap", Errno::NOMEM))?;
    MmapOptions::new()
        .offset(len - PAGE)
        .len(page)
        .map_raw(object.as_raw_fd())
        .map_err(on_io("mmap"))
}

fn duplicate(handle: BorrowedFd<'_>) -> Result<OwnedFd, Problem> {
    handle
        .try_clone_to_owned()
        .map_err(on_io("duplicating the handle"))
}

/// Removes lock files that nobody has a lock on: those whose segments ended with all their
/// processes killed. What goes wrong is left to the next one.
fn sweep() {
    let Ok(directory) = directory() else { return };
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(ANONYMOUS.as_bytes())
        {
            let _ = sweep_one(&Spot::Anonymous(entry.path()));
        }
    }
}

fn sweep_one(spot: &Spot) -> IoResult<()> {
    let Ok(Some(file)) = spot.find() else {
        return Ok(());
    };
    // Under the initialisation lock, which its creator and whoever was handed the segment take
    // before anything else.
    let is_free = ofd::try_lock(file.as_fd(), INIT_LOCK)?;
    if is_free && !ofd::is_any_locked_elsewhere(file.as_fd())? {
        let _ = spot.remove(file.as_fd());
    }
    Ok(())
}
