//! Locks and signals: what is asked of each, the loops that ask it, and who is asked.
//!
//! | module | holds |
//! |---|---|
//! | [`alone`] | calls of one thread that nobody gets in the way of |
//! | [`contend`] | two sides that want one lock at once |
//! | [`handover`] | how long after it was given back a sleeper has a lock |
//! | [`relay`] | two sides that let each other go on in turns |
//! | [`newest`] | the newest value: read, written, and both at once |
//! | [`scenarios`] | what two sides do, by name |
//! | [`ringway`], [`futex`], [`posix`], [`threads`] | who is asked: ringway, bare futexes, libc, and locks between threads |

pub mod alone;
pub mod contend;
pub mod futex;
pub mod handover;
pub mod newest;
pub mod posix;
pub mod relay;
pub mod ringway;
pub mod scenarios;
pub mod threads;

use crate::item::Item;
use crate::stage::Stage;

/// Which side opens something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that makes it ready, before both [meet](Stage::meet).
    Lead,
    /// The other one.
    Follower,
}

/// Which of two of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that the lead uses to let the follower go on, or the only one.
    There,
    /// The one for the other direction.
    Back,
}

impl Which {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Which::There => "there",
            Which::Back => "back",
        }
    }
}

/// Something on `stage` that both sides open.
pub trait Open {
    /// Opens it. It is to be used only once both sides have met.
    fn open(stage: &Stage, side: Side, which: Which) -> Self;
}

/// A lock and the number that it guards.
pub trait Exclusive: Open {
    /// Does `work` under the lock.
    fn hold<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R;
}

/// A lock that several may look under at once, and the number that it guards.
pub trait Shared: Exclusive {
    /// Looks at the number.
    fn look<R>(&self, work: impl FnOnce(&u64) -> R) -> R;
}

/// Something that one side opens for the other, as often as it likes.
pub trait Turnstile: Open {
    /// Lets one through.
    fn post(&self);
    /// Waits to be let through.
    fn wait(&self);
}

/// Two sides that go on in turns.
pub trait Relay: Open {
    /// The lead: lets the follower go on, and waits to be let on in turn. Turns count from 1.
    fn call(&self, turn: u32);
    /// The follower: waits to be let on, and lets the lead go on.
    fn answer(&self, turn: u32);
}

/// The newest value, which one writes and another reads.
pub trait Newest: Open {
    /// The value.
    type Value: Item;
    /// Writes values by their numbers.
    fn writer(&self) -> impl FnMut(u64);
    /// Reads the newest one, and says its number.
    fn reader(&self) -> impl FnMut() -> u64;
}
