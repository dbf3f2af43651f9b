//! What locks and signals are used for, written once, and driven by threads, by processes, and by
//! processes of which some are killed.

/// Calls `$function` for the scenario of this [name](Scenario::NAME).
macro_rules! for_scenario {
    ($name:expr, $function:ident) => {
        for_scenario!($name, $function;
            $crate::scenario::Accounts,
            $crate::scenario::Newest,
            $crate::scenario::Pair,
            $crate::scenario::PingPong,
            $crate::scenario::Queue,
            $crate::scenario::Rounds,
            $crate::scenario::Pool)
    };
    ($name:expr, $function:ident; $($scenario:ty),+) => {
        match $name {
            $(name if name == <$scenario as $crate::scenario::Scenario>::NAME => {
                $function::<$scenario>()
            })+
            other => panic!("no scenario {other:?}"),
        }
    };
}

mod accounts;
mod board;
mod hall;
mod newest;
mod pair;
mod ping_pong;
mod play;
mod pool;
mod queue;
mod rounds;

pub use accounts::Accounts;
pub use board::{Board, OWN_WORDS};
pub use hall::Hall;
pub use newest::Newest;
pub use pair::Pair;
pub use ping_pong::PingPong;
pub use play::{A_WHILE, By, Scenario, Worker, play, play_worker};
pub use pool::Pool;
pub use queue::Queue;
pub use rounds::Rounds;

/// A write that the compiler leaves where it is, so that a death finds things in this order.
#[inline(always)]
pub(crate) fn write<T>(place: &mut T, value: T) {
    *std::hint::black_box(&mut *place) = value;
    std::hint::black_box(place);
}
