//! Several senders and receivers on one channel, killed at random and replaced.

use super::board::{Account, Board, Deaths};
use super::contents::tiny;
use super::{Finding, PATIENCE, Refused, Subject, place};
use crate::{Actor, Random, TempDir, UniqueName, arg, report};
use ringway_core::wait::WaitStrategy;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Small enough that senders often find the ring full, and receivers find it empty.
const CAPACITY: u32 = 16;
/// A round has a channel and an account of its own.
const KILLS_PER_ROUND: u32 = 50;
/// Messages for which a process lives at most, from when it is chosen to be killed.
const LIFE: u64 = 300;
/// One message of so many is held while others get the processor: a good moment to be killed.
const HOLDING: u64 = 3;

/// Whoever waits for another end looks so often whether there will be none.
const A_WHILE: Duration = Duration::from_millis(20);

/// Who takes part, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// Processes that send, playing the role that calls [`play_sender`].
    pub senders: usize,
    /// Processes that receive, playing the role that calls [`play_receiver`].
    pub receivers: usize,
    /// Whether processes are killed.
    pub killed: bool,
    /// New rounds begin until so much time has passed.
    pub time: Duration,
}

impl Crowd {
    /// Plays rounds with the roles `sends` and `receives` of the calling test file until something
    /// is found or the time is over, and returns what was found.
    #[must_use]
    pub fn play<S: Subject>(&self) -> Vec<Finding> {
        let mut random = Random::new();
        let start = Instant::now();
        let (mut rounds, mut kills, mut messages, mut lost) = (0, 0, 0, 0);
        loop {
            let mut round = Round::<S>::new(self);
            let findings = round.play(&mut random);
            rounds += 1;
            kills += round.deaths.all;
            messages += round.account.sent;
            lost += round.account.lost_in_parts;
            if !findings.is_empty() || start.elapsed() >= self.time {
                println!(
                    "{}: {rounds} rounds, {kills} kills, {messages} messages, \
                     {lost} in parts in the hands of the dead",
                    S::name()
                );
                return findings;
            }
        }
    }
}

struct Round<'a, S> {
    crowd: &'a Crowd,
    name: UniqueName,
    _dir: TempDir,
    file: PathBuf,
    board: Board,
    subject: PhantomData<S>,
    deaths: Deaths,
    account: Account,
}

impl<'a, S: Subject> Round<'a, S> {
    fn new(crowd: &'a Crowd) -> Self {
        let (name, dir) = (UniqueName::new("crowd"), TempDir::new());
        let file = dir.file("board");
        Round {
            crowd,
            board: Board::create(&file),
            subject: PhantomData,
            name,
            _dir: dir,
            file,
            deaths: Deaths::default(),
            account: Account::default(),
        }
    }

    fn play(&mut self, random: &mut Random) -> Vec<Finding> {
        let count = self.crowd.receivers + self.crowd.senders;
        let mut workers: Vec<_> = (0..count).map(|index| self.start(index)).collect();
        for _ in 0..KILLS_PER_ROUND {
            let index = random.below(count as u64) as usize;
            if let Err(finding) = self.wait_for(index, random.below(LIFE)) {
                return vec![finding];
            }
            if self.board.is_used_up() {
                break;
            }
            if self.crowd.killed {
                workers.remove(index).kill();
                workers.insert(index, self.start(index));
                self.deaths.all += 1;
                self.deaths.receivers += u64::from(index < self.crowd.receivers);
            }
        }
        self.end(workers)
    }

    /// Receivers first: a sender may find the channel closed while there is none.
    fn start(&self, index: usize) -> Actor {
        let role = if index < self.crowd.receivers {
            "receives"
        } else {
            "sends"
        };
        let file = self.file.to_str().expect("the path is text");
        let index = index.to_string();
        let mut actor = Actor::start(role, &[&S::name(), self.name.as_str(), file, &index]);
        actor.expect("ready");
        actor
    }

    /// Waits until worker `index` got on by `count` messages.
    fn wait_for(&self, index: usize, count: u64) -> Result<(), Finding> {
        let progress = || self.board.progress(index).load(Ordering::Relaxed);
        let refusals = || self.board.refusals(index).load(Ordering::Relaxed);
        let goal = progress() + count;
        let (mut last, mut refused) = (progress(), refusals());
        while progress() < goal && !self.board.is_used_up() {
            if progress() != last {
                (last, refused) = (progress(), refusals());
            } else if refusals() >= refused + S::REFUSALS {
                let told = format!("process {index} of the crowd gets on no more");
                return Err(Finding::Wedged(told));
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Has everybody leave in order, and accounts for every message.
    fn end(&mut self, mut workers: Vec<Actor>) -> Vec<Finding> {
        self.board.stop();
        let senders = workers.split_off(self.crowd.receivers);
        senders.into_iter().for_each(Actor::finish);
        self.board.senders_have_left();
        let mut findings = Vec::new();
        for mut receiver in workers {
            let said: String = receiver.heard();
            if S::CLOSES && said != "closed" {
                findings.push(Finding::Wedged(format!("a receiver ends with {said:?}")));
            }
            receiver.finish();
        }
        self.account = self.board.account(S::trace, self.deaths);
        findings.append(&mut self.account.findings);
        if S::CLOSES && self.name.exists() {
            findings.push(Finding::LeftBehind(self.name.to_string()));
        }
        findings
    }
}

/// The role of a sender.
pub fn play_sender() {
    for_subject!(arg::<String>(0), send_all);
}

/// The role of a receiver.
pub fn play_receiver() {
    for_subject!(arg::<String>(0), receive_all);
}

fn channel<S: Subject>() -> S {
    S::at(&arg::<String>(1), CAPACITY, WaitStrategy::default())
}

fn board() -> Board {
    Board::open(arg::<String>(2).as_ref())
}

fn send_all<S: Subject>() {
    let (board, index) = (board(), arg(3));
    let mut tx = channel::<S>().sender().expect("a sender can be attached");
    report("ready");
    let mut next = board.take_block();
    while let Some(ticket) = next {
        if board.is_stopped() {
            return;
        }
        board.begin(ticket);
        let number = ticket.number();
        let sent = if number.is_multiple_of(HOLDING) {
            S::holding_slot(&mut tx, number, &mut std::thread::yield_now)
        } else {
            S::send_within(&mut tx, number)
        };
        if sent.is_ok() {
            board.commit(ticket);
            board.progress(index).fetch_add(1, Ordering::Relaxed);
            next = board.after(ticket);
        } else if sent == Err(Refused::Closed) {
            // The only receiver was killed, and another one comes.
            S::wait_for_receiver(&mut tx, A_WHILE);
        } else {
            board.refusals(index).fetch_add(1, Ordering::Relaxed);
        }
    }
    // No number is left to send.
    while !board.is_stopped() {
        std::thread::yield_now();
    }
}

/// Receives until the channel is closed. A message is noted before it is finished.
fn receive_all<S: Subject>() {
    let (board, index) = (board(), arg(3));
    let mut rx = channel::<S>()
        .receiver()
        .expect("a receiver can be attached");
    report("ready");
    let mut last = HashMap::new();
    loop {
        let over = board.have_senders_left();
        let received = S::recv_within(&mut rx, PATIENCE, &mut |message| {
            board.came(message.number, message.redelivered);
            if message.number.is_multiple_of(HOLDING) {
                std::thread::yield_now();
            }
            if !message.redelivered && tiny(message.number).is_none() {
                let (sender, index) = place(message.number);
                if last.insert(sender, index).is_some_and(|last| last >= index) {
                    board.came_disordered();
                }
            }
        });
        match received {
            Ok(()) => {
                board.progress(index).fetch_add(1, Ordering::Relaxed);
            }
            Err(Refused::Nothing) if !over => {
                board.refusals(index).fetch_add(1, Ordering::Relaxed);
            }
            Err(Refused::Nothing) => return report("nothing"),
            Err(Refused::Closed) if over => return report("closed"),
            // The only sender was killed, and another one comes.
            Err(Refused::Closed) => S::wait_for_sender(&mut rx, A_WHILE),
            Err(Refused::Corrupt) => return report("corrupt"),
        }
    }
}
