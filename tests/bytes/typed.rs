//! Messages of types with a slice at their end, and of what serde can write.

use crate::channel::give_type;
use ringway::{Framed, FromBytes, Immutable, IntoBytes, KnownLayout, RecvError, TrySendError};
use ringway_testkit::{Actor, UniqueName, arg};
use std::thread;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Debug)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
struct Packet {
    number: u64,
    kind: u32,
    len: u32,
    body: [u64],
}

/// Arguments: kind, name. Sends packets of many lengths, in place and, where they are split, copied.
pub(crate) fn sends_packets() {
    let name: String = arg(1);
    match arg::<String>(0).as_str() {
        "spsc" => send_packets(ringway::spsc::<Framed<Packet>>(&name).sender().unwrap()),
        "mpsc" => send_packets(ringway::mpsc::<Framed<Packet>>(&name).sender().unwrap()),
        _ => send_packets(ringway::mpmc::<Framed<Packet>>(&name).sender().unwrap()),
    }
}

type Sender<K> = ringway_core::channel::Sender<Framed<Packet>, ringway::Attachment, K>;
type Receiver<K> = ringway_core::channel::Receiver<Framed<Packet>, ringway::Attachment, K>;

fn send_packets<K: ringway::Topology>(mut tx: Sender<K>) {
    for number in 0..PACKETS {
        let mut packet = tx.reserve(number as usize + 3).unwrap();
        packet.number = number;
        packet.len = number as u32;
        packet.body.fill(number);
        packet.commit_to(number as usize);
    }
}

const PACKETS: u64 = 100;

fn receive_packets<K: ringway::Topology>(kind: &str, name: &UniqueName, mut rx: Receiver<K>) {
    let sender = Actor::start("sends_packets", &[kind, name.as_str()]);
    for number in 0..PACKETS {
        let packet = rx.recv().unwrap();
        assert_eq!((packet.number, packet.len), (number, number as u32));
        assert_eq!(packet.body.len() as u64, number);
        assert!(packet.body.iter().all(|word| *word == number));
    }
    assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
    sender.finish();
}

#[test]
fn packets_come_through_spsc_and_mpmc() {
    let name = UniqueName::new("packets");
    let rx = ringway::spsc::<Framed<Packet>>(name.as_str()).receiver();
    receive_packets("spsc", &name, rx.unwrap());
    let name = UniqueName::new("packets");
    let rx = ringway::mpmc::<Framed<Packet>>(name.as_str()).receiver();
    receive_packets("mpmc", &name, rx.unwrap());
}

#[test]
fn packets_come_through_mpsc() {
    let name = UniqueName::new("packets");
    let rx = ringway::mpsc::<Framed<Packet>>(name.as_str()).receiver();
    receive_packets("mpsc", &name, rx.unwrap());
}

#[test]
fn a_slice_longer_than_the_ring_comes_through() {
    let name = UniqueName::new("floats");
    let at = || ringway::spsc::<Framed<[f64]>>(name.as_str()).capacity(4096);
    let (mut tx, mut rx) = (at().sender().unwrap(), at().receiver().unwrap());
    let values: Vec<f64> = (0..100_000).map(f64::from).collect();
    let too_long = tx.try_send(&values);
    assert!(matches!(
        too_long,
        Err(TrySendError::TooLong { len: 800_000, .. })
    ));
    let too_long = tx.try_reserve(usize::MAX / 4).map(drop);
    assert!(matches!(too_long, Err(TrySendError::TooLong { .. })));
    thread::scope(|scope| {
        scope.spawn(|| tx.send(&values).unwrap());
        assert_eq!(rx.recv().unwrap()[..], values[..]);
    });
}

#[test]
fn a_length_that_no_packet_has_is_an_error() {
    let (name, packets) = (
        UniqueName::lasting("odd"),
        UniqueName::lasting("odd-packets"),
    );
    let mut tx = ringway::spsc::<[u8]>(name.place()).sender().unwrap();
    let _packets = ringway::spsc::<Framed<Packet>>(packets.place())
        .sender()
        .unwrap();
    give_type(&packets, &name);
    let mut rx = ringway::spsc::<Framed<Packet>>(name.place())
        .receiver()
        .unwrap();
    for len in [0, 15, 17, 23, 24] {
        tx.send(&vec![1; len]).unwrap();
    }
    for len in [0, 15, 17, 23] {
        let error = rx.recv().map(drop).unwrap_err();
        assert!(matches!(error, RecvError::Malformed { len: found, .. } if found == len));
        let text = error.to_string();
        for part in [
            &*format!("{len} bytes"),
            "no value of this length",
            "same definition",
        ] {
            assert!(text.contains(part), "{part:?} is missing in: {text}");
        }
    }
    assert_eq!(rx.recv().unwrap().body.len(), 1);
}
