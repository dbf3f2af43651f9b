//! `ls`, `stat`, `gc` and `rm`: what is there, in words and as JSON, and how it goes away.

use crate::tool::{
    Running, expect, expect_of, json, json_of, ringway_of, until_received_by_somebody,
};
use ringway_testkit::UniqueName;
use serde_json::Value;
use std::io::Write;
#[cfg(target_os = "linux")]
use std::path::{Path, PathBuf};

/// The entry of `name` in what `ringway COMMAND --json` prints.
fn entry(command: &[&str], name: &UniqueName) -> Option<Value> {
    let all = json(command.iter().copied());
    let all = all.as_array().expect("an array").clone();
    all.into_iter().find(|one| one["name"] == name.as_str())
}

/// A channel whose only process was killed.
#[cfg(unix)]
fn abandoned(hint: &str) -> UniqueName {
    let name = UniqueName::new(hint);
    let mut receiver = Running::recv(&name, &[]);
    until_received_by_somebody(&name);
    receiver.kill();
    name
}

#[test]
fn ls_lists_who_uses_what() {
    let name = UniqueName::new("ls");
    let receiver = Running::recv(&name, &[]);
    until_received_by_somebody(&name);
    let seen = entry(&["ls", "--json"], &name).expect("listed");
    assert_eq!(seen["state"], "in-use");
    if cfg!(unix) {
        assert_eq!(seen["mode"], "600");
    }
    assert_eq!(seen["channel"]["item"]["name"], "[u8]");
    assert_eq!(seen["channel"]["capacity"], 1 << 20);
    assert_eq!(seen["channel"]["sender"]["state"], "absent");
    assert_eq!(seen["channel"]["receiver"]["process"], receiver.0.id());

    let (out, _) = expect(0, ["ls"]);
    let line = out.lines().find(|line| line.starts_with(name.as_str()));
    let line = line.expect("listed");
    assert!(line.ends_with("in use"), "{line}");
    assert!(line.contains(&receiver.0.id().to_string()), "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn ls_says_what_is_wrong_with_a_thing() {
    let name = UniqueName::new("garbage");
    std::fs::write(name.shm_file(), [0x55; 8192]).unwrap();
    let seen = entry(&["ls", "--json"], &name).expect("listed");
    assert_eq!(seen["state"], "unusable");
    let reason = seen["reason"].as_str().unwrap();
    assert!(reason.contains("not a ringway segment"), "{reason}");
}

#[test]
fn stat_counts_without_disturbing() {
    let name = UniqueName::new("stat");
    let mut tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    for number in 0..100 {
        tx.send(number).unwrap();
    }
    for _ in 0..2 {
        let seen = json(["stat", "--json", name.as_str()]);
        assert_eq!(seen["state"], "in-use");
        assert_eq!(seen["channel"]["item"]["name"], "u64");
        assert_eq!(seen["channel"]["unread"], 100);
        assert_eq!(seen["channel"]["sender"]["process"], std::process::id());
    }
    for number in 0..100 {
        assert_eq!(*rx.recv().unwrap(), number);
    }
    let (out, _) = expect(0, ["stat", name.as_str()]);
    for part in ["in use", "u64, 8 bytes", "spsc channel", "alive (process"] {
        assert!(out.contains(part), "{part:?} is missing in:\n{out}");
    }
}

#[cfg(unix)]
/// The only test that lets `gc` loose, since that takes away what others were about to look at.
#[test]
fn gc_removes_what_a_killed_process_left_and_nothing_else() {
    let left = abandoned("gc-left");
    let waiting = UniqueName::new("gc-waiting");
    let sender = Running::send_written(&waiting, &[], |input| input.write_all(b"one\n"));
    assert_eq!(sender.end().0, Some(0));
    let used = UniqueName::new("gc-used");
    let _receiver = Running::recv(&used, &[]);
    until_received_by_somebody(&used);
    let many_waiting = UniqueName::new("gc-many-waiting");
    let mut sender = ringway::mpmc::<u64>(many_waiting.as_str())
        .sender()
        .unwrap();
    sender.send(1).unwrap();
    drop(sender);
    let many_used = UniqueName::new("gc-many-used");
    let _sender = ringway::mpsc::<u64>(many_used.as_str()).sender().unwrap();

    #[cfg(target_os = "linux")]
    let fifos = Fifos::new();

    let seen = entry(&["gc", "--dry-run", "--json"], &left).expect("found");
    assert_eq!(seen["removed"], false);
    assert!(left.exists());
    #[cfg(target_os = "linux")]
    assert!(fifos.left.exists());

    let removed = json(["gc", "--json"]);
    let removed = removed.as_array().expect("an array");
    let says = |name: &UniqueName| removed.iter().find(|one| one["name"] == name.as_str());
    assert_eq!(says(&left).expect("found")["removed"], true);
    assert!(!left.exists());
    for kept in [&waiting, &used, &many_waiting, &many_used] {
        assert!(says(kept).is_none());
        assert!(kept.exists());
    }
    #[cfg(target_os = "linux")]
    assert!(!fifos.left.exists() && fifos.heard.exists());
}

/// FIFOs of wait slots: one as processes leave them that die there, and one of a living process.
#[cfg(target_os = "linux")]
struct Fifos {
    left: PathBuf,
    heard: PathBuf,
    _owner: std::fs::File,
}

#[cfg(target_os = "linux")]
impl Fifos {
    fn new() -> Self {
        let make = |purpose| {
            let name = format!("ringway-bell.{purpose}-{}.0", std::process::id());
            let path = Path::new("/dev/shm").join(name);
            let made = std::process::Command::new("mkfifo").arg(&path).status();
            assert!(made.unwrap().success());
            path
        };
        let heard = make("heard");
        let mut both = std::fs::File::options();
        Fifos {
            left: make("left"),
            _owner: both.read(true).write(true).open(&heard).unwrap(),
            heard,
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Fifos {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.left);
        let _ = std::fs::remove_file(&self.heard);
    }
}

#[test]
fn rm_refuses_what_is_in_use_unless_forced() {
    let name = UniqueName::lasting("rm-used");
    let receiver = Running::recv(&name, &[]);
    until_received_by_somebody(&name);
    let (_, err) = expect_of(4, &mut ringway_of(&name, &["rm"]));
    let process = receiver.0.id().to_string();
    assert!(err.contains(&process) && err.contains("--force"), "{err}");
    assert!(name.exists());
    expect_of(0, &mut ringway_of(&name, &["rm", "--force"]));
    assert!(!name.exists());
}

#[test]
fn rm_removes_what_nobody_uses() {
    let name = UniqueName::lasting("rm-waiting");
    let sender = Running::send_written(&name, &[], |input| input.write_all(b"one\n"));
    assert_eq!(sender.end().0, Some(0));
    expect_of(0, &mut ringway_of(&name, &["rm"]));
    assert!(!name.exists());
}

#[test]
fn objects_are_listed_and_described() {
    let name = UniqueName::new("object");
    let open = || ringway::mutex::<u64>(name.as_str()).handles(7).open();
    let first = open().unwrap();
    let second = open().unwrap();

    let seen = entry(&["ls", "--json"], &name).expect("listed");
    assert_eq!(seen["state"], "in-use");
    assert!(seen["channel"].is_null());
    let object = &seen["object"];
    assert_eq!(object["kind"], "object");
    assert_eq!(object["type"]["name"], "MutexCell<u64>");
    assert_eq!(object["attached"], 2);
    let (out, _) = expect(0, ["ls"]);
    let line = out.lines().find(|line| line.starts_with(name.as_str()));
    let line = line.expect("listed");
    assert!(
        line.contains("object") && line.contains("MutexCell<u64>"),
        "{line}"
    );

    let (out, _) = expect(0, ["stat", name.as_str()]);
    let process = std::process::id();
    for part in [
        "kind        object".to_owned(),
        "MutexCell<u64>, 16 bytes, alignment 8".into(),
        "7 at a time".into(),
        format!("2 alive (one is process {process})"),
    ] {
        assert!(out.contains(&part), "{part:?} is missing in: {out}");
    }
    let (_, err) = expect(4, ["rm", name.as_str()]);
    assert!(
        err.contains(&format!("process {process} and 1 more")),
        "{err}"
    );
    drop((first, second));
    assert!(!name.exists());
}

#[test]
fn a_persistent_object_stays_until_it_is_removed() {
    let name = UniqueName::lasting("kept");
    drop(ringway::mutex::<u64>(name.place()).persistent().open());
    let seen = if cfg!(target_os = "linux") {
        entry(&["ls", "--json"], &name).expect("listed")
    } else {
        json_of(&mut ringway_of(&name, &["stat", "--json"]))
    };
    assert_eq!(seen["state"], "persistent");
    assert_eq!(seen["object"]["attached"], 0);
    // Only asked what it would do: another test counts what is removed.
    assert!(entry(&["gc", "--dry-run", "--json"], &name).is_none());
    expect_of(0, &mut ringway_of(&name, &["rm"]));
    assert!(!name.exists());
}

/// What `ls --json` and `stat` say of a channel of bytes.
fn described(name: &UniqueName, kind: &str, parts: &[&str]) -> Value {
    let (out, _) = expect(0, ["ls"]);
    let line = out.lines().find(|line| line.starts_with(name.as_str()));
    let line = line.expect("listed");
    assert!(line.contains(kind), "{line}");
    let (out, _) = expect(0, ["stat", name.as_str()]);
    for part in parts {
        assert!(out.contains(part), "{part:?} is missing in: {out}");
    }
    json(["stat", "--json", name.as_str()])["channel"].clone()
}

#[test]
fn messages_of_any_length_are_counted_with_their_bytes() {
    let name = UniqueName::new("stat-frames");
    let open = || ringway::spsc::<[u8]>(name.as_str()).capacity(4096);
    let mut tx = open().sender().unwrap();
    tx.send(b"seven b").unwrap();
    tx.send(b"").unwrap();
    let parts = [
        "spsc channel of bytes",
        "any length",
        "4,096 bytes",
        "2 messages, 24 bytes",
    ];
    let channel = described(&name, " spsc ", &parts);
    assert_eq!(
        (&channel["capacity"], &channel["capacity_unit"]),
        (&4096.into(), &"bytes".into())
    );
    assert_eq!(
        (&channel["unread"], &channel["unread_bytes"]),
        (&2.into(), &24.into())
    );
    assert_eq!(channel["unit"], "messages");
    assert!(channel.get("max_len").is_none());
}

#[test]
fn messages_of_many_senders_are_counted_with_their_bytes() {
    let name = UniqueName::new("stat-ranges");
    let mut tx = ringway::mpsc::<[u8]>(name.as_str())
        .capacity(4096)
        .sender()
        .unwrap();
    tx.send(b"seven b").unwrap();
    let parts = [
        "mpsc channel of bytes",
        "any length",
        "4,096 bytes",
        "1 messages, 64 bytes",
    ];
    let channel = described(&name, " mpsc ", &parts);
    assert_eq!(channel["unread_bytes"], 64);
    assert_eq!(
        (&channel["lost"], &channel["senders"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn messages_in_cells_have_a_longest() {
    for name in [UniqueName::new("stat-mpmc"), UniqueName::new("stat-spmc")] {
        let many = name.as_str().contains("mpmc");
        let _tx: Box<dyn std::any::Any> = if many {
            let tx = ringway::mpmc::<[u8]>(name.as_str()).max_len(100).sender();
            Box::new(tx.unwrap())
        } else {
            let tx = ringway::spmc::<[u8]>(name.as_str()).max_len(100).sender();
            Box::new(tx.unwrap())
        };
        let kind = if many { " mpmc " } else { " spmc " };
        let channel = described(&name, kind, &["up to 104 bytes", "1,024 messages"]);
        assert_eq!(
            (&channel["max_len"], &channel["unit"]),
            (&104.into(), &"messages".into())
        );
        assert_eq!(channel["capacity_unit"], "messages");
    }
}

#[test]
fn a_pipe_is_counted_in_bytes() {
    let name = UniqueName::new("stat-pipe");
    let mut tx = ringway::pipe(name.as_str())
        .capacity(1 << 16)
        .writer()
        .unwrap();
    tx.write_all(&[7; 3000]).unwrap();
    let channel = described(&name, " pipe ", &["65,536 bytes", "3,000 bytes"]);
    assert_eq!(
        (&channel["unread"], &channel["unit"]),
        (&3000.into(), &"bytes".into())
    );
    assert!(channel.get("unread_bytes").is_none());
}
