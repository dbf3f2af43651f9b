//! What can be said about opening anything, and the opening.

use crate::open::{open, unfit};
use crate::os::{Disposition, OpenError, Place, Request};
use crate::place::IntoPlace;
use crate::{Attachment, WaitStrategy};
use ringway_core::attach::{AttachError, Options};
use ringway_core::layout::{Blueprint, Unfit};
use ringway_core::platform::Platform;
use ringway_core::wait::Wait as _;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Where a segment is and how it is opened, whatever it holds.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) place: Result<Place, OpenError>,
    pub(crate) mode: Option<u32>,
    pub(crate) persistent: bool,
    pub(crate) disposition: Disposition,
    pub(crate) open_timeout: Duration,
    pub(crate) handles: Option<u32>,
}

impl Settings {
    pub(crate) fn new(place: impl IntoPlace) -> Self {
        Settings {
            place: place.into_place(),
            mode: None,
            persistent: false,
            disposition: Disposition::CreateOrOpen,
            open_timeout: Duration::from_secs(5),
            handles: None,
        }
    }

    /// The error that nothing there can be as it was asked for, or that the place is none.
    pub(crate) fn refuse(self, why: Unfit) -> OpenError {
        match self.place {
            Ok(place) => unfit(&place, why),
            Err(error) => error,
        }
    }

    /// Finds or makes the segment that `blueprint` and these settings describe, and gives it to
    /// `claim`.
    pub(crate) fn open<E>(
        self,
        blueprint: Result<Blueprint, Unfit>,
        options: Options,
        claim: impl FnOnce(Attachment, &Blueprint, Options) -> Result<E, AttachError>,
    ) -> Result<E, OpenError> {
        let place = self.place?;
        let fail = |reason: Unfit| unfit(&place, reason);
        let blueprint = Blueprint {
            handles: self.handles,
            persistent: self.persistent,
            wait_slots: <Attachment as Platform>::WAIT_SLOTS,
            ..blueprint.map_err(fail)?
        };
        let request = Request {
            place: &place,
            disposition: self.disposition,
            len: blueprint.geometry().map_err(fail)?.total_len,
            persistent: self.persistent,
            mode: self.mode,
            lock_timeout: self.open_timeout,
        };
        let nonce = RandomState::new().hash_one(std::process::id());
        open(&request, |attachment| {
            let options = Options {
                deadline: Some(attachment.now().after(self.open_timeout)),
                nonce,
                ..options
            };
            claim(attachment, &blueprint, options)
        })
    }
}

/// How an end of a channel waits, and nothing else.
pub(crate) fn waiting(wait: WaitStrategy) -> Options {
    Options {
        wait,
        ..Options::default()
    }
}

/// What every builder can be told alike; it has `settings`.
macro_rules! setters {
    () => {
        /// Permission bits of a new segment, whatever the umask; `0o600` if not said.
        ///
        /// Bits for group or others also say that a segment of another user is welcome.
        pub fn mode(mut self, mode: u32) -> Self {
            self.settings.mode = Some(mode);
            self
        }

        /// Fails if somebody uses something of that name already.
        pub fn create_new(mut self) -> Self {
            self.settings.disposition = $crate::os::Disposition::CreateNew;
            self
        }

        /// Fails if there is nothing of that name yet.
        pub fn open_existing(mut self) -> Self {
            self.settings.disposition = $crate::os::Disposition::OpenExisting;
            self
        }

        /// How long to wait for another process that is just opening or leaving it; 5 seconds if not
        /// said. It takes them microseconds, unless they are stopped.
        pub fn open_timeout(mut self, timeout: std::time::Duration) -> Self {
            self.settings.open_timeout = timeout;
            self
        }
    };
}
pub(crate) use setters;
