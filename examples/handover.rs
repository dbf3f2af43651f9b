//! A channel without a name, handed to another process over a socket.
//!
//! Nobody can open such a channel but those it was handed to, and its size is sealed, so neither
//! side can harm the other by cutting it off: the way to share one with a process that is trusted
//! less.
//!
//! ```text
//! cargo run --release --example handover
//! ```
//!
//! starts both processes. By hand, in two terminals, the first one first:
//!
//! ```text
//! cargo run --release --example handover -- give /tmp/handover.socket
//! cargo run --release --example handover -- take /tmp/handover.socket
//! ```
//!
//! On Windows, where the standard library has no such sockets, with an address such as
//! `127.0.0.1:4711`.

use ringway::Place;
use socket::Listener;
use std::error::Error;
use std::process::Command;
use std::time::Duration;

/// Sockets of Unix, at a path.
#[cfg(unix)]
mod socket {
    use ringway::{BorrowedSystemHandle, SystemHandle, handover};
    use std::io;
    use std::os::unix::net::{UnixListener, UnixStream};

    /// Its path is gone when it is dropped.
    pub(super) struct Listener {
        listener: UnixListener,
        pub(super) place: String,
    }

    impl Listener {
        pub(super) fn at(place: &str) -> io::Result<Self> {
            Ok(Listener {
                listener: UnixListener::bind(place)?,
                place: place.to_owned(),
            })
        }

        pub(super) fn somewhere() -> io::Result<Self> {
            let name = format!("ringway-handover-{}.socket", std::process::id());
            Self::at(&std::env::temp_dir().join(name).to_string_lossy())
        }

        pub(super) fn accept(&self) -> io::Result<UnixStream> {
            Ok(self.listener.accept()?.0)
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.place);
        }
    }

    pub(super) fn connect(place: &str) -> io::Result<UnixStream> {
        UnixStream::connect(place)
    }

    pub(super) fn send(
        socket: &UnixStream,
        handle: BorrowedSystemHandle<'_>,
    ) -> Result<(), handover::HandoverError> {
        handover::send_handle(socket, handle)
    }

    pub(super) fn receive(socket: &UnixStream) -> Result<SystemHandle, handover::HandoverError> {
        handover::receive_handle(socket)
    }
}

/// Sockets within this machine, at an address.
#[cfg(windows)]
mod socket {
    use ringway::{BorrowedSystemHandle, SystemHandle, handover};
    use std::io;
    use std::net::{TcpListener, TcpStream};

    pub(super) struct Listener {
        listener: TcpListener,
        pub(super) place: String,
    }

    impl Listener {
        pub(super) fn at(place: &str) -> io::Result<Self> {
            let listener = TcpListener::bind(place)?;
            let place = listener.local_addr()?.to_string();
            Ok(Listener { listener, place })
        }

        pub(super) fn somewhere() -> io::Result<Self> {
            Self::at("127.0.0.1:0")
        }

        pub(super) fn accept(&self) -> io::Result<TcpStream> {
            Ok(self.listener.accept()?.0)
        }
    }

    pub(super) fn connect(place: &str) -> io::Result<TcpStream> {
        TcpStream::connect(place)
    }

    pub(super) fn send(
        mut socket: &TcpStream,
        handle: BorrowedSystemHandle<'_>,
    ) -> Result<(), handover::HandoverError> {
        handover::send_handle(&mut socket, handle)
    }

    pub(super) fn receive(mut socket: &TcpStream) -> Result<SystemHandle, handover::HandoverError> {
        handover::receive_handle(&mut socket)
    }
}

/// Waits for a process on `listener`, hands it a channel and sends to it.
fn give(listener: &Listener) -> Result<(), Box<dyn Error>> {
    let mut tx = ringway::spsc::<u64>(Place::Anonymous).sender()?;
    let socket = listener.accept()?;
    // A handle is what an anonymous channel has instead of a name.
    let segment = tx.platform().segment();
    let handle = segment.handle().ok_or("a channel with a name has none")?;
    socket::send(&socket, handle)?;
    // From here on the socket is not needed.
    drop(socket);
    for number in 1..=1000 {
        tx.send(number)?;
    }
    // Messages wait for a receiver that comes late only where it can still find them: this memory
    // goes with the last process that has it.
    if tx.wait_for_receiver(Some(Duration::from_secs(10))) {
        Ok(())
    } else {
        Err("the other process took the handle and did not open the channel".into())
    }
}

/// Takes a channel from the process behind the socket at `place`, and receives from it.
fn take(place: &str) -> Result<(), Box<dyn Error>> {
    let handle = socket::receive(&socket::connect(place)?)?;
    // The same checks as for a name: another type or capacity is refused here too.
    let mut rx = ringway::spsc::<u64>(Place::Handle(handle)).receiver()?;
    let mut sum = 0;
    // Where the sender is not trusted, copy first and look then: it can still write to its slots.
    let mut number = 0;
    while rx.recv_into(&mut number).is_ok() {
        sum += number;
    }
    println!("received the numbers from 1 on; their sum is {sum}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["give", place] => give(&Listener::at(place)?),
        ["take", place] => take(place),
        [] => {
            let listener = Listener::somewhere()?;
            let mut taker = Command::new(std::env::current_exe()?)
                .arg("take")
                .arg(&listener.place)
                .spawn()?;
            give(&listener)?;
            match taker.wait()? {
                ended if ended.success() => Ok(()),
                ended => Err(format!("the other process ended with {ended}").into()),
            }
        }
        _ => Err("say `give SOCKET`, `take SOCKET` or nothing".into()),
    }
}
