//! What two sides do with locks and signals, by name.

use super::futex::{FutexMutex, Seqlock, SpinSemaphore};
use super::posix::{EventFd, PthreadBarrier, PthreadCondition, PthreadMutex, SemTryWait, SemWait};
use super::relay::Pair;
use super::ringway::{
    Counting, Parked, Polled, RingwayAtomic, RingwayBarrier, RingwayCondition, RingwayEvent,
    RingwayLatest, RingwayMutex,
};
use super::{Exclusive, Newest, Relay, contend, handover, newest, relay};
use crate::scenarios::Scenario;

/// Pauses between two turns of a side: about a hundred nanoseconds, so that the other one gets the
/// lock meanwhile.
const PAUSES: u32 = 4;

const fn tight<E: Exclusive>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: contend::lead::<E, 0>,
        follow: contend::follow::<E, 0>,
    }
}

const fn paused<E: Exclusive>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: contend::lead::<E, PAUSES>,
        follow: contend::follow::<E, PAUSES>,
    }
}

const fn handover<E: Exclusive>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: handover::lead::<E>,
        follow: handover::follow::<E>,
    }
}

const fn relay<R: Relay>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: relay::lead::<R>,
        follow: relay::follow::<R>,
    }
}

const fn reading<N: Newest>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: newest::lead_reading::<N>,
        follow: newest::follow_writing::<N>,
    }
}

const fn writing<N: Newest>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: newest::lead_writing::<N>,
        follow: newest::follow_reading::<N>,
    }
}

macro_rules! scenarios {
    ($($(#[$meta:meta])* $constant:ident = $kind:ident::<$subject:ty>($name:literal);)*) => {
        $($(#[$meta])* pub const $constant: Scenario = $kind::<$subject>($name);)*

        /// All of them.
        pub const ALL: &[Scenario] = &[$($constant),*];
    };
}

scenarios! {
    /// Two want a bare futex at once.
    TIGHT_FUTEX = tight::<FutexMutex>("tight-futex");
    /// Two want a mutex of libc at once.
    TIGHT_PTHREAD = tight::<PthreadMutex>("tight-pthread");
    /// Two want a mutex at once.
    TIGHT = tight::<RingwayMutex>("tight");

    /// Two want a bare futex now and then.
    PAUSED_FUTEX = paused::<FutexMutex>("paused-futex");
    /// Two want a mutex of libc now and then.
    PAUSED_PTHREAD = paused::<PthreadMutex>("paused-pthread");
    /// Two want a mutex now and then.
    PAUSED = paused::<RingwayMutex>("paused");

    /// One sleeps until the other gives a bare futex back.
    HANDOVER_FUTEX = handover::<FutexMutex>("handover-futex");
    /// One sleeps until the other gives a mutex of libc back.
    HANDOVER_PTHREAD = handover::<PthreadMutex>("handover-pthread");
    /// One sleeps until the other gives a mutex back.
    HANDOVER = handover::<RingwayMutex>("handover");

    /// In turns by two words.
    RELAY_SPINNING = relay::<Pair<SpinSemaphore>>("relay-spinning");
    /// In turns by two semaphores, waiting as they do.
    RELAY_COUNTING = relay::<Pair<Counting>>("relay-counting");
    /// In turns by two semaphores, asked again and again.
    RELAY_POLLED = relay::<Pair<Polled>>("relay-polled");
    /// In turns by two semaphores, sleeping at once.
    RELAY_PARKED = relay::<Pair<Parked>>("relay-parked");
    /// In turns by two semaphores of libc.
    RELAY_SEM = relay::<Pair<SemWait>>("relay-sem");
    /// In turns by two semaphores of libc, asked again and again.
    RELAY_SEM_POLLING = relay::<Pair<SemTryWait>>("relay-sem-polling");
    /// In turns by a condition variable of libc.
    RELAY_CONDITION = relay::<PthreadCondition>("relay-condition");

    /// In turns by two events.
    RELAY_EVENT = relay::<Pair<RingwayEvent>>("relay-event");
    /// In turns by a condition variable.
    RELAY_CONDVAR = relay::<RingwayCondition>("relay-condvar");
    /// Meetings at a barrier.
    RELAY_BARRIER = relay::<RingwayBarrier>("relay-barrier");
    /// Meetings at a barrier of libc.
    RELAY_PTHREAD_BARRIER = relay::<PthreadBarrier>("relay-pthread-barrier");
    /// In turns by two `eventfd`s.
    RELAY_EVENTFD = relay::<EventFd>("relay-eventfd");

    /// 8 bytes, read while they are written.
    READ_LATEST_8 = reading::<RingwayLatest<u64>>("read-latest-8");
    /// 8 bytes, written while they are read.
    WRITE_LATEST_8 = writing::<RingwayLatest<u64>>("write-latest-8");
    /// 64 bytes, read while they are written.
    READ_LATEST_64 = reading::<RingwayLatest<[u64; 8]>>("read-latest-64");
    /// 64 bytes, written while they are read.
    WRITE_LATEST_64 = writing::<RingwayLatest<[u64; 8]>>("write-latest-64");
    /// 256 bytes, read while they are written.
    READ_LATEST_256 = reading::<RingwayLatest<[u64; 32]>>("read-latest-256");
    /// 256 bytes, written while they are read.
    WRITE_LATEST_256 = writing::<RingwayLatest<[u64; 32]>>("write-latest-256");
    /// A word, read while it is written.
    READ_ATOMIC = reading::<RingwayAtomic>("read-atomic");
    /// A word, written while it is read.
    WRITE_ATOMIC = writing::<RingwayAtomic>("write-atomic");
    /// 8 bytes behind a version, read while they are written.
    READ_SEQLOCK_8 = reading::<Seqlock<u64>>("read-seqlock-8");
    /// 64 bytes behind a version, read while they are written.
    READ_SEQLOCK_64 = reading::<Seqlock<[u64; 8]>>("read-seqlock-64");
    /// 256 bytes behind a version, read while they are written.
    READ_SEQLOCK_256 = reading::<Seqlock<[u64; 32]>>("read-seqlock-256");
    /// 8 bytes behind a version, written while they are read.
    WRITE_SEQLOCK_8 = writing::<Seqlock<u64>>("write-seqlock-8");
    /// 64 bytes behind a version, written while they are read.
    WRITE_SEQLOCK_64 = writing::<Seqlock<[u64; 8]>>("write-seqlock-64");
    /// 256 bytes behind a version, written while they are read.
    WRITE_SEQLOCK_256 = writing::<Seqlock<[u64; 32]>>("write-seqlock-256");
}
