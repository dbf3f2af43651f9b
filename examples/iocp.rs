//! A channel and a signal in one event loop of Windows: doorbells that post to a completion port.
//!
//! `cargo run --release --example iocp`
//!
//! It starts a second process that sends, in bursts, and then says that it is done. For other systems
//! there are the examples `epoll`, `mio` and `tokio`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(windows)]
    return on_windows::main();
    #[cfg(not(windows))]
    {
        println!("completion ports are Windows'; run the example `mio` or `tokio` instead");
        Ok(())
    }
}

#[cfg(windows)]
mod on_windows {
    use ringway::{Armed, Doorbell, Receiver, TryRecvError};
    use std::io;
    use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle};
    use std::process::Command;
    use std::ptr::null_mut;
    use std::thread;
    use std::time::Duration;
    use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
    use windows_sys::Win32::System::IO::{CreateIoCompletionPort, GetQueuedCompletionStatus};
    use windows_sys::Win32::System::Threading::INFINITE;

    type Error = Box<dyn std::error::Error>;

    const BURSTS: u64 = 50;
    const BURST: u64 = 1000;

    /// What the loop waits for, by the key that the port gives back.
    const READINGS: usize = 0;
    const DONE: usize = 1;

    pub(crate) fn main() -> Result<(), Error> {
        match std::env::args().nth(1) {
            Some(name) => sensor(&name),
            None => station(),
        }
    }

    /// The process with the event loop.
    fn station() -> Result<(), Error> {
        let name = format!("example-iocp-{}", std::process::id());
        let mut readings = ringway::spsc::<u64>(&name).receiver()?;
        let mut done = ringway::event(format!("{name}-done")).open()?;
        let (mut readings_bell, mut done_bell) = (readings.doorbell()?, done.doorbell()?);

        let port = Port::new()?;
        readings_bell.post_to(port.0.as_handle(), READINGS)?;
        done_bell.post_to(port.0.as_handle(), DONE)?;
        let mut sensor = Command::new(std::env::current_exe()?).arg(&name).spawn()?;

        let (mut sum, mut rings, mut is_done) = (0, 0, false);
        while !is_done {
            // Each doorbell has posted once already, so that both are armed.
            match port.next()? {
                READINGS => take_all(&mut readings, &mut readings_bell, &mut sum)?,
                _ => is_done = done_bell.arm(&mut done)? == Armed::Ready,
            }
            rings += 1;
        }
        // What was sent before `done` was set is there by now.
        take_all(&mut readings, &mut readings_bell, &mut sum)?;
        sensor.wait()?;
        let count = BURSTS * BURST;
        assert_eq!(sum, count * (count - 1) / 2, "each reading once");
        println!("{count} readings by {rings} packets of two doorbells");
        Ok(())
    }

    /// Takes what is there, until there is nothing more and the doorbell is armed for what comes.
    fn take_all(
        readings: &mut Receiver<u64>,
        bell: &mut Doorbell,
        sum: &mut u64,
    ) -> Result<(), Error> {
        loop {
            match readings.try_recv().map(|reading| *reading) {
                Ok(reading) => *sum += reading,
                Err(TryRecvError::Empty) if bell.arm(readings)? == Armed::Ready => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
                Err(other) => return Err(other.into()),
            }
        }
    }

    /// A completion port, to which files and sockets could be added.
    struct Port(OwnedHandle);

    impl Port {
        fn new() -> io::Result<Self> {
            // SAFETY: no file and no port are given; the call gives null or a new handle.
            let port = unsafe { CreateIoCompletionPort(INVALID_HANDLE_VALUE, null_mut(), 0, 1) };
            if port.is_null() {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: it is a handle, and nobody else's.
            Ok(Port(unsafe { OwnedHandle::from_raw_handle(port) }))
        }

        /// The key of the next packet.
        fn next(&self) -> io::Result<usize> {
            let (mut bytes, mut key, mut overlapped) = (0, 0, null_mut());
            // SAFETY: the handle is open and the other three are written.
            let done = unsafe {
                GetQueuedCompletionStatus(
                    self.0.as_raw_handle(),
                    &raw mut bytes,
                    &raw mut key,
                    &raw mut overlapped,
                    INFINITE,
                )
            };
            match done {
                0 => Err(io::Error::last_os_error()),
                _ => Ok(key),
            }
        }
    }

    /// The process that sends. It knows nothing of doorbells.
    fn sensor(name: &str) -> Result<(), Error> {
        let mut readings = ringway::spsc::<u64>(name).sender()?;
        for burst in 0..BURSTS {
            for n in 0..BURST {
                readings.send(burst * BURST + n)?;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let done = ringway::event(format!("{name}-done")).open()?;
        done.set();
        Ok(())
    }
}
