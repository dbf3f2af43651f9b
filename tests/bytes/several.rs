//! Several senders of long and short messages at once.

use crate::channel::{assert_same, message};
use ringway::{RecvError, mpsc};
use ringway_testkit::{Actor, UniqueName, arg};

const SENDERS: usize = 3;
const ROUNDS: usize = 12;
const SHORT: usize = 40;
const LONG: usize = 300_000;

/// Arguments: name, number of the sender.
pub(crate) fn sends_long_and_short() {
    let mut tx = mpsc::<[u8]>(&arg::<String>(0)).sender().unwrap();
    let me = arg::<usize>(1) as u8;
    for round in 0..ROUNDS {
        tx.send(&labelled(me, round, LONG + round)).unwrap();
        for _ in 0..SHORT {
            tx.send(&labelled(me, round, 20)).unwrap();
        }
    }
}

/// A message that says whose it is.
fn labelled(sender: u8, round: usize, len: usize) -> Vec<u8> {
    let mut message = message(round, len);
    message[0] = sender;
    message
}

#[test]
fn long_and_short_messages_of_several_senders_arrive_whole_and_in_order() {
    let name = UniqueName::new("several");
    let mut rx = mpsc::<[u8]>(name.as_str())
        .capacity(16 << 10)
        .receiver()
        .unwrap();
    // The channel would be closed if one were done before the next has come.
    let first = mpsc::<[u8]>(name.as_str()).sender().unwrap();
    let senders: Vec<_> = (0..SENDERS)
        .map(|me| Actor::start("sends_long_and_short", &[name.as_str(), &me.to_string()]))
        .collect();
    let mut came = [0; SENDERS];
    let mut buffer = vec![0; LONG + ROUNDS];
    for number in 0..SENDERS * ROUNDS * (SHORT + 1) {
        let received = if number % 2 == 0 {
            rx.recv().unwrap().to_vec()
        } else {
            let len = rx.recv_into(&mut buffer).unwrap();
            buffer[..len].to_vec()
        };
        let me = usize::from(received[0]);
        let (round, is_short) = (came[me] / (SHORT + 1), came[me] % (SHORT + 1) > 0);
        let len = if is_short { 20 } else { LONG + round };
        assert_same(&received, &labelled(me as u8, round, len));
        came[me] += 1;
    }
    senders.into_iter().for_each(Actor::finish);
    drop(first);
    assert_eq!(rx.recv().map(drop), Err(RecvError::Closed));
    assert_eq!(rx.incomplete(), 0);
}
