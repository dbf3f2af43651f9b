//! How a scenario is played: by threads, by processes, or by processes that are killed.

use super::board::Board;
use crate::kill::{Finding, PATIENCE};
use crate::{Actor, Random, TempDir, UniqueName, arg, report};
use ringway::{Overlay, Shared};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What locks and signals are used for: workers that do the same again and again, and what must be
/// so meanwhile and in the end.
pub trait Scenario {
    /// What the tests call it.
    const NAME: &'static str;
    /// How many work.
    const WORKERS: usize;
    /// Rounds that each must get on by in a play without kills.
    const ROUNDS: u64;
    /// The locks and signals.
    type Hall: Overlay + 'static;

    /// Puts in order what does not begin as zeros, before anybody comes.
    fn prepare(hall: &Shared<Self::Hall>) {
        let _ = hall;
    }

    /// Works until [`Worker::goes_on`] says that it is enough.
    ///
    /// # Errors
    ///
    /// Something is not as it must be.
    fn work(hall: &Shared<Self::Hall>, me: &Worker<'_>) -> Result<(), Finding>;

    /// Looks at what is left when everybody has gone.
    ///
    /// # Errors
    ///
    /// Something is not as it must be.
    fn check(hall: &Shared<Self::Hall>, board: &Board, deaths: u64) -> Result<(), Finding> {
        let _ = (hall, board, deaths);
        Ok(())
    }
}

/// One of those who work.
#[derive(Debug)]
pub struct Worker<'a> {
    /// What all share beside the hall.
    pub board: &'a Board,
    /// Which one: below [`Scenario::WORKERS`]. Whoever takes a dead one's place has its number.
    pub index: usize,
    /// Which life: nobody else ever has this number.
    pub life: u64,
}

impl Worker<'_> {
    /// Whether it is not yet enough.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        !self.board.is_stopped()
    }

    /// A round is done.
    pub fn got_on(&self) {
        self.board
            .progress(self.index)
            .fetch_add(1, Ordering::Relaxed);
    }

    /// Does `section`, while a death must be told to whoever comes next
    /// ([`Board::note_death`]).
    pub fn inside<R>(&self, section: impl FnOnce() -> R) -> R {
        self.board.enter(self.life);
        let result = section();
        self.board.leave(self.life);
        result
    }

    /// A good moment for others to run, or to be killed.
    pub fn linger(&self) {
        let round = self.board.progress(self.index).load(Ordering::Relaxed);
        if round.is_multiple_of(61) {
            std::thread::sleep(Duration::from_micros(200));
        } else if round.is_multiple_of(3) {
            std::thread::yield_now();
        }
    }
}

/// A time in which a wait of a worker can be over without anything being wrong: it asks whether it
/// is to go on then.
pub const A_WHILE: Duration = Duration::from_millis(50);

/// What is played in which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Threads of this process.
    Threads,
    /// A process each.
    Processes,
    /// Processes that are killed at random and replaced, for so long.
    Mortals(Duration),
}

/// Plays a scenario; `role` is the role of the calling test file that calls [`play_worker`].
///
/// # Errors
///
/// What was found.
pub fn play<S: Scenario>(by: By, role: &str) -> Result<(), Finding> {
    let (name, dir) = (UniqueName::new("scene"), TempDir::new());
    let file = dir.file("board");
    let board = Board::create(&file);
    let hall = open::<S>(name.as_str());
    S::prepare(&hall);
    let start = Instant::now();
    let play = Play::<S> {
        board: &board,
        hall: &hall,
        scenario: std::marker::PhantomData,
    };
    let deaths = match by {
        By::Threads => play.by_threads()?,
        By::Processes | By::Mortals(_) => {
            let args = [S::NAME, name.as_str(), file.to_str().expect("it is text")];
            let actors = Actors {
                role,
                args,
                lives: 0,
            };
            play.by_processes(actors, by)?
        }
    };
    S::check(&hall, &board, deaths)?;
    let rounds: Vec<u64> = (0..S::WORKERS).map(|index| play.rounds(index)).collect();
    let (inside, noted) = (board.deaths_inside(), board.noted_deaths());
    if noted < inside {
        let told = format!("{inside} died holding something, and {noted} were told of it");
        return Err(Finding::Broken(told));
    }
    println!(
        "{}, {by:?}: rounds {rounds:?}, {deaths} kills, {inside} inside, {noted} told, {} ms",
        S::NAME,
        start.elapsed().as_millis()
    );
    drop(hall);
    if name.exists() {
        return Err(Finding::LeftBehind(name.to_string()));
    }
    Ok(())
}

fn open<S: Scenario>(name: &str) -> Shared<S::Hall> {
    ringway::shared::<S::Hall>(name)
        .open()
        .expect("an object can be opened")
}

struct Play<'a, S: Scenario> {
    board: &'a Board,
    hall: &'a Shared<S::Hall>,
    scenario: std::marker::PhantomData<S>,
}

struct Actors<'a> {
    role: &'a str,
    args: [&'a str; 3],
    lives: u64,
}

impl Actors<'_> {
    fn start(&mut self, index: usize) -> (u64, Actor) {
        let life = self.lives;
        self.lives += 1;
        let (index, text) = (index.to_string(), life.to_string());
        let [scenario, name, file] = self.args;
        let mut actor = Actor::start(self.role, &[scenario, name, file, &index, &text]);
        actor.expect("ready");
        (life, actor)
    }
}

impl<S: Scenario> Play<'_, S> {
    fn rounds(&self, index: usize) -> u64 {
        self.board.progress(index).load(Ordering::Relaxed)
    }

    fn by_threads(&self) -> Result<u64, Finding> {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..S::WORKERS)
                .map(|index| {
                    let (hall, board) = (self.hall.clone(), self.board);
                    scope.spawn(move || {
                        let me = Worker {
                            board,
                            index,
                            life: index as u64,
                        };
                        S::work(&hall, &me).inspect_err(|_| board.fail())
                    })
                })
                .collect();
            let all = (0..S::WORKERS).try_for_each(|index| self.wait_for(index, S::ROUNDS));
            self.board.stop();
            for worker in workers {
                worker.join().expect("a worker does not panic")?;
            }
            all
        })?;
        Ok(0)
    }

    fn by_processes(&self, mut actors: Actors<'_>, by: By) -> Result<u64, Finding> {
        let mut workers: Vec<_> = (0..S::WORKERS).map(|index| actors.start(index)).collect();
        let mut deaths = 0;
        let all = match by {
            By::Mortals(time) => self.kill(&mut actors, &mut workers, time, &mut deaths),
            _ => (0..S::WORKERS).try_for_each(|index| self.wait_for(index, S::ROUNDS)),
        };
        self.board.stop();
        let mut findings = Vec::new();
        for (_, mut worker) in workers {
            // Whoever cannot get on cannot stop either.
            if matches!(all, Err(Finding::Wedged(_))) {
                worker.kill();
                continue;
            }
            findings.extend(worker.next_line());
            worker.finish();
        }
        if findings.is_empty() {
            return all.map(|()| deaths);
        }
        Err(Finding::Broken(findings.join("; ")))
    }

    /// Kills workers at random until the time is over, and puts others in their places.
    fn kill(
        &self,
        actors: &mut Actors<'_>,
        workers: &mut [(u64, Actor)],
        time: Duration,
        deaths: &mut u64,
    ) -> Result<(), Finding> {
        let mut random = Random::new();
        let start = Instant::now();
        while start.elapsed() < time && !Board::is_used_up(actors.lives) {
            let index = random.below(S::WORKERS as u64) as usize;
            if random.below(8) == 0 {
                // All of them, wherever they are.
                self.wait_for(index, 1)?;
            }
            // Some µs: about what a round takes.
            let end = Instant::now() + Duration::from_micros(random.below(2000));
            while Instant::now() < end {
                std::thread::yield_now();
            }
            let (life, worker) = &mut workers[index];
            self.board.doom(*life);
            if self.board.has_failed() {
                break;
            }
            worker.kill_now();
            *deaths += 1;
            workers[index] = actors.start(index);
        }
        // Those who are left get on.
        (0..S::WORKERS).try_for_each(|index| self.wait_for(index, 2))
    }

    /// Waits until worker `index` got on by so many rounds.
    fn wait_for(&self, index: usize, rounds: u64) -> Result<(), Finding> {
        let goal = self.rounds(index) + rounds;
        let (mut last, mut since) = (self.rounds(index), Instant::now());
        while self.rounds(index) < goal && !self.board.has_failed() {
            let now = self.rounds(index);
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() > PATIENCE {
                let told = format!("{}: worker {index} gets on no more", S::NAME);
                return Err(Finding::Wedged(told));
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        Ok(())
    }
}

/// The part of a process in a play of one of all scenarios.
pub fn play_worker() {
    for_scenario!(arg::<String>(0), work_alone);
}

fn work_alone<S: Scenario>() {
    let hall = open::<S>(&arg::<String>(1));
    let board = Board::open(arg::<String>(2).as_ref());
    let me = Worker {
        board: &board,
        index: arg(3),
        life: arg(4),
    };
    report("ready");
    if let Err(finding) = S::work(&hall, &me) {
        board.fail();
        report(format!("worker {}: {finding}", me.index));
    }
}
