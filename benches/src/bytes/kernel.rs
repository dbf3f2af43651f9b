//! What the kernel has for streams of bytes: pipes and Unix sockets.
#![allow(unsafe_code)]

use super::{Inlet, Outlet, Side, Which, Wire, handover};
use crate::stage::Stage;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::fs::File;
use std::hint::spin_loop;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

/// What an unprivileged process may raise a pipe to.
static LARGE: libc::c_int = 1 << 20;

/// How a file is used.
pub trait Mode {
    /// Whether its buffer in the kernel is raised to 1 MiB.
    const IS_LARGE: bool;
    /// Whether it is asked again and again instead of slept for.
    const POLLS: bool;
}

/// As the system gives it.
#[derive(Debug)]
pub struct Plain;
/// With 1 MiB of buffer.
#[derive(Debug)]
pub struct Large;
/// Asked again and again, without sleeping.
#[derive(Debug)]
pub struct Polled;
/// Asked again and again, with 1 MiB of buffer.
#[derive(Debug)]
pub struct LargePolled;

macro_rules! mode {
    ($($mode:ident: $large:literal, $polls:literal;)*) => {
        $(impl Mode for $mode {
            const IS_LARGE: bool = $large;
            const POLLS: bool = $polls;
        })*
    };
}
mode! {
    Plain: false, false;
    Large: true, false;
    Polled: false, true;
    LargePolled: true, true;
}

/// An anonymous pipe.
#[derive(Debug)]
pub struct Pipe<M>(std::marker::PhantomData<M>);

/// A Unix socket for streams.
#[derive(Debug)]
pub struct Socket<M>(std::marker::PhantomData<M>);

/// One end of either.
#[derive(Debug)]
pub struct End<M>(File, std::marker::PhantomData<M>);

impl<M: Mode> Wire for Pipe<M> {
    type Tx = End<M>;
    type Rx = End<M>;

    fn outlet(stage: &Stage, side: Side, which: Which, _: usize) -> End<M> {
        End::new(match side {
            Side::Lead => {
                let (rx, tx) = io::pipe().expect("a pipe");
                if M::IS_LARGE {
                    enlarge_pipe(&tx);
                }
                handover::give(stage, which, rx);
                OwnedFd::from(tx).into()
            }
            Side::Follower => handover::take(stage, which, File::options().write(true)),
        })
    }

    fn inlet(stage: &Stage, side: Side, which: Which, _: usize) -> End<M> {
        End::new(match side {
            Side::Lead => {
                let (rx, tx) = io::pipe().expect("a pipe");
                if M::IS_LARGE {
                    enlarge_pipe(&tx);
                }
                handover::give(stage, which, tx);
                OwnedFd::from(rx).into()
            }
            Side::Follower => handover::take(stage, which, File::options().read(true)),
        })
    }
}

fn enlarge_pipe(pipe: impl AsFd) {
    // SAFETY: the descriptor is open; the argument is a number.
    let size = unsafe { libc::fcntl(pipe.as_fd().as_raw_fd(), libc::F_SETPIPE_SZ, LARGE) };
    assert!(
        size >= LARGE,
        "a pipe of 1 MiB: {}",
        io::Error::last_os_error()
    );
}

impl<M: Mode> Wire for Socket<M> {
    type Tx = End<M>;
    type Rx = End<M>;

    fn outlet(stage: &Stage, side: Side, which: Which, _: usize) -> End<M> {
        let end = End::new(OwnedFd::from(connection(stage, side, which)).into());
        if M::IS_LARGE {
            enlarge_socket(&end.0);
        }
        end
    }

    fn inlet(stage: &Stage, side: Side, which: Which, _: usize) -> End<M> {
        End::new(OwnedFd::from(connection(stage, side, which)).into())
    }
}

/// By a name that no file system has.
fn connection(stage: &Stage, side: Side, which: Which) -> UnixStream {
    let name = stage.channel(which.name());
    let address = SocketAddr::from_abstract_name(name).expect("a short name");
    match side {
        Side::Lead => {
            let listener = UnixListener::bind_addr(&address).expect("the name is new");
            listener.set_nonblocking(true).expect("a socket");
            let (connection, _) = handover::patiently(|| listener.accept().ok());
            connection
        }
        Side::Follower => handover::patiently(|| UnixStream::connect_addr(&address).ok()),
    }
}

/// For a Unix socket all that is on its way counts as the sender's. Beyond
/// `/proc/sys/net/core/wmem_max` only the privileged can raise it: others get as much as that.
fn enlarge_socket(socket: &File) {
    let set = |option| {
        // SAFETY: the descriptor is open; the option is one number, and its size is given.
        unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                option,
                (&raw const LARGE).cast(),
                size_of_val(&LARGE) as libc::socklen_t,
            )
        }
    };
    assert!(
        set(libc::SO_SNDBUFFORCE) == 0 || set(libc::SO_SNDBUF) == 0,
        "a larger buffer"
    );
}

impl<M: Mode> End<M> {
    fn new(file: File) -> Self {
        let mut flags = fcntl_getfl(&file).expect("an open file");
        flags.set(OFlags::NONBLOCK, M::POLLS);
        fcntl_setfl(&file, flags).expect("an open file");
        End(file, std::marker::PhantomData)
    }
}

impl<M: Mode> Outlet for End<M> {
    fn put(&mut self, message: &[u8]) {
        let mut rest = message;
        while !rest.is_empty() {
            match self.0.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) => wait(&error),
            }
        }
    }
}

impl<M: Mode> Inlet for End<M> {
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let mut done = 0;
        while done < buffer.len() {
            match self.0.read(&mut buffer[done..]) {
                Ok(0) => panic!("the other side stays for the whole sample"),
                Ok(read) => done += read,
                Err(error) => wait(&error),
            }
        }
        done
    }
}

fn wait(error: &io::Error) {
    match error.kind() {
        ErrorKind::WouldBlock => spin_loop(),
        ErrorKind::Interrupted => {}
        _ => panic!("{error}"),
    }
}
