//! A queue of a few items, and two condition variables: there is something, there is room.

use super::play::{A_WHILE, Scenario, Worker};
use super::{Board, write};
use crate::kill::Finding;
use ringway::Shared;
use ringway_core::handle::{
    Condvar, LockTimeoutError, Mutex, MutexCell, MutexGuard, TryLockError, WaitError,
};
use ringway_core::sync::CondvarCell;
use std::sync::atomic::Ordering;

const ROOM: u64 = 4;
const PRODUCERS: usize = 2;

/// Items taken, items put, and the items. Each has the number of those that were put with it.
type Items = [u64; 2 + ROOM as usize];
const TAKEN: usize = 0;
const PUT: usize = 1;
const FIRST: usize = 2;

ringway::shared! {
    /// The queue.
    pub struct Shelf {
        items: MutexCell<Items>,
        something: CondvarCell,
        room: CondvarCell,
    }
}

/// Each item that was put is taken once, or was in the hands of one who died.
#[derive(Clone, Copy, Debug)]
pub struct Queue;

type Held<'a> = MutexGuard<'a, Items, Shared<Shelf>>;

struct Handles {
    items: Mutex<Items, Shared<Shelf>>,
    something: Condvar<Shared<Shelf>>,
    room: Condvar<Shared<Shelf>>,
}

/// Of the board: for each life what it has in hand, and for each item how often it was used.
const IN_HAND: usize = 0;
const USED: usize = 1 << 16;

impl Scenario for Queue {
    const NAME: &'static str = "queue";
    const WORKERS: usize = 4;
    const ROUNDS: u64 = 1000;
    type Hall = Shelf;

    fn work(shelf: &Shared<Shelf>, me: &Worker<'_>) -> Result<(), Finding> {
        let handles = Handles {
            items: shelf.bind(|shelf| &shelf.items),
            something: shelf.bind(|shelf| &shelf.something),
            room: shelf.bind(|shelf| &shelf.room),
        };
        while me.goes_on() {
            let has_got_on = if me.index < PRODUCERS {
                put(&handles, me)?
            } else {
                take(&handles, me)?
            };
            if has_got_on {
                me.got_on();
            }
        }
        Ok(())
    }

    fn check(shelf: &Shared<Shelf>, board: &Board, deaths: u64) -> Result<(), Finding> {
        let mutex = shelf.bind(|shelf| &shelf.items);
        let items = match mutex.try_lock() {
            Ok(items) => *items,
            Err(TryLockError::OwnerDied(items)) if deaths > 0 => {
                board.note_death();
                *items
            }
            Err(other) => return Err(Finding::Wedged(format!("in the end: {other:?}"))),
        };
        let words = board.words();
        let in_hand = |item: u64| {
            let lives = &words[IN_HAND..USED];
            lives.iter().any(|word| word.load(Ordering::SeqCst) == item)
        };
        let is_there = |item: u64| (items[TAKEN]..items[PUT]).any(|at| items[slot(at)] == item);
        for item in 1..=items[PUT] {
            let used = words[USED + item as usize].load(Ordering::SeqCst);
            let is_lost = used == 0 && !is_there(item) && !in_hand(item);
            if used > 1 || is_lost || used == 1 && is_there(item) {
                let told = format!("item {item} was used {used} times");
                return Err(Finding::Broken(told));
            }
        }
        Ok(())
    }
}

/// Whether no more items can be told apart: then nobody puts any, and everybody gets on.
fn is_used_up(items: &Items) -> bool {
    USED + items[PUT] as usize + 1 >= super::OWN_WORDS
}

fn slot(at: u64) -> usize {
    FIRST + (at % ROOM) as usize
}

/// What a dead holder left is in order at each of its steps; it may have not told anybody.
fn again(handles: &Handles, me: &Worker<'_>) {
    me.board.note_death();
    handles.something.notify_all();
    handles.room.notify_all();
}

fn lock<'a>(handles: &'a Handles, me: &Worker<'_>) -> Result<Option<Held<'a>>, Finding> {
    match handles.items.lock_timeout(A_WHILE) {
        Ok(items) => Ok(Some(items)),
        Err(LockTimeoutError::Timeout) => Ok(None),
        Err(LockTimeoutError::OwnerDied(recovery)) => {
            again(handles, me);
            Ok(Some(recovery.mark_consistent()))
        }
        Err(other) => Err(Finding::Wedged(format!("lock: {other:?}"))),
    }
}

/// Waits as long as `is_so`; nothing if that takes too long.
fn wait_while<'a>(
    handles: &'a Handles,
    me: &Worker<'_>,
    at: &Condvar<Shared<Shelf>>,
    is_so: fn(&Items) -> bool,
) -> Result<Option<Held<'a>>, Finding> {
    let Some(items) = lock(handles, me)? else {
        return Ok(None);
    };
    match at.wait_timeout_while(items, A_WHILE, |items| is_so(items)) {
        Ok((items, outcome)) => Ok((!outcome.timed_out()).then_some(items)),
        Err(WaitError::OwnerDied(recovery)) => {
            again(handles, me);
            let items = recovery.mark_consistent();
            Ok((!is_so(&items)).then_some(items))
        }
        Err(other) => Err(Finding::Wedged(format!("wait: {other:?}"))),
    }
}

fn put(handles: &Handles, me: &Worker<'_>) -> Result<bool, Finding> {
    let is_full = |items: &Items| items[PUT] - items[TAKEN] == ROOM && !is_used_up(items);
    let Some(mut items) = wait_while(handles, me, &handles.room, is_full)? else {
        return Ok(false);
    };
    if is_used_up(&items) {
        handles.something.notify_all();
        return Ok(true);
    }
    let item = items[PUT] + 1;
    let at = slot(items[PUT]);
    me.inside(|| {
        write(&mut items[at], item);
        me.linger();
        write(&mut items[PUT], item);
    });
    handles.something.notify_one();
    Ok(true)
}

fn take(handles: &Handles, me: &Worker<'_>) -> Result<bool, Finding> {
    let is_empty = |items: &Items| items[PUT] == items[TAKEN];
    let has_to_wait = |items: &Items| items[PUT] == items[TAKEN] && !is_used_up(items);
    let Some(mut items) = wait_while(handles, me, &handles.something, has_to_wait)? else {
        return Ok(false);
    };
    if is_empty(&items) {
        return Ok(true);
    }
    let item = items[slot(items[TAKEN])];
    let hand = &me.board.words()[IN_HAND + me.life as usize % USED];
    hand.store(item, Ordering::SeqCst);
    me.linger();
    let taken = items[TAKEN] + 1;
    write(&mut items[TAKEN], taken);
    handles.room.notify_one();
    drop(items);
    let used = &me.board.words()[USED + item as usize % (super::OWN_WORDS - USED)];
    if used.fetch_add(1, Ordering::SeqCst) > 0 {
        return Err(Finding::Twice(format!("item {item}")));
    }
    hand.store(0, Ordering::SeqCst);
    Ok(true)
}
