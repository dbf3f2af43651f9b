//! A pipe: against a plain count of bytes, or with somebody who overwrites its words.

use crate::script::Script;
use crate::stage::{End, Stage, TIMEOUT};
use ringway_core::attach;
use ringway_core::inspect::{condition, inspect};
use ringway_core::layout::{Blueprint, Kind};
use ringway_core::pipe::{Reader, TryReadError, TryWriteError, Writer};
use std::mem::forget;

/// The most bytes of one call.
const MOST: usize = 600;

/// Plays `input`.
pub fn run(input: &[u8]) {
    let script = Script::new(input);
    let is_honest = script.coin();
    let blueprint = Blueprint {
        capacity: Some(1 + u32::from(script.half()) % 512),
        // Among honest ends nothing ends with the reader.
        persistent: is_honest || script.coin(),
        ..Blueprint::of_bytes(Kind::Pipe, None).expect("it is small")
    };
    let geometry = blueprint.geometry().expect("it is small");
    let stage = Stage::new(script, geometry.total_len as usize);
    stage.play(|| {
        let mut pipe = Pipe {
            stage: &stage,
            blueprint,
            is_honest,
            writer: None,
            reader: None,
            written: 0,
            consumed: 0,
        };
        pipe.attach_writer();
        pipe.attach_reader();
        while !stage.script.is_over() {
            stage.begin();
            pipe.step();
        }
        stage.begin();
    });
}

/// A pipe, and how much went through it.
struct Pipe<'s> {
    stage: &'s Stage<'s>,
    blueprint: Blueprint,
    is_honest: bool,
    writer: Option<Writer<End<'s>>>,
    reader: Option<Reader<End<'s>>>,
    written: u64,
    consumed: u64,
}

/// The byte number `position` of the stream.
fn byte(position: u64) -> u8 {
    (position * 31 + (position >> 8)) as u8
}

impl Pipe<'_> {
    fn step(&mut self) {
        let script = &self.stage.script;
        match script.below(64) {
            0..=19 => self.write(),
            20..=39 => self.read(),
            40..=42 => self.attach_writer(),
            43..=45 => self.attach_reader(),
            46 => self.writer = None,
            47 => self.reader = None,
            48 | 49 => self.kill(),
            50 => self.look(),
            _ if self.is_honest => {}
            51..=59 => self.stage.lie(),
            60..=62 => self.stage.lie_later(),
            _ => self.stage.patch(),
        }
    }

    fn attach_writer(&mut self) {
        self.writer = None;
        if let Some(end) = self.stage.attachment() {
            let attached = attach::writer(end, &self.blueprint, self.stage.options());
            assert!(!self.is_honest || attached.is_ok(), "there is room");
            self.writer = attached.map_err(|why| why.to_string()).ok();
        }
    }

    fn attach_reader(&mut self) {
        self.reader = None;
        if let Some(end) = self.stage.attachment() {
            let attached = attach::reader(end, &self.blueprint, self.stage.options());
            assert!(!self.is_honest || attached.is_ok(), "there is room");
            self.reader = attached.map_err(|why| why.to_string()).ok();
        }
    }

    fn kill(&mut self) {
        let script = &self.stage.script;
        if script.coin() {
            if let Some(mut writer) = self.writer.take() {
                let _ = writer.try_reserve(usize::from(script.byte()));
                writer.platform().die();
                forget(writer);
            }
        } else if let Some(mut reader) = self.reader.take() {
            let _ = reader.try_fill_buf();
            reader.platform().die();
            forget(reader);
        }
    }

    fn look(&mut self) {
        if let Some(end) = self.stage.attachment() {
            let _ = condition(self.stage.region(), &end);
            drop(inspect(self.stage.region(), &end).map_err(|why| why.to_string()));
            end.die();
        }
        if let Some(writer) = &mut self.writer {
            let room = writer.room() as u64;
            let used = self.written - self.consumed;
            assert!(!self.is_honest || writer.written() == self.written);
            assert!(!self.is_honest || room + used <= writer.capacity() as u64);
            drop((format!("{writer:?}"), writer.reader()));
        }
        if let Some(reader) = &mut self.reader {
            let there = reader.available() as u64;
            assert!(!self.is_honest || reader.consumed() == self.consumed);
            assert!(!self.is_honest || there <= self.written - self.consumed);
            drop((format!("{reader:?}"), reader.writer()));
        }
    }

    fn write(&mut self) {
        let (stage, script) = (self.stage, &self.stage.script);
        let Some(writer) = &mut self.writer else {
            return;
        };
        let len = usize::from(script.half()) % MOST;
        let bytes: Vec<u8> = (self.written..).take(len).map(byte).collect();
        let written = match script.below(5) {
            0 | 1 => writer.try_write(&bytes),
            2 => writer
                .write_timeout(&bytes, TIMEOUT)
                .map_err(|_| TryWriteError::Full),
            3 => match writer.reserve_timeout(len, TIMEOUT) {
                Err(_) => Err(TryWriteError::Full),
                Ok(grant) => {
                    drop(grant);
                    return;
                }
            },
            _ => writer.try_reserve(len).map(|mut grant| {
                let room = grant.len();
                assert!(room <= len && (room > 0 || len == 0));
                grant.copy_from_slice(&bytes[..room]);
                stage.hold(&*grant);
                if !self.is_honest {
                    stage.lie();
                }
                stage.release();
                let kept = room - usize::from(script.byte()).min(room);
                grant.commit(kept);
                kept
            }),
        };
        match written {
            Ok(count) => self.written += count as u64,
            Err(_) => {
                let is_empty = self.written == self.consumed;
                assert!(!self.is_honest || !is_empty, "no room in an empty pipe");
            }
        }
        if self.is_honest {
            assert!(self.written - self.consumed <= writer.capacity() as u64);
        }
    }

    fn read(&mut self) {
        let (stage, script) = (self.stage, &self.stage.script);
        let Some(reader) = &mut self.reader else {
            return;
        };
        let mut buffer = vec![0; 1 + usize::from(script.half()) % MOST];
        let read = match script.below(4) {
            0 => reader.try_read(&mut buffer),
            1 => reader
                .read_timeout(&mut buffer, TIMEOUT)
                .map_err(|_| TryReadError::Empty),
            2 => reader
                .fill_buf_timeout(TIMEOUT)
                .map(<[u8]>::len)
                .map(|there| {
                    let count = there.min(buffer.len());
                    let again = reader.try_fill_buf().unwrap_or_default();
                    let count = count.min(again.len());
                    buffer[..count].copy_from_slice(&again[..count]);
                    reader.consume(count);
                    count
                })
                .map_err(|_| TryReadError::Empty),
            _ => reader
                .try_fill_buf()
                .map(|there| {
                    if !there.is_empty() {
                        stage.hold(there);
                    }
                    let count = there.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&there[..count]);
                    if !self.is_honest {
                        stage.lie();
                    }
                    stage.release();
                    count
                })
                .inspect(|&count| reader.consume(count)),
        };
        if !self.is_honest {
            return;
        }
        let unread = self.written - self.consumed;
        match read {
            Ok(0) => assert!(unread == 0 && self.writer.is_none(), "the end too early"),
            Ok(count) => {
                assert!(count as u64 <= unread, "bytes that nobody wrote");
                let sent = (self.consumed..).take(count).map(byte);
                assert!(sent.eq(buffer[..count].iter().copied()), "other bytes");
                self.consumed += count as u64;
            }
            Err(why) => assert!(unread == 0, "{why}, with {unread} bytes unread"),
        }
    }
}
