//! loom's atomics, each call of which knows where it stands.
//!
//! Two environment variables, read once, serve `cargo xtask weaken`:
//!
//! - `RINGWAY_WEAKEN_RECORD=<file>`: every site that runs is appended to the file, one line each:
//!   `path:line:column`, operation and ordering, parted by tabs.
//! - `RINGWAY_WEAKEN=<path:line:column>`: this site runs with a weaker ordering: Release and
//!   Acquire become Relaxed, a fence or a wake-up is left out. For an AcqRel site the suffix
//!   `#acquire` or `#release` says which half is lost.

pub use loom::hint::spin_loop;
pub use loom::sync::atomic::Ordering;

use core::cell::Cell;
use core::panic::Location;
use std::collections::HashSet;
use std::format;
use std::io::Write;
use std::string::String;
use std::sync::{Mutex, OnceLock};

struct Plan {
    record: Option<String>,
    /// The site to weaken, and which half of an AcqRel.
    weaken: Option<(String, Option<String>)>,
    seen: Mutex<HashSet<(&'static str, u32, u32)>>,
}

fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| Plan {
        record: std::env::var("RINGWAY_WEAKEN_RECORD").ok(),
        weaken: std::env::var("RINGWAY_WEAKEN")
            .ok()
            .map(|site| match site.split_once('#') {
                Some((site, half)) => (site.into(), Some(half.into())),
                None => (site, None),
            }),
        seen: Mutex::default(),
    })
}

/// Notes that the site ran; whether it is the one to weaken, and which half.
fn visit(
    site: &'static Location<'static>,
    what: &str,
    ordering: &str,
) -> Option<Option<&'static str>> {
    let plan = plan();
    if let Some(file) = &plan.record {
        let key = (site.file(), site.line(), site.column());
        if plan.seen.lock().unwrap().insert(key) {
            let line = format!("{}:{}:{}\t{what}\t{ordering}\n", key.0, key.1, key.2);
            let mut file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(file)
                .unwrap();
            file.write_all(line.as_bytes()).unwrap();
        }
    }
    let (weakened, half) = plan.weaken.as_ref()?;
    let here = format!("{}:{}:{}", site.file(), site.line(), site.column());
    (here == *weakened).then_some(half.as_deref())
}

#[track_caller]
fn weakened(what: &str, ordering: Ordering) -> Ordering {
    let name = format!("{ordering:?}");
    if ordering == Ordering::Relaxed {
        return ordering;
    }
    match (visit(Location::caller(), what, &name), ordering) {
        (None, kept) => kept,
        (Some(Some("acquire")), Ordering::AcqRel) => Ordering::Release,
        (Some(Some("release")), Ordering::AcqRel) => Ordering::Acquire,
        (Some(_), _) => Ordering::Relaxed,
    }
}

macro_rules! modelled_word {
    ($(#[$doc:meta])* $name:ident, $loom:ident, $number:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(loom::sync::atomic::$loom);

        impl $name {
            /// A word holding `value`.
            #[must_use]
            pub fn new(value: $number) -> Self {
                $name(loom::sync::atomic::$loom::new(value))
            }
            /// As `core`'s.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $number {
                self.0.load(weakened("load", order))
            }
            /// As `core`'s.
            #[track_caller]
            pub fn store(&self, value: $number, order: Ordering) {
                self.0.store(value, weakened("store", order));
            }
            /// As `core`'s.
            #[track_caller]
            pub fn fetch_or(&self, value: $number, order: Ordering) -> $number {
                self.0.fetch_or(value, weakened("fetch_or", order))
            }
            /// As `core`'s.
            #[track_caller]
            pub fn fetch_and(&self, value: $number, order: Ordering) -> $number {
                self.0.fetch_and(value, weakened("fetch_and", order))
            }
            /// As `core`'s.
            #[track_caller]
            pub fn fetch_add(&self, value: $number, order: Ordering) -> $number {
                self.0.fetch_add(value, weakened("fetch_add", order))
            }
            /// As `core`'s.
            #[track_caller]
            pub fn swap(&self, value: $number, order: Ordering) -> $number {
                self.0.swap(value, weakened("swap", order))
            }
            /// As `core`'s.
            ///
            /// # Errors
            ///
            /// The value found, if it was not `current`.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $number,
                new: $number,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$number, $number> {
                let success = weakened("compare_exchange", success);
                // The failure ordering is weakened together with the success ordering of its site.
                let failure = if success == Ordering::Relaxed {
                    success
                } else {
                    failure
                };
                self.0.compare_exchange(current, new, success, failure)
            }
        }
    };
}

modelled_word! {
    /// A [`loom::sync::atomic::AtomicU32`] whose every use is a site.
    AtomicU32, AtomicU32, u32
}
modelled_word! {
    /// A [`loom::sync::atomic::AtomicU64`] whose every use is a site.
    Wide, AtomicU64, u64
}

/// A fence that is a site.
#[track_caller]
pub fn fence(order: Ordering) {
    if visit(Location::caller(), "fence", &format!("{order:?}")).is_none() {
        loom::sync::atomic::fence(order);
    }
}

std::thread_local! {
    static BARRIERS: Cell<bool> = const { Cell::new(true) };
}

/// Says whether the system of the models that this thread runs has barriers that reach others.
pub fn suppose_barriers(exist: bool) {
    BARRIERS.set(exist);
}

/// The light half is modelled as a full fence, which is what the pair of both halves amounts to;
/// where there is no heavy half, as nothing.
#[track_caller]
pub fn light_fence() {
    if BARRIERS.get() {
        fence(Ordering::SeqCst);
    }
}

/// A model executes a thread in the order of its program.
pub fn in_program_order() {}

/// A fence behind a read-modify-write: loom's own are none.
#[track_caller]
pub fn fence_behind_exchange() {
    fence(Ordering::SeqCst);
}

/// The heavy half.
#[track_caller]
pub fn heavy_fence(barrier_everywhere: impl FnOnce() -> bool) -> bool {
    fence(Ordering::SeqCst);
    barrier_everywhere()
}

/// Whether a wake-up is sent: always, save for the one that is to be lost.
#[track_caller]
pub fn wake_site() -> bool {
    visit(Location::caller(), "wake", "-").is_none()
}

/// Words that nothing uses: not modelled, since every fence looks at every modelled word.
pub type Reserved<const N: usize> = [(); N];

/// Reserved words.
#[must_use]
pub fn zeros<const N: usize>() -> Reserved<N> {
    [(); N]
}
