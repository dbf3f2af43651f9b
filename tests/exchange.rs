//! Messages between real processes: every layout, every way to send and to receive, every order of
//! start. Each message carries its number, and each is checked.

use ringway::{FromBytes, Immutable, IntoBytes, Plain, WaitStrategy};
use ringway_testkit::asleep::wait_until_asleep;
use ringway_testkit::{Actor, UniqueName, arg, place, report, roles};

roles! { sends, receives }

/// A message of `WORDS` words, each of which must hold its number.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
struct Numbered<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Numbered<WORDS> {
    fn new(number: u64) -> Self {
        Numbered([number; WORDS])
    }
}

/// Runs `$body` with `$words` as a constant: the sizes that get the three layouts, and a large one.
macro_rules! for_words {
    ($words:expr, $function:ident) => {
        match $words {
            1 => $function::<1>(),
            5 => $function::<5>(),
            8 => $function::<8>(),
            512 => $function::<512>(),
            words => panic!("no test has messages of {words} words"),
        }
    };
}

fn strategy(name: &str) -> WaitStrategy {
    match name {
        "spin" => WaitStrategy::Spin,
        "adaptive" => WaitStrategy::Adaptive,
        "park" => WaitStrategy::Park,
        other => panic!("no strategy {other:?}"),
    }
}

/// Arguments of both roles: name, words, capacity, messages, strategy.
fn channel<T: Plain>() -> ringway::Builder<T> {
    ringway::spsc::<T>(place(&arg::<String>(0)))
        .capacity(arg(2))
        .wait(strategy(&arg::<String>(4)))
}

fn sends() {
    for_words!(arg(1), send_all);
}

fn receives() {
    for_words!(arg(1), receive_all);
}

/// Sends one by one, in place, and in batches, in turns.
fn send_all<const WORDS: usize>() {
    let mut tx = channel::<Numbered<WORDS>>().sender().unwrap();
    let count: u64 = arg(3);
    let mut number = 0;
    while number < count {
        match number % 1000 {
            0..400 => tx.send(Numbered::new(number)).unwrap(),
            400..700 => {
                let mut slot = tx.reserve().unwrap();
                *slot = Numbered::new(number);
                slot.commit();
            }
            _ => {
                let end = (number + 70).min(count);
                let batch: Vec<_> = (number..end).map(Numbered::new).collect();
                tx.send_batch(&batch).unwrap();
                number = end - 1;
            }
        }
        number += 1;
    }
    assert_eq!(tx.sent(), count);
    report("sent");
}

/// Receives in place, by copy, and in batches, in turns, until the channel is closed.
fn receive_all<const WORDS: usize>() {
    let mut rx = channel::<Numbered<WORDS>>().receiver().unwrap();
    let mut number = 0;
    let mut one = Numbered::new(0);
    let mut many = [Numbered::new(0); 50];
    loop {
        match number % 900 {
            0..300 => match rx.recv() {
                Ok(message) => assert_eq!(*message, Numbered::new(number)),
                Err(_) => break,
            },
            300..600 => match rx.recv_into(&mut one) {
                Ok(()) => assert_eq!(one, Numbered::new(number)),
                Err(_) => break,
            },
            _ => match rx.recv_batch(&mut many) {
                Ok(taken) => {
                    for message in &many[..taken - 1] {
                        assert_eq!(*message, Numbered::new(number));
                        number += 1;
                    }
                    assert_eq!(many[taken - 1], Numbered::new(number));
                }
                Err(_) => break,
            },
        }
        number += 1;
    }
    assert_eq!(rx.received(), number);
    report(number);
}

fn exchange(words: usize, capacity: u32, count: u64, strategy: &str) {
    let name = UniqueName::lasting("exchange");
    let (words, capacity, messages) = (words.to_string(), capacity.to_string(), count.to_string());
    let args = [name.as_str(), &words, &capacity, &messages, strategy];
    let mut receiver = Actor::start("receives", &args);
    let mut sender = Actor::start("sends", &args);
    assert_eq!(receiver.heard::<u64>(), count);
    sender.expect("sent");
    sender.finish();
    receiver.finish();
    assert!(!name.exists(), "the last one out removes the segment");
}

#[test]
fn millions_of_small_messages_arrive_in_order() {
    exchange(1, 1024, 3_000_000, "adaptive");
}

#[test]
fn messages_of_a_stamp_each_arrive_in_order() {
    exchange(5, 512, 1_000_000, "adaptive");
}

#[test]
fn messages_of_whole_lines_arrive_in_order() {
    exchange(8, 1024, 1_000_000, "adaptive");
}

#[test]
fn large_messages_arrive_in_order() {
    exchange(512, 64, 100_000, "adaptive");
}

#[test]
fn messages_arrive_in_order_through_the_smallest_ring() {
    for words in [1, 5, 8] {
        exchange(words, 1, 20_000, "adaptive");
    }
}

#[test]
fn messages_arrive_in_order_whoever_waits_how() {
    for words in [1, 5, 8] {
        exchange(words, 16, 20_000, "park");
        exchange(words, 16, 20_000, "spin");
    }
}

#[test]
fn a_sender_may_come_long_after_the_receiver_sleeps() {
    let name = UniqueName::new("late-sender");
    let args = [name.as_str(), "1", "8", "100", "park"];
    let mut receiver = Actor::start("receives", &args);
    wait_until_asleep(receiver.pid());
    let sender = Actor::start("sends", &args);
    assert_eq!(receiver.heard::<u64>(), 100);
    sender.finish();
    receiver.finish();
    assert!(!name.exists());
}

#[test]
fn a_sender_may_fill_the_ring_before_the_receiver_starts() {
    let name = UniqueName::new("late-receiver");
    let args = [name.as_str(), "8", "8", "100", "park"];
    let sender = Actor::start("sends", &args);
    wait_until_asleep(sender.pid());
    let mut receiver = Actor::start("receives", &args);
    assert_eq!(receiver.heard::<u64>(), 100);
    sender.finish();
    receiver.finish();
    assert!(!name.exists());
}

#[test]
fn a_sender_may_finish_before_the_receiver_starts() {
    let name = UniqueName::lasting("early-sender");
    let args = [name.as_str(), "5", "128", "100", "park"];
    Actor::start("sends", &args).finish();
    assert!(name.exists(), "the messages wait for their receiver");
    let mut receiver = Actor::start("receives", &args);
    assert_eq!(receiver.heard::<u64>(), 100);
    receiver.finish();
    assert!(!name.exists());
}

#[test]
fn both_may_start_at_the_same_moment() {
    for _ in 0..50 {
        exchange(1, 64, 1000, "adaptive");
    }
}

#[test]
fn a_channel_can_be_handed_on_from_sender_to_sender() {
    let name = UniqueName::new("relay");
    let mut rx = ringway::spsc::<u64>(name.as_str()).receiver().unwrap();
    for round in 0..5 {
        let mut tx = ringway::spsc::<u64>(name.as_str()).sender().unwrap();
        assert_eq!(tx.sent(), round * 10);
        for n in 0..10 {
            tx.send(round * 10 + n).unwrap();
        }
        drop(tx);
        for n in 0..10 {
            assert_eq!(*rx.recv().unwrap(), round * 10 + n);
        }
        assert!(rx.recv().is_err(), "closed until the next sender comes");
    }
}
