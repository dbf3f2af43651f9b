//! Who is attached: one entry for each end of a channel.

use super::intent::IntentWord;
use super::role::Role;
use crate::liveness::{Liveness, PeerId};
use crate::primitive::{AtomicU32, Ordering, Reserved, fence, zeros};
use core::num::NonZeroU32;

/// Nobody has ever held this entry.
const VACANT: u32 = 0;
/// The last holder left in good order.
const LEFT: u32 = u32::MAX;

/// One entry of the participant table, on its own pair of cache lines.
///
/// ```text
///  0      4        8       12       16     20         32                 128
///  ┌──────┬────────┬───────┬────────┬──────┬──────────┬──────────────────┐
///  │owner │ holder │process│ domain │ role │ reserved │ intent, reserved │
///  └──────┴────────┴───────┴────────┴──────┴──────────┴──────────────────┘
/// ```
///
/// `owner` decides. The three words behind it help whoever looks: they belong to the owner only
/// if `holder` repeats its token, since an owner may die before it has written them.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Participant {
    owner: AtomicU32,
    holder: AtomicU32,
    process: AtomicU32,
    domain: AtomicU32,
    /// At which end the owner is, where entries serve both; written before the owner.
    role: AtomicU32,
    reserved: Reserved<3>,
    /// What the owner claims in a ring with several of its kind; not used by SPSC.
    pub intent: IntentWord,
    reserved_too: Reserved<22>,
}

/// The other end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// It has not come yet.
    Absent,
    /// It is attached and lives.
    Alive(PeerId),
    /// It closed its end.
    Left,
    /// It died without closing its end.
    Died(PeerId),
}

impl Participant {
    /// A vacant entry. For memory that is not mapped; mapped bytes start as zeros.
    #[must_use]
    pub fn new() -> Self {
        Participant {
            owner: AtomicU32::new(VACANT),
            holder: AtomicU32::new(0),
            process: AtomicU32::new(0),
            domain: AtomicU32::new(0),
            role: AtomicU32::new(0),
            reserved: zeros(),
            intent: IntentWord::new(),
            reserved_too: zeros(),
        }
    }

    /// Takes the entry for `me`, if it is free or its owner is dead; says who had it before.
    ///
    /// What that owner wrote before it left is visible afterwards.
    ///
    /// # Errors
    ///
    /// The living owner.
    pub fn claim(&self, liveness: &impl Liveness) -> Result<Peer, PeerId> {
        let me = liveness.me();
        loop {
            let before = self.peer(liveness);
            let found = match before {
                Peer::Alive(owner) => return Err(owner),
                Peer::Absent => VACANT,
                Peer::Left => LEFT,
                Peer::Died(owner) => owner.token.get(),
            };
            // One of several that find the same dead owner wins.
            // L5: makes the predecessor's work visible. L2 in `peer` is not enough: another owner
            // may have come and left since then. Pairs with L1 and L6.
            let claim = self.owner.compare_exchange(
                found,
                me.token.get(),
                Ordering::Acquire,
                Ordering::Relaxed,
            );
            if claim.is_ok() {
                self.holder.store(0, Ordering::Relaxed);
                // L7: the holder is withdrawn before its words change. Pairs with L8.
                fence(Ordering::Release);
                self.process.store(me.process, Ordering::Relaxed);
                self.domain.store(me.domain, Ordering::Relaxed);
                // L3: publishes the two words that belong to this token. Pairs with L4.
                self.holder.store(me.token.get(), Ordering::Release);
                return Ok(before);
            }
        }
    }

    /// As [`claim`](Participant::claim), for an end of `role` in a table of many. Only with the
    /// lock of the table held.
    ///
    /// # Errors
    ///
    /// The living owner.
    pub fn enter(&self, liveness: &impl Liveness, role: Role) -> Result<Peer, PeerId> {
        if let Peer::Alive(owner) = self.peer(liveness) {
            return Err(owner);
        }
        self.intent.clear();
        self.role.store(role as u32, Ordering::Relaxed);
        self.claim(liveness)
    }

    /// At which end its owner is, in a table of many.
    pub fn role(&self) -> Role {
        match self.role.load(Ordering::Relaxed) {
            0 => Role::Sender,
            _ => Role::Receiver,
        }
    }

    /// Gives the entry back in good order.
    pub fn leave(&self) {
        // L1: everything done at this end before it was closed. Pairs with L2, L5 and L6.
        self.owner.store(LEFT, Ordering::Release);
    }

    /// Makes an entry whose owner has left or died look as if nobody had ever held it; does
    /// nothing if somebody holds it by now. Says whether it did.
    ///
    /// What that owner did is visible afterwards, and so is what any other did that left since.
    pub fn forget(&self, peer: Peer) -> bool {
        let Some(found) = word_of_past(peer) else {
            return false;
        };
        // L6: hands on what a dead owner did, known from whoever said that it died, and makes
        // visible what one did that left. Pairs with L5 and L1.
        // A read-modify-write, so that L5 pairs with the L1 of an owner that left, too.
        self.owner
            .compare_exchange(found, VACANT, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// Takes back that `peer` was [forgotten](Participant::forget); does nothing if somebody has
    /// come since.
    pub fn remember(&self, peer: Peer) {
        if let Some(found) = word_of_past(peer) {
            // A read-modify-write, so that L2 and L5 pair with the owner's L1 as before.
            let _ =
                self.owner
                    .compare_exchange(VACANT, found, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Who holds the entry, asking the system whether it lives.
    pub fn peer(&self, liveness: &impl Liveness) -> Peer {
        match self.glance() {
            Peer::Alive(owner) if !liveness.is_alive(owner) => Peer::Died(owner),
            peer => peer,
        }
    }

    /// Who holds the entry, as far as it wrote that down: a dead owner is taken for alive.
    ///
    /// What an owner did before it left is visible if the answer is [`Peer::Left`].
    pub fn glance(&self) -> Peer {
        // L2: makes what was done before leaving visible. Pairs with L1.
        match self.owner.load(Ordering::Acquire) {
            VACANT => Peer::Absent,
            LEFT => Peer::Left,
            token => Peer::Alive(self.identity(token)),
        }
    }

    fn identity(&self, token: u32) -> PeerId {
        // A token out of range is written by nobody honest; it names nobody alive.
        let name = NonZeroU32::new(token).unwrap_or(NonZeroU32::MAX);
        // L4: makes the two words visible that go with the token. Pairs with L3.
        if self.holder.load(Ordering::Acquire) != token {
            return PeerId::from_token(name);
        }
        let (process, domain) = (
            self.process.load(Ordering::Relaxed),
            self.domain.load(Ordering::Relaxed),
        );
        // L8: if a word was the next owner's, the holder is not `token` any more. Pairs with L7.
        fence(Ordering::Acquire);
        if self.holder.load(Ordering::Relaxed) != token {
            return PeerId::from_token(name);
        }
        PeerId {
            token: name,
            process,
            domain,
        }
    }
}

/// What the entry of an owner says that is not there any more.
fn word_of_past(peer: Peer) -> Option<u32> {
    match peer {
        Peer::Absent | Peer::Alive(_) => None,
        Peer::Left => Some(LEFT),
        Peer::Died(owner) => Some(owner.token.get()),
    }
}

impl Default for Participant {
    fn default() -> Self {
        Self::new()
    }
}
