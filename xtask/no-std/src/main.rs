//! A program with neither std nor an allocator, to show that `ringway-core` needs neither: it
//! sends itself messages over static memory. Exit status 0 if each has arrived.
//!
//! Its own panic handler would clash with that of std, and nothing here could allocate, so it
//! does not even link if the core, or what the core depends on, brings one of the two. The C
//! library is there for its start-up code and `abort`.

#![no_std]
#![no_main]

use core::ffi::{c_char, c_int};
use core::panic::PanicInfo;
use ringway_core::local;
use ringway_core::region::StaticRegion;

static REGION: StaticRegion<4096> = StaticRegion::new();

/// Many times what the region holds.
const MESSAGES: u64 = 100_000;

// SAFETY: `abort` has this signature in C.
#[link(name = "c")]
unsafe extern "C" {
    safe fn abort() -> !;
}

// SAFETY: no other function of this name is linked: std, which has one, is not.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    c_int::from(exchange().is_none())
}

/// `None` if a message could not be sent, could not be received, or came changed.
fn exchange() -> Option<()> {
    let (mut sender, mut receiver) = local::split::<u64>(&REGION).ok()?;
    for number in 0..MESSAGES {
        sender.try_send(number).ok()?;
        let received = receiver.recv().ok()?;
        if *received != number {
            return None;
        }
    }
    Some(())
}

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    abort()
}
