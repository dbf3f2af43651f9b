//! What these tests send.

use ringway::{Builder, Mpmc, Mpsc, Spmc, Spsc, Topology};
use ringway_testkit::{FileAt, UniqueName, place};
use std::fs::{File, OpenOptions};

/// A kind of channel, as a type and as text.
pub(crate) trait Channel: Topology {
    const NAME: &str;
    fn at(name: &str) -> Builder<[u8], Self>;
}

macro_rules! channels {
    ($($kind:ident $function:ident),+) => {
        $(impl Channel for $kind {
            const NAME: &str = stringify!($function);
            fn at(name: &str) -> Builder<[u8], Self> {
                ringway::$function(place(name))
            }
        })+
    };
}
channels!(Spsc spsc, Mpsc mpsc, Spmc spmc, Mpmc mpmc);

/// Calls `$function::<Kind>($arguments)` for the kind whose name is `$name`.
macro_rules! with_kind {
    ($name:expr, $function:ident($($argument:expr),*)) => {
        match $name.as_str() {
            "spsc" => $function::<ringway::Spsc>($($argument),*),
            "mpsc" => $function::<ringway::Mpsc>($($argument),*),
            "spmc" => $function::<ringway::Spmc>($($argument),*),
            "mpmc" => $function::<ringway::Mpmc>($($argument),*),
            other => panic!("there is no kind {other:?}"),
        }
    };
}
pub(crate) use with_kind;

/// Message number `number`, of `len` bytes.
pub(crate) fn message(number: usize, len: usize) -> Vec<u8> {
    // Of a length that divides no length of a record, so that no part looks like another.
    let block: Vec<u8> = (0..4099)
        .map(|n| (((n ^ number) * 37) >> 3) as u8)
        .collect();
    let mut message = block.repeat(len / block.len() + 1);
    message.truncate(len);
    message
}

/// As `assert_eq!`, without megabytes on the screen.
#[track_caller]
pub(crate) fn assert_same(found: &[u8], expected: &[u8]) {
    assert_eq!(found.len(), expected.len());
    if let Some(at) = found.iter().zip(expected).position(|(a, b)| a != b) {
        panic!("of {} bytes the one at {at} is wrong", found.len());
    }
}

/// What a header says of the type: the length of its name, its hash, its name (`docs/abi.md`).
const TYPE: [(u64, usize); 2] = [(92, 12), (128, 32)];

/// Writes the type of the segment `from` into the header of the segment `to`.
pub(crate) fn give_type(from: &UniqueName, to: &UniqueName) {
    let from = File::open(from.file()).unwrap();
    let to = OpenOptions::new().write(true).open(to.file()).unwrap();
    for (at, len) in TYPE {
        let mut bytes = vec![0; len];
        from.read_exact_at(&mut bytes, at).unwrap();
        to.write_all_at(&bytes, at).unwrap();
    }
}
