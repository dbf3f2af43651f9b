//! Sleeping and waking, for a segment: on the address, or in the wait slots.
//!
//! | macOS | sleeps by |
//! |---|---|
//! | 14.4 and newer | `os_sync_wait_on_address` |
//! | 11 and newer, with the feature `ulock` | `__ulock_wait2`, in segments that such a program made |
//! | older, or without | the wait slots, a FIFO each |
//!
//! All processes of a segment must sleep in one way, or wake-ups go astray. Whether there are public
//! calls is the same for all programs of a machine, and nobody sleeps through an update of it. Whether
//! a program was built with the private ones is not: so the builder of a segment writes into it that
//! it uses them ([`Lot::way`]), and who cannot is refused.
//!
//! Wake-ups on an address also reach the doorbells in the wait slots.

use crate::segment::Segment;
use crate::sys;
use crate::wait::Address;
use ringway_core::region::Memory;
use ringway_core::wait::parking::Lot;
use ringway_core::wait::{Nanos, Wait, WaitResult, Word, in_turn};
use ringway_os_common::unix::slots;
use ringway_os_common::{Origin, Problem};
use std::thread;

/// What the builder of a segment writes whose processes sleep by `__ulock_wait2`.
const PRIVATE: u32 = 1;

/// What a program has to sleep on an address with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    /// Calls that all programs of this machine have.
    Public(&'static Address),
    /// Calls that only some programs have.
    #[cfg_attr(
        target_os = "macos",
        cfg_attr(not(feature = "ulock"), expect(dead_code))
    )]
    Private(&'static Address),
    /// Nothing.
    Nothing,
}

/// How the processes of one segment sleep.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Address(&'static Address),
    Slots,
}

impl Way {
    /// The way of the segment in `memory`, whose initialisation lock is held.
    pub(crate) fn of(memory: &impl Memory, origin: Origin) -> Result<Self, Problem> {
        Way::choose(memory, origin, sys::calls())
    }

    fn choose(memory: &impl Memory, origin: Origin, found: Found) -> Result<Self, Problem> {
        let lot = Lot::of(memory);
        let is_private = lot.is_some_and(|lot| lot.way() == PRIVATE);
        match (found, origin) {
            (Found::Public(address), _) => Ok(Way::Address(address)),
            (Found::Private(address), Origin::Created) => {
                lot.inspect(|lot| lot.choose(PRIVATE));
                Ok(Way::Address(address))
            }
            (Found::Private(address), Origin::Existing) if is_private => Ok(Way::Address(address)),
            (Found::Nothing, _) if is_private => Err(Problem::PrivateCalls),
            (Found::Private(_) | Found::Nothing, _) => Ok(Way::Slots),
        }
    }
}

impl Wait for Segment {
    /// `mach_absolute_time`, which stands still while the machine sleeps.
    fn now(&self) -> Nanos {
        sys::now()
    }

    fn wait(&self, word: Word<'_>, expected: u32, deadline: Option<Nanos>) -> WaitResult {
        match self.way {
            Way::Address(address) => address.wait(word, expected, deadline),
            Way::Slots => slots::wait(self, word, expected, deadline),
        }
    }

    /// macOS has no call for several words: on the address, each of them for a millisecond in turn.
    fn wait_any(&self, words: &[(Word<'_>, u32)], deadline: Option<Nanos>) -> WaitResult {
        match self.way {
            Way::Address(_) => in_turn(self, words, deadline),
            Way::Slots => slots::wait_any(self, words, deadline),
        }
    }

    fn wake(&self, word: Word<'_>, count: u32) -> bool {
        let woken = match self.way {
            Way::Address(address) => address.wake(word, count),
            Way::Slots => 0,
        };
        let left = match count {
            u32::MAX => u32::MAX,
            _ => count.saturating_sub(woken),
        };
        let has_rung = slots::wake(self, word, left);
        woken > 0 || has_rung
    }

    fn yield_now(&self) {
        thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::{Calls, Timebase};
    use ringway_core::region::{Borrowed, StaticRegion};
    use rustix::io::Errno;
    use std::sync::atomic::AtomicU32;

    struct Nobody;

    impl Calls for Nobody {
        fn wait(&self, _: &AtomicU32, _: u64, _: usize, _: u32) -> Result<u32, Errno> {
            Err(Errno::INVAL)
        }
        fn wait_with_deadline(
            &self,
            _: &AtomicU32,
            _: u64,
            _: usize,
            _: u32,
            _: u32,
            _: u64,
        ) -> Result<u32, Errno> {
            Err(Errno::INVAL)
        }
        fn wake_any(&self, _: &AtomicU32, _: usize, _: u32) -> Result<(), Errno> {
            Err(Errno::NOENT)
        }
        fn wake_all(&self, _: &AtomicU32, _: usize, _: u32) -> Result<(), Errno> {
            Err(Errno::NOENT)
        }
        fn ticks(&self) -> u64 {
            0
        }
        fn timebase(&self) -> Timebase {
            Timebase::new(1, 1)
        }
    }

    fn choose(memory: &Borrowed<'_>, origin: Origin, found: Found) -> &'static str {
        match Way::choose(memory, origin, found) {
            Ok(Way::Address(_)) => "address",
            Ok(Way::Slots) => "slots",
            Err(Problem::PrivateCalls) => "refused",
            Err(other) => panic!("{other}"),
        }
    }

    /// Method: every kind of program builds a segment, and every kind joins it.
    #[test]
    fn all_who_share_a_segment_sleep_in_one_way() {
        let address: &Address = Box::leak(Box::new(Address::new(Nobody)));
        let [public, private] = [Found::Public(address), Found::Private(address)];
        let region = StaticRegion::<8192>::new();
        let joins = |found| choose(&Borrowed::from(&region), Origin::Existing, found);
        let builds = |found| {
            let memory = Borrowed::from(&region);
            Lot::<64>::of(&memory).unwrap().choose(0);
            choose(&memory, Origin::Created, found)
        };
        assert_eq!(builds(Found::Nothing), "slots");
        assert_eq!([joins(Found::Nothing), joins(private)], ["slots", "slots"]);
        assert_eq!(builds(private), "address");
        assert_eq!(
            [joins(Found::Nothing), joins(private)],
            ["refused", "address"]
        );
        // After an update, whoever built it: nobody else is there any more.
        assert_eq!(joins(public), "address");
        assert_eq!([builds(public), joins(public)], ["address", "address"]);
    }
}
