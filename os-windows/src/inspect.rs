//! Looking at a segment without taking part.
#![allow(unsafe_code)]

use crate::claims::Claims;
use crate::file::{check_regular, map_file};
use crate::liveness::{is_alive, random_token};
use crate::memory::View;
use crate::names;
use crate::open::unknown_place;
use crate::section::{find, map, map_handed};
use crate::sys::file as sys_file;
use crate::sys::section::Access;
use crate::watch::Watch;
use core::ptr::NonNull;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::region::Memory;
use ringway_os_common::{Name, OpenError, Place, Problem};
use std::os::windows::io::{AsHandle, OwnedHandle};
use std::path::Path;
use std::sync::Arc;

/// A segment to look at. It shows what the attached processes write, at the moment they do.
///
/// It is no attachment: nobody sees it, it holds no lock, and keeps nobody from removing the
/// segment. It needs permission to read only, and what is written to its memory reaches nobody.
#[derive(Debug)]
pub struct Inspection {
    view: View,
    claims: Claims,
    watch: Watch,
    me: PeerId,
}

/// Opens a segment to look at it. It may belong to anybody, and may be in the making.
///
/// # Errors
///
/// A [`Problem`]: there is none, it may not be read, or it is none of at least
/// [`MIN_LEN`](crate::MIN_LEN) bytes.
pub fn inspect(place: &Place) -> Result<Inspection, OpenError> {
    Inspection::open(place).map_err(|problem| OpenError::new(place, problem))
}

impl Inspection {
    fn open(place: &Place) -> Result<Self, Problem> {
        let (view, claims) = match place {
            Place::Named(name) => look_at_named(name)?.1,
            Place::File(path) => look_at_file(path)?,
            Place::Anonymous => return Err(Problem::NotFound),
            Place::Handle(handle) => {
                of_section(map_handed(handle.as_handle(), Access::CopyOnWrite)?)?
            }
            _ => return Err(unknown_place()),
        };
        Ok(Inspection {
            view,
            claims,
            watch: Watch::new(),
            me: PeerId::from_token(random_token()),
        })
    }
}

fn of_section(view: View) -> Result<(View, Claims), Problem> {
    let id = view.known()?;
    let key = names::key_of_anonymous(&id);
    Ok((view, Claims::Objects { key, id }))
}

/// The section that is the segment `name` now, and its bytes. The handle is not kept longer than it is
/// needed: with it the name would stay.
pub(crate) fn look_at_named(name: &Name) -> Result<(OwnedHandle, (View, Claims)), Problem> {
    let look = |generation| -> Result<(OwnedHandle, View), Problem> {
        let name = names::section(name, generation);
        let section = find(&name, Access::CopyOnWrite)?.ok_or(Problem::NotFound)?;
        let view = map(section.as_handle(), Access::CopyOnWrite)?;
        Ok((section, view))
    };
    let (section, view) = look(0)?;
    let (section, view) = match view.generation() {
        0 => (section, view),
        later => look(later)?,
    };
    Ok((section, of_section(view)?))
}

fn look_at_file(path: &Path) -> Result<(View, Claims), Problem> {
    let file = crate::file::find(path, sys_file::Access::Read)?.ok_or(Problem::NotFound)?;
    check_regular(&file)?;
    let view = map_file(&file, Access::CopyOnWrite)?;
    Ok((view, Claims::Ranges(Arc::new(file))))
}

// SAFETY: all of it is `View`'s, which keeps the promise and lives as long as `self`.
unsafe impl Memory for Inspection {
    fn base(&self) -> NonNull<u8> {
        self.view.base()
    }

    fn len(&self) -> usize {
        self.view.len()
    }
}

// SAFETY: as for `Segment`. It never holds an end.
unsafe impl Liveness for Inspection {
    /// A name that stands in no table and counts as dead.
    fn me(&self) -> PeerId {
        self.me
    }

    fn is_alive(&self, peer: PeerId) -> bool {
        is_alive(&self.claims, &self.watch, peer)
    }
}
