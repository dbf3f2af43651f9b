//! A file goes through a channel, and is digested on both sides.

use super::peer::Peer;
use super::screen::Screen;
use super::serve::{Gone, Task};
use crate::chunk::{Chunk, Content};
use crate::exit::{Exit, Failure};
use crate::format::{bytes, count, duration};
use ringway::{FromBytes, Immutable, IntoBytes, Receiver, Sender, WaitStrategy};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes that are read at a time to digest the file on this side.
const BLOCK: usize = 1 << 16;

/// What the second process found.
#[derive(Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
pub(crate) struct Arrived {
    bytes: u64,
    messages: u64,
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
    let (channel, mut answer) = peer.begin::<_, Arrived>(Task::File, WaitStrategy::Adaptive)?;
    let sent = send(screen, &mut file, len, channel).map_err(unreadable)?;
    let arrived: Arrived = match answer.recv() {
        Ok(arrived) => *arrived,
        Err(_) => return Err(peer.lost()),
    };
    let took = began.elapsed();

    file.rewind().map_err(unreadable)?;
    let digest = digest(screen, &mut file, len).map_err(unreadable)?;
    tell(screen, &arrived, took)?;
    screen.line(format_args!("  SHA-256 there  {}", hex(&arrived.digest)))?;
    screen.line(format_args!("  SHA-256 here   {}", hex(&digest)))?;
    let expected = Arrived { digest, ..sent };
    if arrived != expected {
        return Err(Failure::new(
            Exit::Other,
            format_args!(
                "what arrived is not what was sent ({} bytes in {} messages, expected {} in {}); \
                 was the file changed meanwhile?",
                arrived.bytes, arrived.messages, expected.bytes, expected.messages
            ),
        ));
    }
    screen.line("  the same")
}

/// Reads the file straight into the channel. If the second process goes away, its answer will be
/// missing too.
fn send(
    screen: &Screen,
    file: &mut File,
    len: u64,
    mut channel: Sender<Chunk>,
) -> io::Result<Arrived> {
    let progress = screen.progress(len);
    let mut sent = Arrived {
        bytes: 0,
        messages: 0,
        digest: [0; 32],
    };
    while let Ok(mut slot) = channel.reserve() {
        let len = slot.fill(file)?;
        slot.commit();
        if len == 0 {
            break;
        }
        sent.bytes += len as u64;
        sent.messages += 1;
        progress.at(sent.bytes);
    }
    Ok(sent)
}

/// The second process: digests the bytes where they lie.
pub(crate) fn serve(mut channel: Receiver<Chunk>, mut answer: Sender<Arrived>) -> Result<(), Gone> {
    let mut digest = Sha256::new();
    let (mut bytes, mut messages) = (0, 0);
    loop {
        let chunk = channel.recv().map_err(|_| Gone)?;
        match chunk.content() {
            Content::Bytes(piece) => {
                digest.update(piece);
                bytes += piece.len() as u64;
                messages += 1;
            }
            Content::End => break,
            Content::Nonsense => return Err(Gone),
        }
    }
    let digest = digest.finalize().into();
    let arrived = Arrived {
        bytes,
        messages,
        digest,
    };
    answer.send(arrived).map_err(|_| Gone)
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

fn tell(screen: &Screen, arrived: &Arrived, took: Duration) -> Result<(), Failure> {
    let each_second = arrived.bytes as f64 / took.as_secs_f64();
    screen.line(format_args!(
        "  {} in {} messages of up to {} bytes, read, moved and digested in {}: {}/s",
        bytes(arrived.bytes as f64),
        count(arrived.messages),
        Chunk::ROOM,
        duration(took),
        bytes(each_second)
    ))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
