//! Which process a name stands for: locks and wait slots name who has them by a token alone.

use super::blueprint::Blueprint;
use super::header::Header;
use super::participants::{Participant, Peer};
use crate::liveness::PeerId;
use crate::region::{Memory, overlay};

/// All that the participants of the segment in `memory` say of `peer`, if only its token is known.
///
/// A token is not enough to see a death where a forked child lives on, and keeps what its parent was
/// known by.
pub fn known(memory: &impl Memory, peer: PeerId) -> PeerId {
    if peer.process != 0 {
        return peer;
    }
    entries(memory)
        .find_map(|entry| match entry.glance() {
            Peer::Alive(owner) if owner.token == peer.token => Some(owner),
            _ => None,
        })
        .unwrap_or(peer)
}

/// The participants, as far as they lie in `memory`; none of a segment that is not built.
fn entries<M: Memory>(memory: &M) -> impl Iterator<Item = &Participant> {
    let table = Header::of(memory).map(Header::participants);
    let (offset, count) = table.unwrap_or_default();
    let count = count.min(Blueprint::MAX_HANDLES) as usize;
    (0..count).map_while(move |index| {
        let at = index.checked_mul(size_of::<Participant>())?;
        overlay(memory, (offset as usize).checked_add(at)?)
    })
}
