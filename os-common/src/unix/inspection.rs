//! Looking at a segment without taking part.
#![allow(unsafe_code)]

use super::liveness::{Whereabouts, is_alive};
use super::random::random_token;
use crate::error::Problem;
use core::ptr::NonNull;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::region::Memory;
use std::os::fd::{AsFd, OwnedFd};

/// A segment to look at.
///
/// It is no attachment: nobody sees it, it holds no lock, and keeps nobody from removing the
/// segment. It needs permission to read only, and what is written to its memory reaches nobody.
#[derive(Debug)]
pub struct Inspection<M> {
    memory: M,
    description: OwnedFd,
    me: PeerId,
    has_ended: fn(u32) -> bool,
}

impl<M: Memory> Inspection<M> {
    /// Looks at `memory`, whose attachments have their locks in `description`. `has_ended` tells
    /// whether a process of our number space is known to have ended.
    ///
    /// # Errors
    ///
    /// Those of random numbers.
    pub fn new(
        memory: M,
        description: OwnedFd,
        here: Whereabouts,
        has_ended: fn(u32) -> bool,
    ) -> Result<Self, Problem> {
        let me = PeerId {
            token: random_token()?,
            process: 0,
            domain: here.domain,
        };
        Ok(Inspection {
            memory,
            description,
            me,
            has_ended,
        })
    }
}

// SAFETY: all of it is that of `memory`, which keeps the promise and lives as long as `self`.
unsafe impl<M: Memory> Memory for Inspection<M> {
    fn base(&self) -> NonNull<u8> {
        self.memory.base()
    }

    fn len(&self) -> usize {
        self.memory.len()
    }
}

// SAFETY: a lock that is held is never called free, and errors count as alive. It never holds an
// end.
unsafe impl<M: Memory> Liveness for Inspection<M> {
    /// A name that stands in no table and counts as dead.
    fn me(&self) -> PeerId {
        self.me
    }

    fn is_alive(&self, peer: PeerId) -> bool {
        is_alive(
            self.description.as_fd(),
            peer,
            self.me.domain,
            self.has_ended,
        )
    }
}
