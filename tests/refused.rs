//! What cannot be opened is refused by an error of its own, whose text names the segment and says
//! what was found, what was expected and what to do. Whatever is in the way stays as it is.

use ringway::{Builder, NameError, OpenError, Place, Problem, spsc};
#[cfg(target_os = "linux")]
use ringway_testkit::sandbox;
use ringway_testkit::{Actor, FileAt, TempDir, UniqueName, arg, report, roles};
use std::fs::{self, OpenOptions};
#[cfg(target_os = "linux")]
use std::fs::{File, Permissions};
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
#[cfg(target_os = "linux")]
use std::os::unix::fs::{PermissionsExt, symlink};
#[cfg(target_os = "linux")]
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

roles! {
    holds_the_lock,
    #[cfg(target_os = "linux")] opens_too_much_for_a_full_file_system,
    #[cfg(target_os = "linux")] opens_without_privileges,
}

/// Offsets in a segment (`docs/abi.md`).
const VERSION: u64 = 8;
const KIND: u64 = 32;

/// The smallest segment, in bytes.
const PAGE: u64 = 4096;

/// Opens with `result`, which must fail. Its text must start with the name of the segment and have
/// all of `parts` in it, in this order: what was found, what was expected, what to do.
#[track_caller]
fn refused<E>(result: Result<E, OpenError>, segment: &str, parts: &[&str]) -> Problem {
    let error = result.map(drop).expect_err("it should be refused");
    let text = error.to_string();
    let mut rest = text
        .strip_prefix(segment)
        .unwrap_or_else(|| panic!("{segment:?} should come first in: {text}"));
    for part in parts {
        let (_, behind) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part:?} is missing, or too early, in: {text}"));
        rest = behind;
    }
    error.problem
}

/// How an error calls a segment.
fn segment(name: &UniqueName) -> String {
    name.place().to_string()
}

/// The same for a file.
fn segment_file(path: &Path) -> String {
    format!("segment file {}", path.display())
}

fn words(name: &UniqueName) -> Builder<u64> {
    spsc(name.place())
}

/// Overwrites one word of a segment from outside.
fn patch(file: &Path, offset: u64, word: u32) {
    let file = OpenOptions::new().write(true).open(file).unwrap();
    file.write_all_at(&word.to_le_bytes(), offset).unwrap();
}

// Names.

#[test]
fn a_name_that_breaks_a_rule() {
    let too_long = "x".repeat(248);
    let cases: [(&str, &[&str]); 5] = [
        ("", &["at least one character"]),
        (".hidden", &["must not start with a dot"]),
        ("a/b", &["'/' at position 1", "only A-Z a-z 0-9 . _ - are"]),
        (
            "größe",
            &["'ö' at position 2", "only A-Z a-z 0-9 . _ - are"],
        ),
        (&too_long, &["248 bytes", "at most 247"]),
    ];
    for (name, parts) in cases {
        let called = format!("segment {name:?}");
        for opened in [
            spsc::<u64>(name).sender().map(drop),
            spsc::<u64>(name).receiver().map(drop),
        ] {
            let problem = refused(opened, &called, parts);
            assert!(matches!(problem, Problem::BadName(_)));
        }
    }
    assert_eq!(
        ringway::Name::new(&too_long),
        Err(NameError::TooLong { found: 248 })
    );
}

// What is in the way.

#[test]
fn a_directory_in_place_of_the_segment() {
    let name = UniqueName::lasting("directory");
    fs::create_dir(name.file()).unwrap();
    let parts = [
        "found a directory",
        "expected a regular file",
        "choose another name",
    ];
    refused(words(&name).sender(), &segment(&name), &parts);
    refused(words(&name).receiver(), &segment(&name), &parts);

    let dir = TempDir::new();
    let path = dir.file("directory");
    fs::create_dir(&path).unwrap();
    refused(spsc::<u64>(&*path).sender(), &segment_file(&path), &parts);
    assert!(path.is_dir());
}

#[cfg(target_os = "linux")]
/// Nor is anything made where the link leads to.
#[test]
fn a_symbolic_link_in_place_of_the_segment() {
    let (name, target) = (UniqueName::new("link"), UniqueName::new("target"));
    symlink(target.shm_file(), name.shm_file()).unwrap();
    let parts = [
        "found a symbolic link",
        "expected a regular file",
        "remove the link",
    ];
    refused(words(&name).sender(), &segment(&name), &parts);
    let path = name.shm_file();
    refused(spsc::<u64>(&*path).receiver(), &segment_file(&path), &parts);
    assert!(!target.exists());

    let tx = words(&target).sender().unwrap();
    refused(words(&name).receiver(), &segment(&name), &parts);
    drop(tx);
}

#[test]
fn a_file_of_something_else() {
    let dir = TempDir::new();
    let path = dir.file("letter");
    let letter = "Dear reader, this is no segment. ".repeat(200);
    fs::write(&path, &letter).unwrap();
    let parts = ["not a ringway segment", "expected", "choose another name"];
    refused(spsc::<u64>(&*path).sender(), &segment_file(&path), &parts);
    refused(spsc::<u64>(&*path).receiver(), &segment_file(&path), &parts);
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);

    fs::write(&path, "a note").unwrap();
    let parts = [
        "6 bytes",
        "at least 4096",
        "remove it or choose another name",
    ];
    refused(spsc::<u64>(&*path).sender(), &segment_file(&path), &parts);
    assert_eq!(fs::read_to_string(&path).unwrap(), "a note");
}

/// Zeros where a header would be, as disk images have them, are not yet a segment that nobody built.
#[test]
fn a_file_that_begins_with_zeros() {
    let dir = TempDir::new();
    let path = dir.file("image");
    let mut image = vec![0; 32 << 10];
    image.extend(b"all that I have".repeat(100));
    fs::write(&path, &image).unwrap();
    let place = Place::from(&*path);
    let parts = ["not a ringway segment", "expected", "choose another name"];
    // Smaller than the file, and larger.
    for capacity in [16, 1 << 20] {
        let channel = || spsc::<u64>(&*path).capacity(capacity);
        refused(channel().sender(), &segment_file(&path), &parts);
        refused(
            channel().create_new().receiver(),
            &segment_file(&path),
            &parts,
        );
    }
    let (_, is_removed) = ringway::remove_stale(&place, false).unwrap();
    assert!(!is_removed);
    assert!(fs::read(&path).unwrap() == image);
}

#[test]
fn a_directory_that_does_not_exist() {
    let dir = TempDir::new();
    let path = dir.file("missing").join("channel");
    let parts = ["missing does not exist", "create that first"];
    refused(spsc::<u64>(&*path).sender(), &segment_file(&path), &parts);
}

// What a segment is.

#[test]
fn another_type() {
    let name = UniqueName::new("type");
    let _tx = words(&name).sender().unwrap();
    let refuse = |opened, expected: &str| {
        let parts = [
            "`u64` (8 bytes",
            "this program expects",
            expected,
            "same type",
        ];
        refused(opened, &segment(&name), &parts);
    };
    refuse(
        spsc::<i64>(name.as_str()).receiver().map(drop),
        "`i64` (8 bytes",
    );
    refuse(
        spsc::<[u64; 5]>(name.as_str()).receiver().map(drop),
        "`[u64; 5]` (40 bytes",
    );
    refuse(
        spsc::<u32>(name.as_str()).sender().map(drop),
        "`u32` (4 bytes",
    );
    // Whoever is refused disturbs nobody.
    words(&name).receiver().unwrap();
}

#[test]
fn another_capacity() {
    let name = UniqueName::new("capacity");
    let _tx = spsc::<[u64; 8]>(name.as_str())
        .capacity(16)
        .sender()
        .unwrap();
    let parts = [
        "made for 16 items",
        "asks for 100",
        "makes 128",
        "same capacity",
    ];
    let opened = spsc::<[u64; 8]>(name.as_str()).capacity(100).receiver();
    refused(opened, &segment(&name), &parts);
    // What makes the same ring is the same.
    spsc::<[u64; 8]>(name.as_str())
        .capacity(9)
        .receiver()
        .unwrap();
}

#[test]
fn another_version_of_the_layout() {
    let name = UniqueName::lasting("version");
    let _tx = words(&name).sender().unwrap();
    patch(&name.file(), VERSION, 7);
    let parts = ["version 7", "expects version 1", "same release of ringway"];
    refused(words(&name).receiver(), &segment(&name), &parts);
}

#[test]
fn another_kind_of_object() {
    let name = UniqueName::lasting("kind");
    let _tx = words(&name).sender().unwrap();
    patch(&name.file(), KIND, 9);
    let parts = ["unknown kind 9", "expects an spsc channel", "its own name"];
    refused(words(&name).receiver(), &segment(&name), &parts);
}

#[test]
fn unread_messages_that_would_not_be_kept() {
    let name = UniqueName::lasting("not-persistent");
    let _tx = words(&name).sender().unwrap();
    let parts = [
        "made without `persistent`",
        "asks for it",
        "ask on both sides",
    ];
    refused(
        words(&name).persistent().receiver(),
        &segment(&name),
        &parts,
    );
}

/// Of a file and of a named segment: behind its header, within its header, and to nothing.
#[test]
fn a_segment_that_was_cut_short() {
    let dir = TempDir::new();
    let name = UniqueName::lasting("cut");
    let path = dir.file("cut");
    let cases = [
        (Place::from(&*path), segment_file(&path), path.clone()),
        (name.place(), segment(&name), name.file()),
    ];
    for (place, called, file) in cases {
        let channel = || {
            spsc::<u64>(place.try_clone().unwrap())
                .capacity(1000)
                .persistent()
        };
        drop(channel().sender().unwrap());
        let whole = fs::metadata(&file).unwrap().len();
        let cut = OpenOptions::new().write(true).open(&file).unwrap();

        cut.set_len(PAGE).unwrap();
        let says = whole.to_string();
        let parts = ["4096 bytes long", &says, "must be removed"];
        refused(channel().sender(), &called, &parts);
        refused(channel().receiver(), &called, &parts);

        cut.set_len(PAGE - 1).unwrap();
        let parts = ["4095 bytes", "at least 4096", "remove it"];
        refused(channel().sender(), &called, &parts);
        refused(channel().receiver(), &called, &parts);

        // Nothing is there that a creator who died at once would not have left.
        cut.set_len(0).unwrap();
        channel().receiver().unwrap();
    }
}

// What was asked for.

#[test]
fn a_capacity_that_no_ring_has() {
    let name = UniqueName::new("absurd");
    for asked in [0, u32::MAX] {
        let said = format!("a capacity of {asked} was asked for");
        let parts = [&*said, "at least 1"];
        refused(
            words(&name).capacity(asked).sender(),
            &segment(&name),
            &parts,
        );
        refused(
            words(&name).capacity(asked).receiver(),
            &segment(&name),
            &parts,
        );
    }
    assert!(!name.exists());
}

/// A program that sends such items does not compile; other languages get this error.
#[test]
fn items_too_large_or_too_strictly_aligned() {
    use ringway_core::layout::Blueprint;
    use zerocopy::{FromBytes, Immutable, IntoBytes};

    #[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
    #[repr(C, align(256))]
    struct Aligned([u8; 256]);

    type Large = [u8; (16 << 20) + 1];
    let large = Blueprint::spsc::<Large>().unwrap_err().to_string();
    let aligned = Blueprint::spsc::<Aligned>().unwrap_err().to_string();
    for (text, found) in [(large, "16777217 bytes"), (aligned, "alignment 256")] {
        for part in [
            found,
            "at most 16777216 bytes",
            "alignment of at most 128",
            "in pieces",
        ] {
            assert!(text.contains(part), "{part:?} is missing in: {text}");
        }
    }
    Blueprint::spsc::<[u8; 16 << 20]>().unwrap();
}

#[test]
fn a_new_channel_where_one_is_in_use() {
    let name = UniqueName::new("in-use");
    let _tx = words(&name).sender().unwrap();
    let parts = [
        "exists already",
        "a new one was asked for",
        "choose another name",
    ];
    refused(
        words(&name).create_new().receiver(),
        &segment(&name),
        &parts,
    );
    words(&name).receiver().unwrap();
}

#[test]
fn an_existing_channel_where_there_is_none() {
    let name = UniqueName::new("absent");
    let parts = ["does not exist", "start the process that creates it"];
    refused(
        words(&name).open_existing().sender(),
        &segment(&name),
        &parts,
    );
    refused(
        words(&name).open_existing().receiver(),
        &segment(&name),
        &parts,
    );
    assert!(!name.exists());
    let place = Place::try_from(name.as_str()).unwrap();
    refused(ringway::look(&place), &segment(&name), &parts);
    refused(ringway::remove_stale(&place, true), &segment(&name), &parts);
}

#[test]
fn an_end_that_is_taken() {
    let name = UniqueName::new("taken");
    let _tx = words(&name).sender().unwrap();
    let me = format!("process {}", std::process::id());
    let parts = ["living sender", &me, "one sender at a time"];
    refused(words(&name).sender(), &segment(&name), &parts);
}

#[cfg(target_os = "linux")]
/// Only an anonymous segment is handed over by handle: its size is sealed, so whoever hands it over
/// cannot cut it off.
#[test]
fn a_handle_of_something_else() {
    let name = UniqueName::new("handle");
    let _tx = words(&name).sender().unwrap();
    let named = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.shm_file());
    let named: File = named.unwrap();
    let (socket, _other) = UnixStream::pair().unwrap();
    for (handle, found) in [
        (OwnedFd::from(named), "seals 0x1"),
        (OwnedFd::from(socket), "cannot be sealed"),
    ] {
        let parts = [found, "expected", "0x7", "handle of an anonymous segment"];
        let opened = spsc::<u64>(Place::Handle(handle)).receiver();
        refused(opened, "segment behind descriptor", &parts);
    }
}

// What the system has, and allows.

#[cfg(target_os = "linux")]
/// In a role, where `/dev/shm` has room for 1 MiB and holds nothing.
fn opens_too_much_for_a_full_file_system() {
    const ROOM: usize = 1 << 20;
    sandbox::own_dev_shm(ROOM);
    let files = || fs::read_dir("/dev/shm").unwrap().count();
    let channel = |capacity| spsc::<[u64; 512]>("big").capacity(capacity);
    for (capacity, asked) in [
        (256, "no room for 1053952 bytes"),
        (4096, "no room for 16782592"),
    ] {
        let parts = [
            asked,
            "ask for a smaller capacity",
            "/dev/shm",
            "df /dev/shm",
        ];
        refused(channel(capacity).sender(), "segment \"big\"", &parts);
        refused(channel(capacity).receiver(), "segment \"big\"", &parts);
        assert_eq!(files(), 0, "what was begun is removed");
    }
    // What does fit is reserved as a whole: nobody is killed later for want of a page.
    let mut tx = channel(128).sender().unwrap();
    let mut rx = channel(128).receiver().unwrap();
    refused(
        spsc::<[u64; 512]>("other").capacity(128).sender(),
        "segment \"other\"",
        &["no room"],
    );
    for n in 0..128 {
        tx.try_send([n; 512]).unwrap();
    }
    for n in 0..128 {
        assert_eq!(*rx.try_recv().unwrap(), [n; 512]);
    }
    drop((tx, rx));
    assert_eq!(files(), 0);
    report("refused");
}

#[cfg(target_os = "linux")]
#[test]
fn more_than_the_file_system_has_room_for() {
    let mut actor = Actor::start("opens_too_much_for_a_full_file_system", &[]);
    actor.expect("refused");
    actor.finish();
}

#[cfg(target_os = "linux")]
fn opens_without_privileges() {
    sandbox::drop_privileges();
    let name: String = arg(0);
    let called = format!("segment \"{name}\"");
    let place = Place::try_from(&*name).unwrap();
    let found = ["it belongs to user", "has mode 0000", "wider mode"];
    let opening = [&["may not open it"], &found[..]].concat();
    refused(spsc::<u64>(&*name).sender(), &called, &opening);
    refused(spsc::<u64>(&*name).receiver(), &called, &opening);
    let reading = [&["may not read it"], &found[..]].concat();
    refused(ringway::look(&place), &called, &reading);
    report("refused");
}

#[cfg(target_os = "linux")]
#[test]
fn a_segment_that_this_user_may_not_open() {
    let name = UniqueName::new("denied");
    let _tx = words(&name).sender().unwrap();
    fs::set_permissions(name.shm_file(), Permissions::from_mode(0o000)).unwrap();
    let mut actor = Actor::start("opens_without_privileges", &[name.as_str()]);
    actor.expect("refused");
    actor.finish();
}

fn holds_the_lock() {
    let tx = spsc::<u64>(&arg::<String>(0)).sender().unwrap();
    tx.platform().segment().lock().unwrap();
    report("locked");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// A process that is stopped while it opens, leaves or removes a channel holds up the others, but
/// not for ever; and not at all once it is dead.
#[test]
fn a_segment_whose_lock_is_held_by_a_stopped_process() {
    let name = UniqueName::new("locked");
    let mut holder = Actor::start("holds_the_lock", &[name.as_str()]);
    holder.expect("locked");
    holder.stop();
    let patience = Duration::from_millis(50);
    let parts = ["another process", "lock", "look for one that is stopped"];
    let opened = words(&name).open_timeout(patience).receiver();
    let problem = refused(opened, &segment(&name), &parts);
    assert!(matches!(problem, Problem::LockTimeout { waited } if waited >= patience));
    holder.kill();
    words(&name).open_timeout(patience).receiver().unwrap();
}
