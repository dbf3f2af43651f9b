//! A work queue that loses nothing when a worker is killed: a process hands out jobs, three worker
//! processes do them, and one of the workers is killed with a job in its hands.
//!
//! `cargo run --release --example jobs`

use std::process::{Command, ExitCode};
use std::time::Duration;

type Error = Box<dyn std::error::Error>;

const JOBS: u64 = 100_000;

fn main() -> Result<ExitCode, Error> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(role), Some(name)) if role == "work" => work(&name)?,
        _ => hand_out()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The process that has the jobs.
fn hand_out() -> Result<(), Error> {
    let name = format!("jobs-{}", std::process::id());
    let mut jobs = ringway::spmc::<u64>(&name).sender()?;
    let mut results = ringway::mpsc::<u64>(format!("{name}-results")).receiver()?;

    let program = std::env::current_exe()?;
    let start = || Command::new(&program).args(["work", &name]).spawn();
    let mut workers = [start()?, start()?, start()?];

    // A worker has its place in both channels before it is seen here. Without this the one that is
    // killed could be the only one, and a channel without workers is closed.
    while jobs.receivers() < workers.len() {
        std::thread::sleep(Duration::from_millis(1));
    }

    let summing = std::thread::spawn(move || {
        let (mut count, mut sum) = (0, 0);
        while let Ok(result) = results.recv() {
            (count, sum) = (count + 1, sum + *result);
        }
        (count, sum)
    });

    for job in 0..JOBS {
        jobs.send(job)?;
        if job == JOBS / 2 {
            workers[0].kill()?; // whatever it is doing
        }
    }
    jobs.join()?; // every job is finished, also the one that the dead worker had begun
    drop(jobs); // which closes the channel for the workers
    for worker in &mut workers {
        worker.wait()?;
    }

    let (count, sum) = summing.join().expect("the other thread does not panic");
    println!("{count} results for {JOBS} jobs, one worker killed");
    // A job whose result was sent, but which was not finished yet, was done twice.
    let expected: u64 = (0..JOBS).sum();
    assert!(count >= JOBS && sum >= expected && count <= JOBS + 1);
    Ok(())
}

/// A worker.
fn work(name: &str) -> Result<(), Error> {
    let mut results = ringway::mpsc::<u64>(format!("{name}-results")).sender()?;
    let mut jobs = ringway::spmc::<u64>(name).receiver()?;
    while let Ok(job) = jobs.recv() {
        if job.is_redelivered() {
            eprintln!("job {} comes again: its worker died", *job);
        }
        results.send(*job)?;
        job.ack();
    }
    Ok(())
}
