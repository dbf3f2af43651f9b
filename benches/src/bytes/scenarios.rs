//! What two sides do with bytes, by name.

use super::blocks::Blocks;
use super::kernel::{Large, LargePolled, Pipe, Plain, Polled, Socket};
use super::queue::Queue;
use super::ringway::{Frames, Pipe as Ours, Ringed};
use super::{Wire, echo, flow, in_place, untouched};
use crate::scenarios::Scenario;
use ringway::pipe::{Reader, Writer};
use ringway::{Mpsc, Spsc};

/// Messages of `LEN` bytes through `W` in one direction.
#[must_use]
pub const fn flow<W: Wire, const LEN: usize>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: flow::lead::<W, LEN>,
        follow: flow::follow::<W, LEN>,
    }
}

/// Messages of `LEN` bytes through two of `W`, there and back.
#[must_use]
pub const fn echo<W: Wire, const LEN: usize>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: echo::lead::<W, LEN>,
        follow: echo::follow::<W, LEN>,
    }
}

/// Messages of `LEN` bytes that nobody writes or reads, through a channel of kind `K`.
#[must_use]
pub const fn untouched<K: Ringed, const LEN: usize>(name: &'static str) -> Scenario {
    Scenario {
        name,
        lead: untouched::lead::<K, LEN>,
        follow: untouched::follow::<K, LEN>,
    }
}

/// Messages of `LEN` bytes written and read where they lie in the ring of `W`.
#[must_use]
pub const fn in_place<W, const LEN: usize>(name: &'static str) -> Scenario
where
    W: Wire<Tx = Writer, Rx = Reader>,
{
    Scenario {
        name,
        lead: in_place::lead::<W, LEN>,
        follow: in_place::follow::<W, LEN>,
    }
}

/// A list of [`Scenario`]s by the names of constants, and all of them in `ALL`.
#[macro_export]
macro_rules! bytes_scenarios {
    ($($constant:ident = $kind:ident::<$wire:ty, $len:literal>($name:literal);)*) => {
        $(#[doc = $name] pub const $constant: $crate::scenarios::Scenario =
            $crate::bytes::scenarios::$kind::<$wire, $len>($name);)*

        /// All of them.
        pub const ALL: &[$crate::scenarios::Scenario] = &[$($constant),*];
    };
}

/// What a pipe of ringway has if nobody says.
const USUAL: u32 = 256 << 10;
/// What a pipe of the system can be raised to.
const LONG: u32 = 1 << 20;

bytes_scenarios! {
    STREAM_4K = flow::<Ours<USUAL>, 4096>("stream-4k");
    STREAM_4K_LONG = flow::<Ours<LONG>, 4096>("stream-4k-long");
    STREAM_4K_IN_PLACE = in_place::<Ours<USUAL>, 4096>("stream-4k-in-place");
    STREAM_4K_SMALL = flow::<Blocks<16, false>, 4096>("stream-4k-small");
    STREAM_4K_MIDDLE = flow::<Blocks<64, false>, 4096>("stream-4k-middle");
    STREAM_4K_LARGE = flow::<Blocks<256, false>, 4096>("stream-4k-large");
    STREAM_4K_LARGE_BACK = flow::<Blocks<256, true>, 4096>("stream-4k-large-back");
    STREAM_4K_PIPE = flow::<Pipe<Plain>, 4096>("stream-4k-pipe");
    STREAM_4K_PIPE_LARGE = flow::<Pipe<Large>, 4096>("stream-4k-pipe-large");
    STREAM_4K_PIPE_POLLED = flow::<Pipe<LargePolled>, 4096>("stream-4k-pipe-polled");
    STREAM_4K_SOCKET = flow::<Socket<Plain>, 4096>("stream-4k-socket");
    STREAM_4K_SOCKET_LARGE = flow::<Socket<Large>, 4096>("stream-4k-socket-large");
    STREAM_4K_SOCKET_POLLED = flow::<Socket<LargePolled>, 4096>("stream-4k-socket-polled");

    STREAM_64K = flow::<Ours<USUAL>, 65536>("stream-64k");
    STREAM_64K_LONG = flow::<Ours<LONG>, 65536>("stream-64k-long");
    STREAM_64K_IN_PLACE = in_place::<Ours<USUAL>, 65536>("stream-64k-in-place");
    STREAM_64K_SMALL = flow::<Blocks<2, false>, 65536>("stream-64k-small");
    STREAM_64K_MIDDLE = flow::<Blocks<4, false>, 65536>("stream-64k-middle");
    STREAM_64K_LARGE = flow::<Blocks<16, false>, 65536>("stream-64k-large");
    STREAM_64K_LARGE_BACK = flow::<Blocks<16, true>, 65536>("stream-64k-large-back");
    STREAM_64K_PIPE = flow::<Pipe<Plain>, 65536>("stream-64k-pipe");
    STREAM_64K_PIPE_LARGE = flow::<Pipe<Large>, 65536>("stream-64k-pipe-large");
    STREAM_64K_PIPE_POLLED = flow::<Pipe<LargePolled>, 65536>("stream-64k-pipe-polled");
    STREAM_64K_SOCKET = flow::<Socket<Plain>, 65536>("stream-64k-socket");
    STREAM_64K_SOCKET_LARGE = flow::<Socket<Large>, 65536>("stream-64k-socket-large");
    STREAM_64K_SOCKET_POLLED = flow::<Socket<LargePolled>, 65536>("stream-64k-socket-polled");

    FRAMES_64 = flow::<Frames<Spsc>, 64>("frames-64");
    FRAMES_64_MPSC = flow::<Frames<Mpsc>, 64>("frames-64-mpsc");
    FRAMES_1K = flow::<Frames<Spsc>, 1024>("frames-1k");
    FRAMES_1K_MPSC = flow::<Frames<Mpsc>, 1024>("frames-1k-mpsc");
    FRAMES_64_BLOCKS = flow::<Blocks<1024, false>, 64>("frames-64-blocks");
    FRAMES_64_QUEUE = flow::<Queue<false>, 64>("frames-64-queue");
    FRAMES_64_QUEUE_POLLED = flow::<Queue<true>, 64>("frames-64-queue-polled");
    FRAMES_1K_BLOCKS = flow::<Blocks<1024, false>, 1024>("frames-1k-blocks");
    FRAMES_1K_QUEUE = flow::<Queue<false>, 1024>("frames-1k-queue");
    FRAMES_1K_QUEUE_POLLED = flow::<Queue<true>, 1024>("frames-1k-queue-polled");

    UNTOUCHED_64 = untouched::<Spsc, 64>("untouched-64");
    UNTOUCHED_64K = untouched::<Spsc, 65536>("untouched-64k");
    UNTOUCHED_64_MPSC = untouched::<Mpsc, 64>("untouched-64-mpsc");
    UNTOUCHED_64K_MPSC = untouched::<Mpsc, 65536>("untouched-64k-mpsc");

    ECHO_64 = echo::<Frames<Spsc>, 64>("echo-64");
    ECHO_64_MPSC = echo::<Frames<Mpsc>, 64>("echo-64-mpsc");
    ECHO_64_PIPE = echo::<Pipe<Polled>, 64>("echo-64-pipe");
    ECHO_64_SOCKET = echo::<Socket<Polled>, 64>("echo-64-socket");
    ECHO_64_QUEUE = echo::<Queue<true>, 64>("echo-64-queue");
}
