//! A file goes through a pipe, and is digested on both sides.

use super::peer::Peer;
use super::screen::Screen;
use super::serve::{Gone, Task};
use crate::exit::{Exit, Failure};
use crate::format::{bytes, duration};
use ringway::pipe::{Reader, Writer};
use ringway::{FromBytes, Immutable, IntoBytes, Peer as Other, Sender, WaitStrategy};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead as _, Read as _, Seek as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes that are read at a time, at most.
const BLOCK: usize = 1 << 16;

/// What the second process found.
#[derive(Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
pub(crate) struct Arrived {
    bytes: u64,
    digest: [u8; 32],
}

/// Opens the file to move: a regular one, since it is read twice.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).map_err(|error| Failure::io(path.display(), &error))?;
    let metadata = file.metadata();
    match metadata.map_err(|error| Failure::io(path.display(), &error))? {
        metadata if metadata.is_file() => Ok(file),
        _ => Err(Failure::new(
            Exit::Other,
            format_args!(
                "{}: the demonstration moves a regular file, and this is none; `ringway send` \
                 sends anything",
                path.display()
            ),
        )),
    }
}

/// Moves the file, and compares what arrived with what was there.
pub(crate) fn show(
    screen: &Screen,
    peer: &mut Peer,
    path: &Path,
    mut file: File,
) -> Result<(), Failure> {
    screen.heading(format_args!("A file: {}", path.display()))?;
    let unreadable = |error| Failure::io(path.display(), &error);
    let len = file.metadata().map_err(unreadable)?.len();

    let began = Instant::now();
    let (there, mut answer) = peer.begin_stream::<Arrived>(Task::File, WaitStrategy::Adaptive)?;
    let ring = there.capacity();
    let sent = send(screen, &mut file, len, there).map_err(unreadable)?;
    let arrived: Arrived = match answer.recv() {
        Ok(arrived) => *arrived,
        Err(_) => return Err(peer.lost()),
    };
    let took = began.elapsed();

    file.rewind().map_err(unreadable)?;
    let digest = digest(screen, &mut file, len).map_err(unreadable)?;
    tell(screen, arrived.bytes, ring, took)?;
    screen.line(format_args!("  SHA-256 there  {}", hex(&arrived.digest)))?;
    screen.line(format_args!("  SHA-256 here   {}", hex(&digest)))?;
    let expected = Arrived {
        bytes: sent,
        digest,
    };
    if arrived != expected {
        return Err(Failure::new(
            Exit::Other,
            format_args!(
                "what arrived is not what was sent ({} bytes, expected {}); was the file changed \
                 meanwhile?",
                arrived.bytes, expected.bytes
            ),
        ));
    }
    screen.line("  the same")
}

/// Reads the file straight into the pipe: how many bytes. If the second process goes away, its answer
/// will be missing too.
fn send(screen: &Screen, file: &mut File, len: u64, mut there: Writer) -> io::Result<u64> {
    let progress = screen.progress(len);
    let mut sent = 0;
    while let Ok(mut room) = there.reserve(BLOCK) {
        let len = file.read(&mut room)?;
        if len == 0 {
            break;
        }
        room.commit(len);
        sent += len as u64;
        progress.at(sent);
    }
    Ok(sent)
}

/// The second process: digests the bytes where they lie.
pub(crate) fn serve(mut there: Reader, mut answer: Sender<Arrived>) -> Result<(), Gone> {
    let mut digest = Sha256::new();
    let mut bytes = 0;
    loop {
        let piece = there.fill_buf().map_err(|_| Gone)?;
        if piece.is_empty() {
            break;
        }
        let len = piece.len().min(BLOCK);
        digest.update(&piece[..len]);
        there.consume(len);
        bytes += len as u64;
    }
    if there.writer() != Other::Left {
        return Err(Gone);
    }
    let digest = digest.finalize().into();
    answer.send(Arrived { bytes, digest }).map_err(|_| Gone)
}

/// The digest of the file as it is, without any channel.
fn digest(screen: &Screen, file: &mut File, len: u64) -> io::Result<[u8; 32]> {
    let progress = screen.progress(len);
    let mut digest = Sha256::new();
    let mut block = vec![0; BLOCK];
    let mut done = 0;
    loop {
        match file.read(&mut block)? {
            0 => return Ok(digest.finalize().into()),
            len => {
                digest.update(&block[..len]);
                done += len as u64;
                progress.at(done);
            }
        }
    }
}

fn tell(screen: &Screen, moved: u64, ring: usize, took: Duration) -> Result<(), Failure> {
    let each_second = moved as f64 / took.as_secs_f64();
    screen.line(format_args!(
        "  {} through a pipe of {}, read, moved and digested in {}: {}/s",
        bytes(moved as f64),
        bytes(ring as f64),
        duration(took),
        bytes(each_second)
    ))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
