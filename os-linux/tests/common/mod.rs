//! What the tests share: requests, scratch places that are removed again, and helper processes.
//!
//! A helper is this test binary, started anew for the same test, with its role in the environment.
//! The test asks [`role`] first. Both sides talk over a socket, which is the helper's standard
//! input, so nobody ever sleeps to let the other go first.
#![allow(dead_code, unreachable_pub)] // each test file is a crate of its own and uses some of it

use ringway_core::layout::header::Header;
use ringway_core::liveness::PeerId;
use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_core::wait::Word;
use ringway_os_linux::{Disposition, Name, OpenError, Origin, Place, Request, Segment};
use std::env;
use std::io::{Read, Write};
use std::num::NonZeroU32;
use std::ops::Deref;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

/// Longer than anything here takes on the slowest machine.
pub const LONG: Duration = Duration::from_secs(30);
pub const LEN: u64 = 8192;

const ROLE: &str = "RINGWAY_TEST_ROLE";
const PLACE: &str = "RINGWAY_TEST_PLACE";

pub fn request(place: &Place, disposition: Disposition) -> Request<'_> {
    Request {
        place,
        disposition,
        len: LEN,
        persistent: false,
        mode: None,
        lock_timeout: LONG,
    }
}

/// Opens or creates, and gives the initialisation lock back.
pub fn attach(place: &Place) -> Segment {
    let (segment, _) = open(place, Disposition::CreateOrOpen).unwrap();
    segment.unlock();
    segment
}

/// A segment that counts as built, as those must be in whose wait slots somebody sleeps. What it
/// leaves in the file system goes with it.
pub struct Attached(Segment);

impl Deref for Attached {
    type Target = Segment;
    fn deref(&self) -> &Segment {
        &self.0
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.0.unlink().unwrap();
    }
}

/// As [`attach`], and builds the segment as far as wait slots go, if nobody has.
pub fn attach_built(place: &Place) -> Attached {
    const READY: u32 = 0x5EAD_1E06;
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let segment = attach(place);
    let nonce = [16, 20].map(|offset| word(segment.memory(), offset).atomic);
    let is_first = nonce[0].compare_exchange(0, std::process::id(), SeqCst, SeqCst);
    if is_first.is_ok() {
        nonce[1].store(COUNT.fetch_add(1, SeqCst), SeqCst);
        word(segment.memory(), Header::STATE_OFFSET)
            .atomic
            .store(READY, SeqCst);
    }
    Attached(segment)
}

pub fn open(place: &Place, disposition: Disposition) -> Result<(Segment, Origin), OpenError> {
    Segment::open(&request(place, disposition))
}

/// The word at `offset` of any mapped memory.
pub fn word(memory: &impl Memory, offset: usize) -> Word<'_> {
    assert!(offset + 4 <= memory.len() && offset.is_multiple_of(4));
    // SAFETY: it lies in the memory and is aligned, and all tests access it as an atomic only.
    let atomic = unsafe { AtomicU32::from_ptr(memory.base().add(offset).as_ptr().cast()) };
    Word { atomic, offset }
}

pub fn word_of(segment: &Segment) -> Word<'_> {
    word(segment.memory(), 0)
}

/// Polls until `condition` holds.
pub fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LONG, "still waiting until {what}");
        std::thread::yield_now();
    }
}

/// A name no other test uses; whatever is there at the end is removed.
pub struct Scratch {
    pub place: Place,
    pub path: PathBuf,
}

impl Scratch {
    pub fn new(label: &str) -> Self {
        let name = format!("test-{}-{label}", std::process::id());
        let name = Name::new(&name).unwrap();
        Scratch {
            path: PathBuf::from("/dev/shm").join(name.file_name()),
            place: Place::Named(name),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_dir(&self.path);
    }
}

/// The role of this process, if it is a helper.
pub fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// The named place that the test works on, in a helper.
pub fn place_from_test() -> Place {
    let name = env::var(PLACE).unwrap();
    Place::try_from(name.as_str()).unwrap()
}

/// The socket to the test, in a helper.
pub fn socket_to_test() -> UnixStream {
    let stdin = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    UnixStream::from(stdin)
}

/// A process that plays `role` in `test`; killed when dropped.
pub struct Helper {
    pub child: Child,
    pub socket: UnixStream,
}

impl Helper {
    pub fn start(test: &str, role: &str, place: &Place) -> Self {
        let command = Command::new(env::current_exe().unwrap());
        Helper::start_by(command, test, role, place)
    }

    /// `command` gets the arguments that make this binary run `test`.
    pub fn start_by(mut command: Command, test: &str, role: &str, place: &Place) -> Self {
        let (socket, theirs) = UnixStream::pair().unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        if let Place::Named(name) = place {
            command.env(PLACE, name.as_str());
        }
        let child = command
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Helper { child, socket }
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn succeeds(mut self) {
        assert!(self.child.wait().unwrap().success(), "the helper failed");
    }

    pub fn id(&self) -> i32 {
        self.child.id().try_into().unwrap()
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tells the other side to go on.
pub fn tell(mut socket: &UnixStream) {
    socket.write_all(b".").unwrap();
}

/// Waits until the other side says to go on.
pub fn hear(mut socket: &UnixStream) {
    socket.read_exact(&mut [0]).unwrap();
}

/// Blocks until the test ends or kills this process.
pub fn linger(mut socket: &UnixStream) {
    let _ = socket.read(&mut [0]);
}

pub fn send_peer(mut socket: &UnixStream, peer: PeerId) {
    for part in [peer.token.get(), peer.process, peer.domain] {
        socket.write_all(&part.to_ne_bytes()).unwrap();
    }
}

pub fn receive_peer(mut socket: &UnixStream) -> PeerId {
    let mut part = || {
        let mut bytes = [0; 4];
        socket.read_exact(&mut bytes).unwrap();
        u32::from_ne_bytes(bytes)
    };
    PeerId {
        token: NonZeroU32::new(part()).unwrap(),
        process: part(),
        domain: part(),
    }
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether to leave out a test that needs other users: only root can become them.
pub fn lacks_root(test: &str) -> bool {
    if !is_root() {
        eprintln!("{test} was NOT run: it needs root");
    }
    !is_root()
}

/// Makes this process an ordinary user's, for what root may always do.
pub fn become_nobody() {
    const NOBODY: u32 = 65534;
    // SAFETY: these calls take numbers only, and an empty list.
    let failed = unsafe {
        libc::setgroups(0, std::ptr::null()) != 0
            || libc::setgid(NOBODY) != 0
            || libc::setuid(NOBODY) != 0
    };
    assert!(!failed, "this test must be run as root");
}
