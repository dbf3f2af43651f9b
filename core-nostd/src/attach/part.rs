//! A channel that lies beside other cells in one segment.

use super::{AttachError, Options, header, receiver, sender};
use crate::channel::{Message, Receiver, Sender, Topology};
use crate::handle::{Bound, Cell};
use crate::layout::handshake::State;
use crate::layout::{Blueprint, Unfit};
use crate::liveness::{Liveness, PeerId};
use crate::platform::Platform;
use crate::region::{Memory, Room};
use crate::wait::doorbell::Rings;
use crate::wait::{MOST_SOURCES, Nanos, Wait, WaitResult, Word, in_turn};
use core::fmt;
use core::ptr::NonNull;

/// A [`Room`] as a segment of its own, in which those who are attached to the segment around it can
/// have a channel.
///
/// It waits and tells the living from the dead as that segment does: who has died there has died
/// here.
pub struct Part<P> {
    memory: PartMemory,
    /// Where the room starts in the segment around it, in bytes.
    at: usize,
    platform: P,
}

/// The bytes of a [`Part`].
#[derive(Debug)]
pub struct PartMemory {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: it is an address and a length; what lies there is shared by design (`Memory`).
unsafe impl Send for PartMemory {}
// SAFETY: as above.
unsafe impl Sync for PartMemory {}

// SAFETY: only a part has one, which never gives it away and keeps the room mapped by the platform
// beside it; a room is aligned by `repr(align(128))`, and its bytes are private.
unsafe impl Memory for PartMemory {
    fn base(&self) -> NonNull<u8> {
        self.base
    }
    fn len(&self) -> usize {
        self.len
    }
}

impl PartMemory {
    fn holds(&self, word: Word<'_>) -> bool {
        let at = core::ptr::from_ref(word.atomic).addr();
        at.wrapping_sub(self.base.addr().get()) < self.len
    }
}

impl<const BYTES: usize> Cell for Room<BYTES> {
    type Handle<P: Platform> = Part<P>;

    fn handle<P: Platform>(bound: Bound<Self, P>) -> Part<P> {
        let memory = PartMemory {
            base: bound.cell().base(),
            len: BYTES,
        };
        let at = bound.at();
        Part {
            memory,
            at,
            platform: bound.into_platform(),
        }
    }
}

impl<P: Platform + Clone> Part<P> {
    /// Opens a writing end of the channel in the room, and makes the channel first if nobody has,
    /// as large as fits. Of the blueprint kind, item and handles count: a channel in a room is
    /// always persistent, as what lies beside it is.
    ///
    /// # Errors
    ///
    /// The room is too small for one message, or the channel there does not fit `T` and the
    /// blueprint, or it has no room for another sender.
    pub fn sender<T: Message + ?Sized, K: Topology>(
        &self,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Sender<T, Part<P>, K>, AttachError> {
        self.attach(blueprint, |part, blueprint| {
            sender(part, blueprint, options)
        })
    }

    /// Opens a reading end; otherwise as [`sender`](Part::sender).
    ///
    /// # Errors
    ///
    /// As `sender`, for receivers.
    pub fn receiver<T: Message + ?Sized, K: Topology>(
        &self,
        blueprint: &Blueprint,
        options: Options,
    ) -> Result<Receiver<T, Part<P>, K>, AttachError> {
        self.attach(blueprint, |part, blueprint| {
            receiver(part, blueprint, options)
        })
    }

    fn attach<E>(
        &self,
        blueprint: &Blueprint,
        claim: impl Fn(Self, &Blueprint) -> Result<E, AttachError>,
    ) -> Result<E, AttachError> {
        let any = Blueprint {
            capacity: None,
            persistent: true,
            ..blueprint.clone()
        };
        if header(&self.memory)?.handshake.state() == State::Ready {
            return claim(self.clone(), &any);
        }
        match claim(self.clone(), &any.filling(self.memory.len() as u64)?) {
            // Somebody who asked for other handles came first.
            Err(AttachError::Unfit(Unfit::OtherCapacity { .. })) => claim(self.clone(), &any),
            answer => answer,
        }
    }
}

impl<P: Clone> Clone for Part<P> {
    fn clone(&self) -> Self {
        let PartMemory { base, len } = self.memory;
        Part {
            memory: PartMemory { base, len },
            at: self.at,
            platform: self.platform.clone(),
        }
    }
}

impl<P> Part<P> {
    /// The platform of the segment around it.
    pub fn outer(&self) -> &P {
        &self.platform
    }

    /// A word of the part as one of the segment around it: it has one name, whoever sleeps there.
    #[inline(always)]
    fn outer_word<'a>(&self, word: Word<'a>) -> Word<'a> {
        Word {
            offset: self.at.wrapping_add(word.offset),
            ..word
        }
    }
}

impl<P: Wait> Wait for Part<P> {
    #[inline(always)]
    fn now(&self) -> Nanos {
        self.platform.now()
    }
    #[inline(always)]
    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        self.platform
            .wait(self.outer_word(word), expected, deadline)
    }
    fn wait_any(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        let Some(&first) = words.first() else {
            return self.platform.wait_any(words, deadline);
        };
        let mut outer = [first; MOST_SOURCES];
        let Some(outer) = outer.get_mut(..words.len()) else {
            return in_turn(self, words, deadline);
        };
        for (outer, &(word, expected)) in outer.iter_mut().zip(words) {
            // The others are words of other segments already.
            let is_ours = self.memory.holds(word);
            *outer = (if is_ours { self.outer_word(word) } else { word }, expected);
        }
        self.platform.wait_any(outer, deadline)
    }
    #[inline(always)]
    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        self.platform.wake(self.outer_word(word), count)
    }
    #[inline(always)]
    fn yield_now(&self) {
        self.platform.yield_now();
    }
    #[inline(always)]
    fn is_reached_by_barriers(&self) -> bool {
        self.platform.is_reached_by_barriers()
    }
    #[inline(always)]
    fn barrier_everywhere(&self) -> bool {
        self.platform.barrier_everywhere()
    }
}

// SAFETY: the answers of the platform around it.
unsafe impl<P: Liveness> Liveness for Part<P> {
    #[inline(always)]
    fn me(&self) -> PeerId {
        self.platform.me()
    }
    #[inline(always)]
    fn is_alive(&self, peer: PeerId) -> bool {
        self.platform.is_alive(peer)
    }
}

impl<P: Platform> Platform for Part<P> {
    type Memory = PartMemory;
    type Scratch = P::Scratch;
    fn memory(&self) -> &PartMemory {
        &self.memory
    }
    fn is_mapped_here(&self) -> bool {
        self.platform.is_mapped_here()
    }
}

/// A doorbell of the segment around it.
impl<P: Rings> Rings for Part<P> {
    type Doorbell = P::Doorbell;
    type Error = P::Error;

    fn doorbell(&self) -> Result<P::Doorbell, P::Error> {
        self.platform.doorbell()
    }
}

impl<P> fmt::Debug for Part<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("at", &self.at)
            .field("len", &self.memory.len)
            .finish_non_exhaustive()
    }
}
