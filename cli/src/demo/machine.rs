//! What a number was measured on.

use std::{env, fs, thread};

/// Processors that this process may use.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// In one line.
pub(crate) fn describe(processors: usize) -> String {
    let plural = if processors == 1 { "" } else { "s" };
    let model = model().map_or(String::new(), |model| format!(", {model}"));
    let (os, arch) = (env::consts::OS, env::consts::ARCH);
    format!("{processors} processor{plural} to use{model}, {os} {arch}")
}

/// What the processor calls itself, where the system says.
fn model() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().into())
}
