//! Unread messages that survive: a persistent channel in a file, over three runs of a program.
//!
//! ```text
//! cargo run --release --example restart
//! ```
//!
//! starts the three one after the other. By hand, in one terminal or several, with a restart of
//! the machine between them if you like:
//!
//! ```text
//! cargo run --release --example restart -- put /var/tmp/jobs 1 2 3 4 5
//! cargo run --release --example restart -- take /var/tmp/jobs 2
//! cargo run --release --example restart -- take /var/tmp/jobs 3
//! rm /var/tmp/jobs
//! ```

use ringway::{Builder, TryRecvError};
use std::error::Error;
use std::path::Path;
use std::process::Command;

/// Both sides say `persistent`; the segment then stays when everybody has left.
fn channel(file: &Path) -> Builder<u64> {
    ringway::spsc(file).capacity(64).persistent()
}

fn put(file: &Path, jobs: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut tx = channel(file).sender()?;
    for job in jobs {
        // Without a receiver, nobody would make room in a full ring: do not wait for that.
        tx.try_send(job.parse()?)?;
    }
    println!(
        "put {} jobs; {} since the channel was made",
        jobs.len(),
        tx.sent()
    );
    Ok(())
}

fn take(file: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let mut rx = channel(file).receiver()?;
    for _ in 0..count {
        // The number of the message goes on counting over all runs.
        let number = rx.received();
        match rx.try_recv() {
            // If this process died here, the next one would get the job again, marked as such.
            Ok(job) if job.is_redelivered() => println!("job {number} again: {}", *job),
            Ok(job) => println!("job {number}: {}", *job),
            // Nothing is there, and perhaps no sender either.
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            Err(broken) => return Err(broken.into()),
        }
    }
    Ok(())
}

/// Runs this program again, as one of the lines above does.
fn run(file: &Path, before: &str, after: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut program = Command::new(std::env::current_exe()?);
    match program.arg(before).arg(file).args(after).status()? {
        ended if ended.success() => Ok(()),
        ended => Err(format!("`{before}` ended with {ended}").into()),
    }
}

fn all_three(file: &Path) -> Result<(), Box<dyn Error>> {
    run(file, "put", &["1", "2", "3", "4", "5"])?;
    run(file, "take", &["2"])?;
    run(file, "take", &["3"])
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["put", file, ref jobs @ ..] => put(Path::new(file), jobs),
        ["take", file, count] => take(Path::new(file), count.parse()?),
        [] => {
            let name = format!("ringway-restart-{}", std::process::id());
            let file = std::env::temp_dir().join(name);
            let result = all_three(&file);
            std::fs::remove_file(&file)?;
            result
        }
        _ => Err("say `put FILE JOB…`, `take FILE COUNT` or nothing".into()),
    }
}
