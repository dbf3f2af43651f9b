//! Doorbells: an event loop is told of whatever a call would wait for, over real processes.

#[cfg(target_os = "linux")]
mod epoll;
#[cfg(target_os = "linux")]
mod files;
mod life;
mod look;
#[cfg(unix)]
mod loops;
mod many;
mod peers;
#[cfg(target_os = "linux")]
mod quiet;
mod sources;

#[cfg(target_os = "linux")]
use files::holds_bells;
use life::holds_all_bells;
#[cfg(unix)]
use life::{forks, leaves_a_child};
#[cfg(unix)]
use loops::answers;
use many::{lets_go, takes_one_by_one, watches_and_is_slow};
use peers::{echoes, hangs_up, holds};
#[cfg(target_os = "linux")]
use quiet::{arms_what_is_ready, drains_beside_a_bell, has_let_go, streams};
use ringway_testkit::roles;
use sources::does_what_it_is_told;

roles! {
    does_what_it_is_told, echoes, hangs_up, holds, holds_all_bells, takes_one_by_one,
    watches_and_is_slow, lets_go,
    #[cfg(unix)] forks, #[cfg(unix)] leaves_a_child, #[cfg(unix)] answers,
    #[cfg(target_os = "linux")] holds_bells, #[cfg(target_os = "linux")] arms_what_is_ready,
    #[cfg(target_os = "linux")] drains_beside_a_bell, #[cfg(target_os = "linux")] has_let_go,
    #[cfg(target_os = "linux")] streams
}
