//! What a caller asks of [`Segment::open`](crate::Segment::open), and part of its answer.

use ringway_os_common::Place;
use std::time::Duration;

/// The size of the smallest segment, in bytes: a page, the least that is ever mapped.
pub const MIN_LEN: u64 = 4096;

/// What [`Segment::open`](crate::Segment::open) does about a segment that is there, or is not.
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
    /// Its size in bytes if it is created; at least [`MIN_LEN`] are.
    pub len: u64,
    /// Its permission bits if it is created, exactly, whatever the umask; `None` is `0o600`.
    ///
    /// Bits for group or others also say that other users are trusted: only then is a segment of
    /// another user opened. Who may write to a segment may harm everybody attached to it: cut it
    /// off, for one, which kills them.
    pub mode: Option<u32>,
    /// How long to wait for another process that builds or removes the segment.
    pub lock_timeout: Duration,
}

/// Whether [`Segment::open`](crate::Segment::open) made the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is new, and all zeros.
    Created,
    /// It was there. It is all zeros if its creator died before it wrote anything.
    Existing,
}
