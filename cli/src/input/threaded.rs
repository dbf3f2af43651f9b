//! A thread reads ahead: files, pipes and consoles have no wait with a time limit in common here.

use crate::end::SLICE;
use crate::exit::Failure;
use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;

/// Bytes of one read.
const PIECE: usize = 64 << 10;
/// Pieces that are read ahead at most.
const AHEAD: usize = 4;

type Piece = io::Result<Vec<u8>>;

/// Standard input, a piece at a time.
pub(crate) struct Input {
    pieces: Receiver<Piece>,
    /// The piece that is being taken, and how far it is.
    piece: Vec<u8>,
    taken: usize,
    /// What came in place of a piece.
    failed: Option<io::Error>,
    has_ended: bool,
}

impl Input {
    #[allow(clippy::unnecessary_wraps)] // on other systems it can fail
    pub(crate) fn open() -> Result<Self, Failure> {
        let (sender, pieces) = sync_channel(AHEAD);
        thread::spawn(move || read_ahead(&sender));
        Ok(Input {
            pieces,
            piece: Vec::new(),
            taken: 0,
            failed: None,
            has_ended: false,
        })
    }

    /// Whether a read would not wait, asked for up to a [`SLICE`].
    pub(crate) fn is_ready(&mut self) -> bool {
        if self.is_known() {
            return true;
        }
        match self.pieces.recv_timeout(SLICE) {
            Ok(piece) => self.keep(piece),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => self.has_ended = true,
        }
        true
    }

    /// One read: how many bytes; `None` at the end.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> Result<Option<usize>, Failure> {
        if !self.is_known() {
            match self.pieces.recv() {
                Ok(piece) => self.keep(piece),
                Err(_) => self.has_ended = true,
            }
        }
        if let Some(error) = self.failed.take() {
            return Err(Failure::io("reading standard input", &error));
        }
        if self.has_ended {
            return Ok(None);
        }
        let rest = &self.piece[self.taken..];
        let len = rest.len().min(bytes.len());
        bytes[..len].copy_from_slice(&rest[..len]);
        self.taken += len;
        Ok(Some(len))
    }

    /// Whether it is known what the next read finds.
    fn is_known(&self) -> bool {
        self.taken < self.piece.len() || self.failed.is_some() || self.has_ended
    }

    fn keep(&mut self, piece: Piece) {
        match piece {
            Ok(piece) => (self.piece, self.taken) = (piece, 0),
            Err(error) => self.failed = Some(error),
        }
    }
}

/// Until the end, an error, or nobody wants any more.
fn read_ahead(pieces: &SyncSender<Piece>) {
    let mut input = io::stdin().lock();
    loop {
        let mut piece = vec![0; PIECE];
        let read = match input.read(&mut piece) {
            Ok(0) => return,
            Ok(len) => {
                piece.truncate(len);
                Ok(piece)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_over = read.is_err();
        if pieces.send(read).is_err() || is_over {
            return;
        }
    }
}
