//! Messages of any length between two processes, from one of no bytes to one that is a hundred times
//! longer than the ring.
//!
//! `cargo run --release --example letters`

use ringway::RecvError;
use std::process::{Command, ExitCode};

type Error = Box<dyn std::error::Error>;

/// Bytes of the ring: a letter that is longer than half of it travels in parts.
const RING: u32 = 64 << 10;

/// The longest letter that the reader takes.
const LIMIT: usize = 8 << 20;

fn main() -> Result<ExitCode, Error> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(role), Some(name)) if role == "write" => write(&name)?,
        _ => read()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The process that writes letters.
fn write(name: &str) -> Result<(), Error> {
    let mut letters = ringway::spsc::<[u8]>(name).sender()?;
    letters.send(b"")?;
    letters.send("Liebe Grüße".as_bytes())?;

    // Written in place: so much room, of which less is needed in the end.
    let mut letter = letters.reserve(1000)?;
    let mut rest = &mut letter[..];
    for line in ["Dear reader,", "this stands where you read it.", "Yours"] {
        std::io::Write::write_all(&mut rest, format!("{line}\n").as_bytes())?;
    }
    let unused = rest.len();
    letter.commit_to(1000 - unused);

    letters.send(&vec![b'.'; 6 << 20])?; // far longer than the ring
    letters.send(&vec![b'!'; 9 << 20])?; // and longer than the reader likes
    letters.send(b"PS: that was all")?;
    Ok(())
}

/// The process that reads them.
fn read() -> Result<(), Error> {
    let name = format!("letters-{}", std::process::id());
    let mut letters = ringway::spsc::<[u8]>(&name)
        .capacity(RING)
        .limit(LIMIT)
        .receiver()?;
    let mut writer = Command::new(std::env::current_exe()?)
        .args(["write", &name])
        .spawn()?;

    let mut lengths = Vec::new();
    loop {
        match letters.recv() {
            // Borrowed from the ring, or from where its parts were joined.
            Ok(letter) => {
                let text = str::from_utf8(&letter)?;
                println!("{:>8} bytes: {:?}", letter.len(), short(text));
                lengths.push(letter.len());
            }
            Err(error @ RecvError::TooLong { .. }) => println!("not taken: {error}"),
            Err(RecvError::Closed) => break,
            Err(error) => return Err(error.into()),
        }
    }
    assert!(writer.wait()?.success());
    assert_eq!(lengths, [0, 13, 50, 6 << 20, 16]);
    Ok(())
}

/// The beginning of `text`.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
