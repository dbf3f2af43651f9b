//! Two who wake each other in turn, by automatic events; others wait for a manual one.

use super::Board;
use super::play::{A_WHILE, Scenario, Worker};
use crate::kill::Finding;
use ringway::Shared;
use ringway_core::handle::{Event, EventCell, EventTimeoutError};
use ringway_core::sync::EventMode;
use std::sync::atomic::Ordering;

ringway::shared! {
    /// The events.
    pub struct Table {
        turns: [EventCell; 2],
        played: EventCell,
    }
}

/// A turn that is given is taken once.
#[derive(Clone, Copy, Debug)]
pub struct PingPong;

/// Of the board: how many turns were taken, and how many were given, by each player.
const TAKEN: usize = 0;
const GIVEN: usize = 2;

impl Scenario for PingPong {
    const NAME: &'static str = "ping-pong";
    const WORKERS: usize = 4;
    const ROUNDS: u64 = 300;
    type Hall = Table;

    fn prepare(table: &Shared<Table>) {
        table.turns.iter().enumerate().for_each(|(index, turn)| {
            turn.initialise(EventMode::Automatic, index == 0);
        });
    }

    fn work(table: &Shared<Table>, me: &Worker<'_>) -> Result<(), Finding> {
        let side = me.index % 2;
        let mine = table.bind(|table| &table.turns[side]);
        let other = table.bind(|table| &table.turns[1 - side]);
        let played = table.bind(|table| &table.played);
        // A second one on each side waits for the same event, and now and then for all others.
        while me.goes_on() {
            if me.index >= 2 && pass(&played, me)? {
                played.reset();
            }
            if !pass(&mine, me)? {
                // The one who was to go on may be dead: somebody begins anew.
                if me.life >= Self::WORKERS as u64 || me.board.is_doomed(0) {
                    other.set();
                }
                me.got_on();
                continue;
            }
            let words = me.board.words();
            words[TAKEN + side].fetch_add(1, Ordering::SeqCst);
            me.linger();
            words[GIVEN + 1 - side].fetch_add(1, Ordering::SeqCst);
            other.set();
            played.set();
            me.got_on();
        }
        Ok(())
    }

    fn check(_: &Shared<Table>, board: &Board, deaths: u64) -> Result<(), Finding> {
        for side in 0..2 {
            let word = |at: usize| board.words()[at].load(Ordering::SeqCst);
            let (taken, given) = (word(TAKEN + side), word(GIVEN + side));
            // The first turn was there.
            let has_too_many = taken > given + u64::from(side == 0);
            if deaths == 0 && (has_too_many || given > taken + 1) {
                let told = format!("{taken} turns taken of {given} given");
                return Err(Finding::Broken(told));
            }
        }
        Ok(())
    }
}

/// Whether it was set, in a while.
fn pass(event: &Event<Shared<Table>>, me: &Worker<'_>) -> Result<bool, Finding> {
    // Who is to stop need not be set going.
    let within = if me.goes_on() { A_WHILE } else { A_WHILE / 10 };
    match event.wait_timeout(within) {
        Ok(()) => Ok(true),
        Err(EventTimeoutError::Timeout) => Ok(false),
        Err(other) => Err(Finding::Wedged(format!("wait: {other:?}"))),
    }
}
