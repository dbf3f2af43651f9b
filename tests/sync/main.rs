//! Locks and signals in use: the same scenarios played by threads, by processes, and by processes
//! that are killed.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod scenarios;

use ringway_testkit::roles;

roles! { works }

fn works() {
    ringway_testkit::scenario::play_worker();
}
