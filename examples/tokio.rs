//! Channels in async code: `recv` and `send` as futures of `tokio`, by `AsyncFd` on Unix and by a named
//! pipe on Windows.
//!
//! `cargo run --release --example tokio`
//!
//! It starts a second process that squares numbers, and in one thread sends to it and receives from
//! it, each in a task of its own.

use ringway::{Armed, Doorbell, Receiver, Sender, Source, TryRecvError, TrySendError};
use std::process::Command;
use std::time::Duration;

type Error = Box<dyn std::error::Error>;

const COUNT: u64 = 50_000;

fn main() -> Result<(), Error> {
    match std::env::args().nth(1) {
        Some(name) => squares(&name),
        None => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(asks()),
    }
}

/// A doorbell in the event loop of the runtime.
#[cfg(unix)]
struct AsyncBell(tokio::io::unix::AsyncFd<Doorbell>);

#[cfg(unix)]
impl AsyncBell {
    /// To be called in a runtime.
    fn new(bell: Doorbell) -> Result<Self, Error> {
        use tokio::io::{Interest, unix::AsyncFd};
        // SAFETY: a doorbell has the same descriptor as long as it lives, and this one is never
        // exchanged for another.
        let bell = unsafe { AsyncFd::register_with_interest(bell, Interest::READABLE)? };
        Ok(AsyncBell(bell))
    }

    fn doorbell(&mut self) -> &mut Doorbell {
        self.0.get_mut()
    }

    /// Waits until it rings. May be dropped at any time.
    async fn rung(&self) -> Result<(), Error> {
        self.0.readable().await?.clear_ready();
        Ok(())
    }
}

/// A doorbell, and the pipe of it that is in the event loop of the runtime.
#[cfg(windows)]
struct AsyncBell {
    bell: Doorbell,
    pipe: tokio::net::windows::named_pipe::NamedPipeServer,
}

#[cfg(windows)]
impl AsyncBell {
    /// To be called in a runtime.
    fn new(bell: Doorbell) -> Result<Self, Error> {
        use std::os::windows::io::IntoRawHandle;
        use tokio::net::windows::named_pipe::NamedPipeServer;
        let pipe = bell.pipe()?.into_raw_handle();
        // SAFETY: it is the end of a named pipe, for overlapped reading, and nobody else's.
        let pipe = unsafe { NamedPipeServer::from_raw_handle(pipe)? };
        Ok(AsyncBell { bell, pipe })
    }

    fn doorbell(&mut self) -> &mut Doorbell {
        &mut self.bell
    }

    /// Waits until it rings. May be dropped at any time.
    async fn rung(&self) -> Result<(), Error> {
        self.pipe.readable().await?;
        match self.pipe.try_read(&mut [0; 64]) {
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => Err(error.into()),
            // One too many is a look too many.
            _ => Ok(()),
        }
    }
}

/// Something that is waited for, in async code: a receiver, a sender, an event, a semaphore.
struct Async<S> {
    source: S,
    bell: AsyncBell,
}

impl<S: Source> Async<S> {
    /// To be called in a runtime.
    fn new(source: S, bell: Doorbell) -> Result<Self, Error> {
        let bell = AsyncBell::new(bell)?;
        Ok(Async { source, bell })
    }

    /// Waits until the source is ready. May be dropped at any time: nothing has been taken.
    async fn ready(&mut self) -> Result<(), Error> {
        while self.bell.doorbell().arm(&mut self.source)? == Armed::Waiting {
            self.bell.rung().await?;
        }
        Ok(())
    }
}

impl Async<Receiver<u64>> {
    /// The next message; `None` when the channel is closed.
    async fn recv(&mut self) -> Result<Option<u64>, Error> {
        loop {
            match self.source.try_recv().map(|message| *message) {
                Ok(message) => return Ok(Some(message)),
                Err(TryRecvError::Closed) => return Ok(None),
                Err(TryRecvError::Empty) => self.ready().await?,
                Err(other) => return Err(other.into()),
            }
        }
    }
}

impl Async<Sender<u64>> {
    async fn send(&mut self, message: u64) -> Result<(), Error> {
        loop {
            match self.source.try_send(message) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(_)) => self.ready().await?,
                Err(other) => return Err(other.into()),
            }
        }
    }
}

/// The process with the runtime.
async fn asks() -> Result<(), Error> {
    let name = format!("example-tokio-{}", std::process::id());
    let tx = ringway::spsc::<u64>(&name).capacity(64).sender()?;
    let rx = ringway::spsc::<u64>(format!("{name}-back")).receiver()?;
    let (tx_bell, rx_bell) = (tx.doorbell()?, rx.doorbell()?);
    let (mut tx, mut rx) = (Async::new(tx, tx_bell)?, Async::new(rx, rx_bell)?);
    let mut other = Command::new(std::env::current_exe()?).arg(&name).spawn()?;

    // Nothing comes as long as nothing was asked; a call that is given up takes nothing.
    let nothing = tokio::time::timeout(Duration::from_millis(20), rx.recv()).await;
    assert!(nothing.is_err());

    let asking = async {
        for n in 0..COUNT {
            tx.send(n).await?;
        }
        drop(tx);
        Ok::<(), Error>(())
    };
    let hearing = async {
        let mut heard = 0;
        while let Some(square) = rx.recv().await? {
            assert_eq!(square, heard * heard);
            heard += 1;
        }
        Ok::<u64, Error>(heard)
    };
    let (asked, heard) = tokio::join!(asking, hearing);
    asked?;
    let heard = heard?;
    assert_eq!(heard, COUNT);
    assert!(other.wait()?.success());
    println!("{heard} squares came back from another process, in one thread");
    Ok(())
}

/// The other process. It knows nothing of doorbells.
fn squares(name: &str) -> Result<(), Error> {
    let mut questions = ringway::spsc::<u64>(name).receiver()?;
    let mut answers = ringway::spsc::<u64>(format!("{name}-back")).sender()?;
    while let Ok(question) = questions.recv().map(|question| *question) {
        answers.send(question * question)?;
    }
    Ok(())
}
