//! Channels of items: honest calls on up to two ends of each side, while somebody overwrites words.

use crate::script::Script;
use crate::sides::Kind;
use crate::stage::{End, Stage, TIMEOUT};
use ringway_core::attach;
use ringway_core::channel::{Mpmc, Mpsc, Receiver, Sender, Spmc, Spsc};
use ringway_core::inspect::{condition, inspect};
use ringway_core::layout::Blueprint;
use ringway_core::plain::Plain;
use ringway_core::wait::{Probe, Sight, Source as _};
use std::mem::forget;

/// Plays `input` on a channel of `u64` of the kind that its first byte says.
pub fn run(input: &[u8]) {
    let script = Script::new(input);
    match script.below(4) {
        0 => Channel::<u64, Spsc>::play(script),
        1 => Channel::<u64, Mpsc>::play(script),
        2 => Channel::<u64, Spmc>::play(script),
        _ => Channel::<u64, Mpmc>::play(script),
    }
}

/// A channel and those ends of it that this script uses.
pub(crate) struct Channel<'s, T: Plain, K: Kind> {
    stage: &'s Stage<'s>,
    blueprint: Blueprint,
    senders: [Option<Sender<T, End<'s>, K>>; 2],
    receivers: [Option<Receiver<T, End<'s>, K>>; 2],
}

impl<'s, T: Plain, K: Kind> Channel<'s, T, K> {
    /// Plays a script whose first ends attach to a new segment.
    pub(crate) fn play(script: Script<'_>) {
        Self::play_on(script, |channel| {
            channel.attach_sender(0);
            channel.attach_receiver(0);
        });
    }

    /// Plays a script whose first ends attach to a segment in order over which somebody wrote.
    pub(crate) fn play_overwritten(script: Script<'_>) {
        Self::play_on(script, |channel| {
            channel.attach_sender(0);
            channel.attach_receiver(0);
            for _ in 0..channel.stage.script.below(20) {
                channel.send(0);
                channel.receive(0);
            }
            channel.senders[0] = None;
            channel.receivers[0] = None;
            if channel.stage.script.below(4) == 0 {
                channel.promise_more();
            }
            for _ in 0..channel.stage.script.below(4) {
                channel.stage.patch();
            }
            channel.inspect();
        });
    }

    fn play_on(script: Script<'_>, begin: impl FnOnce(&mut Channel<'_, T, K>)) {
        let capacity = 1 + u32::from(script.below(20));
        let handles = match K::KIND.has_table() {
            true => 2 + u32::from(script.below(4)),
            false => 2,
        };
        let blueprint = Blueprint {
            capacity: Some(capacity),
            handles: Some(handles),
            persistent: script.coin(),
            ..Blueprint::of::<T>(K::KIND).expect("it is small")
        };
        let geometry = blueprint.geometry().expect("it is small");
        let stage = Stage::new(script, geometry.total_len as usize);
        stage.play(|| {
            let mut channel = Channel::<T, K> {
                stage: &stage,
                blueprint,
                senders: [None, None],
                receivers: [None, None],
            };
            begin(&mut channel);
            channel.go_on();
        });
    }

    /// Gives the segment the header of a larger one, and asks for no capacity from then on: nothing
    /// but its true size says that it is not that one.
    fn promise_more(&mut self) {
        let larger = Blueprint {
            capacity: Some(1 << self.stage.script.below(12)),
            ..self.blueprint.clone()
        };
        let geometry = larger.geometry().expect("it is small");
        let other = Stage::new(Script::new(&[]), geometry.total_len as usize);
        if let Some(end) = other.attachment() {
            drop(attach::sender::<T, _, K>(end, &larger, other.options()));
        }
        self.stage.take_header_of(&other);
        self.blueprint.capacity = None;
    }

    /// Plays what is left of the script.
    fn go_on(&mut self) {
        while !self.stage.script.is_over() {
            self.stage.begin();
            self.step();
        }
        self.stage.begin();
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

    fn attach_sender(&mut self, index: usize) {
        self.senders[index] = None;
        if let Some(end) = self.stage.attachment() {
            let attached = attach::sender(end, &self.blueprint, self.stage.options());
            self.senders[index] = attached.map_err(|why| why.to_string()).ok();
        }
    }

    fn attach_receiver(&mut self, index: usize) {
        self.receivers[index] = None;
        if let Some(end) = self.stage.attachment() {
            let attached = attach::receiver(end, &self.blueprint, self.stage.options());
            self.receivers[index] = attached.map_err(|why| why.to_string()).ok();
        }
    }

    fn kill_sender(&mut self, index: usize) {
        if let Some(mut tx) = self.senders[index].take() {
            if self.stage.script.coin() {
                forget(tx.try_reserve());
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
        let item = T::new_zeroed();
        match script.below(10) {
            0 | 1 => drop(tx.try_send(item)),
            2 => drop(tx.send_timeout(item, TIMEOUT)),
            3 => drop(tx.try_send_batch(&vec![item; usize::from(script.below(30))])),
            4 => {
                if let Ok(mut grant) = tx.try_reserve() {
                    stage.hold(&*grant);
                    *grant = item;
                    stage.lie();
                    stage.release();
                    grant.commit();
                }
            }
            5 => drop(tx.reserve_timeout(TIMEOUT)),
            6 => drop(tx.wait_for_receiver(Some(TIMEOUT))),
            7 => {
                let _ = tx.is_ready(Sight::Passing);
                let _ = tx.outlook(Probe::Ask);
            }
            8 => drop(format!("{tx:?}")),
            _ => K::look_around(tx, script),
        }
    }

    fn receive(&mut self, index: usize) {
        let (stage, script) = (self.stage, &self.stage.script);
        let Some(rx) = &mut self.receivers[index] else {
            return;
        };
        let mut item = T::new_zeroed();
        match script.below(10) {
            0 => drop(rx.try_recv_into(&mut item)),
            1 => drop(rx.recv_into_timeout(&mut item, TIMEOUT)),
            2 => drop(rx.try_recv_batch(&mut vec![item; usize::from(script.below(30))])),
            3 => drop(rx.recv_batch_timeout(&mut [item; 3], TIMEOUT)),
            4 | 5 => {
                if let Ok(grant) = rx.try_recv() {
                    stage.hold(&*grant);
                    let _ = (*grant, grant.is_redelivered());
                    stage.lie();
                    stage.release();
                }
            }
            6 => drop(rx.recv_timeout(TIMEOUT).map(|grant| *grant)),
            7 => {
                let _ = rx.is_ready(Sight::Passing);
                let _ = rx.outlook(Probe::Ask);
                let _ = rx.wait_for_sender(Some(TIMEOUT));
            }
            8 => drop(format!("{rx:?}")),
            _ => K::look_about(rx, script),
        }
    }
}
