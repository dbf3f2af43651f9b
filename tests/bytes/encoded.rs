//! Messages that serde writes and reads.

use crate::channel::give_type;
use ringway::{Encoded, RecvError, SendError, TryRecvError, TrySendError};
use ringway_testkit::{Actor, UniqueName, arg};
use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Order {
    Nothing,
    Buy { what: String, at_most: Option<f64> },
    Many(BTreeMap<String, Vec<u64>>),
}

fn orders() -> Vec<Order> {
    let word = |n: u64| "Grüße ".repeat(n as usize);
    let large = |len| (0..len).map(|n| (word(n % 5) + &n.to_string(), vec![n; 9]));
    vec![
        Order::Nothing,
        Order::Buy {
            what: String::new(),
            at_most: None,
        },
        Order::Buy {
            what: word(3),
            at_most: Some(-0.5),
        },
        Order::Many(large(20).collect()),
        // Longer than the ring.
        Order::Many(large(30_000).collect()),
        Order::Nothing,
    ]
}

/// Arguments: kind, name.
pub(crate) fn sends_orders() {
    let name: String = arg(1);
    for order in orders() {
        // Each with a sender of its own, which takes over.
        match arg::<String>(0).as_str() {
            "spsc" => ringway::spsc::<Encoded<Order>>(&name)
                .sender()
                .unwrap()
                .send(&order)
                .unwrap(),
            _ => ringway::mpsc::<Encoded<Order>>(&name)
                .sender()
                .unwrap()
                .send(&order)
                .unwrap(),
        }
    }
}

fn receive_orders<K: ringway::Topology>(
    kind: &str,
    name: &UniqueName,
    mut rx: ringway_core::channel::Receiver<Encoded<Order>, ringway::Attachment, K>,
) {
    let sender = Actor::start("sends_orders", &[kind, name.as_str()]);
    for order in orders() {
        let received = loop {
            match rx.recv() {
                // Between two senders.
                Err(RecvError::Closed) => {}
                other => break other.unwrap(),
            }
        };
        assert!(received == order);
    }
    sender.finish();
}

fn ends<T: ringway::Codable>(
    name: &UniqueName,
) -> (ringway::Sender<Encoded<T>>, ringway::Receiver<Encoded<T>>) {
    let at = || ringway::spsc::<Encoded<T>>(name.as_str()).capacity(4096);
    (at().sender().unwrap(), at().receiver().unwrap())
}

#[test]
fn values_come_through_spsc() {
    let name = UniqueName::new("orders");
    let rx = ringway::spsc(name.as_str()).capacity(4096).receiver();
    receive_orders("spsc", &name, rx.unwrap());
}

#[test]
fn values_come_through_mpsc() {
    let name = UniqueName::new("orders");
    let rx = ringway::mpsc(name.as_str()).capacity(4096).receiver();
    receive_orders("mpsc", &name, rx.unwrap());
}

#[test]
fn a_value_that_does_not_fit_a_cell_is_refused_with_both_numbers() {
    let name = UniqueName::new("orders");
    let mut tx = ringway::mpmc::<Encoded<Vec<u8>>>(name.as_str())
        .max_len(64)
        .sender()
        .unwrap();
    tx.send(&vec![1; 63]).unwrap();
    let (value, len, max) = ((), 65, 64);
    let too_long = SendError::TooLong { value, len, max };
    assert_eq!(tx.send(&vec![1; 64]), Err(too_long));
    assert_eq!(tx.try_send(&vec![1; 64]), Err(too_long.into()));
}

/// A value that serde cannot write to postcard, or only once.
struct Odd(fn() -> Option<usize>);

impl Serialize for Odd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let len = (self.0)();
        let mut all = serializer.serialize_seq(len)?;
        for _ in 0..len.unwrap_or(0) {
            all.serialize_element(&7_u8)?;
        }
        all.end()
    }
}

impl<'de> Deserialize<'de> for Odd {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("nobody reads it"))
    }
}

#[test]
fn a_value_that_cannot_be_written_is_an_error() {
    let name = UniqueName::new("odd");
    let (mut tx, mut rx) = ends::<Odd>(&name);
    let error = tx.send(&Odd(|| None)).unwrap_err();
    let text =
        "the value has no form in bytes: a sequence in it does not know its length beforehand";
    assert_eq!(error.to_string(), text);

    use std::sync::atomic::{AtomicUsize, Ordering};
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let growing = Odd(|| Some(1 + CALLS.fetch_add(1, Ordering::Relaxed)));
    let error = tx.try_send(&growing).unwrap_err();
    assert!(matches!(error, TrySendError::Malformed { .. }));
    CALLS.store(100_000, Ordering::Relaxed);
    assert!(error.to_string().contains("something else each time"));
    assert_eq!(rx.try_recv().map(drop), Err(TryRecvError::Empty));

    // A long one, of which parts are in the ring when it shows.
    let shrinking = Odd(|| Some(100_000 - 90_000 * (CALLS.fetch_add(1, Ordering::Relaxed) % 2)));
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            CALLS.store(0, Ordering::Relaxed);
            let error = tx.send(&shrinking).unwrap_err();
            assert!(error.to_string().contains("something else each time"));
            tx.send(&Odd(|| Some(3))).unwrap();
        });
        // None of it arrives but the last, which its type refuses.
        let error = rx.recv().map(drop).unwrap_err();
        assert!(matches!(error, RecvError::Malformed { len: 4, .. }));
        assert!(error.to_string().contains("its `Deserialize` refused them"));
        sending.join().unwrap();
    });
}

#[test]
fn bytes_that_are_no_value_are_an_error_and_the_channel_goes_on() {
    let (name, honest) = (
        UniqueName::lasting("odd"),
        UniqueName::lasting("odd-honest"),
    );
    let mut tx = ringway::spsc::<[u8]>(name.place()).sender().unwrap();
    let _orders = ringway::spsc::<Encoded<Order>>(honest.place()).sender();
    give_type(&honest, &name);
    let mut rx = ringway::spsc::<Encoded<Order>>(name.place())
        .receiver()
        .unwrap();
    let cases: [(&[u8], &str); 5] = [
        (&[], "they end too early"),
        (&[3], "its `Deserialize` refused them"),
        (&[0, 0], "bytes are left over"),
        (&[1, 1, 0xff, 0], "not UTF-8"),
        (&[1, 0, 2], "an `Option` in them"),
    ];
    for (bytes, why) in cases {
        tx.send(bytes).unwrap();
        let error = rx.recv().unwrap_err();
        let len = bytes.len();
        assert!(matches!(error, RecvError::Malformed { len: found, .. } if found == len));
        let text = error.to_string();
        assert!(
            text.contains(&format!("{len} bytes")) && text.contains(why),
            "{text}"
        );
    }
    tx.send(&[0]).unwrap();
    assert_eq!(rx.recv(), Ok(Order::Nothing));
}

/// One whose `Serialize` panics when it has been called so often.
struct Bomb(Cell<u32>);

impl Serialize for Bomb {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.set(self.0.get() - 1);
        assert_ne!(self.0.get(), 0, "it goes off");
        to.serialize_u32(1)
    }
}

impl<'de> Deserialize<'de> for Bomb {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u32::deserialize(from).map(Cell::new).map(Bomb)
    }
}

#[test]
fn a_value_that_panics_keeps_nobody_from_what_is_behind_it() {
    let name = UniqueName::new("bomb");
    let channel = || ringway::mpsc::<Encoded<Bomb>>(name.as_str());
    let mut rx = channel().receiver().unwrap();
    let [mut tx, mut other] = [0, 1].map(|_| channel().sender().unwrap());
    // Measured first, and written the second time.
    let bomb = Bomb(Cell::new(2));
    let sent = catch_unwind(AssertUnwindSafe(|| tx.send(&bomb)));
    assert!(sent.is_err());
    other.send(&Bomb(Cell::new(3))).unwrap();
    rx.recv_timeout(Duration::from_secs(20)).unwrap();
}
