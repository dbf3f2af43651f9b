//! What the tests share: requests, scratch places, and helper processes.
//!
//! A helper is this test binary, started anew for the same test, with its role in the environment.
//! The test asks [`role`] first. Both sides talk over a socket of this machine, so nobody ever sleeps
//! to let the other go first.
#![cfg(windows)]
#![allow(dead_code, unreachable_pub)] // each test file is a crate of its own and uses some of it

use ringway_core::liveness::PeerId;
use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_core::wait::Word;
use ringway_os_windows::{Disposition, Name, OpenError, Origin, Place, Request, Segment};
use std::env;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

/// Longer than anything here takes on the slowest machine.
pub const LONG: Duration = Duration::from_secs(30);
pub const LEN: u64 = 8192;

const ROLE: &str = "RINGWAY_TEST_ROLE";
const PLACE: &str = "RINGWAY_TEST_PLACE";
const PORT: &str = "RINGWAY_TEST_PORT";

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

/// A name that no other test uses.
pub fn place(label: &str) -> Place {
    let name = format!("test-{}-{label}", std::process::id());
    Place::Named(Name::new(&name).unwrap())
}

/// A path that no other test uses; whatever is there at the end is removed.
pub struct Scratch {
    pub place: Place,
    pub path: PathBuf,
}

impl Scratch {
    pub fn new(label: &str) -> Self {
        let file = format!("ringway-test-{}-{label}", std::process::id());
        let path = env::temp_dir().join(file);
        Scratch {
            place: Place::File(path.clone()),
            path,
        }
    }

    /// Files in its directory whose names begin with that of this one.
    pub fn files(&self) -> usize {
        let name = self.path.file_name().unwrap().to_str().unwrap();
        let directory = std::fs::read_dir(self.path.parent().unwrap()).unwrap();
        let is_ours = |entry: &std::fs::DirEntry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|found| found.starts_with(name))
        };
        directory.map(Result::unwrap).filter(is_ours).count()
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

/// The place that the test works on, in a helper.
pub fn place_from_test() -> Place {
    let place = env::var(PLACE).unwrap();
    Place::try_from(place.as_str()).unwrap_or_else(|_| Place::File(place.into()))
}

/// The connection to the test, in a helper. To be called once.
pub fn socket_to_test() -> TcpStream {
    let port: u16 = env::var(PORT).unwrap().parse().unwrap();
    TcpStream::connect(("127.0.0.1", port)).unwrap()
}

/// A process that plays `role` in `test`; killed when dropped.
pub struct Helper {
    pub child: Child,
    pub socket: TcpStream,
}

impl Helper {
    pub fn start(test: &str, role: &str, place: &Place) -> Self {
        Helper::start_with(test, role, place, &[])
    }

    /// With these in its environment, too.
    pub fn start_with(test: &str, role: &str, place: &Place, env: &[(&str, String)]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut command = Command::new(env::current_exe().unwrap());
        match place {
            Place::Named(name) => command.env(PLACE, name.as_str()),
            Place::File(path) => command.env(PLACE, path),
            _ => &mut command,
        };
        let child = command
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .envs(env.iter().map(|(key, value)| (key, value)))
            .env(ROLE, role)
            .env(PORT, listener.local_addr().unwrap().port().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        Helper { child, socket }
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn succeeds(mut self) {
        assert!(self.child.wait().unwrap().success(), "the helper failed");
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tells the other side to go on.
pub fn tell(mut socket: &TcpStream) {
    socket.write_all(b".").unwrap();
}

/// Waits until the other side says to go on.
pub fn hear(mut socket: &TcpStream) {
    socket.read_exact(&mut [0]).unwrap();
}

/// Blocks until the test ends or kills this process.
pub fn linger(mut socket: &TcpStream) {
    let _ = socket.read(&mut [0]);
}

pub fn send_peer(mut socket: &TcpStream, peer: PeerId) {
    for part in [peer.token.get(), peer.process, peer.domain] {
        socket.write_all(&part.to_ne_bytes()).unwrap();
    }
}

pub fn receive_peer(mut socket: &TcpStream) -> PeerId {
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
