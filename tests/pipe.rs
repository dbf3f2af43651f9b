//! Streams of bytes between real processes: whatever the sizes of the pieces, whoever waits how,
//! whoever is killed. Each byte follows from its position, and each is checked.

use ringway::pipe::{Builder, Reader, Writer};
use ringway::{Condition, Peer, Place, WaitStrategy, look, wait_any_timeout};
use ringway_testkit::asleep::wait_until_asleep;
#[cfg(unix)]
use ringway_testkit::signals::{self, SIGUSR1};
use ringway_testkit::{Actor, FileAt, Random, TempDir, UniqueName, arg, place, report, roles};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

roles! { writes, reads, copies_in, copies_out, writes_and_stays, writes_until_it_breaks,
reads_and_stays, writes_for_ever, reads_for_ever,
#[cfg(unix)] reads_in_spite_of_signals, #[cfg(unix)] forks }

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);
/// In which the death of a peer is noticed, with room for a busy machine.
const SOON: Duration = Duration::from_secs(3);

/// The byte at `position` of every stream here: one that went astray is most likely another.
fn byte_at(position: u64) -> u8 {
    (position.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}

fn make(position: u64, bytes: &mut [u8]) {
    for (position, byte) in (position..).zip(bytes) {
        *byte = byte_at(position);
    }
}

#[track_caller]
fn check(position: u64, bytes: &[u8]) {
    for (position, byte) in (position..).zip(bytes) {
        assert_eq!(*byte, byte_at(position), "at {position}");
    }
}

fn strategy(name: &str) -> WaitStrategy {
    match name {
        "spin" => WaitStrategy::Spin,
        "adaptive" => WaitStrategy::Adaptive,
        "park" => WaitStrategy::Park,
        other => panic!("no strategy {other:?}"),
    }
}

/// Arguments of those who exchange: name, capacity, bytes, strategy.
fn exchanged() -> Builder {
    ringway::pipe(place(&arg::<String>(0)))
        .capacity(arg(1))
        .wait(strategy(&arg::<String>(3)))
}

/// Mostly short, sometimes longer than the ring.
fn some_len(random: &mut Random, capacity: usize) -> usize {
    let most = match random.below(3) {
        0 => 10,
        1 => capacity as u64,
        _ => 2 * capacity as u64,
    };
    1 + random.below(most) as usize
}

/// Writes in every way, up to `end`.
fn write_up_to(tx: &mut Writer, end: u64, random: &mut Random) -> io::Result<()> {
    let mut bytes = vec![0; 2 * tx.capacity() + 10];
    while tx.written() < end {
        let at = tx.written();
        let len = some_len(random, tx.capacity()).min((end - at) as usize);
        let bytes = &mut bytes[..len];
        make(at, bytes);
        let written = match random.below(5) {
            0 => tx.write(bytes)?,
            1 => tx.try_write(bytes).unwrap_or(0),
            2 => {
                let mut free = tx.reserve(len)?;
                let count = free.len();
                free.copy_from_slice(&bytes[..count]);
                free.commit(count);
                count
            }
            3 => {
                let (one, two) = bytes.split_at(len / 3);
                tx.write_vectored(&[IoSlice::new(one), IoSlice::new(&[]), IoSlice::new(two)])?
            }
            _ => {
                tx.write_all(bytes)?;
                len
            }
        };
        assert_eq!(tx.written(), at + written as u64);
    }
    Ok(())
}

/// Reads in every way, to the end of the stream.
fn read_to_the_end(rx: &mut Reader, random: &mut Random) -> io::Result<()> {
    let mut bytes = vec![0; 2 * rx.capacity() + 10];
    loop {
        let at = rx.consumed();
        let len = some_len(random, rx.capacity());
        let bytes = &mut bytes[..len];
        let count = match random.below(4) {
            0 => {
                let there = rx.fill_buf()?;
                check(at, there);
                let count = there.len().min(len);
                rx.consume(count);
                if count == 0 {
                    return Ok(());
                }
                continue;
            }
            1 => match rx.try_read(bytes) {
                Ok(count) => count,
                Err(_) => continue,
            },
            2 => {
                let (one, two) = bytes.split_at_mut(len / 3);
                let into = &mut [IoSliceMut::new(one), IoSliceMut::new(two)];
                // Nothing fits into nothing.
                if into[0].is_empty() {
                    rx.read(two)?
                } else {
                    rx.read_vectored(into)?
                }
            }
            _ => rx.read(bytes)?,
        };
        check(at, &bytes[..count]);
        assert_eq!(rx.consumed(), at + count as u64);
        if count == 0 {
            return Ok(());
        }
    }
}

fn writes() {
    let mut tx = exchanged().writer().unwrap();
    write_up_to(&mut tx, arg(2), &mut Random::new()).unwrap();
    report("written");
}

fn reads() {
    let mut rx = exchanged().reader().unwrap();
    read_to_the_end(&mut rx, &mut Random::new()).unwrap();
    assert_eq!(rx.writer(), Peer::Left);
    report(rx.consumed());
}

fn exchange(capacity: u32, bytes: u64, strategy: &str) {
    let name = UniqueName::new("stream");
    let (capacity, text) = (capacity.to_string(), bytes.to_string());
    let args = [name.as_str(), &capacity, &text, strategy];
    let mut reader = Actor::start("reads", &args);
    let mut writer = Actor::start("writes", &args);
    assert_eq!(reader.heard::<u64>(), bytes);
    writer.expect("written");
    writer.finish();
    reader.finish();
    assert!(!name.exists(), "the last one out removes the segment");
}

#[test]
fn pieces_of_any_size_arrive_as_one_stream() {
    exchange(1 << 18, 30_000_000, "adaptive");
    exchange(4096, 5_000_000, "adaptive");
    exchange(1 << 16, 5_000_000, "park");
    exchange(1 << 16, 5_000_000, "spin");
}

#[test]
fn pieces_arrive_through_the_smallest_rings() {
    for strategy in ["adaptive", "park", "spin"] {
        exchange(1, 3_000, strategy);
        exchange(2, 3_000, strategy);
        exchange(100, 30_000, strategy);
    }
}

#[test]
fn a_writer_may_finish_before_the_reader_starts() {
    let name = UniqueName::lasting("early-writer");
    let args = [name.as_str(), "1000", "1000", "park"];
    Actor::start("writes", &args).finish();
    let place = name.place();
    assert_eq!(look(&place).unwrap().0, Condition::Waiting { unread: 1000 });
    let mut reader = Actor::start("reads", &args);
    assert_eq!(reader.heard::<u64>(), 1000);
    reader.finish();
    assert!(!name.exists());
}

const MEBIBYTES: u64 = 100 << 20;

/// Bytes that follow from their positions; and their sum, to where they go.
#[derive(Default)]
struct Numbers {
    position: u64,
    sum: u64,
}

impl Numbers {
    fn add(&mut self, bytes: &[u8]) {
        self.position += bytes.len() as u64;
        for word in bytes.chunks(8) {
            let mut whole = [0; 8];
            whole[..word.len()].copy_from_slice(word);
            self.sum = self.sum.rotate_left(5) ^ u64::from_le_bytes(whole);
        }
    }
}

impl Read for Numbers {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let len = bytes.len() / 8 * 8;
        let words = bytes[..len].chunks_exact_mut(8);
        for (word, number) in words.zip(self.position / 8..) {
            word.copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        }
        self.add(&bytes[..len]);
        Ok(len)
    }
}

impl Write for Numbers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Whole words, as they were added on the other side.
        let len = bytes.len() / 8 * 8;
        self.add(&bytes[..len]);
        Ok(len)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn copies_in() {
    let mut tx = ringway::pipe(arg::<String>(0)).writer().unwrap();
    let mut numbers = Numbers::default();
    let copied = io::copy(&mut (&mut numbers).take(MEBIBYTES), &mut tx).unwrap();
    assert_eq!(copied, MEBIBYTES);
    report(numbers.sum);
}

fn copies_out() {
    let mut rx = ringway::pipe(arg::<String>(0)).reader().unwrap();
    let mut numbers = Numbers::default();
    assert_eq!(io::copy(&mut rx, &mut numbers).unwrap(), MEBIBYTES);
    report(numbers.sum);
}

#[test]
fn a_hundred_mebibytes_are_copied_through() {
    let name = UniqueName::new("copy");
    let mut reader = Actor::start("copies_out", &[name.as_str()]);
    let mut writer = Actor::start("copies_in", &[name.as_str()]);
    assert_eq!(reader.heard::<u64>(), writer.heard::<u64>());
    reader.finish();
    writer.finish();
}

fn named(name: &UniqueName) -> Builder {
    ringway::pipe(name.as_str()).capacity(1024)
}

#[test]
fn text_goes_through_line_by_line() {
    let name = UniqueName::new("lines");
    let mut tx = named(&name).writer().unwrap();
    let rx = named(&name).reader().unwrap();
    for n in 0..3 {
        writeln!(tx, "line {n}").unwrap();
    }
    tx.flush().unwrap();
    drop(tx);
    let lines: Vec<String> = rx.lines().map(Result::unwrap).collect();
    assert_eq!(lines, ["line 0", "line 1", "line 2"]);
}

#[test]
fn everything_is_read_to_the_end() {
    let name = UniqueName::new("whole");
    let mut tx = named(&name).writer().unwrap();
    let mut rx = named(&name).reader().unwrap();
    let mut sent = vec![0; 50_000];
    make(0, &mut sent);
    let writer = std::thread::spawn({
        let sent = sent.clone();
        move || tx.write_all(&sent).unwrap()
    });
    let mut received = Vec::new();
    assert_eq!(rx.read_to_end(&mut received).unwrap(), sent.len());
    writer.join().unwrap();
    assert!(received == sent);
}

#[test]
fn many_pieces_are_written_and_read_by_one_call() {
    let name = UniqueName::new("vectored");
    let mut tx = named(&name).writer().unwrap();
    let mut rx = named(&name).reader().unwrap();
    let pieces = [&b"one "[..], b"", b"two ", b"three"].map(IoSlice::new);
    assert_eq!(tx.write_vectored(&pieces).unwrap(), 13);
    let (mut one, mut two, mut rest) = ([0; 4], [0; 4], [0; 100]);
    let mut pieces = [&mut one[..], &mut two, &mut rest].map(IoSliceMut::new);
    assert_eq!(rx.read_vectored(&mut pieces).unwrap(), 13);
    assert_eq!((&one, &two, &rest[..5]), (b"one ", b"two ", &b"three"[..]));
    let long = [7; 600];
    let pieces = [&long, &long, &long].map(|piece| IoSlice::new(piece));
    assert_eq!(tx.write_vectored(&pieces).unwrap(), 1024, "as many as fit");
}

#[test]
fn waits_of_the_io_traits_end_at_their_limit() {
    let name = UniqueName::new("limits");
    let mut tx = named(&name).writer().unwrap();
    let mut rx = named(&name).reader().unwrap();
    let limit = Duration::from_millis(30);
    tx.set_time_limit(Some(limit));
    rx.set_time_limit(Some(limit));
    assert_eq!(
        (tx.time_limit(), rx.time_limit()),
        (Some(limit), Some(limit))
    );
    let start = Instant::now();
    assert_eq!(rx.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(rx.fill_buf().unwrap_err().kind(), ErrorKind::TimedOut);
    let error = tx.write_all(&[1; 2000]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().contains("full"), "{error}");
    assert_eq!(tx.reserve(1).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(start.elapsed() >= 4 * limit);
    assert_eq!((tx.written(), tx.room(), rx.available()), (1024, 0, 1024));
    rx.set_time_limit(None);
    let mut bytes = [0; 1024];
    rx.read_exact(&mut bytes).unwrap();
    assert!(start.elapsed() < LONG);
}

#[test]
fn a_writer_whose_reader_has_left_has_a_broken_pipe() {
    let name = UniqueName::new("left");
    let mut tx = named(&name).writer().unwrap();
    drop(named(&name).reader().unwrap());
    let error = tx.write(b"?").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert!(error.to_string().contains("reader"), "{error}");
    assert_eq!(tx.reserve(1).unwrap_err().kind(), ErrorKind::BrokenPipe);
    // A new one goes on.
    let mut rx = named(&name).reader().unwrap();
    assert!(tx.wait_for_reader(None));
    tx.write_all(b"!").unwrap();
    assert_eq!(rx.fill_buf().unwrap(), b"!");
}

#[test]
fn ends_are_waited_for_among_others() {
    let (one, two) = (UniqueName::new("one"), UniqueName::new("two"));
    let mut tx = named(&one).writer().unwrap();
    let mut first = named(&one).reader().unwrap();
    let mut second = named(&two).reader().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            tx.write_all(b"now").unwrap();
        });
        let ready = wait_any_timeout(&mut [&mut second, &mut first], LONG).unwrap();
        assert_eq!(ready, 1);
    });
    assert_eq!(first.available(), 3);
}

#[test]
fn a_pipe_is_where_a_channel_can_be() {
    let dir = TempDir::new();
    let file = dir.file("pipe");
    let mut tx = ringway::pipe(&file)
        .capacity(64)
        .persistent()
        .writer()
        .unwrap();
    tx.write_all(b"kept").unwrap();
    drop(tx);
    let text = |limit: Option<u64>| {
        let rx = ringway::pipe(&file).persistent().reader().unwrap();
        let mut text = String::new();
        rx.take(limit.unwrap_or(u64::MAX))
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    assert_eq!((text(Some(2)), text(None)), ("ke".into(), "pt".into()));

    let mut tx = ringway::pipe(Place::Anonymous).writer().unwrap();
    let handle = tx
        .platform()
        .handle()
        .unwrap()
        .try_clone_to_owned()
        .unwrap();
    let mut rx = ringway::pipe(Place::Handle(handle)).reader().unwrap();
    tx.write_all(b"nameless").unwrap();
    assert_eq!(rx.fill_buf().unwrap(), b"nameless");
}

#[test]
fn what_is_no_pipe_is_refused_and_named() {
    let name = UniqueName::new("kinds");
    let _tx = named(&name).writer().unwrap();
    let error = ringway::spsc::<u8>(name.as_str()).sender().unwrap_err();
    assert!(error.to_string().contains("pipe"), "{error}");
    let error = named(&name).writer().unwrap_err();
    assert!(error.to_string().contains("living"), "{error}");
    let error = named(&name).capacity(2048).reader().unwrap_err();
    assert!(error.to_string().contains("2048"), "{error}");
    assert!(named(&name).create_new().reader().is_err());
    assert!(
        named(&UniqueName::new("none"))
            .open_existing()
            .reader()
            .is_err()
    );
}

/// Arguments: name, bytes. Writes them, and is killed then.
fn writes_and_stays() {
    let mut tx = ringway::pipe(arg::<String>(0))
        .capacity(4096)
        .writer()
        .unwrap();
    write_up_to(&mut tx, arg(1), &mut Random::new()).unwrap();
    report("written");
    std::thread::sleep(LONG);
}

#[test]
fn all_that_a_killed_writer_wrote_is_read_and_then_it_is_the_end() {
    let name = UniqueName::new("killed-writer");
    let mut rx = ringway::pipe(name.as_str())
        .capacity(4096)
        .reader()
        .unwrap();
    let mut writer = Actor::start("writes_and_stays", &[name.as_str(), "3000"]);
    writer.expect("written");
    writer.kill();
    read_to_the_end(&mut rx, &mut Random::new()).unwrap();
    assert_eq!(rx.consumed(), 3000);
    assert!(matches!(rx.writer(), Peer::Died(_)));

    // One that sleeps in a read learns of it.
    let mut writer = Actor::start("writes_and_stays", &[name.as_str(), "6000"]);
    writer.expect("written");
    let mut bytes = [0; 3000];
    rx.read_exact(&mut bytes).unwrap();
    check(3000, &bytes);
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        writer.kill();
        Instant::now()
    });
    assert_eq!(rx.read(&mut bytes).unwrap(), 0);
    let end = Instant::now();
    assert!(end - killer.join().unwrap() < SOON);
}

/// Argument: name. Writes until nobody reads any more, then goes on with the next reader.
fn writes_until_it_breaks() {
    let mut tx = ringway::pipe(arg::<String>(0))
        .capacity(4096)
        .writer()
        .unwrap();
    report("ready");
    let error = write_up_to(&mut tx, u64::MAX, &mut Random::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert!(matches!(tx.reader(), Peer::Died(_)));
    report(tx.written());
    assert!(tx.wait_for_reader(Some(LONG)));
    write_up_to(&mut tx, arg(1), &mut Random::new()).unwrap();
}

/// Arguments: name, bytes. Reads so many, and stays.
fn reads_and_stays() {
    let mut rx = ringway::pipe(arg::<String>(0)).reader().unwrap();
    let mut bytes = vec![0; arg(1)];
    rx.read_exact(&mut bytes).unwrap();
    check(0, &bytes);
    report("read");
    std::thread::sleep(LONG);
}

#[test]
fn a_new_reader_goes_on_where_a_killed_one_stopped() {
    let name = UniqueName::new("killed-reader");
    let mut writer = Actor::start("writes_until_it_breaks", &[name.as_str(), "100000"]);
    writer.expect("ready");
    let mut reader = Actor::start("reads_and_stays", &[name.as_str(), "9999"]);
    reader.expect("read");
    wait_until_asleep(writer.pid());
    reader.kill();
    let start = Instant::now();
    let written = writer.heard::<u64>();
    // A writer does not wait for the last few bytes of the ring.
    assert!((4096 - 511..=4096).contains(&(written - 9999)), "{written}");
    assert!(start.elapsed() < SOON);
    let mut rx = ringway::pipe(name.as_str()).reader().unwrap();
    assert_eq!(rx.consumed(), 9999);
    assert!(rx.available() as u64 >= written - 9999);
    read_to_the_end(&mut rx, &mut Random::new()).unwrap();
    assert_eq!(rx.consumed(), 100_000);
    writer.finish();
}

/// Where the control words of a pipe lie (`docs/abi.md`).
const CONTROL: u64 = 256 + 4224 + 2 * 128;
const POSITIONS: [u64; 3] = [CONTROL, CONTROL + 128, CONTROL + 256];

fn persistent(file: &Path) -> Builder {
    ringway::pipe(file).capacity(4096).persistent()
}

/// Makes a pipe through which `start` bytes have passed.
fn start_at(file: &Path, start: u64) {
    drop(persistent(file).writer().unwrap());
    let words = OpenOptions::new().write(true).open(file).unwrap();
    for at in POSITIONS {
        words.write_all_at(&start.to_le_bytes(), at).unwrap();
        words
            .write_all_at(&(start as u32).to_le_bytes(), at + 8)
            .unwrap();
    }
}

/// Argument: file.
fn writes_for_ever() {
    let mut tx = persistent(arg::<String>(0).as_ref()).writer().unwrap();
    report("ready");
    write_up_to(&mut tx, u64::MAX, &mut Random::new()).unwrap();
}

/// Arguments: file, notes. Writes down from where to where it consumes, before it does.
fn reads_for_ever() {
    let notes = OpenOptions::new()
        .read(true)
        .write(true)
        .open(arg::<String>(1))
        .unwrap();
    let mut rx = persistent(arg::<String>(0).as_ref()).reader().unwrap();
    let [from, to] = read_notes(&notes);
    let start = rx.consumed();
    assert!(
        (from..=to).contains(&start),
        "{start} is not in {from}..={to}"
    );
    report("ready");
    let mut random = Random::new();
    loop {
        let at = rx.consumed();
        let there = rx.fill_buf().unwrap();
        if there.is_empty() {
            // The writer died: another one will come.
            rx.wait_for_writer(None);
            continue;
        }
        check(at, there);
        let count = 1 + random.below(there.len() as u64);
        let mut note = [0; 16];
        note[..8].copy_from_slice(&at.to_le_bytes());
        note[8..].copy_from_slice(&(at + count).to_le_bytes());
        notes.write_all_at(&note, 0).unwrap();
        rx.consume(count as usize);
    }
}

fn read_notes(notes: &File) -> [u64; 2] {
    let mut note = [0; 16];
    notes.read_exact_at(&mut note, 0).unwrap();
    [&note[..8], &note[8..]].map(|half| u64::from_le_bytes(half.try_into().unwrap()))
}

/// Kills of each kind. `RINGWAY_TEST_KILLS` asks for more.
fn kills() -> u64 {
    std::env::var("RINGWAY_TEST_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60)
}

#[test]
fn ends_are_killed_and_replaced_while_positions_wrap() {
    let mut random = Random::new();
    let dir = TempDir::new();
    let (file, notes) = (dir.file("pipe"), dir.file("notes"));
    // So close that it is passed before the first kills.
    let start = (1 << 32) - 50_000;
    start_at(&file, start);
    std::fs::write(&notes, [start.to_le_bytes(), start.to_le_bytes()].concat()).unwrap();
    let (pipe, notes) = (file.to_str().unwrap(), notes.to_str().unwrap());
    let writer = || {
        let mut writer = Actor::start("writes_for_ever", &[pipe]);
        writer.expect("ready");
        writer
    };
    let reader = || {
        let mut reader = Actor::start("reads_for_ever", &[pipe, notes]);
        reader.expect("ready");
        reader
    };
    let (mut tx, mut rx) = (writer(), reader());
    for _ in 0..kills() {
        std::thread::sleep(Duration::from_micros(random.below(3000)));
        let which = random.below(3);
        if which != 0 {
            tx.kill_now();
        }
        if which != 1 {
            rx.kill_now();
            rx = reader();
        }
        if which != 0 {
            tx = writer();
        }
    }
    tx.kill();
    rx.kill();
    let mut rx = persistent(&file).reader().unwrap();
    let mut rest = vec![0; rx.available()];
    let at = rx.consumed();
    rx.read_exact(&mut rest).unwrap();
    check(at, &rest);
    assert!(at > 1 << 32, "only {} bytes went through", at - start);
}

/// Argument: name.
#[cfg(unix)]
fn reads_in_spite_of_signals() {
    signals::ignore_by_handler(SIGUSR1, false);
    let mut rx = ringway::pipe(arg::<String>(0))
        .wait(WaitStrategy::Park)
        .reader()
        .unwrap();
    report("ready");
    read_to_the_end(&mut rx, &mut Random::new()).unwrap();
    report(rx.consumed());
}

#[cfg(unix)]
#[test]
fn a_signal_in_mid_wait_is_no_error() {
    let name = UniqueName::new("signals");
    let mut tx = ringway::pipe(name.as_str()).writer().unwrap();
    let mut reader = Actor::start("reads_in_spite_of_signals", &[name.as_str()]);
    reader.expect("ready");
    for end in 1..=200 {
        reader.signal(SIGUSR1);
        if end % 50 == 0 {
            wait_until_asleep(reader.pid());
            reader.signal(SIGUSR1);
            write_up_to(&mut tx, end * 100, &mut Random::new()).unwrap();
        }
    }
    drop(tx);
    assert_eq!(reader.heard::<u64>(), 20_000);
    reader.finish();
}

/// Argument: name. A child drops what it has inherited.
#[cfg(unix)]
fn forks() {
    let name: String = arg(0);
    let mut ends = Some((
        ringway::pipe(&name).writer().unwrap(),
        ringway::pipe(&name).reader().unwrap(),
    ));
    let is_harmless = signals::does_in_a_fork(|| drop(ends.take()));
    assert!(is_harmless);
    let (tx, rx) = ends.as_mut().unwrap();
    tx.write_all(b"still open").unwrap();
    assert_eq!(rx.fill_buf().unwrap(), b"still open");
    assert!(!signals::does_in_a_fork(|| {
        let _ = ends.as_mut().unwrap().0.write(b"not from here");
    }));
    let (tx, rx) = ends.as_mut().unwrap();
    assert_eq!((tx.written(), rx.available()), (10, 10));
    report("done");
}

#[cfg(unix)]
#[test]
fn a_forked_child_does_no_harm() {
    let name = UniqueName::new("fork");
    let mut actor = Actor::start("forks", &[name.as_str()]);
    actor.expect("done");
    actor.finish();
}
