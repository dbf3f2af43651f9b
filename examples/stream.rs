//! A stream of bytes: one process writes a text, another reads it line by line.
//!
//! ```text
//! cargo run --release --example stream
//! ```
//!
//! starts both processes. By hand, in two terminals, in any order:
//!
//! ```text
//! cargo run --release --example stream -- write my-stream < README.md
//! cargo run --release --example stream -- read my-stream
//! ```

use ringway::Peer;
use std::error::Error;
use std::io::{self, BufRead, Read, Write};
use std::process::Command;

/// Whatever can be read goes through, at the speed of a copy in memory.
fn write(name: &str, mut from: impl Read) -> Result<(), Box<dyn Error>> {
    let mut tx = ringway::pipe(name).writer()?;
    let copied = io::copy(&mut from, &mut tx)?;
    // `write!` works as well. What is written is visible at once, so there is nothing to flush.
    writeln!(tx, "-- {copied} bytes")?;
    // Dropping the writer ends the stream. A reader that comes later finds the bytes.
    Ok(())
}

fn read(name: &str) -> Result<(), Box<dyn Error>> {
    let mut rx = ringway::pipe(name).reader()?;
    let mut longest = String::new();
    for line in (&mut rx).lines() {
        let line = line?;
        if line.starts_with("--") {
            println!("{line}");
        } else if line.len() > longest.len() {
            longest = line;
        }
    }
    println!("the longest line: {longest}");
    // The end of the stream, in good order or not: a writer that was killed ends it as well.
    match rx.writer() {
        Peer::Died(writer) => Err(format!("process {} died on the way", writer.process).into()),
        _ => Ok(()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["write", name] => write(name, io::stdin()),
        ["read", name] => read(name),
        [] => {
            let name = format!("stream-{}", std::process::id());
            let mut reader = Command::new(std::env::current_exe()?)
                .args(["read", &name])
                .spawn()?;
            let text: String = (1..=100_000).map(|n| format!("line {n}\n")).collect();
            write(&name, text.as_bytes())?;
            match reader.wait()? {
                ended if ended.success() => Ok(()),
                ended => Err(format!("the reader ended with {ended}").into()),
            }
        }
        _ => Err("say `write NAME`, `read NAME` or nothing".into()),
    }
}
