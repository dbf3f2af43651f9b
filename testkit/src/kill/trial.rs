//! All scenes of a call of a channel, and what they tell together.

use super::case::{Case, Company, Fill};
use super::ledger::Finding;
use super::points::{Lead, Place, START, Take, Trial, Until};
use super::scene::{Outcome, Script, play};
use super::{Size, Subject};
use crate::UniqueName;
use ringway_core::wait::WaitStrategy;
use std::marker::PhantomData;

/// One repair in so many is left to the survivors' waits, which takes them a while.
const PATIENT: u64 = 64;

/// A call of a channel.
pub(super) struct ChannelTrial<S> {
    script: Script,
    /// Messages of the call that the survivors of the previous scene got.
    delivered: Option<u64>,
    subject: PhantomData<S>,
}

impl<S: Subject> ChannelTrial<S> {
    pub(super) fn new(case: Case) -> Self {
        ChannelTrial {
            script: Script {
                case,
                lap: lap::<S>(case.capacity),
                repair: true,
            },
            delivered: None,
            subject: PhantomData,
        }
    }

    /// Adds to what a scene found by itself: the further a call has come, the more of what it does
    /// must have been done.
    fn judge(&mut self, outcome: Outcome, place: Place) -> Result<(), Finding> {
        let call = self.script.case.call;
        let now = outcome.delivered;
        let nothing_done = if call.is_of_sender() {
            0
        } else {
            call.messages()
        };
        let before = self.delivered.unwrap_or(nothing_done);
        // Where others died before, a call repairs, and how it goes on depends on the clock.
        // And what a receiver waits for is sent when it waits.
        let comes_late = self.script.case.fill == Fill::Waiting && !call.is_of_sender();
        // And one that reads the clock takes some instructions more or less.
        let reads_clock = call.size() == Size::Parts && matches!(place.until, Until::Steps(_));
        let is_steady = self.script.case.company != Company::Dead && !comes_late && !reads_clock;
        let went_back = if call.is_of_sender() {
            now < before
        } else {
            now > before
        };
        let jumped = place == START && !comes_late && now != nothing_done;
        if jumped || is_steady && went_back {
            let told = format!("{now} of its messages come, killed earlier {before}");
            return Err(Finding::Lost(told));
        }
        if is_steady {
            self.delivered = Some(now);
        }
        Ok(())
    }
}

impl<S: Subject> Trial for ChannelTrial<S> {
    fn play(&mut self, take: Take, lead: &mut Lead<'_>) -> Result<bool, Finding> {
        // One sender and one receiver have nothing to look for.
        let is_pair = !S::MANY_SENDERS && !S::MANY_RECEIVERS;
        let repair = is_pair || !take.number.is_multiple_of(PATIENT);
        let script = Script {
            repair,
            ..self.script
        };
        let outcome = play::<S>(script, lead)?;
        if let Some(after) = take.after {
            self.judge(outcome, after)?;
        }
        Ok(outcome.ended)
    }
}

/// Messages in a whole lap of the ring.
fn lap<S: Subject>(capacity: u32) -> u64 {
    let name = UniqueName::new("lap");
    let channel = S::at(name.as_str(), capacity, WaitStrategy::default());
    let mut tx = channel.sender().expect("a sender can be attached");
    let _rx = channel.receiver().expect("a receiver can be attached");
    let number = |index| Size::Slot.number(1, index);
    (0..)
        .take_while(|&index| S::try_send(&mut tx, number(index)))
        .count() as u64
}
