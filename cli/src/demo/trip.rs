//! How long a message takes there and back.

use super::histogram;
use super::peer::Peer;
use super::screen::Screen;
use super::serve::{Gone, Task};
use crate::exit::Failure;
use crate::format::{count, duration, nanoseconds};
use hdrhistogram::Histogram;
use ringway::{Receiver, Sender, WaitStrategy};
use std::time::{Duration, Instant};

/// How long to measure.
const TIME: Duration = Duration::from_millis(1500);

/// How long not to measure first: until both processes run at full speed.
const WARM_UP: Duration = Duration::from_millis(100);

/// Round trips between two looks at the clock and at the progress bar.
const BLOCK: u32 = 64;

/// The longest time that is recorded, in nanoseconds; what takes longer counts as this.
const LONGEST: u64 = 60_000_000_000;

/// A spinning peer answers in less than this, in nanoseconds, unless it is not running.
const A_TIME_SLICE: u64 = 500_000;

pub(crate) fn show(screen: &Screen, peer: &mut Peer, wait: WaitStrategy) -> Result<(), Failure> {
    let (mut there, mut back) = peer.begin(Task::Echo, wait)?;
    let mut times = Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are right");
    let measured = measure(screen, &mut there, &mut back, WARM_UP, &mut times);
    times.reset();
    let began = Instant::now();
    let measured = measured.and_then(|()| measure(screen, &mut there, &mut back, TIME, &mut times));
    if measured.is_err() {
        return Err(peer.lost());
    }
    tell(screen, wait, &times, began.elapsed())
}

/// Records the time of each round trip, in nanoseconds.
fn measure(
    screen: &Screen,
    there: &mut Sender<u64>,
    back: &mut Receiver<u64>,
    time: Duration,
    times: &mut Histogram<u64>,
) -> Result<(), Gone> {
    let progress = screen.progress(time.as_nanos() as u64);
    let began = Instant::now();
    let mut number = 0;
    while began.elapsed() < time {
        for _ in 0..BLOCK {
            let left = Instant::now();
            there.send(number).map_err(|_| Gone)?;
            let echo = *back.recv().map_err(|_| Gone)?;
            let took = left.elapsed();
            if echo != number {
                return Err(Gone);
            }
            times.saturating_record(took.as_nanos() as u64);
            number += 1;
        }
        progress.at(began.elapsed().as_nanos() as u64);
    }
    Ok(())
}

/// The second process: sends each number back.
pub(crate) fn serve(mut there: Receiver<u64>, mut back: Sender<u64>) -> Result<(), Gone> {
    while let Ok(number) = there.recv().map(|number| *number) {
        back.send(number).map_err(|_| Gone)?;
    }
    Ok(())
}

fn tell(
    screen: &Screen,
    wait: WaitStrategy,
    times: &Histogram<u64>,
    took: Duration,
) -> Result<(), Failure> {
    let how = match wait {
        WaitStrategy::Spin => "spinning, neither side ever sleeps",
        _ => "sleeping, each side sleeps until the other wakes it",
    };
    screen.line(format_args!(
        "  {how}: {} in {}",
        count(times.len()),
        duration(took)
    ))?;
    let at = |quantile| nanoseconds(times.value_at_quantile(quantile) as f64);
    screen.line(format_args!(
        "    p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        nanoseconds(times.max() as f64)
    ))?;
    if wait == WaitStrategy::Spin && times.value_at_quantile(0.5) > A_TIME_SLICE {
        screen.line(
            "    so long because the two had to share one processor: something else keeps this \
             machine busy",
        )?;
    }
    histogram::draw(screen, times)
}
