//! ipc_ring: records from one process to another.

use ipc_ring::{IpcError, RingReader, RingWriter};
use ringway_benches::bytes::{Inlet, Outlet, Side, Which, Wire, handover, ring};
use ringway_benches::stage::Stage;
use std::fs;
use std::hint::spin_loop;
use std::path::PathBuf;

/// The kind of ring.
pub(crate) struct IpcRing;

pub(crate) struct Tx {
    writer: RingWriter,
    file: PathBuf,
}
pub(crate) struct Rx {
    reader: RingReader,
    message: Vec<u8>,
}

fn file(stage: &Stage, which: Which) -> PathBuf {
    PathBuf::from(format!("/dev/shm/{}", stage.channel(which.name())))
}

impl Wire for IpcRing {
    type Tx = Tx;
    type Rx = Rx;
    fn outlet(stage: &Stage, _: Side, which: Which, len: usize) -> Tx {
        let file = file(stage, which);
        let writer = RingWriter::create(&file, ring(len)).expect("a new file");
        Tx { writer, file }
    }
    fn inlet(stage: &Stage, _: Side, which: Which, _: usize) -> Rx {
        let file = file(stage, which);
        Rx {
            reader: handover::patiently(|| RingReader::open(&file).ok()),
            message: Vec::new(),
        }
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        // Whoever made it unlinks it; another time there is nothing to do about it.
        let _ = fs::remove_file(&self.file);
    }
}

impl Outlet for Tx {
    #[inline(always)]
    fn put(&mut self, message: &[u8]) {
        while let Err(error) = self.writer.try_push(message) {
            assert!(matches!(error, IpcError::Full), "{error}");
            spin_loop();
        }
    }
}

impl Inlet for Rx {
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            let popped = self.reader.try_pop(&mut self.message);
            if let Some(len) = popped.expect("a sound ring") {
                buffer[..len].copy_from_slice(&self.message);
                return len;
            }
            spin_loop();
        }
    }
}
