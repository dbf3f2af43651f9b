//! Rounds in which all begin together.

use super::play::{Scenario, Worker};
use crate::kill::Finding;
use ringway::Shared;
use ringway_core::handle::{Barrier, BarrierCell, BarrierError};
use std::sync::atomic::Ordering;
use std::time::Duration;

const PARTIES: usize = 3;

ringway::shared! {
    /// The barrier.
    pub struct Course {
        line: BarrierCell<8>,
    }
}

/// Nobody is in the next round before all have come to it.
#[derive(Clone, Copy, Debug)]
pub struct Rounds;

/// Longer than the news of a death takes.
const LONG: Duration = Duration::from_secs(2);

impl Scenario for Rounds {
    const NAME: &'static str = "rounds";
    const WORKERS: usize = PARTIES;
    const ROUNDS: u64 = 300;
    type Hall = Course;

    fn prepare(course: &Shared<Course>) {
        course
            .line
            .initialise(PARTIES as u32)
            .expect("there are seats");
    }

    fn work(course: &Shared<Course>, me: &Worker<'_>) -> Result<(), Finding> {
        let line = course.bind(|course| &course.line);
        let came = &me.board.words()[..PARTIES];
        let mut passed = 0;
        while me.goes_on() {
            came[me.index].fetch_add(1, Ordering::SeqCst);
            match line.wait_timeout(LONG) {
                Ok(_) => {
                    passed += 1;
                    look(me, passed)?;
                    me.linger();
                    me.got_on();
                }
                Err(BarrierError::Broken | BarrierError::Timeout) => go_on_after(&line, me),
                // One who died is still seated, until somebody resets.
                Err(BarrierError::Crowded { .. } | BarrierError::Busy) => go_on_after(&line, me),
                Err(other) => return Err(Finding::Wedged(format!("wait: {other:?}"))),
            }
        }
        line.abort();
        Ok(())
    }
}

/// In a play in which nobody has died yet, all have come as often as this one has passed, and
/// nobody more than once more.
fn look(me: &Worker<'_>, passed: u64) -> Result<(), Finding> {
    let words = me.board.words()[..PARTIES].iter();
    let came: Vec<u64> = words.map(|word| word.load(Ordering::SeqCst)).collect();
    let is_first = me.life < PARTIES as u64;
    let has_died = || (0..PARTIES as u64).any(|life| me.board.is_doomed(life));
    let is_right = came
        .iter()
        .all(|&came| came == passed || came == passed + 1);
    if is_right || !is_first || has_died() {
        return Ok(());
    }
    let told = format!("after round {passed} they came so often: {came:?}");
    Err(Finding::Broken(told))
}

/// Somebody died or left. One of those who know that makes it whole again.
fn go_on_after(line: &Barrier<Shared<Course>, 8>, me: &Worker<'_>) {
    if !me.goes_on() {
        return;
    }
    me.board.note_death();
    // The first of them first.
    std::thread::sleep(Duration::from_micros(200 * me.index as u64));
    if line.is_broken() {
        // One who holds it up is found by the next wait.
        let _ = line.reset();
    }
}
