//! Money that is moved between accounts, each book of them under a mutex.

use super::play::{A_WHILE, Scenario, Worker};
use super::{Board, write};
use crate::kill::Finding;
use ringway::sync::LockTimeoutError;
use ringway::{MutexCell, Shared};

const BOOKS: usize = 3;
const ACCOUNTS: usize = 4;
/// In all accounts of a book together.
const MONEY: u64 = 1000;

/// What is in each account; and, while money is moved, what was in the two before.
type Book = [u64; ACCOUNTS + 4];

/// Whether money is being moved; from where, to where, and what was there.
const MOVING: usize = ACCOUNTS;
const WHERE: usize = ACCOUNTS + 1;
const FROM: usize = ACCOUNTS + 2;
const TO: usize = ACCOUNTS + 3;

ringway::shared! {
    /// The books.
    pub struct Bank {
        books: [MutexCell<Book>; BOOKS],
    }
}

/// Money is moved, and none comes or goes, whoever dies meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Accounts;

impl Scenario for Accounts {
    const NAME: &'static str = "accounts";
    const WORKERS: usize = 4;
    const ROUNDS: u64 = 3000;
    type Hall = Bank;

    fn prepare(bank: &Shared<Bank>) {
        for index in 0..BOOKS {
            bank.bind(|bank| &bank.books[index]).lock().unwrap()[0] = MONEY;
        }
    }

    fn work(bank: &Shared<Bank>, me: &Worker<'_>) -> Result<(), Finding> {
        let books: [_; BOOKS] = std::array::from_fn(|index| bank.bind(|bank| &bank.books[index]));
        let mut round = me.life;
        while me.goes_on() {
            round = round
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let pick = |shift: u32, end: usize| (round >> shift) as usize % end;
            let mutex = &books[pick(40, BOOKS)];
            let mut book = match mutex.lock_timeout(A_WHILE) {
                Ok(book) => book,
                Err(LockTimeoutError::Timeout) => continue,
                Err(LockTimeoutError::OwnerDied(mut recovery)) => {
                    me.board.note_death();
                    repair(&mut recovery);
                    recovery.mark_consistent()
                }
                Err(other) => return Err(Finding::Wedged(format!("lock: {other:?}"))),
            };
            look(&book)?;
            let (from, to) = (pick(44, ACCOUNTS), pick(50, ACCOUNTS));
            me.inside(|| transfer(&mut book, from, to, me));
            drop(book);
            me.got_on();
        }
        Ok(())
    }

    fn check(bank: &Shared<Bank>, board: &Board, deaths: u64) -> Result<(), Finding> {
        for index in 0..BOOKS {
            match bank.bind(|bank| &bank.books[index]).try_lock() {
                Ok(book) => look(&book)?,
                Err(ringway::sync::TryLockError::OwnerDied(mut recovery)) if deaths > 0 => {
                    board.note_death();
                    repair(&mut recovery);
                    look(&recovery)?;
                }
                Err(other) => return Err(Finding::Wedged(format!("in the end: {other:?}"))),
            }
        }
        Ok(())
    }
}

fn look(book: &Book) -> Result<(), Finding> {
    let sum = book[..ACCOUNTS].iter().sum::<u64>();
    if sum == MONEY && book[MOVING] == 0 {
        return Ok(());
    }
    Err(Finding::Broken(format!("the book says {book:?}")))
}

fn transfer(book: &mut Book, from: usize, to: usize, me: &Worker<'_>) {
    let (had, has) = (book[from], book[to]);
    let amount = had.div_ceil(2);
    if from == to {
        return;
    }
    write(&mut book[WHERE], (from * ACCOUNTS + to) as u64);
    write(&mut book[FROM], had);
    write(&mut book[TO], has);
    write(&mut book[MOVING], 1);
    write(&mut book[from], had - amount);
    me.linger();
    write(&mut book[to], has + amount);
    write(&mut book[MOVING], 0);
}

/// Takes back what the dead one had begun. Who dies in it leaves the same to do.
fn repair(book: &mut Book) {
    if book[MOVING] == 1 {
        let (from, to) = (
            book[WHERE] as usize / ACCOUNTS,
            book[WHERE] as usize % ACCOUNTS,
        );
        let (had, has) = (book[FROM], book[TO]);
        write(&mut book[from], had);
        write(&mut book[to], has);
        write(&mut book[MOVING], 0);
    }
}
