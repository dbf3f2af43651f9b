//! Goal: sleepers are woken across mappings and processes, and never sleep past their deadline.
#![cfg(target_os = "linux")]

mod common;

use common::*;
use ringway_core::platform::Platform;
use ringway_core::wait::{Nanos, Wait, WaitResult, Word, in_turn};
use ringway_os_linux::{Place, Segment};
use std::io::{Read, Write};
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Duration;

fn after(segment: &Segment, span: Duration) -> Option<Nanos> {
    Some(segment.now().after(span))
}

/// Sleeps until the word is no longer 0, as every user of [`Wait`] must: in a loop.
fn wait_for_change(segment: &Segment) -> WaitResult {
    let deadline = after(segment, LONG);
    let word = word_of(segment);
    while word.atomic.load(SeqCst) == 0 {
        let result = segment.wait(word, 0, deadline);
        if result != WaitResult::Woken {
            return result;
        }
    }
    WaitResult::Woken
}

/// How threads sleep here: on the address.
#[cfg(not(ringway_parked))]
mod asleep {
    use super::*;
    use std::path::PathBuf;

    /// The threads of `process` that sleep in `futex` on `address` at this moment.
    fn sleepers(process: u32, address: usize) -> Vec<i32> {
        let wanted = format!("{} {address:#x} ", libc::SYS_futex);
        let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
        let sleeps = |path: &PathBuf| {
            // A thread that has ended meanwhile does not sleep.
            let call = std::fs::read_to_string(path.join("syscall")).unwrap_or_default();
            call.starts_with(&wanted)
        };
        let paths = threads.map(|thread| thread.unwrap().path()).filter(sleeps);
        paths
            .map(|path| path.file_name().unwrap().to_str().unwrap().parse().unwrap())
            .collect()
    }

    pub(super) fn threads(segment: &Segment) -> Vec<i32> {
        sleepers(std::process::id(), word_of(segment).atomic.as_ptr().addr())
    }

    pub(super) fn here(segment: &Segment) -> usize {
        threads(segment).len()
    }

    pub(super) fn in_process(_: &Segment, process: u32, address: usize) -> usize {
        sleepers(process, address).len()
    }
}

/// How threads sleep here: in a wait slot. One that is armed sleeps, or will find its bell rung.
#[cfg(ringway_parked)]
mod asleep {
    use super::*;

    /// Wait slots that are ARMED for the segment's word.
    pub(super) fn here(segment: &Segment) -> usize {
        let at = |slot: usize, offset| word(segment.memory(), 256 + 128 + 64 * slot + offset);
        let is_armed = |slot: &usize| {
            let state = at(*slot, 4).atomic.load(SeqCst);
            state & 3 == 1 && at(*slot, 8).atomic.load(SeqCst) == 0
        };
        (0..64).filter(is_armed).count()
    }

    pub(super) fn in_process(segment: &Segment, _: u32, _: usize) -> usize {
        here(segment)
    }
}

/// Runs `waiter` on another thread until it sleeps on the segment's word, then `then`.
fn with_sleeper<R: Send>(
    segment: &Segment,
    waiter: impl FnOnce() -> R + Send,
    then: impl FnOnce(),
) -> R {
    thread::scope(|scope| {
        let sleeper = scope.spawn(waiter);
        eventually("the thread sleeps", || asleep::here(segment) > 0);
        then();
        sleeper.join().unwrap()
    })
}

#[test]
fn wakes_through_another_mapping() {
    let scratch = Scratch::new("mappings");
    let (one, two) = (attach_built(&scratch.place), attach_built(&scratch.place));
    let (here, there) = (word_of(&one), word_of(&two));
    assert_ne!(here.atomic.as_ptr(), there.atomic.as_ptr());
    let woken = with_sleeper(
        &one,
        || wait_for_change(&one),
        || {
            there.atomic.store(1, SeqCst);
            two.wake(there, 1);
        },
    );
    assert_eq!(woken, WaitResult::Woken);
}

#[test]
fn wakes_another_process() {
    if role().is_some() {
        let segment = attach_built(&place_from_test());
        let address = word_of(&segment).atomic.as_ptr().addr();
        socket_to_test().write_all(&address.to_ne_bytes()).unwrap();
        assert_eq!(wait_for_change(&segment), WaitResult::Woken);
        return;
    }
    let scratch = Scratch::new("processes");
    let segment = attach_built(&scratch.place);
    let mut helper = Helper::start("wakes_another_process", "sleeper", &scratch.place);
    let mut address = [0; size_of::<usize>()];
    helper.socket.read_exact(&mut address).unwrap();
    let address = usize::from_ne_bytes(address);
    eventually("the helper sleeps", || {
        asleep::in_process(&segment, helper.child.id(), address) > 0
    });
    word_of(&segment).atomic.store(1, SeqCst);
    segment.wake(word_of(&segment), 1);
    helper.succeeds();
}

#[test]
fn wakes_as_many_as_told() {
    const SLEEPERS: usize = 5;
    let segment = attach_built(&Place::Anonymous);
    let word = word_of(&segment);
    thread::scope(|scope| {
        for _ in 0..SLEEPERS {
            scope.spawn(|| {
                // Not in a loop: this is about each single wake-up.
                let result = segment.wait(word, 0, after(&segment, LONG));
                assert_eq!(result, WaitResult::Woken);
            });
        }
        eventually("all sleep", || asleep::here(&segment) == SLEEPERS);
        segment.wake(word, 0);
        assert_eq!(asleep::here(&segment), SLEEPERS);
        segment.wake(word, 2);
        eventually("two are awake", || asleep::here(&segment) == SLEEPERS - 2);
        segment.wake(word, u32::MAX);
    });
}

#[test]
fn deadline_is_kept_and_never_early() {
    let segment = attach_built(&Place::Anonymous);
    for span in [Duration::ZERO, Duration::from_millis(20)] {
        let deadline = segment.now().after(span);
        let result = segment.wait(word_of(&segment), 0, Some(deadline));
        assert_eq!(result, WaitResult::TimedOut);
        assert!(segment.now() >= deadline);
    }
}

#[test]
fn does_not_sleep_if_the_value_differs() {
    let segment = attach_built(&Place::Anonymous);
    let result = segment.wait(word_of(&segment), 1, None);
    assert_eq!(result, WaitResult::Woken);
}

/// The farthest deadline is no error, and a wake-up still comes through.
#[test]
fn end_of_the_clock_is_a_deadline() {
    let segment = attach_built(&Place::Anonymous);
    let word = word_of(&segment);
    let wait = || segment.wait(word, 0, Some(Nanos(u64::MAX)));
    let woken = with_sleeper(&segment, wait, || {
        segment.wake(word, 1);
    });
    assert_eq!(woken, WaitResult::Woken);
}

/// As `futex` does it; a sleep in a wait slot goes on.
#[cfg(not(ringway_parked))]
#[test]
fn signal_ends_the_wait() {
    extern "C" fn ignore(_: libc::c_int) {}
    let handler: extern "C" fn(libc::c_int) = ignore;
    // SAFETY: the handler does nothing, and no other test uses this signal.
    unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    let segment = attach_built(&Place::Anonymous);
    let wait = || segment.wait(word_of(&segment), 0, after(&segment, LONG));
    let woken = with_sleeper(&segment, wait, || {
        let thread = asleep::threads(&segment)[0];
        let process = i32::try_from(std::process::id()).unwrap();
        // SAFETY: a signal with a handler, to a thread of ours that is still there: it sleeps.
        unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGUSR1) };
    });
    assert_eq!(woken, WaitResult::Woken);
}

/// Goal: a sleep on several words, of two segments, ends by each of them, and with its deadline; by
/// the kernel's means, and by looking at them in turn where the kernel has none.
#[test]
fn sleeps_on_several_words() {
    const SHORT: Duration = Duration::from_millis(20);
    let segments = [
        attach_built(&Place::Anonymous),
        attach_built(&Place::Anonymous),
    ];
    let [here, there] = &segments;
    let words = [word_of(here), word(there.memory(), 128), word_of(there)];
    type Sleep = fn(&Segment, &[(Word<'_>, u32)], Option<Nanos>) -> WaitResult;
    let ways: [Sleep; 2] = [
        |segment, words, deadline| segment.wait_any(words, deadline),
        |segment, words, deadline| in_turn(segment, words, deadline),
    ];
    for sleep in ways {
        let expected = words.map(|word| (word, word.atomic.load(SeqCst)));
        let deadline = after(here, SHORT);
        let mut result = WaitResult::Woken;
        while result == WaitResult::Woken {
            result = sleep(here, &expected, deadline);
        }
        assert_eq!(result, WaitResult::TimedOut);
        assert!(Some(here.now()) >= deadline);
        for word in words {
            let expected = words.map(|word| (word, word.atomic.load(SeqCst)));
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(SHORT);
                    word.atomic.fetch_add(1, SeqCst);
                    here.wake(word, 1);
                });
                let deadline = after(here, LONG);
                while expected
                    .iter()
                    .all(|(word, was)| word.atomic.load(SeqCst) == *was)
                {
                    assert_eq!(sleep(here, &expected, deadline), WaitResult::Woken);
                }
            });
            // It does not sleep where one differs.
            assert_eq!(sleep(here, &expected, None), WaitResult::Woken);
        }
    }
}

/// Only who sleeps on the address is told.
#[cfg(not(ringway_parked))]
#[test]
fn word_that_was_cut_off_is_lost() {
    let scratch = Scratch::new("cut");
    let segment = attach(&scratch.place);
    let file = std::fs::File::options().write(true).open(&scratch.path);
    file.unwrap().set_len(0).unwrap();
    let result = segment.wait(word_of(&segment), 0, after(&segment, LONG));
    assert_eq!(result, WaitResult::Lost);
    let whole = attach_built(&Place::Anonymous);
    let words = [(word_of(&whole), 0), (word_of(&segment), 0)];
    let result = whole.wait_any(&words, after(&whole, LONG));
    assert_eq!(result, WaitResult::Lost);
    segment.wake(word_of(&segment), 1);
}

#[test]
fn barriers_reach_this_process() {
    let segment = attach_built(&Place::Anonymous);
    let supported = rustix::thread::membarrier_query()
        .contains_command(rustix::thread::MembarrierCommand::GlobalExpedited);
    assert_eq!(segment.is_reached_by_barriers(), supported);
    assert_eq!(segment.barrier_everywhere(), supported);
}
