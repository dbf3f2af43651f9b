//! Goal: whatever the calls of macOS return, a sleeper sleeps exactly as long as it should. Method: a
//! script of results, and a look at what was asked.
#![cfg(any(target_os = "macos", target_os = "linux"))]

use ringway_core::wait::{Nanos, WaitResult, Word};
use ringway_os_macos::wait::{Address, Calls, Timebase};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// What was asked of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Wait {
        value: u64,
        size: usize,
        flags: u32,
    },
    WaitUntil {
        value: u64,
        size: usize,
        flags: u32,
        clock: u32,
        deadline: u64,
    },
    WakeAny {
        size: usize,
        flags: u32,
    },
    WakeAll {
        size: usize,
        flags: u32,
    },
}

#[derive(Default)]
struct State {
    script: Mutex<VecDeque<Result<u32, Errno>>>,
    asked: Mutex<Vec<Asked>>,
    /// The clock: a tick for each look at it, so that time passes.
    ticks: AtomicU64,
    /// The word becomes 1 with the answer before this many are left.
    changes_at: Mutex<Option<usize>>,
}

#[derive(Clone, Default)]
struct Script(Arc<State>);

impl Script {
    fn new(results: impl IntoIterator<Item = Result<u32, Errno>>) -> Self {
        let script = Script::default();
        script.0.script.lock().unwrap().extend(results);
        script
    }

    fn address(&self) -> Address {
        Address::new(self.clone())
    }

    fn asked(&self) -> Vec<Asked> {
        self.0.asked.lock().unwrap().clone()
    }

    fn answer(&self, word: &AtomicU32, asked: Asked) -> Result<u32, Errno> {
        self.0.asked.lock().unwrap().push(asked);
        let mut script = self.0.script.lock().unwrap();
        if *self.0.changes_at.lock().unwrap() == Some(script.len()) {
            word.store(1, SeqCst);
        }
        script
            .pop_front()
            .expect("it asked once more than it should")
    }

    fn is_done(&self) -> bool {
        self.0.script.lock().unwrap().is_empty()
    }
}

impl Calls for Script {
    fn wait(&self, word: &AtomicU32, value: u64, size: usize, flags: u32) -> Result<u32, Errno> {
        self.answer(word, Asked::Wait { value, size, flags })
    }

    fn wait_with_deadline(
        &self,
        word: &AtomicU32,
        value: u64,
        size: usize,
        flags: u32,
        clock: u32,
        deadline: u64,
    ) -> Result<u32, Errno> {
        let asked = Asked::WaitUntil {
            value,
            size,
            flags,
            clock,
            deadline,
        };
        self.answer(word, asked)
    }

    fn wake_any(&self, word: &AtomicU32, size: usize, flags: u32) -> Result<(), Errno> {
        self.answer(word, Asked::WakeAny { size, flags }).map(drop)
    }

    fn wake_all(&self, word: &AtomicU32, size: usize, flags: u32) -> Result<(), Errno> {
        self.answer(word, Asked::WakeAll { size, flags }).map(drop)
    }

    fn ticks(&self) -> u64 {
        self.0.ticks.fetch_add(1, SeqCst)
    }

    fn timebase(&self) -> Timebase {
        Timebase::new(1, 1)
    }
}

fn word(atomic: &AtomicU32) -> Word<'_> {
    Word { atomic, offset: 0 }
}

const FAR: Option<Nanos> = Some(Nanos(1_000_000));

#[test]
fn what_it_asks_is_what_macos_wants() {
    let script = Script::new([Ok(0), Ok(0)]);
    let atomic = AtomicU32::new(u32::MAX);
    let address = script.address();
    assert_eq!(
        address.wait(word(&atomic), u32::MAX, None),
        WaitResult::Woken
    );
    assert_eq!(
        address.wait(word(&atomic), u32::MAX, FAR),
        WaitResult::Woken
    );
    // Zero-extended: sign-extended it would never sleep.
    let value = 0xffff_ffff;
    let expected = [
        Asked::Wait {
            value,
            size: 4,
            flags: 1,
        },
        Asked::WaitUntil {
            value,
            size: 4,
            flags: 1,
            clock: 32,
            deadline: 1_000_000,
        },
    ];
    assert_eq!(script.asked(), expected);
}

#[test]
fn a_deadline_of_zero_is_never_asked_for() {
    let script = Script::new([]);
    let atomic = AtomicU32::new(0);
    let address = script.address();
    assert_eq!(
        address.wait(word(&atomic), 0, Some(Nanos(0))),
        WaitResult::TimedOut
    );
    assert_eq!(
        address.wait(word(&atomic), 1, Some(Nanos(0))),
        WaitResult::Woken
    );
    assert!(script.asked().is_empty());
}

#[test]
fn the_end_of_the_clock_is_no_deadline() {
    let script = Script::new([Ok(0)]);
    let atomic = AtomicU32::new(0);
    let woken = script
        .address()
        .wait(word(&atomic), 0, Some(Nanos(u64::MAX)));
    assert_eq!(woken, WaitResult::Woken);
    assert_eq!(
        script.asked(),
        [Asked::Wait {
            value: 0,
            size: 4,
            flags: 1
        }]
    );
}

#[test]
fn mishaps_are_tried_again() {
    for errno in [Errno::INTR, Errno::NOMEM, Errno::FAULT] {
        for deadline in [None, FAR] {
            let script = Script::new([Err(errno), Err(errno), Err(errno), Ok(3)]);
            let atomic = AtomicU32::new(7);
            let woken = script.address().wait(word(&atomic), 7, deadline);
            assert_eq!(woken, WaitResult::Woken, "{errno:?}");
            assert!(script.is_done());
        }
    }
}

#[test]
fn each_try_looks_at_the_word_first() {
    for errno in [Errno::INTR, Errno::NOMEM, Errno::FAULT, Errno::TIMEDOUT] {
        let script = Script::new([Err(errno), Err(errno), Err(errno)]);
        *script.0.changes_at.lock().unwrap() = Some(1);
        let atomic = AtomicU32::new(0);
        let woken = script.address().wait(word(&atomic), 0, FAR);
        assert_eq!(woken, WaitResult::Woken, "{errno:?}");
        assert!(script.is_done(), "it looked too early");
    }
}

/// A sleeper that is only ever interrupted still sees its deadline; one that is called too early goes
/// on sleeping.
#[test]
fn the_clock_says_when_time_is_up() {
    for errno in [Errno::INTR, Errno::NOMEM, Errno::TIMEDOUT] {
        let script = Script::new([Err(errno); 10]);
        let atomic = AtomicU32::new(0);
        let result = script.address().wait(word(&atomic), 0, Some(Nanos(10)));
        assert_eq!(result, WaitResult::TimedOut, "{errno:?}");
        assert!(script.is_done());
    }
}

#[test]
fn what_cannot_be_slept_on_is_lost() {
    for errno in [Errno::INVAL, Errno::DOM, Errno::PERM] {
        let script = Script::new([Err(errno)]);
        let atomic = AtomicU32::new(0);
        assert_eq!(
            script.address().wait(word(&atomic), 0, FAR),
            WaitResult::Lost
        );
    }
    // Nor is a page that is never there a reason to try for ever.
    let script = Script::new([Err(Errno::FAULT); 1001]);
    let atomic = AtomicU32::new(0);
    assert_eq!(
        script.address().wait(word(&atomic), 0, None),
        WaitResult::Lost
    );
    assert!(script.is_done());
}

#[test]
fn wakes_are_counted_and_nobody_is_no_error() {
    let atomic = AtomicU32::new(0);
    let one = Asked::WakeAny { size: 4, flags: 1 };
    let wake = |results: &[Result<u32, Errno>], count| {
        let script = Script::new(results.iter().copied());
        let woken = script.address().wake(word(&atomic), count);
        assert!(script.is_done());
        (woken, script.asked())
    };
    assert_eq!(wake(&[], 0), (0, vec![]));
    assert_eq!(wake(&[Ok(0)], 1), (1, vec![one.clone()]));
    assert_eq!(wake(&[Err(Errno::NOENT)], 1), (0, vec![one.clone()]));
    // The third is not there.
    let three = vec![one.clone(); 3];
    assert_eq!(
        wake(&[Ok(0), Ok(0), Err(Errno::NOENT)], 5),
        (2, three.clone())
    );
    assert_eq!(wake(&[Ok(0), Err(Errno::INTR), Ok(0)], 2), (2, three));
    let all = vec![Asked::WakeAll { size: 4, flags: 1 }];
    assert_eq!(wake(&[Ok(0)], u32::MAX), (1, all.clone()));
    assert_eq!(wake(&[Err(Errno::NOENT)], u32::MAX), (0, all));
}
