//! Channels in an event loop of `mio`: requests from several processes, answered as they come.
//!
//! `cargo run --release --example mio`
//!
//! It starts three processes that ask. `mio` watches descriptors by their edges: a doorbell makes one
//! for each arming.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(unix)]
    return on_unix::main();
    #[cfg(not(unix))]
    {
        println!("mio waits for descriptors on Unix only");
        Ok(())
    }
}

#[cfg(unix)]
mod on_unix {
    use mio::unix::SourceFd;
    use mio::{Events, Interest, Poll, Token};
    use ringway::{Armed, Doorbell, Receiver, Sender, TryRecvError};
    use std::os::fd::AsRawFd as _;
    use std::process::Command;

    type Error = Box<dyn std::error::Error>;

    const CLIENTS: usize = 3;
    const QUESTIONS: u64 = 5_000;

    pub(crate) fn main() -> Result<(), Error> {
        match std::env::args().nth(1) {
            Some(name) => client(&name),
            None => server(),
        }
    }

    /// One client, as the server has it.
    struct Line {
        questions: Receiver<u64>,
        answers: Sender<u64>,
        bell: Doorbell,
        is_over: bool,
    }

    /// The process with the event loop.
    fn server() -> Result<(), Error> {
        let mut poll = Poll::new()?;
        let (mut lines, mut clients) = (Vec::new(), Vec::new());
        for number in 0..CLIENTS {
            let name = format!("example-mio-{}-{number}", std::process::id());
            let questions = ringway::spsc::<u64>(&name).receiver()?;
            let answers = ringway::spsc::<u64>(format!("{name}-back")).sender()?;
            let bell = questions.doorbell()?;
            let descriptor = bell.as_raw_fd();
            poll.registry().register(
                &mut SourceFd(&descriptor),
                Token(number),
                Interest::READABLE,
            )?;
            lines.push(Line {
                questions,
                answers,
                bell,
                is_over: false,
            });
            clients.push(Command::new(std::env::current_exe()?).arg(&name).spawn()?);
        }
        let mut answered = 0;
        for line in &mut lines {
            answered += serve(line)?;
        }
        let mut events = Events::with_capacity(16);
        while lines.iter().any(|line| !line.is_over) {
            poll.poll(&mut events, None)?;
            for event in &events {
                answered += serve(&mut lines[event.token().0])?;
            }
        }
        for mut client in clients {
            assert!(client.wait()?.success(), "each client got its answers");
        }
        assert_eq!(answered, QUESTIONS * CLIENTS as u64);
        println!("{answered} questions from {CLIENTS} processes answered in one event loop");
        Ok(())
    }

    /// Answers what was asked, until there is nothing more and the doorbell is armed; how much.
    fn serve(line: &mut Line) -> Result<u64, Error> {
        let mut answered = 0;
        while !line.is_over {
            match line.questions.try_recv().map(|question| *question) {
                Ok(question) => {
                    line.answers.send(question * question)?;
                    answered += 1;
                }
                Err(TryRecvError::Empty) => {
                    if line.bell.arm(&mut line.questions)? == Armed::Waiting {
                        break;
                    }
                }
                // It has hung up, or died: a closed source is always ready, and not armed again.
                Err(TryRecvError::Closed) => line.is_over = true,
                Err(other) => return Err(other.into()),
            }
        }
        Ok(answered)
    }

    /// A process that asks. It knows nothing of doorbells.
    fn client(name: &str) -> Result<(), Error> {
        let mut questions = ringway::spsc::<u64>(name).sender()?;
        let mut answers = ringway::spsc::<u64>(format!("{name}-back")).receiver()?;
        for n in 0..QUESTIONS {
            questions.send(n)?;
            assert_eq!(*answers.recv()?, n * n);
        }
        Ok(())
    }
}
