//! Locks and signals in use: the same scenarios played by threads, by processes, and by processes
//! that are killed; what waiting costs, and what others are told of a death.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod deaths;
mod objects;
mod quiet;
mod scenarios;
mod waiting;

use deaths::dies_with;
use quiet::works_alone;
use ringway_testkit::roles;
use ringway_testkit::scenario::play_worker as works;
use waiting::{waits_idly, waits_in_vain};

roles! { works, dies_with, works_alone, waits_idly, waits_in_vain }
