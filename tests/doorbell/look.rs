//! How a test waits for a doorbell, as an event loop of this system would.

use ringway::{Armed, Doorbell, Source};
use std::time::Duration;

/// Longer than anything here takes, so that whoever is left behind fails its test.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// News of a death come within 300 ms, and a little more on a busy machine.
pub(crate) const NEWS: Duration = Duration::from_millis(600);
/// After so long a doorbell rings in any case.
pub(crate) const SLICE: Duration = Duration::from_millis(200);
/// If each of these took a slice, that would be noticed.
pub(crate) const ROUNDS: u32 = 100;

/// Waits until it rings; whether it did.
#[cfg(unix)]
pub(crate) fn rings(bell: &Doorbell, within: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let within = Timespec::try_from(within).unwrap();
    poll(&mut [PollFd::new(bell, PollFlags::IN)], Some(&within)).unwrap() == 1
}

/// As there.
#[cfg(windows)]
#[allow(unsafe_code)]
pub(crate) fn rings(bell: &Doorbell, within: Duration) -> bool {
    use std::os::windows::io::AsRawHandle as _;
    use windows_sys::Win32::Foundation::{WAIT_OBJECT_0, WAIT_TIMEOUT};
    use windows_sys::Win32::System::Threading::WaitForSingleObject;
    let within = u32::try_from(within.as_millis()).unwrap();
    // SAFETY: the handle is open as long as the doorbell.
    match unsafe { WaitForSingleObject(bell.as_raw_handle(), within) } {
        WAIT_OBJECT_0 => true,
        WAIT_TIMEOUT => false,
        other => panic!("{other:#x}: {}", std::io::Error::last_os_error()),
    }
}

pub(crate) fn is_rung(bell: &Doorbell) -> bool {
    rings(bell, Duration::ZERO)
}

/// Whether it was rung for, and not only because time has passed. On Windows a thread of the system
/// passes it on.
pub(crate) fn was_rung(bell: &Doorbell) -> bool {
    let soon = if cfg!(windows) {
        SLICE / 2
    } else {
        Duration::ZERO
    };
    rings(bell, soon)
}

/// Arms it until it says that the source is ready, and counts how often it had to wait for a ring.
pub(crate) fn wait_by(bell: &mut Doorbell, source: &mut impl Source) -> u32 {
    let mut waits = 0;
    while bell.arm(source).unwrap() == Armed::Waiting {
        waits += 1;
        assert!(rings(bell, LONG), "a doorbell that is armed rings");
    }
    waits
}
