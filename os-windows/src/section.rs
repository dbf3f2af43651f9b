//! Segments in sections: with a name, without one, and behind a handle.
//!
//! A section ends with its last handle, and has its name until then: nobody can take it away. Where a
//! segment is to be replaced while somebody, who does not take part any more, keeps a handle, the next
//! one gets another name, and the first section of the name says which:
//!
//! ```text
//!   Local\ringway.ticks      generation: 2      nobody uses it, but somebody has a handle
//!   Local\ringway.ticks~2    ◀─────────────┘    the segment; whoever has it open keeps both open
//! ```
//!
//! All of this happens with the initialisation lock held, which is named by the segment's name and so
//! is there before the segment is.

use crate::claims::{Claims, take_init_object, taken_or};
use crate::memory::{TRAILER_LEN, View};
use crate::names::{self, KernelName};
use crate::problem::{check_owner, from_io, lacks_memory, on};
use crate::segment::{Base, First, Locked};
use crate::sys::section::{self, Access, Mapped};
use crate::sys::security;
use ringway_os_common::{Disposition, MIN_LEN, Name, Origin, Patience, Problem, Request};
use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle, OwnedHandle};
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE};

/// A page, in bytes: of what sections are made.
const PAGE: u64 = 4096;

/// A section that is open and mapped.
struct Open {
    section: OwnedHandle,
    view: View,
    existed: bool,
}

/// Opens the segment `name`, or makes it.
pub(crate) fn open_named(name: &Name, request: &Request<'_>) -> Result<(Locked, Origin), Problem> {
    let key = name.as_str().to_owned();
    let mut patience = Patience::new(request.lock_timeout);
    let init_lock = take_init_object(&key, &mut patience)?;
    let first = find_or_make(&names::section(name, 0), request)?;
    first.view.identify()?;
    let generation = first.view.generation();
    let (open, first) = match generation {
        0 => (first, None),
        later => {
            let open = find_or_make(&names::section(name, later), request)?;
            let first = First {
                view: first.view,
                _section: first.section,
            };
            (open, Some(first))
        }
    };
    if open.existed && request.disposition == Disposition::CreateNew {
        return Err(Problem::AlreadyExists);
    }
    let id = open.view.identify()?;
    let origin = match open.existed {
        true => Origin::Existing,
        false => Origin::Created,
    };
    let locked = Locked {
        view: open.view,
        base: Base::Named {
            _section: open.section,
            generation,
            first,
        },
        claims: Claims::Objects {
            key,
            id: id.clone(),
        },
        id,
        init_lock,
    };
    Ok((locked, origin))
}

/// Opens the section `name`, or makes it, if that was asked for.
fn find_or_make(name: &KernelName, request: &Request<'_>) -> Result<Open, Problem> {
    let (section, existed) = match request.disposition {
        Disposition::OpenExisting => (find(name, Access::Shared)?.ok_or(Problem::NotFound)?, true),
        // `CreateNew` too: the first one of a name may be one that nobody uses any more.
        Disposition::CreateNew | Disposition::CreateOrOpen => {
            let len = section_len(request.len)?;
            let made = section::create(Some(name), len);
            let made = made.map_err(|error| cannot_make(Some(name), len, error))?;
            (made.handle, made.existed)
        }
    };
    if existed {
        check_owner(security::owner_of_object(section.as_handle()))?;
    }
    let view = map(section.as_handle(), Access::Shared)?;
    Ok(Open {
        section,
        view,
        existed,
    })
}

/// Opens the section `name`; `None` if there is none.
pub(crate) fn find(name: &KernelName, access: Access) -> Result<Option<OwnedHandle>, Problem> {
    let operation = match access {
        Access::Shared => "open",
        Access::CopyOnWrite => "read",
    };
    section::open(name, access).map_err(taken_or(operation, name))
}

/// Maps a section of a segment.
pub(crate) fn map(section: BorrowedHandle<'_>, access: Access) -> Result<View, Problem> {
    View::of_section(Mapped::new(section, access).map_err(on("MapViewOfFile"))?)
}

fn cannot_make(name: Option<&KernelName>, asked: u64, error: io::Error) -> Problem {
    if lacks_memory(&error) {
        return Problem::NoSpace {
            asked,
            directory: None,
        };
    }
    match name {
        Some(name) => taken_or("create", name)(error),
        None => from_io("create", error),
    }
}

/// How long a section for `asked` bytes is: whole pages, and one more behind them.
fn section_len(asked: u64) -> Result<u64, Problem> {
    let len = asked.max(MIN_LEN).checked_next_multiple_of(PAGE);
    let len = len.and_then(|len| len.checked_add(TRAILER_LEN));
    // The system counts with a sign.
    len.filter(|len| *len <= i64::MAX.cast_unsigned())
        .ok_or(Problem::NoSpace {
            asked,
            directory: None,
        })
}

/// Makes a segment without a name.
pub(crate) fn create_anonymous(request: &Request<'_>) -> Result<(Locked, Origin), Problem> {
    if request.disposition == Disposition::OpenExisting {
        return Err(Problem::NotFound);
    }
    let len = section_len(request.len)?;
    let made = section::create(None, len);
    let section = made.map_err(|error| cannot_make(None, len, error))?.handle;
    let view = map(section.as_handle(), Access::Shared)?;
    // Nobody else has it yet.
    let id = view.identify()?;
    let locked = lock_anonymous(section, view, id, request)?;
    Ok((locked, Origin::Created))
}

/// Opens the segment behind `handle`.
pub(crate) fn open_handle(
    handle: BorrowedHandle<'_>,
    request: &Request<'_>,
) -> Result<(Locked, Origin), Problem> {
    if request.disposition == Disposition::CreateNew {
        return Err(Problem::AlreadyExists);
    }
    let view = map_handed(handle, Access::Shared)?;
    let id = view.known()?;
    let section = handle
        .try_clone_to_owned()
        .map_err(on("duplicating the handle"))?;
    let locked = lock_anonymous(section, view, id, request)?;
    Ok((locked, Origin::Existing))
}

/// Maps the section behind a handle that another process handed over, if it is one.
pub(crate) fn map_handed(handle: BorrowedHandle<'_>, access: Access) -> Result<View, Problem> {
    let mapped = Mapped::new(handle, access);
    let mapped = mapped.map_err(|error| match crate::problem::code(&error) {
        ERROR_ACCESS_DENIED => Problem::HandleRights {
            lacks: match access {
                Access::Shared => "the right to map the segment for reading and writing",
                Access::CopyOnWrite => "the right to map the segment for reading",
            },
        },
        ERROR_INVALID_HANDLE => Problem::NotASegment {
            found: "a handle that is not one of a section",
        },
        _ => from_io("MapViewOfFile", error),
    })?;
    View::of_section(mapped)
}

fn lock_anonymous(
    section: OwnedHandle,
    view: View,
    id: String,
    request: &Request<'_>,
) -> Result<Locked, Problem> {
    let key = names::key_of_anonymous(&id);
    let mut patience = Patience::new(request.lock_timeout);
    let init_lock = take_init_object(&key, &mut patience)?;
    Ok(Locked {
        view,
        base: Base::Anonymous(section),
        claims: Claims::Objects {
            key,
            id: id.clone(),
        },
        id,
        init_lock,
    })
}
