//! How long those who live wait for what a dead one held. The times are printed; that they are
//! bounded at all is what is asserted.

use crate::channel::{Many, casualties};
use crate::held::{message_holder, slot_holder};
use ringway::WaitStrategy;
use ringway_core::channel::{Mpmc, Mpsc, Spmc};
use ringway_testkit::{Actor, UniqueName};
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 9;
/// The promise is 300 ms; the rest is for a machine that does other things.
const BOUND: Duration = Duration::from_secs(30);

/// How long one that is killed has had what it holds.
#[derive(Clone, Copy, Debug)]
enum Held {
    Briefly,
    Long,
}

impl Held {
    /// Nothing is waited for: the time itself is what is to be shown.
    fn pass(self) {
        if matches!(self, Held::Long) {
            thread::sleep(Duration::from_millis(700));
        }
    }
}

/// Kills `holder` while `survive` waits for what it holds: from then until that returns.
fn after_death(holder: Actor, held: Held, survive: impl FnOnce() + Send) -> Duration {
    thread::scope(|scope| {
        let survivor = scope.spawn(move || {
            survive();
            Instant::now()
        });
        held.pass();
        let killed = Instant::now();
        holder.kill();
        survivor.join().unwrap() - killed
    })
}

/// A receiver waits for the slot of a dead sender, behind which other messages stand.
fn dead_sender<K: Many>(strategy: WaitStrategy, held: Held) -> Duration {
    let name = UniqueName::new("dead-slot");
    let open = || K::at::<u64>(name.as_str()).wait(strategy);
    let mut rx = open().receiver().unwrap();
    let holder = slot_holder::<K>(name.as_str(), 1);
    let mut tx = open().sender().unwrap();
    tx.send(2).unwrap();
    let took = after_death(holder, held, || assert_eq!(*rx.recv().unwrap(), 2));
    assert_eq!(casualties(name.as_str()).lost, 1);
    took
}

/// Another receiver waits, of an empty ring, for the message of a dead one.
fn dead_receiver<K: Many>(strategy: WaitStrategy, held: Held) -> Duration {
    let name = UniqueName::new("dead-message");
    let open = || K::at::<u64>(name.as_str()).wait(strategy);
    let mut tx = open().sender().unwrap();
    tx.send(1).unwrap();
    let holder = message_holder::<K>(name.as_str(), 1);
    let mut rx = open().receiver().unwrap();
    let took = after_death(holder, held, || {
        let message = rx.recv().unwrap();
        assert_eq!((*message, message.is_redelivered()), (1, true));
    });
    assert_eq!(casualties(name.as_str()).redelivered, 1);
    took
}

/// A sender waits, of a full ring, for the slot that a dead receiver was reading; another receiver
/// has finished everything else and waits, too.
fn dead_receiver_of_a_full_ring<K: Many>(strategy: WaitStrategy, held: Held) -> Duration {
    let name = UniqueName::new("dead-lap");
    let open = || K::at::<u64>(name.as_str()).capacity(2).wait(strategy);
    let mut tx = open().sender().unwrap();
    tx.send_batch(&[1, 2]).unwrap();
    let holder = message_holder::<K>(name.as_str(), 1);
    let mut rx = open().receiver().unwrap();
    assert_eq!(*rx.recv().unwrap(), 2);
    let took = thread::scope(|scope| {
        let receiver = scope.spawn(move || {
            let mut got = [0; 2].map(|_| *rx.recv().unwrap());
            got.sort_unstable();
            assert_eq!(got, [1, 3]);
        });
        let took = after_death(holder, held, || tx.send(3).unwrap());
        receiver.join().unwrap();
        took
    });
    assert_eq!(casualties(name.as_str()).redelivered, 1);
    took
}

fn measure(what: &str, once: impl Fn(WaitStrategy, Held) -> Duration) {
    let strategies = [
        ("sleeping", WaitStrategy::Park),
        ("busy", WaitStrategy::Spin),
    ];
    for (survivor, strategy) in strategies {
        for held in [Held::Briefly, Held::Long] {
            let mut took: Vec<_> = (0..ROUNDS).map(|_| once(strategy, held)).collect();
            took.sort_unstable();
            let (median, most) = (took[ROUNDS / 2], took[ROUNDS - 1]);
            println!("{what}, {survivor} survivor, {held:?}: median {median:.1?}, most {most:.1?}");
            assert!(most < BOUND, "{most:?}");
        }
    }
}

#[test]
fn a_receiver_gets_past_the_slot_of_a_dead_sender() {
    measure("slot, mpmc", dead_sender::<Mpmc>);
    measure("slot, mpsc", dead_sender::<Mpsc>);
}

#[test]
fn a_receiver_gets_the_message_of_a_dead_one() {
    measure("message, mpmc", dead_receiver::<Mpmc>);
    measure("message, spmc", dead_receiver::<Spmc>);
}

#[test]
fn a_sender_gets_the_slot_that_a_dead_receiver_read() {
    measure("full ring, mpmc", dead_receiver_of_a_full_ring::<Mpmc>);
    measure("full ring, spmc", dead_receiver_of_a_full_ring::<Spmc>);
}
