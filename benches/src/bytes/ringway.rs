//! Frames and streams of ringway.

use super::{Inlet, Outlet, Side, Which, Wire, ring};
use crate::stage::Stage;
use ringway::pipe::{self, Reader, Writer};
use ringway::{Attachment, Builder, Mpsc, Spsc, WaitStrategy};
use ringway_core::channel::{self, Topology};
use std::io::{Read, Write};
use std::marker::PhantomData;

/// Frames through a channel of kind `K`.
#[derive(Debug)]
pub struct Frames<K>(PhantomData<K>);

/// A sending end.
pub type Sender<K> = channel::Sender<[u8], Attachment, K>;
/// A receiving end.
pub type Receiver<K> = channel::Receiver<[u8], Attachment, K>;

/// A kind of channel whose ring has a size in bytes.
pub trait Ringed: Topology {
    /// One of messages of bytes.
    fn channel(name: &str) -> Builder<[u8], Self>;
}

impl Ringed for Spsc {
    fn channel(name: &str) -> Builder<[u8], Self> {
        ringway::spsc(name)
    }
}

impl Ringed for Mpsc {
    fn channel(name: &str) -> Builder<[u8], Self> {
        ringway::mpsc(name)
    }
}

const NEW: &str = "the channel is this sample's own";
const STAYS: &str = "the other side stays for the whole sample";

fn channel<K: Ringed>(stage: &Stage, which: Which, bytes: usize) -> Builder<[u8], K> {
    let name = stage.channel(which.name());
    let bytes = u32::try_from(bytes).expect("a small ring");
    K::channel(&name).capacity(bytes).wait(WaitStrategy::Spin)
}

/// Opens the sending end of a ring of so many bytes.
#[must_use]
pub fn sender<K: Ringed>(stage: &Stage, which: Which, bytes: usize) -> Sender<K> {
    channel(stage, which, bytes).sender().expect(NEW)
}

/// Opens the receiving end.
#[must_use]
pub fn receiver<K: Ringed>(stage: &Stage, which: Which, bytes: usize) -> Receiver<K> {
    channel(stage, which, bytes).receiver().expect(NEW)
}

impl<K: Ringed> Wire for Frames<K> {
    type Tx = Sender<K>;
    type Rx = Receiver<K>;
    fn outlet(stage: &Stage, _: Side, which: Which, len: usize) -> Self::Tx {
        sender(stage, which, ring(len))
    }
    fn inlet(stage: &Stage, _: Side, which: Which, len: usize) -> Self::Rx {
        receiver(stage, which, ring(len))
    }
}

impl<K: Topology> Outlet for Sender<K> {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        self.send(message).expect(STAYS);
    }
}

impl<K: Topology> Inlet for Receiver<K> {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        self.recv_into(buffer).expect(STAYS)
    }
}

/// A pipe with a ring of so many bytes.
#[derive(Debug)]
pub struct Pipe<const BYTES: u32>;

fn pipe(stage: &Stage, which: Which, bytes: u32) -> pipe::Builder {
    let pipe = ringway::pipe(stage.channel(which.name()));
    pipe.capacity(bytes).wait(WaitStrategy::Spin)
}

impl<const BYTES: u32> Wire for Pipe<BYTES> {
    type Tx = Writer;
    type Rx = Reader;
    fn outlet(stage: &Stage, _: Side, which: Which, _: usize) -> Writer {
        pipe(stage, which, BYTES).writer().expect(NEW)
    }
    fn inlet(stage: &Stage, _: Side, which: Which, _: usize) -> Reader {
        pipe(stage, which, BYTES).reader().expect(NEW)
    }
}

impl Outlet for Writer {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        self.write_all(message).expect(STAYS);
    }
}

impl Inlet for Reader {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        self.read_exact(buffer).expect(STAYS);
        buffer.len()
    }
}
