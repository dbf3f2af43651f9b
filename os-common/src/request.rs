//! What a caller asks of an adapter's `Segment::open`, and part of its answer.

use crate::place::Place;
use std::time::Duration;

/// The size of the smallest segment, in bytes: the smallest page that any system has.
pub const MIN_LEN: u64 = 4096;

/// What an adapter's `Segment::open` does about a segment that is there, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Opens it, or creates it if there is none.
    CreateOrOpen,
    /// Creates it; an error if there is one.
    CreateNew,
    /// Opens it; an error if there is none.
    OpenExisting,
}

/// What to open, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Where the segment is or shall be. [`Place::Anonymous`] is always created, and
    /// [`Place::Handle`] always exists.
    pub place: &'a Place,
    /// What to do if it exists, or does not.
    pub disposition: Disposition,
    /// Its size in bytes if it is created; at least [`MIN_LEN`] are, and a system may round it up.
    pub len: u64,
    /// Whether its contents shall outlive all processes. An error where they cannot: on Windows a named
    /// segment ends with its last user, and only a file does not.
    pub persistent: bool,
    /// Its permission bits if it is created, exactly, whatever the umask; `None` is `0o600`.
    ///
    /// Bits for group or others also say that other users are trusted: only then is a segment of
    /// another user opened. Who may write to a segment may harm everybody attached to it: cut it
    /// off, for one, which kills them.
    ///
    /// Windows has no such bits. There a segment is its creator's alone, and bits for group or
    /// others are an error.
    pub mode: Option<u32>,
    /// How long to wait for another process that builds or removes the segment.
    pub lock_timeout: Duration,
}

/// Whether an adapter's `Segment::open` made the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is new, and all zeros.
    Created,
    /// It was there. It is all zeros if its creator died before it wrote anything.
    Existing,
}
