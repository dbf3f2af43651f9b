//! Event loops as programs have them: mio, which looks for edges, and tokio, which does too and gives
//! readiness to whoever asks next.

use crate::look::SLICE;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use ringway::{Armed, Doorbell, Receiver, Source, TryRecvError};
use ringway_testkit::{Actor, UniqueName, arg, report};
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};
use tokio::io::unix::AsyncFd;

const ENDS: usize = 2;
const MESSAGES: u64 = 5_000;

fn line(name: &str, number: usize) -> String {
    format!("{name}-{number}")
}

/// Arguments: name, number. Sends back what comes, one by one.
pub(crate) fn answers() {
    let name = line(&arg::<String>(0), arg(1));
    let mut tx = ringway::spsc::<u64>(format!("{name}-back"))
        .sender()
        .unwrap();
    let mut rx = ringway::spsc::<u64>(&name).receiver().unwrap();
    report("ready");
    while let Ok(n) = rx.recv().map(|message| *message) {
        tx.send(n).unwrap();
    }
}

/// One partner: who asks it, and how its answers come.
struct Line {
    tx: Option<ringway::Sender<u64>>,
    rx: Receiver<u64>,
    heard: u64,
}

impl Line {
    fn open(name: &UniqueName, number: usize) -> (Line, Doorbell, Actor) {
        let line = line(name.as_str(), number);
        let tx = ringway::spsc::<u64>(&line).sender().unwrap();
        let rx = ringway::spsc::<u64>(format!("{line}-back"))
            .receiver()
            .unwrap();
        let bell = rx.doorbell().unwrap();
        let mut actor = Actor::start("answers", &[name.as_str(), &number.to_string()]);
        actor.expect("ready");
        let (tx, heard) = (Some(tx), 0);
        (Line { tx, rx, heard }, bell, actor)
    }

    /// Takes the answers that are there, asks what comes next, and hangs up behind the last one.
    /// Whether it is over.
    fn go_on(&mut self) -> bool {
        loop {
            match self.rx.try_recv().map(|answer| *answer) {
                Ok(answer) => {
                    assert_eq!(answer, self.heard);
                    self.heard += 1;
                    match &mut self.tx {
                        Some(tx) if self.heard < MESSAGES => tx.send(self.heard).unwrap(),
                        tx => *tx = None,
                    }
                }
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Closed) => return true,
                Err(other) => panic!("{other}"),
            }
        }
    }

    fn ask_first(&mut self) {
        self.tx.as_mut().unwrap().send(0).unwrap();
    }
}

#[test]
fn in_a_loop_of_mio() {
    let name = UniqueName::new("bell-mio");
    let mut poll = Poll::new().unwrap();
    let (mut lines, mut actors) = (Vec::new(), Vec::new());
    for number in 0..ENDS {
        let (mut line, bell, actor) = Line::open(&name, number);
        let descriptor = bell.as_raw_fd();
        poll.registry()
            .register(
                &mut SourceFd(&descriptor),
                Token(number),
                Interest::READABLE,
            )
            .unwrap();
        line.ask_first();
        lines.push((line, bell, false));
        actors.push(actor);
    }
    let start = Instant::now();
    let serve = |(line, bell, is_over): &mut (Line, Doorbell, bool)| {
        while !*is_over {
            *is_over = line.go_on();
            if !*is_over && bell.arm(&mut line.rx).unwrap() == Armed::Waiting {
                break;
            }
        }
    };
    lines.iter_mut().for_each(serve);
    let mut events = Events::with_capacity(8);
    while lines.iter().any(|(_, _, is_over)| !is_over) {
        poll.poll(&mut events, Some(SLICE * 10)).unwrap();
        assert!(!events.is_empty(), "what is armed rings");
        for event in &events {
            serve(&mut lines[event.token().0]);
        }
    }
    let took = start.elapsed();
    println!("{MESSAGES} answers from each of {ENDS} took {took:?}");
    assert!(took < SLICE * 50, "{took:?}");
    assert!(lines.iter().all(|(line, ..)| line.heard == MESSAGES));
    actors.into_iter().for_each(Actor::finish);
}

/// Waits until the source is ready.
async fn ready(bell: &mut AsyncFd<Doorbell>, source: &mut impl Source) {
    while bell.get_mut().arm(source).unwrap() == Armed::Waiting {
        bell.readable().await.unwrap().clear_ready();
    }
}

async fn play(mut line: Line, bell: Doorbell) -> u64 {
    // SAFETY: a doorbell has one descriptor as long as it lives, and this one is not exchanged.
    #[allow(unsafe_code)]
    let mut bell = unsafe { AsyncFd::register(bell) }.unwrap();
    // One that is given up has taken nothing, and leaves nothing behind.
    let soon = Duration::from_millis(5);
    let early = tokio::time::timeout(soon, ready(&mut bell, &mut line.rx)).await;
    assert!(early.is_err());
    line.ask_first();
    while !line.go_on() {
        ready(&mut bell, &mut line.rx).await;
    }
    line.heard
}

#[test]
fn in_tasks_of_tokio() {
    let name = UniqueName::new("bell-tokio");
    let [one, two] = [0, 1].map(|number| Line::open(&name, number));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let start = Instant::now();
    let heard = runtime.block_on(async { tokio::join!(play(one.0, one.1), play(two.0, two.1)) });
    let took = start.elapsed();
    println!("{MESSAGES} answers from each of {ENDS} took {took:?}");
    assert_eq!(heard, (MESSAGES, MESSAGES));
    assert!(took < SLICE * 50, "{took:?}");
    one.2.finish();
    two.2.finish();
}
