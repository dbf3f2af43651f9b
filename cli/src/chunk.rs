//! What travels through a channel of the command: a piece of a byte stream.

use ringway::{FromBytes, Immutable, IntoBytes};
use std::io::{self, Read};

/// Up to 4088 bytes of a stream, or its end. 4096 bytes in all.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
pub(crate) struct Chunk {
    /// How many of `bytes` count.
    len: u32,
    /// [`BYTES`](Chunk::BYTES) or [`END`](Chunk::END).
    kind: u32,
    /// The piece; what lies behind `len` means nothing.
    bytes: [u8; Chunk::ROOM],
}

const _: () = assert!(size_of::<Chunk>() == 4096);

/// What a receiver finds in a [`Chunk`].
pub(crate) enum Content<'a> {
    /// The next bytes of the stream.
    Bytes(&'a [u8]),
    /// That was all: whoever finds the channel closed without it has not got everything.
    End,
    /// Nothing that this program sends.
    Nonsense,
}

impl Chunk {
    /// Bytes of a stream that fit into one message.
    pub(crate) const ROOM: usize = 4088;
    const BYTES: u32 = 0;
    const END: u32 = 1;

    /// A chunk to receive into.
    pub(crate) fn empty() -> Self {
        Chunk {
            len: 0,
            kind: Self::BYTES,
            bytes: [0; Self::ROOM],
        }
    }

    /// Fills it by one read from `source`, with the end if there is no more, and returns how many
    /// bytes it read.
    ///
    /// # Errors
    ///
    /// Those of `source`, save an interruption.
    pub(crate) fn fill(&mut self, source: &mut impl Read) -> io::Result<usize> {
        let len = loop {
            match source.read(&mut self.bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.kind = if len == 0 { Self::END } else { Self::BYTES };
        self.len = u32::try_from(len).expect("at most ROOM");
        Ok(len)
    }

    /// What it says. The sender may be anybody: nothing is taken for granted.
    pub(crate) fn content(&self) -> Content<'_> {
        match (self.kind, self.bytes.get(..self.len as usize)) {
            (Self::BYTES, Some(bytes)) => Content::Bytes(bytes),
            (Self::END, Some([])) => Content::End,
            _ => Content::Nonsense,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_with_an_end() {
        let mut source: &[u8] = &[7; Chunk::ROOM + 1];
        let mut chunk = Chunk::empty();
        for expected in [Chunk::ROOM, 1] {
            assert_eq!(chunk.fill(&mut source).unwrap(), expected);
            assert!(matches!(chunk.content(), Content::Bytes(bytes) if bytes.len() == expected));
        }
        assert_eq!(chunk.fill(&mut source).unwrap(), 0);
        assert!(matches!(chunk.content(), Content::End));
    }

    #[test]
    fn nonsense_is_found_out() {
        let with = |len, kind| Chunk {
            len,
            kind,
            ..Chunk::empty()
        };
        for chunk in [with(4089, 0), with(u32::MAX, 0), with(1, 1), with(0, 2)] {
            assert!(matches!(chunk.content(), Content::Nonsense));
        }
    }
}
