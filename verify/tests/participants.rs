//! The participant table: an entry has one owner, and each owner's work is visible to the next.

use ringway_core::layout::{Participant, Peer};
use ringway_core::liveness::Liveness;
use ringway_verify::exec::{Item, model, spawn};
use ringway_verify::kernel::{Kernel, Process};
use std::sync::Arc;

/// An entry, and one cell for all that its owners do.
struct End {
    entry: Participant,
    work: Item,
}

impl End {
    fn new() -> Arc<Self> {
        Arc::new(End {
            entry: Participant::new(),
            work: Item::new(0),
        })
    }

    /// Claims the entry and works, if it is free; whose work was there before.
    fn session(&self, process: &Process) -> Option<u32> {
        self.entry.claim(process).ok()?;
        let before = self.work.get();
        self.work.set(process.me().token.get());
        Some(before)
    }
}

/// Goal: an owner sees all that the one before it did, however many there were in between.
/// Method: two processes claim an end, work and leave, while a third claims it.
/// Allowed: the third is refused, or comes at any point of their sequence.
#[test]
fn owners_follow_each_other() {
    model(|| {
        let (kernel, end) = (Kernel::new(), End::new());
        let others = {
            let (end, one, two) = (end.clone(), kernel.process(1), kernel.process(2));
            spawn(move || {
                for process in [one, two] {
                    if end.session(&process).is_some() {
                        end.entry.leave();
                    }
                }
            })
        };
        let _ = end.session(&kernel.process(3));
        others.join().unwrap();
    });
}

/// Goal: of two that come for a dead owner's end one gets it.
/// Method: an owner works and dies, while two others claim its end.
/// Allowed: at most one wins, and it sees the dead one's work; whoever is refused is told of a
/// living owner.
#[test]
fn one_of_two_replaces_a_dead_owner() {
    model(|| {
        let (kernel, end) = (Kernel::new(), End::new());
        let dying = kernel.process(1);
        assert_eq!(end.entry.claim(&dying), Ok(Peer::Absent));
        let other = {
            let (end, process) = (end.clone(), kernel.process(2));
            spawn(move || end.session(&process))
        };
        let death = {
            let end = end.clone();
            spawn(move || {
                end.work.set(1);
                dying.die();
            })
        };
        let third = end.session(&kernel.process(3));
        let other = other.join().unwrap();
        assert!(third.is_none() || other.is_none());
        assert!([third, other].into_iter().flatten().all(|work| work == 1));
        death.join().unwrap();
    });
}

/// Goal: whoever sees that the peer has left sees all that it did before.
/// Method: an owner works and leaves while the peer glances at it.
/// Allowed: the peer finds it alive, or finds it gone and its work done.
#[test]
fn work_is_visible_when_its_owner_has_left() {
    model(|| {
        let (kernel, end) = (Kernel::new(), End::new());
        let owner = kernel.process(1);
        assert_eq!(end.entry.claim(&owner), Ok(Peer::Absent));
        let leaving = {
            let end = end.clone();
            spawn(move || {
                end.work.set(1);
                end.entry.leave();
            })
        };
        match end.entry.glance() {
            Peer::Left => assert_eq!(end.work.get(), 1),
            seen => assert_eq!(seen, Peer::Alive(owner.me())),
        }
        leaving.join().unwrap();
    });
}

/// Goal: process and domain are those of the owner that is named, or none.
/// Method: one owner leaves and another comes, while a bystander looks.
/// Allowed: either of them, with its own numbers or with zeros; nobody.
#[test]
fn identity_is_of_one_owner() {
    model(|| {
        let (kernel, end) = (Kernel::new(), End::new());
        let (one, two) = (kernel.process(1), kernel.process(2));
        let names = [one.me(), two.me()];
        assert_eq!(end.entry.claim(&one), Ok(Peer::Absent));
        let changing = {
            let end = end.clone();
            spawn(move || {
                end.entry.leave();
                assert_eq!(end.entry.claim(&two), Ok(Peer::Left));
            })
        };
        if let Peer::Alive(seen) = end.entry.glance() {
            let owner = names.into_iter().find(|owner| owner.token == seen.token);
            let owner = owner.expect("a token that somebody has");
            assert!(seen == owner || (seen.process, seen.domain) == (0, 0));
        }
        changing.join().unwrap();
    });
}

/// Goal: making a dead owner forgotten hands its work on.
/// Method: an owner works and dies; a bystander finds that out and forgets it, while a newcomer
/// claims the end.
/// Allowed: the newcomer finds a dead owner or none. Either way it sees the work.
#[test]
fn work_of_a_forgotten_owner_is_visible() {
    model(|| {
        let (kernel, end) = (Kernel::new(), End::new());
        let dying = kernel.process(1);
        assert_eq!(end.entry.claim(&dying), Ok(Peer::Absent));
        let forgetting = {
            let (end, bystander) = (end.clone(), kernel.process(2));
            spawn(move || {
                end.work.set(1);
                dying.die();
                // Without another look at the entry: loom would not try what can happen between
                // two operations on one word by one thread.
                assert!(!bystander.is_alive(dying.me()));
                end.entry.forget(Peer::Died(dying.me()));
            })
        };
        if let Some(work) = end.session(&kernel.process(3)) {
            assert_eq!(work, 1);
        }
        forgetting.join().unwrap();
    });
}

/// Goal: forgetting an owner that left keeps its work visible to the next one, and never takes
/// the end from somebody who holds it by then.
/// Method: an owner works and leaves; a bystander forgets it while a newcomer claims the end.
/// Allowed: the newcomer sees the work, and holds the end afterwards.
#[test]
fn forgetting_spares_a_newcomer() {
    model(|| {
        let (kernel, end) = (Kernel::new(), End::new());
        let (leaver, newcomer) = (kernel.process(1), kernel.process(3));
        let leaving = {
            let end = end.clone();
            assert_eq!(end.session(&leaver), Some(0));
            spawn(move || {
                end.work.set(1);
                end.entry.leave();
            })
        };
        let forgetting = {
            let end = end.clone();
            spawn(move || end.entry.forget(end.entry.glance()))
        };
        if let Some(work) = end.session(&newcomer) {
            assert_eq!(work, 1);
            forgetting.join().unwrap();
            assert_eq!(end.entry.glance(), Peer::Alive(newcomer.me()));
        } else {
            forgetting.join().unwrap();
        }
        leaving.join().unwrap();
    });
}
