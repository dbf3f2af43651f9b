//! Ends that are killed at random moments, thousands of times, and others that take over.
//!
//! Message number `n` carries the number `n`, and the channel itself counts: a sender that takes
//! over asks it how many were published, a receiver which is next. So each receiver can check that
//! nothing is lost and nothing comes twice without being marked.

use ringway::{FromBytes, Immutable, IntoBytes, Peer, WaitStrategy};
use ringway_testkit::{
    Actor, FileAt, Random, TempDir, UniqueName, arg, asleep, place, report, roles,
};
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

roles! { sends_for_ever, receives_for_ever, sends_one_and_stays, receives_one_and_stays, holds_a_grant }

#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
struct Numbered<const WORDS: usize>([u64; WORDS]);

/// Items that may come again after a death: those of one line.
fn line_of(words: usize) -> u64 {
    if words == 1 { 7 } else { 1 }
}

/// Kills of each kind in a test. `RINGWAY_TEST_KILLS` asks for more.
fn kills() -> u64 {
    std::env::var("RINGWAY_TEST_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(if cfg!(windows) { 200 } else { 600 })
}

/// Arguments: file of the channel, words, where to write down what was processed.
fn sends_for_ever() {
    match arg(1) {
        1 => send_for_ever::<1>(),
        5 => send_for_ever::<5>(),
        8 => send_for_ever::<8>(),
        words => panic!("no test has messages of {words} words"),
    }
}

fn receives_for_ever() {
    match arg(1) {
        1 => receive_for_ever::<1>(),
        5 => receive_for_ever::<5>(),
        8 => receive_for_ever::<8>(),
        words => panic!("no test has messages of {words} words"),
    }
}

fn channel<const WORDS: usize>() -> ringway::Builder<Numbered<WORDS>> {
    let file: String = arg(0);
    ringway::spsc(Path::new(&file)).capacity(64).persistent()
}

fn send_for_ever<const WORDS: usize>() {
    let mut tx = channel::<WORDS>().sender().unwrap();
    report("ready");
    let mut number = tx.sent();
    loop {
        if number.is_multiple_of(5) {
            let batch: Vec<_> = (number..number + 9).map(|n| Numbered([n; WORDS])).collect();
            tx.send_batch(&batch).unwrap();
            number += 9;
        } else {
            tx.send(Numbered([number; WORDS])).unwrap();
            number += 1;
        }
        assert_eq!(tx.sent(), number);
    }
}

/// Receives until it is killed. A message counts as processed when its number is written down,
/// which is before it is finished.
fn receive_for_ever<const WORDS: usize>() {
    let processed = Processed::open(arg::<String>(2).as_ref());
    let mut rx = channel::<WORDS>().receiver().unwrap();
    let before = processed.count();
    assert!(
        rx.received() <= before,
        "message {before} is lost: {} comes next",
        rx.received()
    );
    assert!(
        before - rx.received() <= line_of(WORDS),
        "{} comes again after {before}",
        rx.received()
    );
    report("ready");
    loop {
        let number = rx.received();
        let Ok(message) = rx.recv() else {
            // The sender died: another one will come.
            rx.wait_for_sender(None);
            continue;
        };
        assert_eq!(*message, Numbered([number; WORDS]));
        if number < before {
            assert!(
                message.is_redelivered(),
                "{number} came before and is not marked"
            );
        }
        processed.set(before.max(number + 1));
    }
}

/// How many messages were processed, in a file: eight bytes, written whole.
struct Processed(File);

impl Processed {
    fn open(path: &Path) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        Processed(file.unwrap())
    }
    fn count(&self) -> u64 {
        let mut bytes = [0; 8];
        let read = self.0.bytes_at(&mut bytes, 0).unwrap();
        if read == 8 {
            u64::from_le_bytes(bytes)
        } else {
            0
        }
    }
    fn set(&self, count: u64) {
        self.0.write_all_at(&count.to_le_bytes(), 0).unwrap();
    }
}

/// Kills the sender, the receiver, or both, at random moments, and starts others in their place.
/// The survivors and the successors account for every message.
fn ends_are_killed_and_replaced(words: usize) {
    let mut random = Random::new();
    let dir = TempDir::new();
    let (channel, processed) = (dir.file("channel"), dir.file("processed"));
    let words = words.to_string();
    let args = [
        channel.to_str().unwrap(),
        &words,
        processed.to_str().unwrap(),
    ];
    let start = |role| {
        let mut actor = Actor::start(role, &args);
        actor.expect("ready");
        actor
    };
    let (mut sender, mut receiver) = (start("sends_for_ever"), start("receives_for_ever"));
    let progress = Processed::open(&processed);
    let mut last = 0;
    for _ in 0..kills() {
        // A random moment of their work; there is no condition to wait for.
        std::thread::sleep(Duration::from_micros(random.below(1500)));
        match random.below(3) {
            0 => {
                sender.kill();
                sender = start("sends_for_ever");
            }
            1 => {
                receiver.kill();
                receiver = start("receives_for_ever");
            }
            _ => {
                sender.kill();
                receiver.kill();
                sender = start("sends_for_ever");
                receiver = start("receives_for_ever");
            }
        }
        let now = progress.count();
        assert!(now >= last);
        last = now;
    }
    // Those who are left go on.
    let goal = progress.count() + 1000;
    let patience = Instant::now() + Duration::from_secs(20);
    while progress.count() < goal {
        assert!(
            Instant::now() < patience,
            "stuck at {} of {goal}",
            progress.count()
        );
        std::thread::yield_now();
    }
    println!("{} messages, {} rounds of kills", progress.count(), kills());
}

#[test]
fn packed_messages_survive_both_ends() {
    ends_are_killed_and_replaced(1);
}

#[test]
fn messages_with_a_stamp_each_survive_both_ends() {
    ends_are_killed_and_replaced(5);
}

#[test]
fn messages_of_whole_lines_survive_both_ends() {
    ends_are_killed_and_replaced(8);
}

fn sends_one_and_stays() {
    let mut tx = ringway::spsc::<u64>(place(&arg::<String>(0)))
        .capacity(16)
        .sender()
        .unwrap();
    tx.send(1).unwrap();
    report("sent");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

fn receives_one_and_stays() {
    let mut rx = ringway::spsc::<u64>(&arg::<String>(0))
        .capacity(16)
        .receiver()
        .unwrap();
    assert_eq!(*rx.recv().unwrap(), 1);
    report("received");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

fn holds_a_grant() {
    let mut rx = ringway::spsc::<u64>(&arg::<String>(0))
        .capacity(16)
        .receiver()
        .unwrap();
    let message = rx.recv().unwrap();
    report(*message);
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn a_sleeping_receiver_learns_that_its_sender_was_killed() {
    let mut delays = Vec::new();
    for _ in 0..10 {
        let name = UniqueName::new("killed-sender");
        let mut rx = ringway::spsc::<u64>(name.place())
            .capacity(16)
            .wait(WaitStrategy::Park)
            .receiver()
            .unwrap();
        let mut sender = Actor::start("sends_one_and_stays", &[name.as_str()]);
        sender.expect("sent");
        assert_eq!(*rx.recv().unwrap(), 1);
        std::thread::scope(|scope| {
            let killer = scope.spawn(|| {
                asleep::wait_until_a_thread_sleeps(std::process::id());
                let at = Instant::now();
                sender.kill();
                at
            });
            assert!(rx.recv().is_err());
            let closed = Instant::now();
            delays.push(closed - killer.join().unwrap());
        });
        assert!(matches!(rx.sender(), Peer::Died(_)));
    }
    delays.sort();
    println!("a killed sender was noticed after {delays:?}");
}

#[test]
fn a_sender_that_waits_for_space_learns_that_its_receiver_was_killed() {
    let name = UniqueName::new("killed-receiver");
    let mut tx = ringway::spsc::<u64>(name.as_str())
        .capacity(16)
        .sender()
        .unwrap();
    let mut receiver = Actor::start("receives_one_and_stays", &[name.as_str()]);
    tx.send(1).unwrap();
    receiver.expect("received");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            asleep::wait_until_a_thread_sleeps(std::process::id());
            receiver.kill();
        });
        let refused = (2..).map(|n| tx.send(n)).find_map(Result::err).unwrap();
        assert!(matches!(refused, ringway::SendError::Closed(_)));
    });
    assert!(matches!(tx.receiver(), Peer::Died(_)));
}

#[test]
fn a_message_whose_receiver_died_holding_it_comes_again_and_is_marked() {
    let name = UniqueName::new("held");
    let mut tx = ringway::spsc::<u64>(name.as_str())
        .capacity(16)
        .sender()
        .unwrap();
    tx.send_batch(&[10, 11]).unwrap();
    let mut holder = Actor::start("holds_a_grant", &[name.as_str()]);
    assert_eq!(holder.heard::<u64>(), 10);
    holder.kill();
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    let message = rx.recv().unwrap();
    assert_eq!((*message, message.is_redelivered()), (10, true));
    drop(message);
    assert_eq!(*rx.recv().unwrap(), 11);
}

#[test]
fn a_stopped_sender_is_not_taken_for_dead() {
    let name = UniqueName::new("stopped");
    let mut rx = ringway::spsc::<u64>(name.place())
        .capacity(16)
        .receiver()
        .unwrap();
    let mut sender = Actor::start("sends_one_and_stays", &[name.as_str()]);
    sender.expect("sent");
    assert_eq!(*rx.recv().unwrap(), 1);
    sender.stop();
    // Longer than the time after which a silent peer is asked for.
    let answer = rx.recv_timeout(Duration::from_millis(600)).map(drop);
    assert_eq!(answer, Err(ringway::RecvTimeoutError::Timeout));
    assert!(matches!(rx.sender(), Peer::Alive(_)));
    sender.go_on();
}

#[test]
fn what_dead_processes_left_is_replaced_by_the_next_opener() {
    let name = UniqueName::lasting("stale");
    let mut sender = Actor::start("sends_one_and_stays", &[name.as_str()]);
    sender.expect("sent");
    sender.kill();
    assert!(name.exists(), "nobody was left to remove it");
    let mut rx = ringway::spsc::<u64>(name.place())
        .capacity(999)
        .create_new()
        .receiver()
        .unwrap();
    assert!(
        rx.try_recv().is_err(),
        "a new channel of another capacity, and empty"
    );
    drop(rx);
    assert!(!name.exists());
}

#[test]
fn what_dead_processes_left_does_not_exist_for_those_who_want_an_existing_one() {
    let name = UniqueName::lasting("stale-existing");
    let mut sender = Actor::start("sends_one_and_stays", &[name.as_str()]);
    sender.expect("sent");
    sender.kill();
    let error = ringway::spsc::<u64>(name.place())
        .open_existing()
        .receiver()
        .map(drop)
        .unwrap_err();
    assert!(
        matches!(error.problem, ringway::Problem::NotFound),
        "{error}"
    );
}

#[test]
fn an_end_that_is_held_is_not_given_out_again() {
    let name = UniqueName::new("held-end");
    let mut sender = Actor::start("sends_one_and_stays", &[name.as_str()]);
    sender.expect("sent");
    let error = ringway::spsc::<u64>(name.place())
        .sender()
        .map(drop)
        .unwrap_err()
        .to_string();
    let process = format!("process {}", sender.pid());
    for part in [name.as_str(), "living sender", &process] {
        assert!(error.contains(part), "{part:?} is missing in: {error}");
    }
}

#[test]
fn a_channel_that_nobody_lives_in_is_not_taken_over() {
    let name = UniqueName::new("orphans");
    let mut tx = ringway::spsc::<u64>(name.as_str())
        .capacity(16)
        .sender()
        .unwrap();
    let mut holder = Actor::start("holds_a_grant", &[name.as_str()]);
    tx.send_batch(&[10, 11]).unwrap();
    assert_eq!(holder.heard::<u64>(), 10);
    holder.kill();
    drop(tx);
    assert!(!name.exists(), "only a persistent one outlives both");
}
