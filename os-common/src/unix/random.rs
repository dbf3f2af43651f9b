//! Random numbers of the system.
#![allow(unsafe_code)]

use crate::error::Problem;
use ringway_core::liveness::PeerId;
use std::io;
use std::num::NonZeroU32;

/// As many bytes as the system gives at a time.
const MOST: usize = 256;

/// Fills `bytes`, of which there are at most 256, with what nobody can guess.
///
/// # Errors
///
/// Those of `getentropy`, which no system that works has.
pub fn fill(bytes: &mut [u8]) -> Result<(), Problem> {
    debug_assert!(bytes.len() <= MOST);
    // SAFETY: it writes that many bytes to where they are borrowed exclusively.
    let result = unsafe { libc::getentropy(bytes.as_mut_ptr().cast(), bytes.len()) };
    match result {
        0 => Ok(()),
        _ => Err(Problem::System {
            operation: "getentropy",
            source: io::Error::last_os_error(),
        }),
    }
}

/// A name for an attachment that was most likely never used before.
///
/// # Errors
///
/// As [`fill`].
pub fn random_token() -> Result<NonZeroU32, Problem> {
    loop {
        let mut bytes = [0; 4];
        fill(&mut bytes)?;
        if let Some(token) = NonZeroU32::new(u32::from_ne_bytes(bytes) & PeerId::MAX_TOKEN) {
            return Ok(token);
        }
    }
}
