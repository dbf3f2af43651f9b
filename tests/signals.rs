//! What may be called from a signal handler: it interrupts the thread anywhere in other calls on the
//! same channels and events, thousands of times, and nothing is lost and nobody waits for ever.
#![cfg(unix)]

use ringway::{Place, Segment, SemaphoreCell, TryRecvError, mpmc, wait_any_timeout};
use ringway_core::handle::{Bound, Event, EventCell, Releaser};
use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_core::sync::EventMode;
use ringway_testkit::os::{BEHIND_SLOTS, Disposition, Request};
use ringway_testkit::signals::{self, SIGUSR1, Thread};
use ringway_testkit::{Actor, UniqueName, arg, report, roles};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

roles! { is_interrupted }

/// How often the thread is interrupted at least.
const SIGNALS: u64 = 20_000;
/// Longer than anything here takes, so that whoever is left behind fails the test.
const LONG: Duration = Duration::from_secs(20);
/// Says that a message comes from the handler.
const BY_HANDLER: u64 = 1 << 63;

/// What the handler has for itself.
struct Kit {
    manual: Event<&'static Segment>,
    automatic: Event<&'static Segment>,
    many: UnsafeCell<mpmc::Sender<u64>>,
    pair: UnsafeCell<ringway::Sender<u64>>,
    permits: Releaser<ringway::Shared<SemaphoreCell>>,
    calls: AtomicU64,
    released: AtomicU64,
    sent_many: AtomicU64,
    sent_pair: AtomicU64,
}

static KIT: AtomicPtr<Kit> = AtomicPtr::new(std::ptr::null_mut());

extern "C" fn handler(_: i32) {
    // SAFETY: the kit is leaked.
    let Some(kit) = (unsafe { KIT.load(Ordering::Acquire).as_ref() }) else {
        return;
    };
    let errno = signals::errno();
    // SAFETY: only the handler uses the senders, in one thread, and does not interrupt itself.
    let (many, pair) = unsafe { (&mut *kit.many.get(), &mut *kit.pair.get()) };
    let send = |count: &AtomicU64, sent: &mut dyn FnMut(u64) -> bool| {
        let next = count.load(Ordering::Relaxed);
        if sent(next) {
            count.store(next + 1, Ordering::Relaxed);
        }
    };
    send(&kit.sent_many, &mut |n| {
        many.try_send(BY_HANDLER | n).is_ok()
    });
    send(&kit.sent_pair, &mut |n| pair.try_send(n).is_ok());
    kit.manual.set();
    kit.automatic.set();
    if kit.permits.release(1).is_ok() {
        kit.released.fetch_add(1, Ordering::Relaxed);
    }
    kit.calls.fetch_add(1, Ordering::Relaxed);
    assert_eq!(signals::errno(), errno);
}

/// An event in a segment of its own.
fn event(mode: EventMode) -> Event<&'static Segment> {
    let request = Request {
        place: &Place::Anonymous,
        disposition: Disposition::CreateNew,
        len: 8192,
        persistent: false,
        mode: None,
        lock_timeout: LONG,
    };
    let (segment, _) = Segment::open(&request).unwrap();
    segment.unlock();
    let segment: &'static Segment = Box::leak(Box::new(segment));
    // SAFETY: it is long enough, is never unmapped, and any bytes are an event.
    let cell: &EventCell = unsafe {
        let place = segment.memory().base().byte_add(BEHIND_SLOTS);
        place.cast().as_ref()
    };
    cell.initialise(mode, false);
    Bound::to(cell, segment).handle()
}

/// Counts what comes, each kind in order.
#[derive(Default)]
struct Tally {
    handler: u64,
    own: u64,
    pair: u64,
}

impl Tally {
    fn note_many(&mut self, item: u64) {
        let (expected, found) = if item & BY_HANDLER != 0 {
            (&mut self.handler, item & !BY_HANDLER)
        } else {
            (&mut self.own, item)
        };
        assert_eq!(found, *expected);
        *expected += 1;
    }

    fn note_pair(&mut self, item: u64) {
        assert_eq!(item, self.pair);
        self.pair += 1;
    }
}

/// Argument: name. Calls all sorts of things while a handler interrupts it.
fn is_interrupted() {
    let name: String = arg(0);
    let many = || mpmc::<u64>(&format!("{name}-many")).capacity(16);
    let mut own = many().sender().unwrap();
    let mut rx = many().receiver().unwrap();
    let pair = || ringway::spsc::<u64>(&format!("{name}-pair")).capacity(16);
    let permits = ringway::semaphore(Place::Anonymous, 0).open().unwrap();
    let kit: &'static Kit = Box::leak(Box::new(Kit {
        manual: event(EventMode::Manual),
        automatic: event(EventMode::Automatic),
        many: UnsafeCell::new(own.try_clone().unwrap()),
        pair: UnsafeCell::new(pair().sender().unwrap()),
        permits: permits.releaser(),
        calls: AtomicU64::new(0),
        released: AtomicU64::new(0),
        sent_many: AtomicU64::new(0),
        sent_pair: AtomicU64::new(0),
    }));
    let mut rx_pair = pair().receiver().unwrap();
    signals::handle(SIGUSR1, handler);
    KIT.store(std::ptr::from_ref(kit).cast_mut(), Ordering::Release);

    let worker = Thread::current();
    let (is_over, calls) = (AtomicBool::new(false), &kit.calls);
    let mut tally = Tally::default();
    let (mut sent, mut consumed) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                worker.interrupt(SIGUSR1);
                // Not a wait for anything: so that the worker gets on between two of them.
                thread::sleep(Duration::from_micros(5));
            }
        });
        let mut round = 0u64;
        while calls.load(Ordering::Relaxed) < SIGNALS {
            round += 1;
            if own.try_send(sent).is_ok() {
                sent += 1;
            }
            let mut item = 0;
            while rx.try_recv_into(&mut item).is_ok() {
                tally.note_many(item);
            }
            while rx_pair.try_recv_into(&mut item).is_ok() {
                tally.note_pair(item);
            }
            if permits.try_consume(1).is_ok() {
                consumed += 1;
            }
            kit.manual.reset();
            kit.automatic.set();
            assert!(kit.automatic.try_wait());
            match round % 64 {
                // These take the lock of the table.
                0 => drop(own.try_clone().unwrap()),
                1 => drop(rx.try_clone().unwrap()),
                2 => assert_eq!(own.repair(), 0),
                // These sleep until the handler does something, which it must.
                3 => kit.manual.wait_timeout(LONG).unwrap(),
                4 => kit.automatic.wait_timeout(LONG).unwrap(),
                5 => {
                    let mut manual = &kit.manual;
                    wait_any_timeout(&mut [&mut manual, &mut rx, &mut rx_pair], LONG).unwrap();
                }
                6 => tally.note_many(*rx.recv_timeout(LONG).unwrap()),
                7 => tally.note_pair(*rx_pair.recv_timeout(LONG).unwrap()),
                8 => {
                    permits.consume_timeout(1, LONG).unwrap();
                    consumed += 1;
                }
                // These take the lock of its table.
                9 => drop(permits.clone().try_acquire()),
                10 => {
                    // As full as can be: the handler finds no room.
                    while own.try_send(sent).is_ok() {
                        sent += 1;
                    }
                    for _ in 0..50 {
                        thread::yield_now();
                    }
                }
                _ => {}
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    kit.manual.reset();
    assert!(worker.interrupt(SIGUSR1), "it is this thread");
    assert!(kit.manual.is_set() && kit.automatic.is_set());
    let mut item = 0;
    while rx.try_recv_into(&mut item) != Err(TryRecvError::Empty) {
        tally.note_many(item);
    }
    while rx_pair.try_recv_into(&mut item) != Err(TryRecvError::Empty) {
        tally.note_pair(item);
    }
    while permits.try_consume(1).is_ok() {
        consumed += 1;
    }
    assert_eq!(consumed, kit.released.load(Ordering::Relaxed));
    assert_eq!(tally.own, sent);
    assert_eq!(tally.handler, kit.sent_many.load(Ordering::Relaxed));
    assert_eq!(tally.pair, kit.sent_pair.load(Ordering::Relaxed));
    report(calls.load(Ordering::Relaxed));
    report(tally.handler);
    report(tally.pair);
    // The channels end with this process.
    std::process::exit(0);
}

#[test]
fn a_handler_sets_events_and_sends() {
    let name = UniqueName::new("handler");
    let mut worker = Actor::start("is_interrupted", &[name.as_str()]);
    let [calls, many, pair] = [(); 3].map(|()| worker.heard::<u64>());
    println!("{calls} signals, {many} and {pair} messages sent by the handler");
    assert!(calls >= SIGNALS && many > 1_000 && pair > 1_000);
    worker.finish();
    for suffix in ["many", "pair"] {
        let _ = std::fs::remove_file(format!("/dev/shm/ringway.{name}-{suffix}"));
    }
}
