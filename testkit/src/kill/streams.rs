//! A pipe whose ends are killed at random and replaced: every byte is accounted for.

use super::flow::{bytes, check, reader, writer};
use super::{Finding, PATIENCE};
use crate::{Actor, Random, SharedWords, TempDir, UniqueName, arg, report};
use ringway::pipe::{Reader, WriteTimeoutError, Writer};
use ringway_core::wait::WaitStrategy;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Bytes in the ring: writers often find it full, and readers find it empty.
const CAPACITY: usize = 1024;
/// The most bytes of a call.
const LONGEST: u64 = 3 * CAPACITY as u64;
/// Calls for which a process lives at most, from when it is chosen to be killed.
const LIFE: u64 = 300;
/// Whoever waits for another end looks so often whether there will be none.
const A_WHILE: Duration = Duration::from_millis(20);

/// Words of the board. Everybody is to leave, or somebody has found something.
const STOPPED: usize = 0;
/// Up to which byte the stream was begun to be written, and up to which it was.
const BEGUN: usize = 1;
const WRITTEN: usize = 2;
/// Up to which byte it was begun to be read, and up to which it was.
const ASKED: usize = 3;
const READ: usize = 4;
/// Calls of each end.
const CALLS: usize = 5;
const WORDS: usize = CALLS + 2;

const ROLES: [&str; 2] = ["writes", "reads"];

/// What both ends know.
struct Board(SharedWords);

impl Board {
    fn word(&self, index: usize) -> &AtomicU64 {
        &self.0[index]
    }
    fn get(&self, index: usize) -> u64 {
        self.word(index).load(Ordering::SeqCst)
    }
    fn set(&self, index: usize, value: u64) {
        self.word(index).store(value, Ordering::SeqCst);
    }

    /// A successor finds that the pipe has counted up to `offset`.
    ///
    /// # Errors
    ///
    /// That is none of the places at which the dead one can have been.
    fn succeed(&self, offset: u64, done: usize, begun: usize) -> Result<(), Finding> {
        let (done, begun) = (self.get(done), self.get(begun));
        if (done..=begun).contains(&offset) {
            return Ok(());
        }
        let told = format!("the end is at byte {offset}, and was at {done} to {begun}");
        Err(Finding::Broken(told))
    }
}

/// Has a pipe written to and read, with the roles `writes` and `reads` of the calling test file,
/// while ends are killed until the time is over.
///
/// # Errors
///
/// What was found.
pub fn play(time: Duration) -> Result<(), Finding> {
    let mut random = Random::new();
    let (name, dir) = (UniqueName::new("streams"), TempDir::new());
    let file = dir.file("board");
    let board = Board(SharedWords::create(&file, WORDS));
    let start = |end: usize| {
        let file = file.to_str().expect("the path is text");
        let mut actor = Actor::start(ROLES[end], &[name.as_str(), file]);
        actor.expect("ready");
        actor
    };
    let mut actors = [start(0), start(1)];
    let (begin, mut kills) = (Instant::now(), 0);
    let mut live = Ok(());
    while live.is_ok() && board.get(STOPPED) == 0 && begin.elapsed() < time {
        let end = random.below(2) as usize;
        live = wait_for(&board, end, random.below(LIFE));
        if live.is_ok() {
            actors[end].kill_now();
            kills += 1;
            actors[end] = start(end);
        }
    }
    live = live.and_then(|()| (0..2).try_for_each(|end| wait_for(&board, end, 2)));
    board.set(STOPPED, 1);
    for mut actor in actors {
        if let Some(told) = actor.next_line() {
            return Err(Finding::Broken(told));
        }
        actor.finish();
    }
    live?;
    let (written, read) = (board.get(WRITTEN), board.get(READ));
    println!("pipe: {kills} kills, {written} bytes");
    if written != read {
        return Err(Finding::Lost(format!("{read} bytes of {written} came")));
    }
    if name.exists() {
        return Err(Finding::LeftBehind(name.to_string()));
    }
    Ok(())
}

fn wait_for(board: &Board, end: usize, calls: u64) -> Result<(), Finding> {
    let count = || board.get(CALLS + end);
    let goal = count() + calls;
    let (mut last, mut since) = (count(), Instant::now());
    while count() < goal && board.get(STOPPED) == 0 {
        if count() != last {
            (last, since) = (count(), Instant::now());
        } else if since.elapsed() > PATIENCE {
            let told = format!("who {} gets on no more", ROLES[end]);
            return Err(Finding::Wedged(told));
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// The role of who writes.
pub fn play_writer() {
    play_end(|board, name| write_all(board, &mut writer(name, CAPACITY, wait())?));
}

/// The role of who reads.
pub fn play_reader() {
    play_end(|board, name| read_all(board, &mut reader(name, CAPACITY, wait())?));
}

fn wait() -> WaitStrategy {
    WaitStrategy::default()
}

fn play_end(end: impl FnOnce(&Board, &str) -> Result<(), Finding>) {
    let board = Board(SharedWords::open(arg::<String>(1).as_ref()));
    if let Err(finding) = end(&board, &arg::<String>(0)) {
        board.set(STOPPED, 1);
        report(finding);
    }
}

fn write_all(board: &Board, tx: &mut Writer) -> Result<(), Finding> {
    let mut offset = tx.written();
    board.succeed(offset, WRITTEN, BEGUN)?;
    board.set(WRITTEN, offset);
    report("ready");
    let mut random = Random::with_seed(offset);
    while board.get(STOPPED) == 0 {
        let len = random.below(LONGEST) as usize;
        board.set(BEGUN, offset + len as u64);
        match write(tx, &bytes(offset, len), random.below(2) == 0) {
            Ok(written) => {
                offset += written as u64;
                board.word(CALLS).fetch_add(1, Ordering::SeqCst);
            }
            // The reader was killed, and another one comes.
            Err(WriteTimeoutError::Closed) => {
                tx.wait_for_reader(Some(A_WHILE));
            }
            Err(other) => return Err(Finding::Wedged(format!("a write: {other}"))),
        }
        board.set(WRITTEN, offset);
    }
    Ok(())
}

fn write(tx: &mut Writer, bytes: &[u8], in_place: bool) -> Result<usize, WriteTimeoutError> {
    if !in_place {
        return tx.write_timeout(bytes, PATIENCE);
    }
    let Ok(mut grant) = tx.try_reserve(bytes.len()) else {
        return tx.write_timeout(bytes, PATIENCE);
    };
    let count = grant.len();
    grant.copy_from_slice(&bytes[..count]);
    std::thread::yield_now();
    grant.commit(count);
    Ok(count)
}

/// Reads up to the end of the stream.
fn read_all(board: &Board, rx: &mut Reader) -> Result<(), Finding> {
    let mut offset = rx.consumed();
    board.succeed(offset, READ, ASKED)?;
    board.set(READ, offset);
    report("ready");
    let mut random = Random::with_seed(offset);
    loop {
        let is_over = board.get(STOPPED) != 0;
        let most = random.below(LONGEST) as usize + 1;
        board.set(ASKED, offset + most as u64);
        match read(rx, offset, most, random.below(2) == 0)? {
            // The writer has left or was killed, and another one comes.
            0 if is_over => return Ok(()),
            0 => {
                rx.wait_for_writer(Some(A_WHILE));
            }
            count => {
                offset += count as u64;
                board.word(CALLS + 1).fetch_add(1, Ordering::SeqCst);
            }
        }
        board.set(READ, offset);
    }
}

/// Reads up to `most` bytes, which must be those from `offset` on.
fn read(rx: &mut Reader, offset: u64, most: usize, in_place: bool) -> Result<usize, Finding> {
    if in_place && let Ok(found) = rx.try_fill_buf() {
        check(offset, found)?;
        let count = found.len().min(most);
        std::io::BufRead::consume(rx, count);
        return Ok(count);
    }
    let mut buffer = vec![0; most];
    let count = rx
        .read_timeout(&mut buffer, PATIENCE)
        .map_err(|error| Finding::Wedged(format!("a read: {error}")))?;
    check(offset, &buffer[..count])?;
    Ok(count)
}
