//! When an end that waits for somebody else's claim asks whether its owner lives.

use crate::ring::table::Stuck;
use crate::wait::{Nanos, SLICE};
use core::time::Duration;

/// How long a claim may take before it is asked after for the first time: a thousand times as long
/// as one takes that nothing interrupts, and a fraction of what users notice.
const FIRST: Duration = Duration::from_millis(1);

/// How long somebody who waits without sleeping leaves it at the most.
const BUSY: Duration = Duration::from_millis(2);

/// Looks of a `try_` call that found nothing, of which one asks what time it is. Asking costs
/// about as much as eight looks.
const LOOKS_PER_CLOCK: u32 = 8;

/// What one end waits for, and since when.
#[derive(Debug, Default)]
pub(super) struct Suspicion {
    claim: Option<Stuck>,
    ask_at: Option<Nanos>,
    patience: Duration,
    looks: u32,
}

impl Suspicion {
    /// For a `try_` call that found nothing: whether to look after the dead this time.
    pub(super) fn is_time(&mut self) -> bool {
        self.looks = (self.looks + 1) % LOOKS_PER_CLOCK;
        self.looks == 0
    }

    /// Notes that the end waits for `claim` at `now`: whether it is time to ask after it, and in how
    /// long it is to be noted again. Each time in vain makes the next one later, up to a
    /// [`SLICE`], or less for one that `is_busy` waiting: a claim of somebody alive may take as long
    /// as it likes.
    pub(super) fn note(
        &mut self,
        claim: Option<Stuck>,
        now: Nanos,
        is_busy: bool,
    ) -> (Option<Stuck>, Duration) {
        let Some(stuck) = claim else {
            self.ask_at = None;
            return (None, SLICE);
        };
        let ask_at = match self.ask_at {
            Some(at) if self.claim == claim => at,
            _ => {
                self.claim = claim;
                self.patience = FIRST;
                *self.ask_at.insert(now.after(FIRST))
            }
        };
        if now < ask_at {
            let left = Duration::from_nanos(ask_at.0 - now.0);
            return (None, left);
        }
        let most = if is_busy { BUSY } else { SLICE };
        self.patience = (self.patience * 2).min(most);
        self.ask_at = Some(now.after(self.patience));
        (Some(stuck), self.patience)
    }
}
