//! Room in a channel, a signal and a timer in one event loop of macOS: doorbells in a kqueue.
//!
//! `cargo run --release --example kqueue`
//!
//! It starts a second process that receives, with pauses, and then says that it is done. For other
//! systems there are the examples `mio` and `tokio`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(target_os = "macos")]
    return on_macos::main();
    #[cfg(not(target_os = "macos"))]
    {
        println!("kqueue is a call of macOS; run the example `mio` or `tokio` instead");
        Ok(())
    }
}

#[cfg(target_os = "macos")]
mod on_macos {
    use ringway::{Armed, Doorbell, Sender, TrySendError};
    use rustix::buffer::spare_capacity;
    use rustix::event::kqueue::{Event, EventFilter, EventFlags, kevent, kqueue};
    use rustix::fd::OwnedFd;
    use std::os::fd::AsRawFd as _;
    use std::process::Command;
    use std::ptr;
    use std::thread;
    use std::time::Duration;

    type Error = Box<dyn std::error::Error>;

    const READINGS: u64 = 50_000;
    /// Few, so that the sender has to wait for room.
    const CAPACITY: u32 = 256;

    /// What the loop waits for, by the number that the kqueue gives back.
    const ROOM: usize = 0;
    const DONE: usize = 1;
    const TICK: usize = 2;

    pub(crate) fn main() -> Result<(), Error> {
        match std::env::args().nth(1) {
            Some(name) => archive(&name),
            None => station(),
        }
    }

    /// The process with the event loop.
    fn station() -> Result<(), Error> {
        let name = format!("example-kqueue-{}", std::process::id());
        let channel = ringway::spsc::<u64>(&name).capacity(CAPACITY);
        let mut readings = channel.sender()?;
        let mut done = ringway::event(format!("{name}-done")).open()?;
        let (mut room, mut done_bell) = (readings.doorbell()?, done.doorbell()?);

        let queue = kqueue()?;
        watch(&queue, EventFilter::Read(room.as_raw_fd()), ROOM)?;
        watch(&queue, EventFilter::Read(done_bell.as_raw_fd()), DONE)?;
        let tick = EventFilter::Timer {
            ident: 0,
            timer: Some(Duration::from_millis(10)),
        };
        watch(&queue, tick, TICK)?;
        let mut archive = Command::new(std::env::current_exe()?).arg(&name).spawn()?;

        let (mut next, mut rings, mut ticks) = (0, 0, 0);
        send_all(&mut readings, &mut room, &mut next)?;
        let mut is_done = done_bell.arm(&mut done)? == Armed::Ready;
        let mut events = Vec::with_capacity(8);
        while !is_done {
            // SAFETY: there is no change that could name a descriptor.
            unsafe { kevent(&queue, &[], spare_capacity(&mut events), None)? };
            for event in events.drain(..) {
                match event.udata().addr() {
                    ROOM => send_all(&mut readings, &mut room, &mut next)?,
                    DONE => is_done = done_bell.arm(&mut done)? == Armed::Ready,
                    _ => ticks += 1,
                }
                rings += u32::from(event.udata().addr() != TICK);
            }
        }
        assert!(archive.wait()?.success() && next == READINGS, "each once");
        println!(
            "{READINGS} readings by {rings} rings of two doorbells, {ticks} ticks beside them"
        );
        Ok(())
    }

    /// Has `queue` report what `filter` says, as long as it lasts, with `number`.
    fn watch(queue: &OwnedFd, filter: EventFilter, number: usize) -> Result<(), Error> {
        let number = ptr::without_provenance_mut(number);
        let change = [Event::new(filter, EventFlags::ADD, number)];
        let mut none: [Event; 0] = [];
        // SAFETY: the doorbells are open as long as `queue` is: both go at the end of `station`.
        unsafe { kevent(queue, &change, &mut none[..], None)? };
        Ok(())
    }

    /// Sends what there is room for, until all is sent or the doorbell is armed for more room.
    fn send_all(
        readings: &mut Sender<u64>,
        room: &mut Doorbell,
        next: &mut u64,
    ) -> Result<(), Error> {
        while *next < READINGS {
            match readings.try_send(*next) {
                Ok(()) => *next += 1,
                Err(TrySendError::Full(_)) if room.arm(readings)? == Armed::Ready => {}
                Err(TrySendError::Full(_)) => return Ok(()),
                Err(other) => return Err(other.into()),
            }
        }
        room.clear();
        Ok(())
    }

    /// The process that receives. It knows nothing of doorbells.
    fn archive(name: &str) -> Result<(), Error> {
        let mut readings = ringway::spsc::<u64>(name).receiver()?;
        for expected in 0..READINGS {
            assert_eq!(*readings.recv()?, expected, "in order");
            if expected % 1000 == 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }
        ringway::event(format!("{name}-done")).open()?.set();
        Ok(())
    }
}
