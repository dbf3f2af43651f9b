//! A channel, a signal and a timer in one event loop of Linux: doorbells in an `epoll`.
//!
//! `cargo run --release --example epoll`
//!
//! It starts a second process that sends, in bursts, and then says that it is done. For other systems
//! there are the examples `mio` and `tokio`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(target_os = "linux")]
    return on_linux::main();
    #[cfg(not(target_os = "linux"))]
    {
        println!("epoll is a call of Linux; run the example `mio` or `tokio` instead");
        Ok(())
    }
}

#[cfg(target_os = "linux")]
mod on_linux {
    use ringway::{Armed, Doorbell, Receiver, TryRecvError};
    use rustix::buffer::spare_capacity;
    use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
    use std::process::Command;
    use std::thread;
    use std::time::Duration;

    type Error = Box<dyn std::error::Error>;

    const BURSTS: u64 = 50;
    const BURST: u64 = 1000;

    /// What the loop waits for, by the number that epoll gives back.
    const READINGS: u64 = 0;
    const DONE: u64 = 1;

    pub(crate) fn main() -> Result<(), Error> {
        match std::env::args().nth(1) {
            Some(name) => sensor(&name),
            None => station(),
        }
    }

    /// The process with the event loop.
    fn station() -> Result<(), Error> {
        let name = format!("example-epoll-{}", std::process::id());
        let mut readings = ringway::spsc::<u64>(&name).receiver()?;
        let mut done = ringway::event(format!("{name}-done")).open()?;
        let (mut readings_bell, mut done_bell) = (readings.doorbell()?, done.doorbell()?);

        let poll = epoll::create(CreateFlags::CLOEXEC)?;
        for (bell, number) in [(&readings_bell, READINGS), (&done_bell, DONE)] {
            epoll::add(&poll, bell, EventData::new_u64(number), EventFlags::IN)?;
        }
        let mut sensor = Command::new(std::env::current_exe()?).arg(&name).spawn()?;

        let (mut sum, mut rings, mut is_done) = (0, 0, done_bell.arm(&mut done)? == Armed::Ready);
        take_all(&mut readings, &mut readings_bell, &mut sum)?;
        let mut events = Vec::with_capacity(8);
        while !is_done {
            epoll::wait(&poll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                rings += 1;
                match event.data.u64() {
                    READINGS => take_all(&mut readings, &mut readings_bell, &mut sum)?,
                    _ => is_done = done_bell.arm(&mut done)? == Armed::Ready,
                }
            }
        }
        // What was sent before `done` was set is there by now.
        take_all(&mut readings, &mut readings_bell, &mut sum)?;
        sensor.wait()?;
        let count = BURSTS * BURST;
        assert_eq!(sum, count * (count - 1) / 2, "each reading once");
        println!("{count} readings by {rings} rings of two doorbells");
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
