//! A named segment in the list of all.

use crate::error::User;
use crate::name::Name;
use std::time::SystemTime;

/// A named segment, as the system knows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listed {
    /// Its name.
    pub name: Name,
    /// Its size in bytes; 0 while it is being made.
    pub len: u64,
    /// Its owner, where the system says.
    pub owner: Option<User>,
    /// Its permission bits, where the system has such.
    pub mode: Option<u32>,
    /// When it was last resized or written to by a call, where the system says; stores to mapped
    /// memory do not count.
    pub modified: Option<SystemTime>,
}

impl Listed {
    /// A segment of which only name and size are known.
    #[must_use]
    pub fn new(name: Name, len: u64) -> Self {
        Listed {
            name,
            len,
            owner: None,
            mode: None,
            modified: None,
        }
    }
}
