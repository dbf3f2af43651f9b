//! All scenes of a call of a channel, and what they tell together.

use super::Subject;
use super::case::{Case, Company};
use super::ledger::Finding;
use super::points::{Lead, START, Take, Trial};
use super::scene::{Outcome, Script, lap, play};
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
    fn judge(&mut self, outcome: Outcome, is_at_start: bool) -> Result<(), Finding> {
        let call = self.script.case.call;
        let now = outcome.delivered;
        let nothing_done = if call.is_of_sender() {
            0
        } else {
            call.messages()
        };
        let before = self.delivered.unwrap_or(nothing_done);
        // Where others died before, a call repairs, and how it goes on depends on the clock.
        let is_steady = self.script.case.company != Company::Dead;
        let went_back = if call.is_of_sender() {
            now < before
        } else {
            now > before
        };
        let jumped = is_at_start && now != nothing_done;
        if jumped || is_steady && went_back {
            let told = format!("{now} of its messages come, killed earlier {before}");
            return Err(Finding::Lost(told));
        }
        self.delivered = Some(now);
        Ok(())
    }
}

impl<S: Subject> Trial for ChannelTrial<S> {
    fn play(&mut self, take: Take, lead: &mut Lead<'_>) -> Result<bool, Finding> {
        let repair = !take.number.is_multiple_of(PATIENT);
        let script = Script {
            repair,
            ..self.script
        };
        let outcome = play::<S>(script, lead)?;
        if let Some(after) = take.after {
            self.judge(outcome, after == START)?;
        }
        Ok(outcome.ended)
    }
}
