//! Goal: a segment full of random bytes never panics, hangs or reads outside the mapping.
//!
//! Method: bytes are overwritten from outside, through a file handle of the segment, before it is
//! opened and while it is used. Allowed outcomes: an error of opening; then garbage messages, or an
//! error of sending or receiving. A panic fails the test, a read outside ends it, and whatever
//! takes longer than [`PATIENCE`] counts as a hang.

use memmap2::{MmapOptions, MmapRaw};
use ringway::{Condition, OpenError, Place, Plain, look, spsc};
use ringway_core::attach::Options;
use ringway_core::channel;
use ringway_core::channel::Spsc;
use ringway_core::layout::Blueprint;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::{Memory, RawMemory};
use ringway_core::wait::{Nanos, Wait, WaitResult, Word};
use ringway_testkit::{FileAt, Random, TempDir, UniqueName};
use std::fs::{self, File, OpenOptions};
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Much longer than any case takes.
const PATIENCE: Duration = Duration::from_secs(if cfg!(windows) { 300 } else { 30 });

/// Parts of a segment (`docs/abi.md`).
const STATE: u64 = 12;
const TOTAL_LEN: u64 = 24;
const PARTICIPANTS: u64 = 256 + 4224;
const SENDER: Range<u64> = PARTICIPANTS..PARTICIPANTS + 128;
const RECEIVER: Range<u64> = PARTICIPANTS + 128..PARTICIPANTS + 256;
const CONTROL: Range<u64> = PARTICIPANTS + 256..CELLS;
const CURSOR: Range<u64> = CONTROL.start + 256..CONTROL.start + 264;
const HEADER_LEN: usize = 256;
const CELLS: u64 = PARTICIPANTS + 256 + 640;

/// So many, and fewer where opening a segment takes ten times as long, as under Wine.
fn rounds(many: u32) -> u32 {
    if cfg!(windows) { many / 5 } else { many }
}

/// Runs `case` in a thread of its own, and fails if it panics or does not come back.
fn within_patience(case: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    let runner = std::thread::spawn(move || {
        case();
        let _ = done.send(());
    });
    match is_done.recv_timeout(PATIENCE) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("still at it after {PATIENCE:?}"),
        _ => runner.join().expect("the case should not panic"),
    }
}

/// A word such as a mistake or an attacker would write: any, or one at the edge of something.
fn word(random: &mut Random) -> u32 {
    let edges = [0, 1, 2, 7, 8, 1 << 30, 1 << 31, u32::MAX];
    match random.below(3) {
        0 => random.any() as u32,
        _ => {
            let edge = edges[random.below(edges.len() as u64) as usize];
            edge.wrapping_add(random.below(5) as u32).wrapping_sub(2)
        }
    }
}

/// Overwrites some of the words in `range`.
fn scribble(bytes: &mut [u8], range: Range<u64>, random: &mut Random) {
    let sparse = 1 + random.below(8);
    let range = range.start as usize..(range.end as usize).min(bytes.len());
    for place in bytes[range].chunks_exact_mut(4) {
        if random.below(sparse) == 0 {
            place.copy_from_slice(&word(random).to_le_bytes());
        }
    }
}

/// The bytes of a channel of `T` in which some messages were sent and some of them received.
fn valid_segment<T: Plain>(random: &mut Random) -> Vec<u8> {
    let dir = TempDir::new();
    let path = dir.file("valid");
    let channel = || spsc::<T>(&*path).capacity(32).persistent();
    let (mut tx, mut rx) = (channel().sender().unwrap(), channel().receiver().unwrap());
    for _ in 0..random.below(100) {
        let _ = tx.try_send(T::new_zeroed());
        if random.below(3) > 0 {
            let _ = rx.try_recv();
        }
    }
    drop((tx, rx));
    fs::read(&path).unwrap()
}

/// Sends and receives in every way that does not wait for ever. Answers do not matter.
fn use_both_ends<T: Plain, P: Platform>(
    tx: &mut Option<channel::Sender<T, P>>,
    rx: &mut Option<channel::Receiver<T, P>>,
    random: &mut Random,
) {
    let short = Duration::from_micros(50);
    let (mut item, mut items) = (T::new_zeroed(), [T::new_zeroed(); 20]);
    for _ in 0..100 {
        if let Some(tx) = tx {
            match random.below(7) {
                0 => drop(tx.try_send(item)),
                1 => drop(tx.send_timeout(item, short)),
                2 => drop(tx.try_send_batch(&items)),
                3 => drop(tx.try_reserve().map(|slot| slot.commit())),
                4 => drop(tx.reserve_timeout(short)),
                5 => drop(tx.wait_for_receiver(Some(short))),
                _ => drop((tx.sent(), tx.receiver(), tx.capacity())),
            }
        }
        if let Some(rx) = rx {
            match random.below(7) {
                0 => drop(rx.try_recv().map(|message| item = *message)),
                1 => drop(rx.recv_timeout(short).map(|found| found.is_redelivered())),
                2 => drop(rx.try_recv_batch(&mut items)),
                3 => drop(rx.try_recv_into(&mut item)),
                4 => drop(rx.recv_batch_timeout(&mut items, short)),
                5 => drop(rx.wait_for_sender(Some(short))),
                _ => drop((rx.received(), rx.sender(), rx.is_redelivered())),
            }
        }
    }
}

/// Opens both ends of the channel in the file at `path`, looks at it, and uses what could be
/// opened: how many ends that is.
fn open_and_use<T: Plain>(path: &Path, random: &mut Random) -> usize {
    let _ = look(&path.into());
    let open = || {
        spsc::<T>(path)
            .persistent()
            .open_timeout(Duration::from_millis(20))
    };
    let mut rx = open().receiver().ok();
    let mut tx = open().sender().ok();
    use_both_ends(&mut tx, &mut rx, random);
    let _ = look(&path.into());
    usize::from(rx.is_some()) + usize::from(tx.is_some())
}

/// What is no segment is refused and left as it is, however much it may look like one that is
/// being built or was given up.
#[test]
fn random_files_are_refused_and_kept() {
    let mut random = Random::new();
    within_patience(move || {
        let dir = TempDir::new();
        let name = UniqueName::lasting("noise");
        let named = name.place();
        let path = dir.file("noise");
        for round in 0..3000_u32 {
            let len = 4096 + random.below(3 * 4096) as usize;
            let mut noise: Vec<u8> = (0..len).map(|_| random.any() as u8).collect();
            // Every state there is, and any word: as if the random bytes had hit upon it.
            let state = match round % 6 {
                0 => 0,                            // EMPTY
                1 => random.any() as u32 & !2 | 1, // BUILDING
                2 => 0x5EAD_1E06,                  // READY
                3 => 0x00DE_AD07,                  // RETIRED
                _ => random.any() as u32,
            };
            noise[STATE as usize..][..4].copy_from_slice(&state.to_le_bytes());
            let (place, file) = match round % 2 {
                0 => (named.try_clone().unwrap(), name.file()),
                _ => (Place::from(&*path), path.clone()),
            };
            fs::write(&file, &noise).unwrap();
            let open = || spsc::<u64>(place.try_clone().unwrap());
            let refused = [
                open().sender().is_err(),
                open().receiver().is_err(),
                open().create_new().sender().is_err(),
                matches!(look(&place), Ok((Condition::Unusable(_), None))),
                matches!(ringway::remove_stale(&place, false), Ok((_, false))),
            ];
            assert_eq!(refused, [true; 5], "round {round}, state {state:#x}");
            assert!(
                fs::read(&file).unwrap() == noise,
                "round {round}, state {state:#x}"
            );
            fs::remove_file(&file).unwrap();
        }
    });
}

/// Behind a header that is in order everything else is overwritten before anybody opens it.
#[test]
fn segments_overwritten_before_they_are_opened() {
    fn with<T: Plain>(mut random: Random) {
        within_patience(move || {
            let dir = TempDir::new();
            let valid = valid_segment::<T>(&mut random);
            let end = valid.len() as u64;
            let parts = [
                SENDER,
                RECEIVER,
                CONTROL,
                CURSOR,
                CELLS..end,
                SENDER.start..end,
            ];
            let path = dir.file("overwritten");
            for _ in 0..rounds(600) {
                let mut bytes = valid.clone();
                for _ in 0..=random.below(2) {
                    let part = parts[random.below(parts.len() as u64) as usize].clone();
                    scribble(&mut bytes, part, &mut random);
                }
                fs::write(&path, &bytes).unwrap();
                open_and_use::<T>(&path, &mut random);
            }
        });
    }
    let random = Random::new();
    with::<[u64; 1]>(random.clone());
    with::<[u64; 5]>(random.clone());
    with::<[u64; 8]>(random);
}

/// Positions around every edge of counting, in rings whose stamps more or less agree with them: so
/// some are opened, and go on from there.
#[test]
fn positions_at_the_edges_of_counting() {
    fn with<T: Plain>(mut random: Random) {
        within_patience(move || {
            let dir = TempDir::new();
            let path = dir.file("edge");
            let valid = valid_segment::<T>(&mut random);
            let put = |bytes: &mut [u8], at: u64, word: &[u8]| {
                bytes[at as usize..][..word.len()].copy_from_slice(word);
            };
            let mut opened = 0;
            for edge in [0, 1 << 32, 1 << 62, 1 << 63, u64::MAX, random.any()] {
                for _ in 0..rounds(300) {
                    let mut bytes = valid.clone();
                    let position = edge.wrapping_add(random.below(100)).wrapping_sub(50);
                    put(&mut bytes, CURSOR.start, &position.to_le_bytes());
                    // Published up to there, or left by the lap before, in a ring of any shape.
                    let lap = [0, 32, 64][random.below(3) as usize];
                    let stamp = position.wrapping_add(random.below(9)).wrapping_sub(lap) as u32;
                    put(&mut bytes, CONTROL.start, &stamp.to_le_bytes());
                    for place in bytes[CELLS as usize..].chunks_exact_mut(4) {
                        place.copy_from_slice(&stamp.to_le_bytes());
                    }
                    fs::write(&path, &bytes).unwrap();
                    opened += open_and_use::<T>(&path, &mut random);
                }
            }
            println!("{opened} ends were opened");
            assert!(opened > 10, "almost nothing agreed");
        });
    }
    let random = Random::new();
    with::<[u64; 1]>(random.clone());
    with::<[u64; 5]>(random.clone());
    with::<[u64; 8]>(random);
}

/// Another process writes anything into a channel while both ends of it are at work.
#[test]
fn segments_overwritten_while_they_are_used() {
    fn with<T: Plain>(mut random: Random) {
        within_patience(move || {
            for _ in 0..40 {
                let name = UniqueName::lasting("live");
                let open = || spsc::<T>(name.place()).capacity(32);
                let mut tx = open().sender().ok();
                let mut rx = open().receiver().ok();
                let file = OpenOptions::new().write(true).open(name.file()).unwrap();
                let end = file.metadata().unwrap().len();
                let parts = [SENDER, RECEIVER, CONTROL, CURSOR, CELLS..end, 0..end];
                let part = parts[random.below(parts.len() as u64) as usize].clone();
                let stop = AtomicBool::new(false);
                std::thread::scope(|scope| {
                    let mut writer = random.clone();
                    let (stop, file, part) = (&stop, &file, &part);
                    scope.spawn(move || {
                        while !stop.load(Ordering::Relaxed) {
                            overwrite_a_word(file, part, &mut writer);
                        }
                    });
                    for _ in 0..5 {
                        use_both_ends(&mut tx, &mut rx, &mut random);
                    }
                    let place = name.place();
                    let _ = look(&place);
                    stop.store(true, Ordering::Relaxed);
                });
            }
        });
    }
    let random = Random::new();
    with::<[u64; 1]>(random.clone());
    with::<[u64; 5]>(random.clone());
    with::<[u64; 8]>(random);
}

fn overwrite_a_word(file: &File, part: &Range<u64>, random: &mut Random) {
    let words = (part.end - part.start) / 4;
    let offset = part.start + 4 * random.below(words);
    file.write_all_at(&word(random).to_le_bytes(), offset)
        .unwrap();
}

/// What a newcomer finds if one word of the header was overwritten while the sender is attached.
#[test]
fn each_field_of_the_header() {
    const KIND: u64 = 8;
    let mut random = Random::new();
    let contradiction = |field: &str| format!("contradicts itself: `{field}`");
    let fields = [
        (0..2, "not a ringway segment".to_owned()),
        (2..3, "its layout has version".to_owned()),
        (6..8, contradiction("total_len")),
        (KIND..KIND + 1, "object of unknown kind".to_owned()),
        (9..10, contradiction("layout")),
        (10..11, contradiction("cells")),
        (11..12, contradiction("lanes")),
        (12..13, contradiction("stride")),
        (13..14, contradiction("item_offset")),
        (14..16, String::new()), // size and alignment: another type, or another shape
        (16..17, contradiction("participants")),
        // With no wait slots at all, the participants would lie elsewhere.
        (17..18, "contradicts itself: `par".to_owned()),
        (18..19, contradiction("participants_offset")),
        (19..20, contradiction("parking_offset")),
        (20..21, contradiction("object_offset")),
        (21..22, contradiction("data_offset")),
        (24..26, "it carries items of type".to_owned()),
    ];
    // For people only, or for later: the state is another test's.
    let harmless = [4..6, 23..24, 26..64];
    let name = UniqueName::lasting("header");
    let _tx = spsc::<u64>(name.place()).sender().unwrap();
    let file = OpenOptions::new().read(true).write(true).open(name.file());
    let file = file.unwrap();
    let mut with_another = |index: u64| {
        let mut honest = [0; 4];
        file.read_exact_at(&mut honest, index * 4).unwrap();
        let flipped = u32::from_le_bytes(honest) ^ (1 << random.below(32));
        file.write_all_at(&flipped.to_le_bytes(), index * 4)
            .unwrap();
        let opened = spsc::<u64>(name.place()).receiver().map(drop);
        file.write_all_at(&honest, index * 4).unwrap();
        opened.map_err(|error: OpenError| error.to_string())
    };
    for _ in 0..50 {
        for (words, expected) in &fields {
            for index in words.clone() {
                let text = with_another(index).expect_err("it should be refused");
                // One flip makes it another known kind, whose layout would be another one.
                let is_expected = text.contains(expected)
                    || (index == KIND && text.contains("contradicts itself: `layout`"));
                assert!(
                    text.starts_with(&name.place().to_string()) && is_expected,
                    "{expected:?} is missing for word {index} in: {text}"
                );
            }
        }
        for index in harmless.iter().flat_map(Range::clone) {
            with_another(index).expect("nobody relies on it");
        }
    }
    spsc::<u64>(name.place()).receiver().unwrap();
}

/// The flags: one bit has a meaning, the others must not be set.
#[test]
fn flags_of_another_release() {
    let name = UniqueName::lasting("flags");
    let _tx = spsc::<u64>(name.place()).sender().unwrap();
    let file = OpenOptions::new().write(true).open(name.file()).unwrap();
    for bit in 1..32 {
        file.write_all_at(&(1_u32 << bit).to_le_bytes(), 88)
            .unwrap();
        let error = spsc::<u64>(name.place()).receiver().map(drop).unwrap_err();
        assert!(error.to_string().contains("`flags`"), "{error}");
    }
}

/// A living process stands as the builder of a segment that nobody builds: openers give up.
#[test]
fn a_builder_that_lives_and_does_not_build() {
    within_patience(|| {
        let name = UniqueName::lasting("builder");
        let _tx = spsc::<u64>(name.place()).sender().unwrap();
        let file = OpenOptions::new().read(true).write(true).open(name.file());
        let file = file.unwrap();
        let mut token = [0; 4];
        file.read_exact_at(&mut token, SENDER.start).unwrap();
        let building = u32::from_le_bytes(token) << 2 | 1;
        file.write_all_at(&building.to_le_bytes(), STATE).unwrap();
        let patience = Duration::from_millis(50);
        let opened = spsc::<u64>(name.place()).open_timeout(patience).receiver();
        let error = opened.map(drop).unwrap_err().to_string();
        assert!(error.contains("has not finished"), "{error}");
    });
}

/// The header of a larger channel, in order as such, on a file that is too short for it.
#[test]
fn a_header_that_promises_more_than_there_is() {
    let dir = TempDir::new();
    let (large, small) = (dir.file("large"), dir.file("small"));
    let channel = |path: &Path, capacity| {
        let channel = spsc::<[u64; 5]>(path).capacity(capacity).persistent();
        drop(channel.sender().unwrap());
        fs::read(path).unwrap()
    };
    let (large, mut bytes) = (channel(&large, 4096), channel(&small, 128));
    bytes[..HEADER_LEN].copy_from_slice(&large[..HEADER_LEN]);
    fs::write(&small, &bytes).unwrap();
    let promised = u64::from_le_bytes(large[TOTAL_LEN as usize..][..8].try_into().unwrap());
    for opened in [
        spsc::<[u64; 5]>(&*small).sender().map(drop),
        spsc::<[u64; 5]>(&*small).receiver().map(drop),
    ] {
        let text = opened.unwrap_err().to_string();
        for part in [bytes.len().to_string(), promised.to_string()] {
            assert!(text.contains(&part), "{part} is missing in: {text}");
        }
    }
    let (condition, seen) = look(&Place::from(&*small)).unwrap();
    assert!(matches!(condition, Condition::Unusable(_)) && seen.is_none());
}

/// Memory that ends where what is mapped ends: touching the byte behind it ends the process.
struct Cliff {
    memory: RawMemory,
    token: NonZeroU32,
    start: Instant,
    /// Keeps the bytes mapped.
    _map: MmapRaw,
}

impl Cliff {
    /// Maps the segment in `file`, of which `bytes` is what it is to hold, so that its last byte is
    /// the last one of the file.
    fn new(file: &File, bytes: &[u8], token: u32) -> Self {
        const PAGE: usize = 4096;
        // On Windows what is behind a view is free up to the next multiple of this.
        const GRAIN: usize = 16 * PAGE;
        let mut pages = bytes.len().next_multiple_of(PAGE);
        if pages.is_multiple_of(GRAIN) {
            pages += PAGE;
        }
        let before = pages - bytes.len();
        file.set_len(pages as u64).unwrap();
        file.write_all_at(bytes, before as u64).unwrap();
        // The last page has no file behind it.
        let mapped = if cfg!(unix) { pages + PAGE } else { pages };
        let map = MmapOptions::new().len(mapped).map_raw(file).unwrap();
        // SAFETY: `before` is less than what is mapped.
        let base = unsafe { map.as_mut_ptr().add(before) };
        let base = NonNull::new(base).unwrap();
        // SAFETY: `_map` keeps the bytes mapped, they are ordinary memory, and nothing refers to
        // them otherwise.
        let memory = unsafe { RawMemory::new(base, bytes.len()) };
        Cliff {
            memory: memory.unwrap(),
            token: NonZeroU32::new(token).unwrap(),
            start: Instant::now(),
            _map: map,
        }
    }
}

impl Wait for Cliff {
    fn now(&self) -> Nanos {
        Nanos(self.start.elapsed().as_nanos() as u64)
    }
    fn wait(&self, word: Word<'_>, _: u32, _: Option<Nanos>) -> WaitResult {
        assert!(word.offset + size_of::<AtomicU32>() <= self.memory.len());
        std::thread::yield_now();
        WaitResult::Woken
    }
    fn wake(&self, _: Word<'_>, _: u32) -> bool {
        false
    }
}

// SAFETY: the real segment's answers.
unsafe impl Liveness for Cliff {
    fn me(&self) -> PeerId {
        PeerId::from_token(self.token)
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        peer.token.get() < 3
    }
}

impl Platform for Cliff {
    type Memory = RawMemory;
    type Scratch = ();
    fn memory(&self) -> &RawMemory {
        &self.memory
    }
}

/// No cursor, stamp or other word leads behind the end of a ring.
#[test]
fn nothing_behind_the_end_is_touched() {
    fn with<T: Plain>(mut random: Random) {
        within_patience(move || {
            let dir = TempDir::new();
            let valid = valid_segment::<T>(&mut random);
            let end = valid.len() as u64;
            let parts = [
                CONTROL,
                CURSOR,
                CELLS..end,
                32..HEADER_LEN as u64,
                SENDER.start..end,
            ];
            for round in 0..rounds(1000) {
                let path = dir.file(&format!("cliff-{round}"));
                let file = File::create_new(&path).unwrap();
                let mut bytes = valid.clone();
                let part = parts[round as usize % parts.len()].clone();
                scribble(&mut bytes, part, &mut random);
                let blueprint = Blueprint::spsc::<T>().unwrap();
                let options = Options {
                    deadline: Some(Nanos(0)),
                    ..Options::default()
                };
                let (one, two) = (Cliff::new(&file, &bytes, 1), Cliff::new(&file, &bytes, 2));
                let mut tx =
                    ringway_core::attach::sender::<T, _, Spsc>(one, &blueprint, options).ok();
                let mut rx =
                    ringway_core::attach::receiver::<T, _, Spsc>(two, &blueprint, options).ok();
                use_both_ends(&mut tx, &mut rx, &mut random);
                drop((tx, rx, file));
                fs::remove_file(&path).unwrap();
            }
        });
    }
    let random = Random::new();
    with::<[u64; 1]>(random.clone());
    with::<[u64; 5]>(random.clone());
    with::<[u64; 8]>(random);
}
