//! What the command tells of channels with many ends, and how it takes them away.

use crate::tool::{expect, expect_of, json, json_of, ringway_of, until_stat};
use ringway_testkit::{Actor, UniqueName, arg, report};

/// Argument: the channel. Receives one message and holds it until it is killed.
pub(crate) fn holds_a_message() {
    let mut rx = ringway::mpmc::<u64>(&*arg::<String>(0)).receiver().unwrap();
    let message = rx.recv().unwrap();
    report(*message);
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

fn contains(out: &str, parts: &[&str]) {
    for part in parts {
        assert!(out.contains(part), "{part:?} is missing in:\n{out}");
    }
}

#[test]
fn stat_counts_ends_and_losses() {
    let name = UniqueName::new("stat-many");
    let open = || ringway::mpmc::<u64>(name.as_str()).handles(8);
    let mut tx = open().sender().unwrap();
    let _another = tx.clone();
    let mut rx = open().receiver().unwrap();
    tx.send_batch(&[1, 2]).unwrap();
    drop(tx.reserve().unwrap());
    drop(rx.recv().unwrap());
    let mut holder = Actor::start("holds_a_message", &[name.as_str()]);
    assert_eq!(holder.heard::<u64>(), 2);
    let seen = json(["stat", "--json", name.as_str()]);
    let channel = &seen["channel"];
    assert_eq!(channel["kind"], "mpmc channel");
    assert_eq!(
        (&channel["handles"], &channel["senders"]),
        (&8.into(), &2.into())
    );
    assert_eq!(
        (&channel["receivers"], &channel["redelivered"]),
        (&2.into(), &0.into())
    );

    holder.kill();
    assert!(rx.recv().unwrap().is_redelivered());
    drop(rx.try_recv());
    let seen = until_stat(&name, "one receiver", |seen| {
        seen["channel"]["receivers"] == 1
    });
    let channel = &seen["channel"];
    for (count, expected) in [
        ("lost", 0),
        ("skipped", 1),
        ("redelivered", 1),
        ("unread", 0),
    ] {
        assert_eq!(channel[count], expected, "{count}");
    }
    let (out, _) = expect(0, ["stat", name.as_str()]);
    let process = format!("2 alive (one is process {})", std::process::id());
    contains(
        &out,
        &[
            "mpmc channel",
            "8 at a time",
            &process,
            "lost",
            "skipped",
            "redelivered",
        ],
    );
}

#[test]
fn stat_of_one_sender_and_one_receiver_says_nothing_of_others() {
    let name = UniqueName::new("stat-two");
    let _tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    let channel = json(["stat", "--json", name.as_str()])["channel"].clone();
    assert_eq!(
        (&channel["senders"], &channel["receivers"]),
        (&1.into(), &0.into())
    );
    assert!(channel.get("lost").is_none());
    let (out, _) = expect(0, ["stat", name.as_str()]);
    assert!(!out.contains("handles"), "{out}");
}

#[test]
fn ls_tells_the_kinds_apart() {
    let (many, one) = (UniqueName::new("ls-many"), UniqueName::new("ls-one"));
    let tx = ringway::mpsc::<u64>(many.as_str()).sender().unwrap();
    let _another = tx.clone();
    let _rx = ringway::mpsc::<u64>(many.as_str()).receiver().unwrap();
    let _sender = ringway::spsc::<u64>(one.as_str()).sender().unwrap();
    let (out, _) = expect(0, ["ls"]);
    let line = |name: &UniqueName| out.lines().find(|line| line.starts_with(name.as_str()));
    let process = std::process::id().to_string();
    contains(
        line(&many).expect("listed"),
        &["mpsc", "2 alive", &process, "in use"],
    );
    contains(
        line(&one).expect("listed"),
        &["spsc", &process, "absent", "in use"],
    );
}

#[test]
fn rm_says_who_is_there() {
    let name = UniqueName::new("rm-many");
    let tx = ringway::spmc::<u64>(name.as_str()).sender().unwrap();
    let rx = ringway::spmc::<u64>(name.as_str()).receiver().unwrap();
    let another = rx.clone();
    let (_, err) = expect(4, ["rm", name.as_str()]);
    let process = std::process::id().to_string();
    contains(&err, &[&process, "1 senders and 2 receivers", "--force"]);
    drop((tx, rx, another));
    assert!(!name.exists());
}

#[test]
fn rm_removes_messages_that_wait() {
    let name = UniqueName::lasting("rm-many-waiting");
    ringway::mpmc::<u64>(name.place())
        .sender()
        .unwrap()
        .send(1)
        .unwrap();
    assert_eq!(
        json_of(&mut ringway_of(&name, &["stat", "--json"]))["state"],
        "waiting"
    );
    expect_of(0, &mut ringway_of(&name, &["rm"]));
    assert!(!name.exists());
}
