//! Doorbells in the event loops of Windows: handles, completion ports, pipes.
#![cfg(windows)]

use ringway::{Armed, Doorbell, DoorbellError, Event, Problem};
use ringway_testkit::{Actor, UniqueName, arg, report, roles};
use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr::{null, null_mut};
use std::thread;
use std::time::{Duration, Instant};
use windows_sys::Win32::Foundation::{
    DuplicateHandle, HANDLE, INVALID_HANDLE_VALUE, WAIT_OBJECT_0, WAIT_TIMEOUT,
};
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_FIRST_PIPE_INSTANCE, PIPE_ACCESS_DUPLEX};
use windows_sys::Win32::System::IO::{CreateIoCompletionPort, GetQueuedCompletionStatus};
use windows_sys::Win32::System::Pipes::CreateNamedPipeW;
use windows_sys::Win32::System::Threading::{
    CreateEventW, GetCurrentProcess, GetProcessHandleCount, WaitForSingleObject,
};

roles! { sets_again_and_again, drops_doorbells, meets_a_squatter }

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);
/// After so long a doorbell rings in any case.
const SLICE: Duration = Duration::from_millis(200);
const ROUNDS: u32 = 200;

struct Port(OwnedHandle);

impl Port {
    fn new() -> Self {
        // SAFETY: no file and no port are given.
        let port = unsafe { CreateIoCompletionPort(INVALID_HANDLE_VALUE, null_mut(), 0, 0) };
        Port(owned(port))
    }

    /// The key of the next packet, if one comes in time.
    fn next(&self, within: Duration) -> Option<usize> {
        let (mut bytes, mut key, mut overlapped) = (0, 0, null_mut());
        // SAFETY: the handle is open and the other three are written.
        let done = unsafe {
            GetQueuedCompletionStatus(
                self.0.as_raw_handle(),
                &raw mut bytes,
                &raw mut key,
                &raw mut overlapped,
                within.as_millis() as u32,
            )
        };
        assert!(overlapped.is_null() && bytes == 0);
        (done != 0).then_some(key)
    }
}

fn owned(handle: HANDLE) -> OwnedHandle {
    assert!(
        !handle.is_null() && handle != INVALID_HANDLE_VALUE,
        "{}",
        io::Error::last_os_error()
    );
    // SAFETY: a call has just given it.
    unsafe { OwnedHandle::from_raw_handle(handle) }
}

fn is_signalled(handle: BorrowedHandle<'_>, within: Duration) -> bool {
    // SAFETY: the handle is open while it is borrowed.
    match unsafe { WaitForSingleObject(handle.as_raw_handle(), within.as_millis() as u32) } {
        WAIT_OBJECT_0 => true,
        WAIT_TIMEOUT => false,
        other => panic!("{other:#x}: {}", io::Error::last_os_error()),
    }
}

fn event_with_bell(name: &UniqueName) -> (Event, Doorbell) {
    let event = ringway::event(name.as_str()).automatic().open().unwrap();
    let bell = event.doorbell().unwrap();
    (event, bell)
}

#[track_caller]
fn problem(error: DoorbellError) -> Problem {
    match error {
        DoorbellError::Bell(why) => why.problem,
        other => panic!("{other}"),
    }
}

/// Argument: name. Sets the event each time that it was taken.
fn sets_again_and_again() {
    let name: String = arg(0);
    let event = ringway::event(&name).automatic().open().unwrap();
    let taken = ringway::event(format!("{name}-taken"))
        .automatic()
        .open()
        .unwrap();
    report("ready");
    for _ in 0..ROUNDS {
        event.set();
        taken.wait().unwrap();
    }
}

/// Another process sets the event; `wait` waits for a ring in the way that is tried. It rings because of
/// that and not because time has passed.
fn hears_another_process(label: &str, prepare: impl FnOnce(&Doorbell) -> Box<dyn FnMut()>) {
    let name = UniqueName::new(label);
    let (mut event, mut bell) = event_with_bell(&name);
    let mut wait = prepare(&bell);
    let taken = ringway::event(format!("{name}-taken")).automatic();
    let taken = taken.open().unwrap();
    let mut actor = Actor::start("sets_again_and_again", &[name.as_str()]);
    actor.expect("ready");
    let start = Instant::now();
    for _ in 0..ROUNDS {
        while bell.arm(&mut event).unwrap() == Armed::Waiting {
            wait();
        }
        assert!(event.try_wait());
        taken.set();
    }
    let took = start.elapsed();
    println!("{ROUNDS} rounds took {took:?}");
    assert!(took < SLICE * ROUNDS / 4, "{took:?}");
    actor.finish();
}

#[test]
fn a_completion_port_hears_another_process() {
    hears_another_process("bell-port", |bell| {
        let port = Port::new();
        bell.post_to(port.0.as_handle(), 7).unwrap();
        Box::new(move || assert_eq!(port.next(LONG), Some(7), "what is armed rings"))
    });
}

#[test]
fn a_handle_hears_another_process() {
    hears_another_process("bell-handle", |bell| {
        let handle = bell.as_handle().try_clone_to_owned().unwrap();
        Box::new(move || {
            assert!(
                is_signalled(handle.as_handle(), LONG),
                "what is armed rings"
            )
        })
    });
}

#[test]
fn a_pipe_hears_another_process() {
    hears_another_process("bell-pipe", |bell| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let pipe = {
            use std::os::windows::io::IntoRawHandle;
            use tokio::net::windows::named_pipe::NamedPipeServer;
            let _inside = runtime.enter();
            // SAFETY: it is the end of a named pipe, for overlapped reading, and nobody else's.
            unsafe { NamedPipeServer::from_raw_handle(bell.pipe().unwrap().into_raw_handle()) }
        }
        .unwrap();
        Box::new(move || {
            let rung = async {
                pipe.readable().await.unwrap();
                let _ = pipe.try_read(&mut [0; 64]);
            };
            let heard = runtime.block_on(async { tokio::time::timeout(LONG, rung).await });
            heard.expect("what is armed rings");
        })
    });
}

/// A packet at once, one for each ring, one when it is time to look, and none while nothing is armed.
#[test]
fn packets_are_counted() {
    let name = UniqueName::new("bell-packets");
    let (mut event, mut bell) = event_with_bell(&name);
    let (old, port) = (Port::new(), Port::new());
    bell.post_to(old.0.as_handle(), 1).unwrap();
    bell.post_to(port.0.as_handle(), usize::MAX).unwrap();
    assert_eq!(old.next(LONG), Some(1));
    assert_eq!(port.next(LONG), Some(usize::MAX));
    for _ in 0..20 {
        assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
        event.set();
        event.set();
        assert_eq!(port.next(LONG), Some(usize::MAX));
        assert!(event.try_wait());
    }
    assert_eq!(port.next(SLICE * 2), None, "not while nothing is armed");
    assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    let armed = Instant::now();
    assert_eq!(port.next(LONG), Some(usize::MAX), "it is time to look");
    assert!(armed.elapsed() > SLICE / 2 && armed.elapsed() < SLICE * 3);
    assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
    drop(bell);
    assert_eq!(port.next(SLICE * 2), None, "it is gone");
    assert_eq!(old.next(Duration::ZERO), None);
}

#[test]
fn the_handle_stays_signalled_until_it_is_armed_again() {
    let name = UniqueName::new("bell-level");
    let (mut event, mut bell) = event_with_bell(&name);
    for _ in 0..3 {
        assert_eq!(bell.arm(&mut event).unwrap(), Armed::Waiting);
        assert!(!is_signalled(bell.as_handle(), Duration::ZERO));
        event.set();
        assert!(is_signalled(bell.as_handle(), LONG));
        assert!(is_signalled(bell.as_handle(), Duration::ZERO));
        assert!(event.try_wait());
    }
    bell.clear();
    event.set();
    assert!(!is_signalled(bell.as_handle(), SLICE / 4));
}

#[test]
fn dropped_at_any_moment_it_leaves_nothing() {
    Actor::start("drops_doorbells", &[]).finish();
}

/// Doorbells go while they are armed, while they ring, and while the port has a packet of theirs; in
/// the thread that serves the port, too. A process of its own, in which nobody else opens handles.
fn drops_doorbells() {
    fn handles() -> u32 {
        let mut count = 0;
        // SAFETY: the first stands for this process; the number is written.
        let done = unsafe { GetProcessHandleCount(GetCurrentProcess(), &raw mut count) };
        assert_ne!(done, 0);
        count
    }
    let name = UniqueName::new("bell-drop");
    let mut event = ringway::event(name.as_str()).open().unwrap();
    let port = Port::new();
    let round = |event: &mut Event, n: u32| {
        let mut bell = event.doorbell().unwrap();
        bell.post_to(port.0.as_handle(), 1).unwrap();
        let pipe = bell.pipe().unwrap();
        assert_eq!(bell.arm(event).unwrap(), Armed::Waiting);
        thread::scope(|scope| {
            let event = &*event;
            scope.spawn(move || event.set());
            match n % 3 {
                0 => drop(bell),
                1 => {
                    while port.next(Duration::ZERO).is_some() {}
                    drop((pipe, bell));
                }
                _ => {
                    // After the packet that came at once.
                    port.next(LONG).unwrap();
                    port.next(LONG).unwrap();
                    drop(bell);
                }
            }
        });
        while port.next(Duration::ZERO).is_some() {}
        event.reset();
    };
    (0..50).for_each(|n| round(&mut event, n));
    let before = handles();
    (0..200).for_each(|n| round(&mut event, n));
    let after = handles();
    assert!(after < before + 20, "{before} {after}");
}

#[test]
fn what_is_no_port_or_may_not_be_posted_to() {
    let name = UniqueName::new("bell-no-port");
    let (_event, bell) = event_with_bell(&name);
    // SAFETY: no name and no descriptor are given.
    let other = owned(unsafe { CreateEventW(null(), 0, 0, null()) });
    let error = bell.post_to(other.as_handle(), 0).unwrap_err();
    let text = error.to_string();
    assert!(matches!(problem(error), Problem::NotAPort), "{text}");
    assert!(text.contains("CreateIoCompletionPort"), "{text}");

    let port = Port::new();
    let mut restricted = null_mut();
    // SAFETY: the handles are open; a new one is written, with the right to ask for its state only.
    let done = unsafe {
        let this = GetCurrentProcess();
        DuplicateHandle(
            this,
            port.0.as_raw_handle(),
            this,
            &raw mut restricted,
            1,
            0,
            0,
        )
    };
    assert_ne!(done, 0);
    let restricted = owned(restricted);
    let error = bell.post_to(restricted.as_handle(), 0).unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(problem(error), Problem::HandleRights { .. }),
        "{text}"
    );
    assert!(text.contains("the right to post"), "{text}");
    assert_eq!(port.next(Duration::ZERO), None);
}

#[test]
fn a_pipe_that_somebody_else_made() {
    Actor::start("meets_a_squatter", &[]).finish();
}

/// Somebody who knows how pipes are named makes them before this process does.
fn meets_a_squatter() {
    let name = UniqueName::new("bell-squatted");
    let (_event, bell) = event_with_bell(&name);
    let process = std::process::id();
    let _squatted: Vec<_> = (0..10)
        .filter_map(|number| {
            let name = format!(r"\\.\pipe\ringway-bell.{process}.{number}");
            let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
            let access = PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE;
            // SAFETY: the name ends with a zero and no descriptor is given.
            let pipe = unsafe { CreateNamedPipeW(name.as_ptr(), access, 0, 1, 0, 0, 0, null()) };
            (pipe != INVALID_HANDLE_VALUE).then(|| owned(pipe))
        })
        .collect();
    let error = bell.pipe().unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(problem(error), Problem::PipeTaken { how: "made", .. }),
        "{text}"
    );
    assert!(text.contains("another program made the pipe"), "{text}");
}
