//! Locks that the system takes back when their holder dies: the initialisation lock, and one for each
//! attachment.
//!
//! | of a | is | because |
//! |---|---|---|
//! | section | a named event, made by its holder and opened by nobody for longer than a look | there is no lock on a section, and a mutex belongs to a thread: it could not be given back by another one, and its thread would get it twice |
//! | file | `LockFileEx` on a byte far behind its end | names are of one login session, and a file is not |

use crate::names::{self, KernelName};
use crate::problem::on;
use crate::sys::file::{self, Lock};
use crate::sys::object::{self, Waited};
use ringway_core::liveness::PeerId;
use ringway_os_common::{Patience, Problem};
use std::fs::File;
use std::io;
use std::num::NonZeroU32;
use std::os::windows::io::{AsHandle, OwnedHandle};
use std::sync::Arc;

/// Where the bytes begin that are locked in a file. No segment is so long.
const RANGE: u64 = 1 << 62;

/// How the locks of a segment are made.
#[derive(Debug)]
pub(crate) enum Claims {
    /// As named objects.
    Objects {
        /// Names its initialisation lock.
        key: String,
        /// Names the rest.
        id: String,
    },
    /// As ranges of this file.
    Ranges(Arc<File>),
}

/// A lock that this process holds, until it is dropped.
#[derive(Debug)]
pub(crate) enum Claim {
    Object {
        /// Kept for its drop.
        _event: OwnedHandle,
    },
    Range {
        file: Arc<File>,
        offset: u64,
    },
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Claim::Range { file, offset } = self {
            // Fails for a range that is not locked only, and it is.
            let _ = file::unlock(file, *offset);
        }
    }
}

impl Claims {
    /// Takes the lock of the attachment `token`; `None` if there is such a one.
    pub(crate) fn try_claim(&self, token: NonZeroU32) -> io::Result<Option<Claim>> {
        match self {
            Claims::Objects { id, .. } => try_object(&names::peer(id, token)),
            Claims::Ranges(file) => try_range(file, token.get()),
        }
    }

    /// Whether somebody else holds the lock of the attachment `token`. Who just looks may be taken for
    /// a holder.
    pub(crate) fn is_claimed(&self, token: NonZeroU32) -> io::Result<bool> {
        match self {
            Claims::Objects { id, .. } => {
                object::open_event(&names::peer(id, token)).map(|event| event.is_some())
            }
            Claims::Ranges(file) => is_range_locked(file, token),
        }
    }

    /// Takes the initialisation lock as soon as it is free.
    pub(crate) fn take_init_lock(&self, patience: &mut Patience) -> Result<Claim, Problem> {
        match self {
            Claims::Objects { key, .. } => take_init_object(key, patience),
            Claims::Ranges(file) => loop {
                match try_init_range(file)? {
                    Some(claim) => return Ok(claim),
                    None => patience.pause()?,
                }
            },
        }
    }
}

/// Takes the initialisation lock of a file if it is free.
pub(crate) fn try_init_range(file: &Arc<File>) -> Result<Option<Claim>, Problem> {
    try_range(file, 0).map_err(on("LockFileEx"))
}

fn try_range(file: &Arc<File>, byte: u32) -> io::Result<Option<Claim>> {
    let offset = RANGE + u64::from(byte);
    let is_mine = file::try_lock(file, offset, Lock::Exclusive)?;
    Ok(is_mine.then(|| Claim::Range {
        file: Arc::clone(file),
        offset,
    }))
}

fn is_range_locked(file: &File, token: NonZeroU32) -> io::Result<bool> {
    debug_assert!(token.get() <= PeerId::MAX_TOKEN);
    let offset = RANGE + u64::from(token.get());
    // Shared: who else looks is not in the way.
    let is_free = file::try_lock(file, offset, Lock::Shared)?;
    if is_free {
        file::unlock(file, offset)?;
    }
    Ok(!is_free)
}

fn try_object(name: &KernelName) -> io::Result<Option<Claim>> {
    let event = object::create_event(name)?;
    Ok((!event.existed).then_some(Claim::Object {
        _event: event.handle,
    }))
}

/// Takes the initialisation lock `key` as soon as it is free.
///
/// Those who try do so in turn: a mutex lets them in one by one, in the order in which they came.
/// Otherwise each of them, trying, would for a moment open the object that its holder gives back, so
/// that the others find it there.
pub(crate) fn take_init_object(key: &str, patience: &mut Patience) -> Result<Claim, Problem> {
    let _turn = Turn::take(key, patience)?;
    let name = names::lock(key);
    loop {
        match try_object(&name).map_err(taken_or("taking the initialisation lock", &name))? {
            Some(claim) => return Ok(claim),
            None => patience.pause()?,
        }
    }
}

/// What the failure of a call means that makes an object of that name: something of another kind may
/// have it.
pub(crate) fn taken_or(
    operation: &'static str,
    name: &KernelName,
) -> impl Fn(io::Error) -> Problem {
    use windows_sys::Win32::Foundation::ERROR_INVALID_HANDLE;
    move |error| match crate::problem::code(&error) {
        ERROR_INVALID_HANDLE => Problem::NameTaken {
            name: name.to_string(),
        },
        _ => crate::problem::from_io(operation, error),
    }
}

/// The mutex `names::queue`, held by this thread.
struct Turn(OwnedHandle);

impl Turn {
    fn take(key: &str, patience: &Patience) -> Result<Self, Problem> {
        let name = names::queue(key);
        let mutex = object::create_mutex(&name).map_err(taken_or("CreateMutex", &name))?;
        let waited = object::wait_for(mutex.as_handle(), Some(patience.left()));
        match waited.map_err(on("WaitForSingleObject"))? {
            // Who died in its turn left nothing undone: the lock itself is taken in one step.
            Waited::Signalled(_) | Waited::Abandoned => Ok(Turn(mutex)),
            Waited::TimedOut => Err(patience.gone()),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        object::release_mutex(self.0.as_handle());
    }
}
