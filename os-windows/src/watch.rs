//! Processes of peers: whether they have ended, and to be told when they do.
#![allow(unsafe_code)]

use crate::sys::object::{self, MOST, Waited};
use crate::sys::process::{self, Purpose};
use ringway_core::liveness::PeerId;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle, RawHandle};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use windows_sys::Win32::Foundation::ERROR_INVALID_PARAMETER;

/// As many processes as a sleeper can wait for beside its bell.
pub(crate) const MOST_WATCHED: usize = MOST - 1;

/// A process, by a handle that is signalled when it ends.
#[derive(Debug)]
struct Watched {
    process: u32,
    domain: u32,
    handle: OwnedHandle,
    /// How many wait for it; it stays here until they are done.
    sleepers: u32,
    /// Whether a sleeper has learnt of its end, and said so.
    is_reported: bool,
}

impl Watched {
    fn has_ended(&self) -> bool {
        let waited = object::wait_for(self.handle.as_handle(), Some(Duration::ZERO));
        matches!(waited, Ok(Waited::Signalled(_)))
    }
}

/// The processes of the peers that one attachment was asked about. It allocates nothing after it was
/// made.
#[derive(Debug)]
pub(crate) struct Watch {
    places: Mutex<Places>,
}

type Places = Box<[Option<Watched>; MOST_WATCHED]>;

impl Watch {
    pub(crate) fn new() -> Self {
        Watch {
            places: Mutex::new(Box::new([const { None }; MOST_WATCHED])),
        }
    }

    /// Whether the process of `peer` is known to have ended. If not, a sleeper will be told.
    pub(crate) fn has_ended(&self, peer: PeerId) -> bool {
        if peer.process == 0 || peer.domain == 0 || peer.process == std::process::id() {
            return false;
        }
        let mut places = self.lock();
        let is_it = |one: &&Watched| (one.process, one.domain) == (peer.process, peer.domain);
        if let Some(known) = places.iter().flatten().find(is_it) {
            return known.has_ended();
        }
        match open(peer) {
            Found::Ended => true,
            Found::Unknown => false,
            Found::Alive(found) => {
                let has_ended = found.has_ended();
                if !has_ended && let Some(free) = places.iter_mut().find(|one| one.is_none()) {
                    *free = Some(found);
                }
                has_ended
            }
        }
    }

    /// All of them, for a sleeper to wait for.
    pub(crate) fn begin(&self) -> Vigil<'_> {
        let mut vigil = Vigil {
            watch: self,
            handles: [ptr::null_mut(); MOST_WATCHED],
            places: [0; MOST_WATCHED],
            len: 0,
        };
        for (place, one) in self.lock().iter_mut().enumerate() {
            if let Some(one) = one.as_mut().filter(|one| !one.is_reported) {
                one.sleepers += 1;
                vigil.handles[vigil.len] = one.handle.as_raw_handle();
                vigil.places[vigil.len] = place;
                vigil.len += 1;
            }
        }
        vigil
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        // Nothing is half done where a panic could come.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The processes that one sleeper waits for, held open until it is done.
pub(crate) struct Vigil<'a> {
    watch: &'a Watch,
    handles: [RawHandle; MOST_WATCHED],
    /// Where each of them is kept.
    places: [usize; MOST_WATCHED],
    len: usize,
}

impl Vigil<'_> {
    /// What to wait for.
    pub(crate) fn handles(&self) -> impl Iterator<Item = BorrowedHandle<'_>> {
        self.handles[..self.len]
            .iter()
            // SAFETY: `begin` counted this one as a sleeper, and until `drop` takes that back nobody
            // takes the handle out of its place, in which it is open.
            .map(|handle| unsafe { BorrowedHandle::borrow_raw(*handle) })
    }

    /// The process of handle `index` has ended, and the sleeper says so: once is enough.
    pub(crate) fn report(&self, index: usize) {
        if let Some(one) = &mut self.watch.lock()[self.places[index]] {
            one.is_reported = true;
        }
    }
}

impl Drop for Vigil<'_> {
    fn drop(&mut self) {
        let mut places = self.watch.lock();
        for &place in &self.places[..self.len] {
            if let Some(one) = &mut places[place] {
                one.sleepers -= 1;
                if one.is_reported && one.sleepers == 0 {
                    places[place] = None;
                }
            }
        }
    }
}

enum Found {
    Alive(Watched),
    Ended,
    Unknown,
}

/// Finds the process of `peer`. Its number may belong to another one by now, which was created at
/// another time.
fn open(peer: PeerId) -> Found {
    let handle = match process::open(peer.process, Purpose::Watch) {
        Ok(handle) => handle,
        Err(error) if crate::problem::code(&error) == ERROR_INVALID_PARAMETER => {
            return Found::Ended;
        }
        Err(_) => return Found::Unknown,
    };
    match process::creation_time(Some(handle.as_handle())) {
        Ok(time) if domain(time) == peer.domain => Found::Alive(Watched {
            process: peer.process,
            domain: peer.domain,
            handle,
            sleepers: 0,
            is_reported: false,
        }),
        Ok(_) => Found::Ended,
        Err(_) => Found::Unknown,
    }
}

/// The [`domain`](PeerId::domain) of a process that was created at `time`; never 0.
fn domain(time: u64) -> u32 {
    (time ^ time >> 32) as u32 | 1
}

/// That of this process; 0 if the system does not say.
pub(crate) fn own_domain() -> u32 {
    process::creation_time(None).map_or(0, domain)
}
