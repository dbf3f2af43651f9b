//! FIFOs as bells: what a process sleeps on that cannot sleep on a word of shared memory.
//!
//! ```text
//!   owner of the wait slot                      whoever wakes it
//!   ──────────────────────                      ────────────────
//!   own: mkfifo, open, check                    ring: open, check, write a byte, close
//!   wait: poll, then drain   ◀── one byte ───
//! ```
//!
//! Both sides open it for reading *and* writing: so an open never waits, a write never meets a FIFO
//! without a reader (`SIGPIPE`), and a reader never one without a writer (readable for ever). A FIFO
//! that is full has been rung.
//!
//! The file outlives its owner. Whoever gets the slot next takes it over as it is.
#![allow(unsafe_code)]

use crate::error::{Occupant, Problem};
use crate::unix::problem::{from_errno, kind_of, on, on_io, permissions, user};
use ringway_core::wait::Nanos;
use ringway_core::wait::parking::Slept;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{
    CWD, FileType, Gid, Mode, OFlags, RenameFlags, Stat, fchmod, fchown, fstat, lstat, open,
    rename, renameat_with, unlink,
};
use rustix::io::{Errno, read, write};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// The longest path of a FIFO, in bytes, with a zero at its end.
const PATH_MAX: usize = 1024;

/// So many bytes at most wait in a FIFO of the usual size.
const CAPACITY: usize = 1 << 16;

/// How often to begin again when the name changes hands between two looks at it.
const ATTEMPTS: u32 = 16;

/// Whose FIFOs are believed to be bells: those of root, of this user and of the segment's owner, and of
/// whoever else may write to the segment.
#[derive(Clone, Copy, Debug)]
pub struct Trust {
    /// The user who owns the segment.
    pub owner: u32,
    /// The group whose members may write to the segment.
    pub group: Option<u32>,
    /// Whether everybody may write to the segment.
    pub anybody: bool,
}

impl Trust {
    fn admits(self, owner: u32, group: u32) -> bool {
        // Only a member of a group can make a file of that group.
        self.anybody || self.group == Some(group) || [0, self.owner, user()].contains(&owner)
    }
}

/// One's own end of a FIFO.
#[derive(Debug)]
pub struct Fifo {
    end: OwnedFd,
}

impl Fifo {
    /// Makes the FIFO at `path`, or takes over the one that is there, and opens it.
    ///
    /// `mode` are its permission bits if it is made, exactly, whatever the umask.
    ///
    /// # Errors
    ///
    /// [`Problem::NotABell`] if something else has the name: another kind of file, a symbolic link, a
    /// FIFO with a second name or of a user who is not trusted. [`Problem::TooManyDescriptors`], or
    /// what the system says.
    pub fn own(path: &Path, mode: u32, trust: Trust) -> Result<Self, Problem> {
        for _ in 0..ATTEMPTS {
            make(path)?;
            let end = match open_both(path) {
                Ok(end) => end,
                // Its remover came in between.
                Err(Errno::NOENT) => continue,
                Err(errno) => return Err(explain(path, trust, errno)),
            };
            let stat = fstat(&end).map_err(on("fstat"))?;
            check(path, &stat, trust)?;
            open_to_others(&end, &stat, mode & 0o777, trust)?;
            let fifo = Fifo { end };
            if fifo.is_at(path) {
                return Ok(fifo);
            }
        }
        Err(from_errno(
            "making a FIFO that somebody removes",
            Errno::AGAIN,
        ))
    }

    /// Whether `path` still leads to it. If not, rings do not reach it, and it is to be made anew.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        match (fstat(&self.end), lstat(path)) {
            (Ok(here), Ok(there)) => (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino),
            _ => false,
        }
    }

    /// Sleeps until it is rung, which is then forgotten, or `deadline` on the clock `now` passes. May
    /// return at any time. It is rung if it was since the last sleep.
    ///
    /// If `deaths` is readable meanwhile, a peer may have [died](Slept::Died); a ring goes first.
    pub fn wait(
        &self,
        deaths: Option<BorrowedFd<'_>>,
        deadline: Option<Nanos>,
        now: impl Fn() -> Nanos,
    ) -> Slept {
        let left = deadline.map(|deadline| timespec(deadline.0.saturating_sub(now().0)));
        let mut ends = [self.as_fd(), deaths.unwrap_or(self.as_fd())]
            .map(|end| PollFd::from_borrowed_fd(end, PollFlags::IN));
        match poll(&mut ends, left.as_ref()) {
            // Some systems count in coarser steps than the clock.
            Ok(0) if deadline.is_some_and(|deadline| deadline <= now()) => Slept::TimedOut,
            Ok(0) | Err(Errno::INTR) => Slept::Rung,
            Ok(_) if self.drain() || deaths.is_none() => Slept::Rung,
            Ok(_) => Slept::Died,
            // It cannot be waited for.
            Err(_) => Slept::NoBell,
        }
    }

    /// Forgets that it was rung. Says whether it was.
    pub fn drain(&self) -> bool {
        let mut bytes = [0; 4096];
        let mut was_rung = false;
        // Whoever goes on writing meanwhile keeps nobody here: it has been rung again.
        for _ in 0..CAPACITY / bytes.len() {
            match read(&self.end, &mut bytes) {
                Ok(0) => return was_rung,
                Ok(count) => {
                    was_rung = true;
                    if count < bytes.len() {
                        return true;
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) => return was_rung,
            }
        }
        was_rung
    }
}

impl AsFd for Fifo {
    /// Readable when it was rung.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.end.as_fd()
    }
}

/// Rings the FIFO at `path`. Says whether there is one to ring; whether somebody listens is not
/// known. Allocates nothing and never waits.
pub fn ring(path: &Path, trust: Trust) -> bool {
    let Ok(end) = open_both(path) else {
        return false;
    };
    if !fstat(&end).is_ok_and(|stat| is_bell(&stat, trust)) {
        return false;
    }
    loop {
        match write(&end, &[1]) {
            // Full of rings.
            Ok(_) | Err(Errno::AGAIN) => return true,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Removes the FIFO at `path` if no process has it open, so that nobody can be asleep on it: says
/// whether it did. What is no FIFO stays, and what this user may not remove.
///
/// A process that opens it at this very moment keeps it, or finds out by [`Fifo::is_at`].
pub fn remove_unheard(path: &Path) -> bool {
    if !is_unheard(path) {
        return false;
    }
    // Out of the way first: who opens it from here on finds another one, or none.
    let mut aside = path.as_os_str().to_owned();
    aside.push(".gone");
    let aside = Path::new(&aside);
    if rename(path, aside).is_err() {
        return false;
    }
    let is_left = is_unheard(aside);
    if !is_left {
        // Somebody has opened it in between. If it has made another one by now, it has that.
        if renameat_with(CWD, aside, CWD, path, RenameFlags::NOREPLACE).is_ok() {
            return false;
        }
    }
    unlink(aside).is_ok() && is_left
}

/// Whether there is a FIFO at `path` that no process has open, as far as this user may know.
pub fn is_unheard(path: &Path) -> bool {
    let is_fifo = lstat(path).is_ok_and(|stat| kind(&stat) == FileType::Fifo);
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    is_fifo && matches!(open(path, flags, Mode::empty()), Err(Errno::NXIO))
}

/// Gives the FIFO behind `end`, if it is this user's, the permission bits `mode` and the group that may
/// ring it. Whoever made it may have died before doing so.
fn open_to_others(end: &OwnedFd, stat: &Stat, mode: u32, trust: Trust) -> Result<(), Problem> {
    if stat.st_uid != user() {
        return Ok(());
    }
    if let Some(group) = trust.group.filter(|group| *group != stat.st_gid) {
        // Root may be attached without being a member; then its rings do not reach the others in
        // time, nor theirs it.
        let _ = fchown(end, None, Some(Gid::from_raw(group)));
    }
    if permissions(stat) & 0o777 != mode {
        fchmod(end, Mode::from_raw_mode(mode as _)).map_err(on("fchmod"))?;
    }
    Ok(())
}

/// Makes a FIFO that nobody else can open yet, if there is none.
fn make(path: &Path) -> Result<(), Problem> {
    // Nothing is allocated: somebody may be about to sleep who has promised that.
    let path = path.as_os_str().as_bytes();
    let mut text = [0; PATH_MAX];
    let room = text.len() - 1;
    let Some(space) = text[..room].get_mut(..path.len()) else {
        return Err(from_errno("mkfifo", Errno::NAMETOOLONG));
    };
    space.copy_from_slice(path);
    // SAFETY: the text ends with a zero and outlives the call. rustix has no such call for macOS.
    let result = unsafe { libc::mkfifo(text.as_ptr().cast(), 0o600) };
    if result == 0 {
        return Ok(());
    }
    match io::Error::last_os_error() {
        error if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        error => Err(on_io("mkfifo")(error)),
    }
}

fn open_both(path: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    open(path, flags, Mode::empty())
}

fn is_bell(stat: &Stat, trust: Trust) -> bool {
    kind(stat) == FileType::Fifo && stat.st_nlink <= 1 && trust.admits(stat.st_uid, stat.st_gid)
}

fn check(path: &Path, stat: &Stat, trust: Trust) -> Result<(), Problem> {
    if is_bell(stat, trust) {
        return Ok(());
    }
    Err(Problem::NotABell {
        path: path.to_owned(),
        found: Box::new(Occupant {
            kind: kind_of(stat),
            owner: stat.st_uid.into(),
            #[allow(clippy::useless_conversion)] // its width depends on the system
            links: u64::from(stat.st_nlink),
        }),
        expected: user().into(),
    })
}

/// Why opening what is at `path` failed with `errno`.
#[cold]
fn explain(path: &Path, trust: Trust, errno: Errno) -> Problem {
    match lstat(path).map(|stat| check(path, &stat, trust)) {
        Ok(Err(in_the_way)) => in_the_way,
        _ => from_errno("open a FIFO", errno),
    }
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

fn timespec(span: u64) -> Timespec {
    // Both fit: u64::MAX nanoseconds are 585 years.
    Timespec {
        tv_sec: (span / NANOS_PER_SECOND) as _,
        tv_nsec: (span % NANOS_PER_SECOND) as _,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    /// A directory of its own, removed with what is in it.
    struct Directory(PathBuf);

    impl Directory {
        fn new(purpose: &str) -> Self {
            let name = format!("ringway-fifo-{purpose}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir(&path).unwrap();
            Directory(path)
        }

        fn bell(&self) -> PathBuf {
            self.0.join("bell")
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const OURS: Trust = Trust {
        owner: u32::MAX,
        group: None,
        anybody: false,
    };

    fn clock() -> impl Fn() -> Nanos {
        let start = Instant::now();
        move || Nanos(u64::try_from(start.elapsed().as_nanos()).unwrap())
    }

    #[test]
    fn a_ring_ends_one_sleep_early_or_late() {
        let directory = Directory::new("ring");
        let path = directory.bell();
        assert!(!ring(&path, OURS), "there is none to ring");
        let bell = Fifo::own(&path, 0o600, OURS).unwrap();
        let now = clock();
        let soon = || Some(now().after(Duration::from_millis(20)));
        assert_eq!(bell.wait(None, soon(), &now), Slept::TimedOut);
        // Early, and often: it is one.
        for _ in 0..100_000 {
            assert!(ring(&path, OURS));
        }
        assert_eq!(bell.wait(None, None, &now), Slept::Rung);
        let deadline = soon();
        assert_eq!(bell.wait(None, deadline, &now), Slept::TimedOut);
        assert!(Some(now()) >= deadline);
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(ring(&path, OURS)));
            assert_eq!(bell.wait(None, None, &now), Slept::Rung);
        });
    }

    #[test]
    fn what_is_left_over_is_taken_over_and_removed_when_nobody_has_it() {
        let directory = Directory::new("left");
        let path = directory.bell();
        let dead = Fifo::own(&path, 0o640, OURS).unwrap();
        let number = fs::metadata(&path).unwrap().ino();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
        assert!(!remove_unheard(&path));
        drop(dead);
        let heir = Fifo::own(&path, 0o600, OURS).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().ino(), number);
        assert!(heir.is_at(&path));
        drop(heir);
        assert!(remove_unheard(&path));
        assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 0);
        assert!(!path.exists() && !remove_unheard(&path));
    }

    /// Goal: an owner whose FIFO is swept at the very moment that it opens it is rung all the same.
    #[test]
    fn an_owner_and_a_sweeper_do_not_deafen_each_other() {
        let directory = Directory::new("swept");
        let path = directory.bell();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    remove_unheard(&path);
                }
            });
            let is_rung = || {
                let bell = Fifo::own(&path, 0o600, OURS).ok()?;
                let start = Instant::now();
                // Once it is put back, or was left alone, it stays.
                while !(ring(&path, OURS) && bell.drain()) {
                    (start.elapsed() < Duration::from_secs(10)).then_some(())?;
                }
                Some(())
            };
            let outcome = (0..20_000).try_for_each(|_| is_rung());
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(outcome, Some(()));
        });
    }

    /// Its maker died before it could be opened to the others.
    #[test]
    fn what_was_left_unfinished_is_finished() {
        let directory = Directory::new("unfinished");
        let path = directory.bell();
        make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let _heir = Fifo::own(&path, 0o666, OURS).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o666);
    }

    /// A member of a group makes files of its own group first.
    #[test]
    fn a_bell_is_of_the_group_that_may_write_to_the_segment() {
        if user() != 0 {
            return; // only root is a member of groups that need not exist
        }
        let directory = Directory::new("group");
        let path = directory.bell();
        let of_group = Trust {
            group: Some(4242),
            ..OURS
        };
        let _bell = Fifo::own(&path, 0o660, of_group).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().gid(), 4242);
    }

    #[test]
    fn one_that_is_flooded_is_drained_for_a_while_only() {
        let directory = Directory::new("flood");
        let path = directory.bell();
        let bell = Fifo::own(&path, 0o600, OURS).unwrap();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let (drained, is_drained) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let flood = open_both(&path).unwrap();
                    while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                        let _ = write(&flood, &[1; 1 << 15]);
                    }
                });
            }
            scope.spawn(|| {
                for _ in 0..1000 {
                    bell.drain();
                }
                drained.send(()).unwrap();
            });
            let outcome = is_drained.recv_timeout(Duration::from_secs(60));
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            outcome.unwrap();
        });
    }

    #[test]
    fn one_that_was_removed_is_found_out() {
        let directory = Directory::new("moved");
        let path = directory.bell();
        let old = Fifo::own(&path, 0o600, OURS).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(!old.is_at(&path));
        let new = Fifo::own(&path, 0o600, OURS).unwrap();
        assert!(new.is_at(&path) && !old.is_at(&path));
    }

    #[test]
    fn what_somebody_put_in_the_way_is_named_and_left_alone() {
        let directory = Directory::new("squatted");
        let path = directory.bell();
        let elsewhere = directory.0.join("elsewhere");
        let refusal = || Fifo::own(&path, 0o600, OURS).unwrap_err().to_string();
        let expect = |kind: &str| {
            let text = refusal();
            let expected = format!("expected a FIFO of user {}", user());
            for part in [kind, path.to_str().unwrap(), &expected] {
                assert!(text.contains(part), "{part} is missing in: {text}");
            }
            assert!(!ring(&path, OURS));
            assert!(!remove_unheard(&path));
        };

        fs::write(&path, "precious").unwrap();
        expect("found a regular file of user");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
        fs::remove_file(&path).unwrap();

        fs::create_dir(&path).unwrap();
        expect("found a directory of user");
        fs::remove_dir(&path).unwrap();

        let bell = Fifo::own(&elsewhere, 0o600, OURS).unwrap();
        symlink(&elsewhere, &path).unwrap();
        expect("found a symbolic link of user");
        fs::remove_file(&path).unwrap();

        fs::hard_link(&elsewhere, &path).unwrap();
        let text = refusal();
        assert!(text.contains("with 2 names"), "{text}");
        assert!(!ring(&path, OURS));
        assert!(!bell.drain(), "no ring came through any of them");
    }

    #[test]
    fn only_trusted_users_are_believed() {
        let of_user_7 = Trust {
            owner: 7,
            group: None,
            anybody: false,
        };
        for user in [0, 7, user()] {
            assert!(of_user_7.admits(user, 9));
        }
        assert!(!of_user_7.admits(8, 9));
        let of_group_9 = Trust {
            group: Some(9),
            ..of_user_7
        };
        assert!(of_group_9.admits(8, 9) && !of_group_9.admits(8, 10));
        let open = Trust {
            anybody: true,
            ..of_user_7
        };
        assert!(open.admits(8, 9));
    }
}
