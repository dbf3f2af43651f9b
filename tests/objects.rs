//! Objects: who opens what by name, what is refused, and what stays when everybody has left or died.

use ringway::sync::{BarrierError, EventMode, LockError, Permits};
use ringway::{
    AttachError, Condition, EventCell, Mutex, MutexCell, OpenError, Peer, Place, Problem, Room,
    SemaphoreCell, Shared, Unfit,
};
#[cfg(unix)]
use ringway_testkit::signals;
use ringway_testkit::{Actor, TempDir, UniqueName, arg, place, report, roles};
use std::path::Path;
#[cfg(unix)]
use std::time::{Duration, Instant};

roles! { adds_for_a_while, dies_holding_it, holds_it_open, sends_from_a_desk, holds_a_permit,
dies_building, #[cfg(unix)] opens_in_a_fork, #[cfg(unix)] leaves_a_child,
#[cfg(unix)] drops_guards_in_a_fork }

ringway::shared! {
    /// One of each that a process may want.
    struct Desk {
        total: MutexCell<u64>,
        gate: SemaphoreCell,
        ready: EventCell,
        counters: [MutexCell<u64>; 3],
        jobs: Room<32768>,
    }
}

fn counter(name: &str) -> Mutex<u64> {
    ringway::mutex(place(name)).open().unwrap()
}

fn desk(name: &str) -> Shared<Desk> {
    let desk = ringway::shared::<Desk>(place(name)).open_with(|desk| {
        desk.set(|desk| &desk.total, 1000);
        desk.set(|desk| &desk.gate, PERMITS);
    });
    desk.unwrap()
}

const PERMITS: Permits = Permits {
    available: 2,
    bound: Some(5),
};

fn adds_for_a_while() {
    let counter = counter(&arg::<String>(0));
    report("ready");
    for _ in 0..arg(1) {
        *counter.lock().unwrap() += 1;
    }
}

fn dies_holding_it() {
    let counter = counter(&arg::<String>(0));
    let mut held = counter.lock().unwrap();
    *held += 1;
    report("held");
    std::thread::park();
}

fn holds_it_open() {
    let name: String = arg(0);
    let _counter = ringway::mutex::<u64>(place(&name)).open().unwrap();
    report("open");
    std::thread::park();
}

#[cfg(unix)]
fn opens_in_a_fork() {
    let counter = counter(&arg::<String>(0));
    let mut all = vec![counter.clone(), counter];
    // The child has a vector of its own.
    let is_harmless = signals::does_in_a_fork(|| all.clear());
    assert!(is_harmless, "the child ended in another way");
    assert_eq!(all.len(), 2);
    assert_eq!(*all[0].lock().unwrap(), 7);
    report("done");
    std::thread::park();
}

fn sends_from_a_desk() {
    let desk = desk(&arg::<String>(0));
    let mut tx = desk
        .channel(|desk| &desk.jobs)
        .mpmc::<u64>()
        .sender()
        .unwrap();
    for number in 0..arg(1) {
        tx.send(number).unwrap();
        *desk.bind(|desk| &desk.total).lock().unwrap() += 1;
    }
    report("sent");
    std::thread::park();
}

fn holds_a_permit() {
    let gate = ringway::semaphore(arg::<String>(0), 1).open().unwrap();
    let _permit = gate.acquire().unwrap();
    report("holds");
    std::thread::park();
}

fn dies_building() {
    // With one handle, so that what it leaves lies where another segment has its header's end.
    let builder = ringway::shared::<Desk>(place(&arg::<String>(0))).handles(1);
    let _desk = builder.open_with(|desk| {
        desk.set(|desk| &desk.total, 5);
        report("building");
        std::thread::park();
    });
}

/// Holds a lock and a permit when it is killed, while a child that it has forked lives on.
#[cfg(unix)]
fn leaves_a_child() {
    let desk = desk(&arg::<String>(0));
    let (total, gate) = (desk.bind(|desk| &desk.total), desk.bind(|desk| &desk.gate));
    let _held = total.lock().unwrap();
    let _permits = gate.acquire_many(2).unwrap();
    signals::does_in_a_fork(|| {
        report("forked");
        std::thread::sleep(Duration::from_secs(5));
    });
}

#[cfg(unix)]
fn drops_guards_in_a_fork() {
    let name = arg::<String>(0);
    let [one, two] = ["one", "two"].map(|which| {
        let lock = ringway::rwlock::<u64>(&*format!("{name}-{which}"));
        lock.open().unwrap()
    });
    let gate = ringway::semaphore(&*format!("{name}-gate"), 1)
        .open()
        .unwrap();
    let mut guards = Some((one.read().unwrap(), two.write().unwrap(), gate.acquire()));
    let is_harmless = signals::does_in_a_fork(|| guards = None);
    assert!(is_harmless, "the child ended in another way");
    assert_eq!(
        (one.clone().try_write().is_ok(), gate.available()),
        (false, 0)
    );
    drop(guards);
    assert_eq!((one.try_write().is_ok(), gate.available()), (true, 1));
    report("done");
    std::thread::park();
}

#[cfg(unix)]
#[test]
fn a_forked_child_that_drops_its_guards_does_no_harm() {
    let name = UniqueName::new("guards");
    let mut other = Actor::start("drops_guards_in_a_fork", &[name.as_str()]);
    other.expect("done");
    other.kill();
    for which in ["one", "two"] {
        drop(ringway::rwlock::<u64>(&*format!("{}-{which}", name.as_str())).open());
    }
    drop(ringway::semaphore(&*format!("{}-gate", name.as_str()), 1).open());
}

#[test]
fn two_processes_count_in_one_mutex() {
    let name = UniqueName::new("count");
    let ours = counter(name.as_str());
    let mut other = Actor::start("adds_for_a_while", &[name.as_str(), "5000"]);
    other.expect("ready");
    for _ in 0..5000 {
        *ours.lock().unwrap() += 1;
    }
    other.finish();
    assert_eq!(*ours.lock().unwrap(), 10_000);
    drop(ours);
    assert!(!name.exists(), "the last one out removes it");
}

#[test]
fn the_first_value_is_the_builders() {
    let name = UniqueName::new("first");
    let first = ringway::mutex(name.as_str()).initial(7_u64).open().unwrap();
    let second = ringway::mutex(name.as_str()).initial(9_u64).open().unwrap();
    assert_eq!(*second.lock().unwrap(), 7);
    drop((first, second));
    let third = ringway::mutex(name.as_str()).initial(9_u64).open().unwrap();
    assert_eq!(*third.lock().unwrap(), 9);
}

#[test]
fn a_handle_keeps_its_object_open() {
    let name = UniqueName::new("handle");
    let total = desk(name.as_str()).bind(|desk| &desk.total);
    *total.lock().unwrap() += 1;
    assert!(name.exists());
    let again = desk(name.as_str());
    assert_eq!(*again.bind(|desk| &desk.total).lock().unwrap(), 1001);
    drop(total);
    assert!(name.exists());
    drop(again);
    assert!(!name.exists());
}

#[test]
fn an_object_that_is_closed_counts_as_left() {
    let name = UniqueName::new("left");
    let desk = desk(name.as_str());
    let attachment = desk.attachment().clone();
    drop(desk);
    let (condition, seen) = look(&name.place());
    assert_eq!((condition, seen.attached), (Condition::Abandoned, 0));
    assert_eq!(seen.user, Peer::Left);
    drop(attachment);
    assert!(!name.exists());
}

/// What the error says.
fn refused<T>(opened: Result<T, OpenError>, parts: &[&str]) {
    let error = opened.map(drop).expect_err("it should be refused");
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
}

#[test]
fn another_type_kind_or_parameter_is_refused() {
    let name = UniqueName::lasting("other");
    let open = || name.place();
    let _mutex = ringway::mutex::<u64>(open()).handles(3).open().unwrap();
    refused(
        ringway::mutex::<[u32; 2]>(open()).open(),
        &[
            "`MutexCell<u64>` (16 bytes",
            "`MutexCell<[u32; 2]>` (12 bytes",
        ],
    );
    refused(
        ringway::shared::<Desk>(open()).open(),
        &["`MutexCell<u64>`", "`Desk`"],
    );
    refused(
        ringway::spsc::<u64>(open()).sender(),
        &["it holds an object", "expects an spsc channel"],
    );
    refused(ringway::mutex::<u64>(open()).handles(4).open(), &["3", "4"]);
    refused(
        ringway::mutex::<u64>(open()).persistent().open(),
        &["without `persistent`"],
    );
    refused(
        ringway::mutex::<u64>(open()).handles(1025).open(),
        &["1025", "an object 1 to 1024"],
    );
    let name = UniqueName::new("channel");
    let _channel = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
    refused(
        ringway::mutex::<u64>(name.as_str()).open(),
        &["it holds an spsc channel", "expects an object"],
    );
    let name = UniqueName::new("bound");
    let gate = |bound| ringway::semaphore(name.as_str(), 1).bound(bound).open();
    let _gate = gate(4).unwrap();
    refused(gate(6), &["a bound of 4", "asks for 6"]);
    gate(4).unwrap();
    refused(gate(0), &["a bound of 0", "1 to"]);
    refused(
        ringway::semaphore(name.as_str(), 5).bound(4).open(),
        &["5 permits", "0 to 4"],
    );
    let anything = ringway::semaphore(name.as_str(), 1).open().unwrap();
    assert_eq!(anything.limit(), 4);
    let name = UniqueName::new("mode");
    let event = ringway::event(name.as_str()).automatic().open().unwrap();
    assert_eq!(event.mode(), EventMode::Automatic);
    let start = UniqueName::new("parties");
    let _three = ringway::barrier(start.as_str(), 3).open().unwrap();
    refused(
        ringway::barrier(start.as_str(), 4).open(),
        &["made with 3 parties", "asks for 4"],
    );
    refused(
        ringway::barrier("none", 65).open(),
        &["65 parties", "1 to 64"],
    );
    refused(
        ringway::event(name.as_str()).open(),
        &["it is an automatic event", "asks for a manual one"],
    );
}

/// What is printed of an object is what it says, not its words.
#[test]
fn what_is_printed_is_short() {
    let name = UniqueName::new("printed");
    let open = |suffix: &str| format!("{}-{suffix}", name.as_str());
    let hits = ringway::atomic::<u64>(open("hits")).initial(7).open();
    assert_eq!(format!("{:?}", hits.unwrap()), "Atomic(7)");
    let ready = ringway::event(open("ready")).set().open().unwrap();
    let cell = format!("{:?}", ready.bound().cell());
    assert_eq!(cell, "EventCell { mode: Manual, is_set: true, .. }");
    let gate = ringway::semaphore(open("gate"), 1).bound(3).open().unwrap();
    let cell = format!("{:?}", gate.bound().cell());
    assert_eq!(cell, "SemaphoreCell { available: 1, bound: 3, .. }");
}

#[test]
fn one_party_too_many_is_told_so() {
    let name = UniqueName::new("party");
    let start = ringway::barrier(name.as_str(), 1).open().unwrap();
    start.join().unwrap();
    let other = start.clone();
    assert_eq!(other.join(), Err(BarrierError::Crowded { parties: 1 }));
    assert_eq!(other.wait(), Err(BarrierError::Crowded { parties: 1 }));
}

#[test]
fn a_check_of_ones_own() {
    let name = UniqueName::new("check");
    let _desk = desk(name.as_str());
    let checked = |bound| {
        let permits = Permits {
            bound: Some(bound),
            ..PERMITS
        };
        ringway::shared::<Desk>(name.as_str()).open_checked(
            |_| panic!("it is built"),
            |desk| ringway::Initial::check(&desk.gate, permits),
        )
    };
    checked(5).unwrap();
    let error = checked(6).map(drop).unwrap_err();
    let Problem::Attach(why) = &error.problem else {
        panic!("{error}")
    };
    let expected = Unfit::Parameter {
        what: "bound",
        found: 5,
        asked: 6,
    };
    assert_eq!(**why, AttachError::Unfit(expected));
}

#[test]
fn a_new_one_or_one_that_is_there() {
    let name = UniqueName::new("new");
    let open = || ringway::mutex::<u64>(name.as_str());
    refused(open().open_existing().open(), &["does not exist"]);
    assert!(!name.exists());
    let first = open().create_new().open().unwrap();
    refused(open().create_new().open(), &["it exists already"]);
    open().open_existing().open().unwrap();
    drop(first);
    open().create_new().open().unwrap();
}

#[test]
fn a_persistent_one_survives_all_processes() {
    let dir = TempDir::new();
    let file = dir.file("mutex");
    let open = || ringway::mutex::<u64>(file.as_path()).persistent().open();
    *open().unwrap().lock().unwrap() = 41;
    assert!(file.exists());
    let counter = open().unwrap();
    assert_eq!(*counter.lock().unwrap(), 41);
    drop(counter);
    assert_eq!(look(&Place::from(&*file)).0, Condition::Persistent);
}

fn look(place: &Place) -> (Condition, ringway::Inspection) {
    let (condition, seen) = ringway::look(place).unwrap();
    (condition, seen.unwrap())
}

#[test]
fn a_persistent_mutex_of_the_dead_says_so() {
    let dir = TempDir::new();
    let file = dir.file("mutex");
    let open = || ringway::mutex::<u64>(Path::new(&file)).persistent().open();
    let counter = open().unwrap();
    std::mem::forget(counter.lock().unwrap());
    drop(counter);
    // The attachment is gone, and with it the holder.
    let counter = open().unwrap();
    let recovery = match counter.lock() {
        Err(LockError::OwnerDied(recovery)) => recovery,
        other => panic!("{other:?}"),
    };
    drop(recovery.mark_consistent());
    drop(counter.lock().unwrap());
}

#[test]
fn the_value_outlives_one_death_but_not_that_of_all() {
    let name = UniqueName::lasting("dead");
    let mut victim = Actor::start("dies_holding_it", &[name.as_str()]);
    victim.expect("held");
    let counter = counter(name.as_str());
    victim.kill();
    match counter.lock() {
        Err(LockError::OwnerDied(recovery)) => assert_eq!(*recovery.mark_consistent(), 1),
        other => panic!("{other:?}"),
    }
    drop(counter);
    assert!(!name.exists());

    let mut victims: Vec<_> = (0..3)
        .map(|_| Actor::start("holds_it_open", &[name.as_str()]))
        .collect();
    victims.iter_mut().for_each(|victim| victim.expect("open"));
    let (condition, seen) = look(&name.place());
    assert_eq!((condition, seen.attached), (Condition::InUse, 3));
    victims.into_iter().for_each(Actor::kill);
    let (condition, seen) = look(&name.place());
    assert_eq!((condition, seen.attached), (Condition::Abandoned, 0));
    assert!(matches!(seen.user, Peer::Died(_)), "{:?}", seen.user);
    #[cfg(all(target_os = "linux", not(ringway_macos)))]
    let inode = inode_of(&name);
    let fresh = ringway::mutex(name.place()).initial(5_u64).open().unwrap();
    assert_eq!(*fresh.lock().unwrap(), 5);
    #[cfg(all(target_os = "linux", not(ringway_macos)))]
    assert_ne!(inode_of(&name), inode);
}

#[test]
fn what_the_dead_left_is_removed_and_what_the_living_have_is_not() {
    let name = UniqueName::lasting("stale");
    let mut victim = Actor::start("holds_it_open", &[name.as_str()]);
    victim.expect("open");
    let remove = || ringway::remove_stale(&name.place(), false).unwrap();
    assert_eq!(remove(), (Condition::InUse, false));
    victim.kill();
    assert_eq!(remove(), (Condition::Abandoned, true));
    assert!(!name.exists());
}

#[cfg(all(target_os = "linux", not(ringway_macos)))]
fn inode_of(name: &UniqueName) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(name.file()).unwrap().ino()
}

#[test]
fn a_builder_that_dies_is_replaced() {
    let name = UniqueName::lasting("builder");
    let mut victim = Actor::start("dies_building", &[name.as_str()]);
    victim.expect("building");
    assert_eq!(ringway::look(&name.place()).unwrap().0, Condition::InUse);
    victim.kill();
    assert_eq!(ringway::look(&name.place()).unwrap().0, Condition::Unbuilt);
    let desk = desk(name.as_str());
    assert_eq!(*desk.bind(|desk| &desk.total).lock().unwrap(), 1000);
}

#[test]
fn a_builder_that_panics_is_replaced() {
    let name = UniqueName::new("panic");
    let open = || ringway::shared::<Desk>(name.as_str());
    let panicked = std::panic::catch_unwind(|| {
        let _ = open().open_with(|desk| {
            desk.set(|desk| &desk.total, 5);
            panic!("not today");
        });
    });
    assert!(panicked.is_err());
    let desk = open().open().unwrap();
    assert_eq!(*desk.bind(|desk| &desk.total).lock().unwrap(), 0);
}

#[test]
fn one_more_than_there_is_room_for() {
    let name = UniqueName::new("crowd");
    let mut all: Vec<_> = (0..64).map(|_| counter(name.as_str())).collect();
    let one_more = || ringway::mutex::<u64>(name.as_str()).open();
    refused(one_more(), &["all 64 handles", "`handles`"]);
    assert_eq!(look(&name.place()).1.attached, 64);
    all.pop();
    drop(one_more().unwrap());
    // A clone is not one more.
    all.push(all[0].clone());
    *one_more().unwrap().lock().unwrap() += 1;
}

#[test]
fn the_entry_of_one_that_was_killed_is_given_to_another() {
    let name = UniqueName::new("entry");
    let open = || ringway::mutex::<u64>(name.as_str()).handles(2).open();
    let ours = open().unwrap();
    for _ in 0..3 {
        let mut victim = Actor::start("holds_it_open", &[name.as_str()]);
        victim.expect("open");
        refused(open(), &["all 2 handles"]);
        victim.kill();
        drop(open().unwrap());
    }
    drop(ours);
    assert!(!name.exists());
}

#[cfg(unix)]
#[test]
fn a_forked_child_that_drops_its_handles_does_no_harm() {
    let name = UniqueName::new("fork");
    let ours = counter(name.as_str());
    *ours.lock().unwrap() = 7;
    let mut other = Actor::start("opens_in_a_fork", &[name.as_str()]);
    other.expect("done");
    assert_eq!(look(&name.place()).1.attached, 2);
    other.kill();
    assert_eq!(look(&name.place()).1.attached, 1);
    assert_eq!(*ours.lock().unwrap(), 7);
}

#[test]
fn a_permit_of_a_dead_process_comes_back() {
    let name = UniqueName::new("permit");
    let gate = ringway::semaphore(name.as_str(), 1).open().unwrap();
    let mut victim = Actor::start("holds_a_permit", &[name.as_str()]);
    victim.expect("holds");
    assert!(gate.try_acquire().is_err());
    victim.kill();
    drop(gate.acquire().unwrap());
}

/// The child keeps the descriptor by which the living are known, but holds no locks: it cannot.
#[cfg(unix)]
#[test]
fn what_a_dead_process_held_comes_back_though_its_child_lives() {
    let name = UniqueName::new("child");
    let ours = desk(name.as_str());
    let mut victim = Actor::start("leaves_a_child", &[name.as_str()]);
    victim.expect("forked");
    victim.kill();
    // A new one does not take the entry by which the dead one is known.
    let next = desk(name.as_str());
    let killed = Instant::now();
    let total = next.bind(|desk| &desk.total);
    let timeout = Duration::from_millis(1000);
    match total.lock_timeout(timeout) {
        Err(ringway::sync::LockTimeoutError::OwnerDied(held)) => drop(held.mark_consistent()),
        other => panic!("{other:?}"),
    }
    let gate = ours.bind(|desk| &desk.gate);
    drop(gate.acquire_many_timeout(2, timeout).unwrap());
    assert!(killed.elapsed() < timeout, "{:?}", killed.elapsed());
}

#[test]
fn more_permits_than_one_can_hold_can_be_consumed_later() {
    let name = UniqueName::new("consume");
    let gate = ringway::semaphore(name.as_str(), 0).open().unwrap();
    assert!(format!("{:?}", gate.try_consume(2_000_000)).contains("NotEnough"));
    gate.release(2_000_000).unwrap();
    gate.try_consume(2_000_000).unwrap();
}

#[test]
fn a_desk_with_locks_and_a_channel() {
    let name = UniqueName::new("desk");
    let desk = desk(name.as_str());
    let channel = || desk.channel(|desk| &desk.jobs);
    let mut rx = channel().mpmc::<u64>().receiver().unwrap();
    let mut other = Actor::start("sends_from_a_desk", &[name.as_str(), "10000"]);
    for number in 0..10_000 {
        assert_eq!(*rx.recv().unwrap(), number);
    }
    other.expect("sent");
    assert_eq!(*desk.bind(|desk| &desk.total).lock().unwrap(), 11_000);
    // News of its death comes through the segment around the channel.
    other.kill();
    assert_eq!(rx.recv().map(drop), Err(ringway::RecvError::Closed));
    drop(rx);
    let third = desk.bind(|desk| &desk.counters[2]);
    *third.lock().unwrap() += 1;
    assert_eq!(*desk.bind(|desk| &desk.counters[1]).lock().unwrap(), 0);

    // Receivers come and go, and what was sent meanwhile waits.
    let mut tx = channel().mpmc::<u64>().sender().unwrap();
    tx.send(1).unwrap();
    drop(tx);
    let mut rx = channel().mpmc::<u64>().receiver().unwrap();
    assert_eq!(*rx.recv().unwrap(), 1);
    drop(rx);

    let other_type = channel().mpmc::<u32>().sender().map(drop).unwrap_err();
    assert!(other_type.to_string().contains("`u64`"), "{other_type}");
    let other_kind = channel().spsc::<u64>().sender().map(drop).unwrap_err();
    assert!(other_kind.to_string().contains("mpmc"), "{other_kind}");
}

#[test]
fn a_room_that_is_too_small() {
    ringway::shared! {
        struct Cupboard {
            first: Room<1024>,
            second: Room<2048>,
        }
    }
    let name = UniqueName::new("cupboard");
    let cupboard = ringway::shared::<Cupboard>(name.as_str()).open().unwrap();
    let small = cupboard.channel(|cupboard| &cupboard.first);
    let error = small.spsc::<u64>().sender().map(drop).unwrap_err();
    assert!(error.to_string().contains("room for 1024 bytes"), "{error}");
    let mut tx = cupboard
        .channel(|cupboard| &cupboard.second)
        .mpsc::<u64>()
        .handles(2)
        .sender()
        .unwrap();
    // Who does not say how many takes what is there.
    let mut rx = cupboard
        .channel(|cupboard| &cupboard.second)
        .mpsc::<u64>()
        .receiver()
        .unwrap();
    tx.send(1).unwrap();
    assert_eq!(*rx.recv().unwrap(), 1);
}
