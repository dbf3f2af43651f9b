//! Locks and signals in use: the same scenarios played by threads, by processes, and by processes
//! that are killed; what waiting costs, and what others are told of a death.

mod deaths;
mod objects;
mod quiet;
mod scenarios;
mod waiting;

use deaths::dies_with;
#[cfg(target_os = "linux")]
use quiet::works_alone;
use ringway_testkit::roles;
use ringway_testkit::scenario::play_worker as works;
use waiting::{waits_idly, waits_in_vain};

roles! { works, dies_with, waits_idly, waits_in_vain, #[cfg(target_os = "linux")] works_alone }
