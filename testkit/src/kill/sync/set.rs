//! Where a scene is set: a segment, a victim, and others that live.
#![allow(unsafe_code)]

use super::super::ledger::Finding;
use super::super::points::Lead;
use crate::UniqueName;
use crate::scenario::Hall;
use crate::step::{Stage, Stepped, state_of};
use ringway_core::region::Overlay;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Within this time a survivor that waits must be through: the news of a death takes up to 300 ms,
/// and the rest is for a busy machine.
pub(super) const SOON: Duration = Duration::from_secs(3);

/// The name of a segment, and whoever leads the victim.
pub struct Set<'a, 'b> {
    name: UniqueName,
    lead: &'a mut Lead<'b>,
    is_second: bool,
}

/// The victim is dead.
#[derive(Clone, Copy, Debug)]
#[must_use = "it says whether the call had ended"]
pub struct Killed {
    /// What it told at the end of its call, if it came so far.
    pub answer: Option<u64>,
}

impl Killed {
    /// Whether the call had ended.
    #[must_use]
    pub fn had_ended(self) -> bool {
        self.answer.is_some()
    }
}

impl<'a, 'b> Set<'a, 'b> {
    pub(super) fn new(lead: &'a mut Lead<'b>, is_second: bool) -> Self {
        Set {
            name: UniqueName::new("sync"),
            lead,
            is_second,
        }
    }

    /// Whether the same has been played already, and ended in the first of two ways.
    #[must_use]
    pub fn is_second(&self) -> bool {
        self.is_second
    }

    /// The name of the segment.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.as_str().to_owned()
    }

    /// Enters the segment, as one more attachment.
    #[must_use]
    pub fn enter<S: Overlay>(&self) -> Hall<S> {
        Hall::open(self.name.as_str())
    }

    /// Has a process play `part` as far as [`Stage::begin`], and kills it there.
    ///
    /// # Errors
    ///
    /// It did not come so far.
    pub fn have_die<S: Overlay>(&self, part: impl FnOnce(&Hall<S>, &Stage)) -> Result<(), Finding> {
        let dead = Stepped::at_begin(|stage| part(&self.enter(), stage));
        if dead.has_failed() {
            return Err(no_scene());
        }
        dead.kill();
        Ok(())
    }

    /// Has a process play `part`, and kills it on its way from [`Stage::begin`] to [`Stage::end`].
    ///
    /// # Errors
    ///
    /// It did not come to `begin`.
    pub fn kill<S: Overlay>(
        &mut self,
        part: impl FnOnce(&Hall<S>, &Stage),
    ) -> Result<Killed, Finding> {
        self.play(part, || (), None::<fn()>)
    }

    /// As [`kill`](Set::kill), and does `before` when the victim is at `begin`.
    ///
    /// # Errors
    ///
    /// As `kill`.
    pub fn kill_from<S: Overlay>(
        &mut self,
        part: impl FnOnce(&Hall<S>, &Stage),
        before: impl FnOnce(),
    ) -> Result<Killed, Finding> {
        self.play(part, before, None::<fn()>)
    }

    /// As [`kill`](Set::kill), and does `meanwhile` whenever the victim has begun to sleep.
    ///
    /// # Errors
    ///
    /// As `kill`.
    pub fn kill_asleep<S: Overlay>(
        &mut self,
        part: impl FnOnce(&Hall<S>, &Stage),
        meanwhile: impl FnMut(),
    ) -> Result<Killed, Finding> {
        self.play(part, || (), Some(meanwhile))
    }

    fn play<S: Overlay>(
        &mut self,
        part: impl FnOnce(&Hall<S>, &Stage),
        before: impl FnOnce(),
        meanwhile: Option<impl FnMut()>,
    ) -> Result<Killed, Finding> {
        let file = self.name.shm_file();
        let mut victim = Stepped::at_begin(|stage| part(&self.enter(), stage));
        if victim.has_failed() {
            return Err(no_scene());
        }
        before();
        if let Some(meanwhile) = meanwhile {
            victim.when_asleep(meanwhile);
        }
        (self.lead)(&mut victim, &file);
        if victim.has_failed() {
            let told = "the call panics";
            return Err(Finding::Broken(told.to_owned()));
        }
        let answer = victim.answer();
        victim.kill();
        Ok(Killed { answer })
    }
}

const PANICKED: u8 = 101;

fn no_scene() -> Finding {
    let told = "a process that came before the kill could not do its work";
    Finding::Wedged(told.to_owned())
}

/// A process that lives on. It is killed when it is dropped.
#[derive(Debug)]
pub struct Living {
    child: libc::pid_t,
    is_there: bool,
}

impl Living {
    /// Starts a process that plays `part` in the segment of this name, and tells a number below
    /// 100 in the end.
    ///
    /// # Panics
    ///
    /// There can be no process.
    #[must_use]
    pub fn start<S: Overlay>(name: &str, part: impl FnOnce(&Hall<S>) -> u8) -> Self {
        // SAFETY: this process has one thread, and the child leaves by `_exit` only.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "fork: {}", std::io::Error::last_os_error());
        if child == 0 {
            // SAFETY: the call takes numbers.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            let told = catch_unwind(AssertUnwindSafe(|| part(&Hall::open(name))));
            // SAFETY: the call takes a number.
            unsafe { libc::_exit(i32::from(told.unwrap_or(PANICKED))) };
        }
        Living {
            child,
            is_there: true,
        }
    }
    /// Waits until it sleeps, and is not just about to wake.
    ///
    /// # Errors
    ///
    /// It never does.
    pub fn wait_until_asleep(&self) -> Result<(), Finding> {
        let start = Instant::now();
        let mut times = 0;
        while times < 3 {
            match state_of(self.child) {
                Some(b'S') => times += 1,
                Some(b'Z') | None => return Err(no_scene()),
                _ => times = 0,
            }
            if start.elapsed() > SOON {
                return Err(no_scene());
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Whether it sleeps at this moment.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        state_of(self.child) == Some(b'S')
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(state_of(self.child), Some(b'Z') | None)
    }

    /// What it tells in the end, which must come soon.
    ///
    /// # Errors
    ///
    /// It does not come, or it panics.
    pub fn told(mut self) -> Result<u8, Finding> {
        let start = Instant::now();
        let mut status = 0;
        loop {
            // SAFETY: the call writes the status only.
            let ended = unsafe { libc::waitpid(self.child, &mut status, libc::WNOHANG) };
            if ended == self.child {
                break;
            }
            if start.elapsed() > SOON {
                let told = "one who waits is not through in time";
                return Err(Finding::Wedged(told.to_owned()));
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        self.is_there = false;
        if libc::WIFEXITED(status) && libc::WEXITSTATUS(status) != i32::from(PANICKED) {
            Ok(libc::WEXITSTATUS(status) as u8)
        } else {
            Err(Finding::Broken("one who lives panics".to_owned()))
        }
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        if self.is_there {
            // SAFETY: the calls take numbers; the child was not waited for yet.
            unsafe {
                libc::kill(self.child, libc::SIGKILL);
                libc::waitpid(self.child, std::ptr::null_mut(), 0);
            }
        }
    }
}
