//! Channels of messages of bytes: honest calls on up to two ends of each side, while somebody
//! overwrites words.

use crate::script::Script;
use crate::sides::Kind;
use crate::stage::{End, Stage, TIMEOUT};
use ringway_core::attach::{self, Options};
use ringway_core::channel::{Mpmc, Mpsc, Receiver, Sender, Spmc, Spsc};
use ringway_core::inspect::{condition, inspect};
use ringway_core::layout::Blueprint;
use ringway_core::wait::{Probe, Sight, Source as _};
use std::mem::forget;

/// Plays `input` on a channel of the kind that its first byte says.
pub fn run(input: &[u8]) {
    let script = Script::new(input);
    match script.below(4) {
        0 => Channel::<Spsc>::play(script),
        1 => Channel::<Mpsc>::play(script),
        2 => Channel::<Spmc>::play(script),
        _ => Channel::<Mpmc>::play(script),
    }
}

/// What a channel of bytes is to be, as the script says: small.
pub(crate) fn blueprint<K: Kind>(script: &Script<'_>) -> Blueprint {
    let kind = K::BYTES;
    let (max_len, capacity) = if kind.is_stamped() {
        let capacity = 1 + u32::from(script.below(8));
        (Some(u32::from(script.byte())), capacity)
    } else {
        (None, 64 << script.below(6))
    };
    let handles = match kind.has_table() {
        true => 2 + u32::from(script.below(4)),
        false => 2,
    };
    Blueprint {
        capacity: Some(capacity),
        handles: Some(handles),
        persistent: script.coin(),
        ..Blueprint::of_bytes(kind, max_len).expect("it is small")
    }
}

/// A channel and those ends of it that this script uses.
struct Channel<'s, K: Kind> {
    stage: &'s Stage<'s>,
    blueprint: Blueprint,
    senders: [Option<Sender<[u8], End<'s>, K>>; 2],
    receivers: [Option<Receiver<[u8], End<'s>, K>>; 2],
}

impl<K: Kind> Channel<'_, K> {
    fn play(script: Script<'_>) {
        let blueprint = blueprint::<K>(&script);
        let geometry = blueprint.geometry().expect("it is small");
        let stage = Stage::new(script, geometry.total_len as usize);
        stage.play(|| {
            let mut channel = Channel::<K> {
                stage: &stage,
                blueprint,
                senders: [None, None],
                receivers: [None, None],
            };
            channel.attach_sender(0);
            channel.attach_receiver(0);
            while !stage.script.is_over() {
                stage.begin();
                channel.step();
            }
            stage.begin();
        });
    }

    fn step(&mut self) {
        let script = &self.stage.script;
        let choice = script.byte();
        let index = usize::from(choice >> 7);
        match choice & 0x7F {
            0..=31 => self.send(index),
            32..=63 => self.receive(index),
            64..=79 => self.stage.lie(),
            80..=87 => self.stage.lie_later(),
            88..=91 => self.stage.patch(),
            92..=95 => self.inspect(),
            96..=103 => self.attach_sender(index),
            104..=111 => self.attach_receiver(index),
            112..=115 => self.senders[index] = None,
            116..=119 => self.receivers[index] = None,
            120..=123 => self.kill_sender(index),
            _ => self.kill_receiver(index),
        }
    }

    fn options(&self) -> Options {
        let script = &self.stage.script;
        Options {
            limit: script.coin().then(|| usize::from(script.half())),
            ..self.stage.options()
        }
    }

    fn attach_sender(&mut self, index: usize) {
        self.senders[index] = None;
        if let Some(end) = self.stage.attachment() {
            let attached = attach::sender(end, &self.blueprint, self.options());
            self.senders[index] = attached.map_err(|why| why.to_string()).ok();
        }
    }

    fn attach_receiver(&mut self, index: usize) {
        self.receivers[index] = None;
        if let Some(end) = self.stage.attachment() {
            let attached = attach::receiver(end, &self.blueprint, self.options());
            self.receivers[index] = attached.map_err(|why| why.to_string()).ok();
        }
    }

    fn kill_sender(&mut self, index: usize) {
        if let Some(mut tx) = self.senders[index].take() {
            let len = usize::from(self.stage.script.byte());
            if len > 0 {
                forget(tx.try_reserve(len));
            }
            tx.platform().die();
            forget(tx);
        }
    }

    fn kill_receiver(&mut self, index: usize) {
        if let Some(mut rx) = self.receivers[index].take() {
            if self.stage.script.coin() {
                forget(rx.try_recv());
            }
            rx.platform().die();
            forget(rx);
        }
    }

    fn inspect(&mut self) {
        if let Some(end) = self.stage.attachment() {
            let _ = condition(self.stage.region(), &end);
            drop(inspect(self.stage.region(), &end).map_err(|why| why.to_string()));
            end.die();
        }
    }

    fn send(&mut self, index: usize) {
        let (stage, script) = (self.stage, &self.stage.script);
        let Some(tx) = &mut self.senders[index] else {
            return;
        };
        let len = len_near(script, tx.max_record());
        let message = vec![0xA5; len];
        match script.below(10) {
            0 | 1 => drop(tx.try_send(&message)),
            2 => drop(tx.send_timeout(&message, TIMEOUT)),
            3 => drop(tx.send_timeout(&[0x5A; 5000][..len.saturating_mul(20).min(5000)], TIMEOUT)),
            4 | 5 => {
                if let Ok(mut grant) = tx.try_reserve(len) {
                    assert_eq!(grant.len(), len);
                    stage.hold(&*grant);
                    grant.fill(0xC3);
                    stage.lie();
                    stage.release();
                    if script.coin() {
                        grant.commit_to(len - usize::from(script.byte()).min(len));
                    }
                }
            }
            6 => drop(tx.reserve_timeout(len, TIMEOUT)),
            7 => {
                let _ = tx.is_ready(Sight::Passing);
                let _ = tx.outlook(Probe::Ask);
                let _ = tx.wait_for_receiver(Some(TIMEOUT));
            }
            8 => drop((format!("{tx:?}"), tx.capacity(), tx.max_message())),
            _ => K::look_around(tx, script),
        }
    }

    fn receive(&mut self, index: usize) {
        let (stage, script) = (self.stage, &self.stage.script);
        let Some(rx) = &mut self.receivers[index] else {
            return;
        };
        let mut buffer = vec![0; len_near(script, 256)];
        match script.below(10) {
            0 => drop(rx.try_recv_into(&mut buffer)),
            1 => drop(rx.recv_into_timeout(&mut buffer, TIMEOUT)),
            2 => rx.set_limit(buffer.len()),
            3..=5 => {
                if let Ok(grant) = rx.try_recv() {
                    stage.hold_if_shared(&grant);
                    let _ = (grant.to_vec(), grant.is_redelivered());
                    stage.lie();
                    stage.release();
                }
            }
            6 => drop(rx.recv_timeout(TIMEOUT).map(|grant| grant.to_vec())),
            7 => {
                let _ = rx.is_ready(Sight::Passing);
                let _ = rx.outlook(Probe::Ask);
                let _ = rx.wait_for_sender(Some(TIMEOUT));
            }
            8 => drop((
                format!("{rx:?}"),
                rx.capacity(),
                rx.incomplete(),
                rx.limit(),
            )),
            _ => K::look_about(rx, script),
        }
    }
}

/// A length: short, or near the longest, which is `max`.
pub(crate) fn len_near(script: &Script<'_>, max: usize) -> usize {
    match script.below(4) {
        0 => usize::from(script.below(20)),
        1 => usize::from(script.byte()),
        2 => (max + 4).saturating_sub(usize::from(script.below(12))),
        _ => usize::from(script.half()) % (max + 2),
    }
}
