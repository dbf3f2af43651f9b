//! Locks, signals and a channel in one segment, used by two processes; one of them is killed with
//! all of it in its hands.
//!
//! `cargo run --release --example desk`

use ringway::sync::{LockError, Permits};
use ringway::{EventCell, FromBytes, Immutable, IntoBytes, MutexCell, Room, SemaphoreCell, Shared};
use std::process::{Command, ExitCode};
use std::time::Duration;

type Error = Box<dyn std::error::Error>;

const ORDERS: u64 = 10_000;

/// What the mutex guards. The two numbers belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
struct Book {
    orders: u64,
    sum: u64,
}

ringway::shared! {
    /// What the two processes share.
    struct Desk {
        book: MutexCell<Book>,
        opened: EventCell,
        closed: EventCell,
        scales: SemaphoreCell,
        orders: Room<65536>,
    }
}

fn main() -> Result<ExitCode, Error> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(role), Some(name)) if role == "clerk" => clerk(&open(&name)?)?,
        _ => owner()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Both open it in the same way: whoever comes first makes it.
fn open(name: &str) -> Result<Shared<Desk>, Error> {
    let desk = ringway::shared::<Desk>(name).open_with(|desk| {
        let two = Permits {
            available: 2,
            bound: Some(2),
        };
        desk.set(|desk| &desk.scales, two);
    })?;
    Ok(desk)
}

/// The process that starts the other one.
fn owner() -> Result<(), Error> {
    let name = format!("desk-{}", std::process::id());
    let desk = open(&name)?;
    let book = desk.bind(|desk| &desk.book);
    let scales = desk.bind(|desk| &desk.scales);
    let closed = desk.bind(|desk| &desk.closed);

    let program = std::env::current_exe()?;
    let mut clerk = Command::new(program).args(["clerk", &name]).spawn()?;

    let mut orders = desk.channel(|desk| &desk.orders).spsc::<u64>().sender()?;
    desk.bind(|desk| &desk.opened).set();
    for order in 0..ORDERS {
        orders.send(order)?; // waits while the room is full
    }
    drop(orders);
    closed.wait()?;
    println!("all orders went through the room beside the locks: {ORDERS}");

    // By now the clerk sleeps with the book and one of the scales in its hands.
    assert!(book.try_lock().is_err());
    assert_eq!(scales.available(), 1);
    clerk.kill()?;
    clerk.wait()?;

    let both = scales.acquire_many(2)?; // waits no longer than 300 ms for the dead one's
    println!(
        "the permit of the dead clerk came back: {} of 2",
        both.count()
    );

    let right = Book {
        orders: ORDERS,
        sum: (0..ORDERS).sum(),
    };
    match book.lock() {
        Err(LockError::OwnerDied(mut found)) => {
            println!(
                "the next holder is told that the last one died: {:?}",
                *found
            );
            assert_ne!(*found, right);
            found.sum = right.sum;
            assert_eq!(*found.mark_consistent(), right);
        }
        other => panic!("the clerk died with the book, and nobody says so: {other:?}"),
    }
    assert_eq!(*book.lock().map_err(|error| error.to_string())?, right);
    println!("the book is right again: {right:?}");
    Ok(())
}

/// The other process.
fn clerk(desk: &Shared<Desk>) -> Result<(), Error> {
    let book = desk.bind(|desk| &desk.book);
    let scales = desk.bind(|desk| &desk.scales);
    desk.bind(|desk| &desk.opened).wait()?;

    let mut orders = desk.channel(|desk| &desk.orders).spsc::<u64>().receiver()?;
    while let Ok(order) = orders.recv() {
        let _one = scales.acquire()?;
        let mut book = book.lock().map_err(|error| error.to_string())?;
        book.orders += 1;
        book.sum += *order;
    }

    let _one = scales.acquire()?;
    let mut book = book.lock().map_err(|error| error.to_string())?;
    book.sum = 0; // in the middle of a change
    desk.bind(|desk| &desk.closed).set();
    std::thread::sleep(Duration::from_secs(60)); // it is killed long before that
    drop(book);
    Ok(())
}
