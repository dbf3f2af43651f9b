//! What an event loop waits for: the bell of a wait slot, and the time to look whether the peer lives.
//!
//! ```text
//!   event of the slot, set by whoever rings ──┐  a thread of      ┌──▶ an event, set until it is cleared
//!                                             ├─ the system's  ───┼──▶ a completion port of the user's
//!   time-out, while it is watched ────────────┘  pool             └──▶ a pipe
//! ```
//!
//! The pool waits only while the bell is watched, and once: what is not armed costs nothing.

use crate::claims::taken_or;
use crate::names::{self, KernelName};
use crate::problem::{check_owner, code, from_io, on};
use crate::segment::Segment;
use crate::sys::object::{self, Waited};
use crate::sys::pool::{PoolWait, Watcher};
use crate::sys::process::monotonic_nanos;
use crate::sys::{pipe, port, security};
use ringway_core::wait::Nanos;
use ringway_core::wait::doorbell::{Bell as Rung, HasBells, NoBell};
use ringway_os_common::{OpenError, Problem};
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle, RawHandle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE, ERROR_PIPE_BUSY};

/// A bell as its owner holds it: a handle that is signalled when it has rung, until it is cleared.
///
/// It is told of in two more ways, where that is asked for: by a packet in a completion port, and by a
/// byte in a pipe.
#[derive(Debug)]
pub struct Bell {
    /// Dropped before what it tells.
    wait: Option<PoolWait<Teller>>,
    teller: Arc<Teller>,
    /// Names the segment in errors.
    segment: String,
}

/// Who is told that the bell has rung.
#[derive(Debug)]
struct Teller {
    /// That of the wait slot: one ring ends one wait.
    event: OwnedHandle,
    /// Set until the bell is cleared.
    ready: OwnedHandle,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether the event was set, and not only the time over.
    has_rung: bool,
    port: Option<(OwnedHandle, usize)>,
    pipe: Option<OwnedHandle>,
}

impl Teller {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Teller {
    fn object(&self) -> BorrowedHandle<'_> {
        self.event.as_handle()
    }

    // What fails here has nobody to be told of it: a port or a pipe that its owner has closed.
    fn tell(&self, is_signalled: bool) {
        let mut state = self.state();
        state.has_rung |= is_signalled;
        let _ = object::set_event(self.ready.as_handle());
        if let Some((port, key)) = &state.port {
            let _ = port::post(port.as_handle(), *key);
        }
        if let Some(pipe) = &state.pipe {
            let _ = pipe::write_one(pipe.as_handle());
        }
    }
}

impl Bell {
    fn open(segment: &Segment, slot: u32) -> Result<Self, Problem> {
        let event = segment.open_bell(slot)?;
        let bell = Bell {
            wait: None,
            teller: Arc::new(Teller {
                event,
                ready: object::create_flag().map_err(on("CreateEvent"))?,
                state: Mutex::default(),
            }),
            segment: segment.place().to_string(),
        };
        // Of an owner that is dead by now.
        bell.drain();
        Ok(bell)
    }

    /// Whether the event was set, which it is no more.
    fn drain(&self) -> bool {
        let waited = object::wait_for(self.teller.event.as_handle(), Some(Duration::ZERO));
        matches!(waited, Ok(Waited::Signalled(_)))
    }

    /// From now on each ring puts a packet into the completion port `port`: with `key`, of zero bytes,
    /// without an `OVERLAPPED`. One is put there at once, which shows that it can be done. Only the
    /// last port that was given is posted to.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAPort`], or [`Problem::HandleRights`] if the handle is not for posting.
    pub fn post_to(&self, port: BorrowedHandle<'_>, key: usize) -> Result<(), Problem> {
        let port = port.try_clone_to_owned().map_err(on("DuplicateHandle"))?;
        port::post(port.as_handle(), key).map_err(|error| match code(&error) {
            ERROR_INVALID_HANDLE => Problem::NotAPort,
            ERROR_ACCESS_DENIED => Problem::HandleRights {
                lacks: "the right to post to a completion port",
            },
            _ => from_io("PostQueuedCompletionStatus", error),
        })?;
        self.teller.state().port = Some((port, key));
        Ok(())
    }

    /// A pipe from which a byte can be read after each ring: its end for overlapped reading, such as
    /// event loops take. Who does not read it finds it readable for good. Only the last one that was
    /// asked for is written to.
    ///
    /// # Errors
    ///
    /// [`Problem::PipeTaken`] if another program made a pipe of its name, or opened this one.
    pub fn pipe(&self) -> Result<OwnedHandle, Problem> {
        /// How many this process has made; a name of which the last reader still has its end is
        /// not used again.
        static PIPES: AtomicU64 = AtomicU64::new(0);
        let name = names::pipe(PIPES.fetch_add(1, Ordering::Relaxed));
        let reader = make_pipe(&name)?;
        let writer = open_pipe(&name, reader.as_handle())?;
        self.teller.state().pipe = Some(writer);
        Ok(reader)
    }
}

fn make_pipe(name: &KernelName) -> Result<OwnedHandle, Problem> {
    pipe::create(name).map_err(|error| match code(&error) {
        // The system says the first of a pipe that is not ours to add to, whoever made it.
        ERROR_ACCESS_DENIED | ERROR_PIPE_BUSY => Problem::PipeTaken {
            name: name.to_string(),
            how: "made",
        },
        _ => from_io("CreateNamedPipe", error),
    })
}

/// Opens the end of the pipe that is written, whose other end is `reader`. There is one only.
fn open_pipe(name: &KernelName, reader: BorrowedHandle<'_>) -> Result<OwnedHandle, Problem> {
    let taken = || Problem::PipeTaken {
        name: name.to_string(),
        how: "opened",
    };
    let writer = pipe::open(name).map_err(|error| match code(&error) {
        ERROR_PIPE_BUSY => taken(),
        _ => from_io("opening a pipe", error),
    })?;
    let opener = pipe::opener(reader).map_err(on("GetNamedPipeClientProcessId"))?;
    if opener != std::process::id() {
        return Err(taken());
    }
    Ok(writer)
}

impl Rung for Bell {
    type Error = OpenError;

    fn clear(&mut self) -> bool {
        // Nobody is told any more.
        self.wait = None;
        let was_told = std::mem::take(&mut self.teller.state().has_rung);
        // Fails for a handle that is none only, and it is one.
        let _ = object::reset_event(self.teller.ready.as_handle());
        self.drain() || was_told
    }

    fn watch(&mut self, until: Nanos) -> Result<(), OpenError> {
        let limit = Duration::from_nanos(until.0.saturating_sub(monotonic_nanos()));
        self.wait = None;
        let begun = PoolWait::begin(&self.teller, limit);
        let begun = begun.map_err(on("RegisterWaitForSingleObject"));
        self.wait = Some(begun.map_err(|problem| OpenError::new(&self.segment, problem))?);
        Ok(())
    }

    fn remove(&mut self) {
        self.wait = None;
    }
}

/// The handle is signalled when it has rung, and stays so until it is cleared. It is for waiting.
impl AsHandle for Bell {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.teller.ready.as_handle()
    }
}

impl AsRawHandle for Bell {
    fn as_raw_handle(&self) -> RawHandle {
        self.teller.ready.as_raw_handle()
    }
}

impl Segment {
    /// The event of a wait slot that the caller has claimed.
    fn open_bell(&self, slot: u32) -> Result<OwnedHandle, Problem> {
        let name = self.events().name_of(slot);
        let event = object::create_event(&name).map_err(taken_or("CreateEvent", &name))?;
        check_owner(security::owner_of_object(event.handle.as_handle()))?;
        Ok(event.handle)
    }
}

impl HasBells for Segment {
    type Bell = Bell;

    fn bell(&self, slot: u32) -> Result<Bell, NoBell<OpenError>> {
        let named = |problem| OpenError::new(self.place(), problem);
        Bell::open(self, slot).map_err(|problem| match problem {
            Problem::NameTaken { .. }
            | Problem::ForeignOwner { .. }
            | Problem::PermissionDenied { .. } => NoBell::Taken(named(problem)),
            _ => NoBell::Failed(named(problem)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringway_os_common::{Disposition, MIN_LEN, Request};

    /// Method: what another program could do between the two calls is done between them.
    #[test]
    fn pipe_that_somebody_else_opens_first() {
        let name = names::pipe(u64::MAX);
        let reader = make_pipe(&name).unwrap();
        let _other = pipe::open(&name).unwrap();
        let taken = open_pipe(&name, reader.as_handle()).unwrap_err();
        assert!(
            matches!(taken, Problem::PipeTaken { how: "opened", .. }),
            "{taken}"
        );
    }

    /// The system says so of the first end, and not when it is too late.
    #[test]
    fn pipe_that_somebody_else_made() {
        let name = names::pipe(u64::MAX - 1);
        let _other = make_pipe(&name).unwrap();
        let taken = make_pipe(&name).unwrap_err();
        assert!(
            matches!(taken, Problem::PipeTaken { how: "made", .. }),
            "{taken}"
        );
        assert!(
            taken.to_string().contains(r"\\.\pipe\ringway-bell."),
            "{taken}"
        );
    }

    /// Something else has the name of a bell: that of another slot will do.
    #[test]
    fn event_that_is_something_else() {
        let place = "test-squatted-bell".try_into().unwrap();
        let (segment, _) = Segment::open(&Request {
            place: &place,
            disposition: Disposition::CreateOrOpen,
            len: MIN_LEN,
            persistent: false,
            mode: None,
            lock_timeout: Duration::from_secs(10),
        })
        .unwrap();
        let name = segment.events().name_of(3);
        let _other = object::create_mutex(&name).unwrap();
        let NoBell::Taken(taken) = segment.bell(3).unwrap_err() else {
            panic!("it is no reason to have no bell at all");
        };
        assert!(
            matches!(taken.problem, Problem::NameTaken { .. }),
            "{taken}"
        );
        assert!(taken.to_string().contains(&name.to_string()), "{taken}");
        segment.bell(4).unwrap();
    }

    #[test]
    fn full_pipe_keeps_nobody_waiting() {
        let name = names::pipe(u64::MAX - 2);
        let reader = make_pipe(&name).unwrap();
        let writer = open_pipe(&name, reader.as_handle()).unwrap();
        for _ in 0..1000 {
            let _ = pipe::write_one(writer.as_handle());
        }
        drop(reader);
        assert!(pipe::write_one(writer.as_handle()).is_err());
    }
}
