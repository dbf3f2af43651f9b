//! What the numbers were measured on.

use crate::cores::Cores;
use std::fs;

/// Processor, kernel and load, in a line.
#[must_use]
pub fn describe(cores: Cores) -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{model}, {} cores, of which {} and {} are used; Linux {}; load {}",
        std::thread::available_parallelism().map_or(1, usize::from),
        cores.lead,
        cores.follower,
        kernel.trim(),
        load()
    )
}

/// How busy the machine was in the last minute.
#[must_use]
pub fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
