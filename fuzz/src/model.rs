//! Channels of messages of bytes among honest ends, against a plain queue: everything arrives, in
//! order, exactly once, and errors are those that the queue has.

use crate::bytes::{blueprint, len_near};
use crate::script::Script;
use crate::sides::Kind;
use crate::stage::{End, Stage, TIMEOUT};
use ringway_core::attach;
use ringway_core::channel::{Mpmc, Mpsc, Receiver, Sender, Spmc, Spsc};
use ringway_core::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use ringway_core::layout::{Blueprint, Role};
use std::collections::VecDeque;
use std::mem::forget;

/// Plays `input` on a channel of the kind that its first byte says.
pub fn run(input: &[u8]) {
    let script = Script::new(input);
    match script.below(4) {
        0 => Model::<Spsc>::play(script),
        1 => Model::<Mpsc>::play(script),
        2 => Model::<Spmc>::play(script),
        _ => Model::<Mpmc>::play(script),
    }
}

type Tx<'s, K> = Sender<[u8], End<'s>, K>;
type Rx<'s, K> = Receiver<[u8], End<'s>, K>;

/// A channel, and what is to be in it.
struct Model<'s, K: Kind> {
    stage: &'s Stage<'s>,
    blueprint: Blueprint,
    senders: [Option<Tx<'s, K>>; 2],
    receivers: [Option<Rx<'s, K>>; 2],
    queue: VecDeque<Vec<u8>>,
    /// Whether the beginning of a message may lie among them whose end never comes.
    has_halves: bool,
    /// Whether one of several receivers may keep a message for itself, as one with too short a buffer
    /// does, so that others come before it.
    is_unordered: bool,
    /// The longest message that is not split.
    max_record: usize,
    /// How many messages there were: the next one is filled with that.
    count: u8,
}

impl<'s, K: Kind> Model<'s, K> {
    fn play(script: Script<'_>) {
        let blueprint = Blueprint {
            // Those that come and go beside those of the dead, and nothing ends with the last of them.
            handles: K::BYTES.has_table().then_some(8),
            persistent: true,
            ..blueprint::<K>(&script)
        };
        let geometry = blueprint.geometry().expect("it is small");
        let stage = Stage::new(script, geometry.total_len as usize);
        stage.play(|| {
            let mut model = Model::<K> {
                stage: &stage,
                blueprint,
                senders: [None, None],
                receivers: [None, None],
                queue: VecDeque::new(),
                has_halves: false,
                is_unordered: false,
                max_record: 0,
                count: 0,
            };
            model.attach_sender(0);
            model.attach_receiver(0);
            while !stage.script.is_over() {
                stage.begin();
                model.step();
            }
            model.drain();
        });
    }

    fn step(&mut self) {
        let choice = self.stage.script.byte();
        let index = usize::from(choice >> 7);
        match choice & 0x7F {
            0..=47 => self.send(index),
            48..=95 => self.receive(index),
            96..=101 => self.attach_sender(index),
            102..=107 => self.attach_receiver(index),
            108..=111 => self.senders[index] = None,
            112..=115 => self.receivers[index] = None,
            116..=121 => self.kill_sender(index),
            _ => self.kill_receiver(index),
        }
    }

    /// The only end of a side that can have only one goes first.
    fn attach_sender(&mut self, index: usize) {
        self.senders[index] = None;
        if K::BYTES.is_sole(Role::Sender) {
            self.senders[1 - index] = None;
        }
        if let Some(end) = self.stage.attachment() {
            let attached = attach::sender(end, &self.blueprint, self.stage.options());
            let tx: Tx<'s, K> = attached.expect("there is room");
            self.max_record = tx.max_record();
            self.senders[index] = Some(tx);
        }
    }

    fn attach_receiver(&mut self, index: usize) {
        self.receivers[index] = None;
        if K::BYTES.is_sole(Role::Receiver) {
            self.receivers[1 - index] = None;
        }
        if let Some(end) = self.stage.attachment() {
            let attached = attach::receiver(end, &self.blueprint, self.stage.options());
            self.receivers[index] = Some(attached.expect("there is room"));
        }
    }

    /// In the middle of a message, too, which nobody misses.
    fn kill_sender(&mut self, index: usize) {
        if let Some(mut tx) = self.senders[index].take() {
            let len = usize::from(self.stage.script.byte());
            forget(tx.try_reserve(len));
            tx.platform().die();
            forget(tx);
        }
    }

    /// A sole one in the middle of a message, too, which comes again unless it came in parts. Where there are several, others
    /// may be before it then.
    fn kill_receiver(&mut self, index: usize) {
        if let Some(mut rx) = self.receivers[index].take() {
            let is_whole = |sent: &Vec<u8>| sent.len() <= self.max_record;
            let are_whole = !self.has_halves && self.queue.iter().all(is_whole);
            if K::BYTES.is_sole(Role::Receiver) && are_whole {
                forget(rx.try_recv());
            }
            rx.platform().die();
            forget(rx);
        }
    }

    fn has_receiver(&self) -> bool {
        self.receivers.iter().any(Option::is_some)
    }

    fn send(&mut self, index: usize) {
        let script = &self.stage.script;
        let Some(tx) = &mut self.senders[index] else {
            return;
        };
        let (max, most) = (tx.max_record(), tx.max_message());
        let mut len = len_near(script, max);
        let way = script.below(8);
        if way == 0 {
            len = len.saturating_mul(usize::from(script.below(8)));
        }
        self.count = self.count.wrapping_add(1);
        let message = vec![self.count; len];
        let sent = match way {
            0 | 1 => match tx.send_timeout(&message, TIMEOUT) {
                Err(SendTimeoutError::TooLong { len: said, max, .. }) => {
                    assert_eq!((said, Some(max)), (len, most));
                    return assert!(len > max, "{len} bytes are not too long");
                }
                Err(SendTimeoutError::Timeout(())) => {
                    assert!(most.is_none_or(|most| len <= most));
                    // A long one waits for a receiver, which has no chance to take parts here.
                    match len > max {
                        true => self.has_halves = true,
                        false => self.expect_no_room(index, &message),
                    }
                    return;
                }
                other => {
                    other.expect("honest ends");
                    self.queue.push_back(message);
                    return;
                }
            },
            2..=4 => tx.try_send(&message),
            _ => match tx.try_reserve(len) {
                Err(refused) => Err(refused),
                Ok(_) if way == 5 => return,
                Ok(mut grant) => {
                    grant.copy_from_slice(&message);
                    let less = usize::from(script.byte()).min(len);
                    let kept = if way == 6 { len } else { len - less };
                    grant.commit_to(kept);
                    self.queue.push_back(message[..kept].to_vec());
                    return;
                }
            },
        };
        match sent {
            Ok(()) => self.queue.push_back(message),
            Err(TrySendError::TooLong {
                len: said,
                max: most,
                ..
            }) => {
                assert_eq!((said, most), (len, max));
                assert!(len > max, "{len} bytes are not too long");
            }
            Err(TrySendError::Full(())) => self.expect_no_room(index, &message),
            Err(other) => panic!("honest ends: {other}"),
        }
    }

    /// There was no room for `message`: it is there when the receivers have taken everything.
    fn expect_no_room(&mut self, index: usize, message: &[u8]) {
        if !self.queue.is_empty() || !self.has_receiver() {
            return;
        }
        // They pass over what the dead have left, and what was given up.
        for rx in self.receivers.iter_mut().flatten() {
            let nothing = rx.recv_timeout(TIMEOUT).map(|grant| grant.to_vec());
            assert_eq!(nothing, Err(RecvTimeoutError::Timeout));
        }
        if let Some(tx) = &mut self.senders[index] {
            tx.try_send(message).expect("room in an empty channel");
            self.queue.push_back(message.to_vec());
        }
    }

    fn receive(&mut self, index: usize) {
        let script = &self.stage.script;
        let has_sender = self.senders.iter().any(Option::is_some);
        let Some(rx) = &mut self.receivers[index] else {
            return;
        };
        let mut buffer = vec![0; len_near(script, 300)];
        // The beginning of a long message may be too long, whether or not its end comes; and of which
        // one was dropped only the length is told.
        let way = match script.below(5) {
            2 if self.has_halves || self.is_unordered => 0,
            way => way,
        };
        let received = match way {
            0 => rx.try_recv().map(|grant| grant.to_vec()),
            1 => rx
                .try_recv_into(&mut buffer)
                .map(|len| buffer[..len].to_vec()),
            2 => {
                let limit = buffer.len();
                rx.set_limit(limit);
                let received = rx.try_recv().map(|grant| grant.to_vec());
                rx.set_limit(1 << 16);
                if let Err(TryRecvError::TooLong { len, limit: said }) = received {
                    let dropped = self.queue.pop_front().map(|sent| sent.len() as u64);
                    assert_eq!(dropped, Some(len));
                    assert_eq!(said, limit);
                    return assert!(len > limit as u64);
                }
                assert!(received.as_ref().is_ok_and(|r| r.len() <= limit) || received.is_err());
                received
            }
            _ => self.receive_patiently(index),
        };
        match received {
            Ok(message) => {
                self.expect_sent(&message);
            }
            Err(TryRecvError::ShortBuffer { len, buffer: room }) => {
                assert_eq!(room, buffer.len());
                let is_half = self.has_halves && len > self.max_record;
                self.is_unordered |= !K::BYTES.is_sole(Role::Receiver);
                let is_next = Some(len) == self.queue.front().map(Vec::len);
                assert!(is_half || is_next || self.is_unordered);
                assert!(len > room);
            }
            // Nothing is there, or behind what a dead sender has left: patience finds out.
            Err(TryRecvError::Empty | TryRecvError::Closed) => {
                let is_closed = received == Err(TryRecvError::Closed);
                assert!(!is_closed || !has_sender, "closed with a sender");
                self.has_halves &= !self.queue.is_empty();
                if !self.queue.is_empty() && !self.is_unordered {
                    let message = self.receive_patiently(index).expect("something was sent");
                    self.expect_sent(&message);
                }
            }
            Err(other) => panic!("honest ends: {other}"),
        }
    }

    fn receive_patiently(&mut self, index: usize) -> Result<Vec<u8>, TryRecvError> {
        let Some(rx) = &mut self.receivers[index] else {
            return Err(TryRecvError::Empty);
        };
        match rx.recv_timeout(TIMEOUT).map(|grant| grant.to_vec()) {
            Ok(message) => Ok(message),
            Err(RecvTimeoutError::Timeout) => Err(TryRecvError::Empty),
            Err(RecvTimeoutError::Closed) => Err(TryRecvError::Closed),
            Err(other) => panic!("honest ends: {other}"),
        }
    }

    /// `message` was received: it is the next one.
    fn expect_sent(&mut self, message: &[u8]) {
        let at = self.queue.iter().position(|sent| sent == message);
        assert!(
            at == Some(0) || at.is_some() && self.is_unordered,
            "{message:x?}, not {:x?}",
            self.queue.front()
        );
        self.queue.remove(at.unwrap_or(0));
    }

    /// Receives what is left, also what receivers kept for themselves.
    fn drain(&mut self) {
        self.stage.begin();
        self.receivers = [None, None];
        self.attach_receiver(0);
        while self.receivers[0].is_some() && !self.queue.is_empty() {
            self.stage.begin();
            let received = self.receive_patiently(0).expect("something was sent");
            self.expect_sent(&received);
        }
    }
}
