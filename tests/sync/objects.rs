//! One of each, in one segment, and the calls that wait for them and use them.

use ringway::{MutexCell, Shared};
use ringway_core::handle::{EventCell, RwLockCell};
use ringway_core::sync::{CondvarCell, EventMode, SemaphoreCell};
use std::time::Duration;

ringway::shared! {
    /// One of each.
    pub struct Objects {
        pub mutex: MutexCell<u64>,
        pub permits: SemaphoreCell,
        pub lock: RwLockCell<u64>,
        pub event: EventCell,
        pub turn: EventCell,
        pub change: CondvarCell,
    }
}

/// Opens them, as any process can.
pub(crate) fn open(name: &str) -> Shared<Objects> {
    ringway::shared::<Objects>(name)
        .open_with(|objects| {
            objects.permits.initialise(1, None);
            objects.turn.initialise(EventMode::Automatic, false);
        })
        .unwrap()
}

/// What one can wait for.
pub(crate) const WAITS: [&str; 7] = [
    "lock",
    "acquire",
    "read",
    "write",
    "event",
    "turn",
    "condition",
];

/// Waits for it, without end or until it is too late; whether it came.
pub(crate) fn wait_for(what: &str, objects: &Shared<Objects>, timeout: Option<Duration>) -> bool {
    let mutex = objects.bind(|objects| &objects.mutex);
    let permits = objects.bind(|objects| &objects.permits);
    let lock = objects.bind(|objects| &objects.lock);
    let event = objects.bind(|objects| &objects.event);
    let turn = objects.bind(|objects| &objects.turn);
    let change = objects.bind(|objects| &objects.change);
    let timeout = timeout.unwrap_or(Duration::MAX);
    match what {
        "lock" => mutex.lock_timeout(timeout).is_ok(),
        "acquire" => permits.acquire_timeout(timeout).is_ok(),
        "read" => lock.read_timeout(timeout).is_ok(),
        "write" => lock.write_timeout(timeout).is_ok(),
        "event" => event.wait_timeout(timeout).is_ok(),
        "turn" => turn.wait_timeout(timeout).is_ok(),
        "condition" => {
            let value = mutex.lock().unwrap();
            let waited = change.wait_timeout_while(value, timeout, |value| *value == 0);
            !waited.unwrap().1.timed_out()
        }
        other => panic!("nobody waits for {other:?}"),
    }
}

/// Holds what `what` waits for while `during` runs, and lets it come then.
pub(crate) fn keep_from(what: &str, objects: &Shared<Objects>, during: impl FnOnce()) {
    let mutex = objects.bind(|objects| &objects.mutex);
    let permits = objects.bind(|objects| &objects.permits);
    let lock = objects.bind(|objects| &objects.lock);
    match what {
        "lock" => {
            let _held = mutex.lock().unwrap();
            during();
        }
        "acquire" => {
            let _permit = permits.acquire().unwrap();
            during();
        }
        "read" => {
            let _writes = lock.write().unwrap();
            during();
        }
        "write" => {
            let _reads = lock.read().unwrap();
            during();
        }
        "event" => {
            during();
            objects.bind(|objects| &objects.event).set();
        }
        "turn" => {
            during();
            objects.bind(|objects| &objects.turn).set();
        }
        "condition" => {
            during();
            *mutex.lock().unwrap() = 1;
            objects.bind(|objects| &objects.change).notify_one();
        }
        other => panic!("nobody waits for {other:?}"),
    }
}
