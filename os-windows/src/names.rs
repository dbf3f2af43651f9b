//! What the kernel objects of a segment are called. All are of this login session (`Local\`).

use ringway_os_common::Name;
use std::fmt::{self, Write};
use std::num::NonZeroU32;

/// Stands between a segment's name and its generation. No [`Name`] contains it.
const GENERATION: char = '~';

/// Words that a [`KernelName`] has room for.
const ROOM: usize = 320;

// A prefix, a name or a number in its place, and a generation or a slot.
const _: () = assert!(Name::MAX_LEN + 48 < ROOM);

/// The name of a kernel object, as the system takes it. Making one allocates nothing: sleepers do.
pub(crate) struct KernelName {
    /// Ends with a zero.
    words: [u16; ROOM],
    len: usize,
}

impl KernelName {
    fn new(name: fmt::Arguments<'_>) -> Self {
        let mut made = KernelName {
            words: [0; ROOM],
            len: 0,
        };
        let fits = made.write_fmt(name);
        debug_assert!(fits.is_ok());
        made
    }

    /// The words, with a zero behind them.
    pub(crate) fn as_ptr(&self) -> *const u16 {
        self.words.as_ptr()
    }
}

impl Write for KernelName {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for word in text.encode_utf16() {
            // The last one stays zero.
            if self.len + 1 == ROOM {
                return Err(fmt::Error);
            }
            self.words[self.len] = word;
            self.len += 1;
        }
        Ok(())
    }
}

impl fmt::Display for KernelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        char::decode_utf16(self.words[..self.len].iter().copied())
            .try_for_each(|found| f.write_char(found.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

/// The section of a named segment: the first one of its name, or a later one while that has a user.
pub(crate) fn section(name: &Name, generation: u32) -> KernelName {
    match generation {
        0 => KernelName::new(format_args!(r"Local\{}", name.file_name())),
        later => KernelName::new(format_args!(
            r"Local\{}{GENERATION}{later}",
            name.file_name()
        )),
    }
}

/// What stands for the locks of a segment: its name, or what identifies one without a name.
pub(crate) fn key_of_anonymous(id: &str) -> String {
    format!("{GENERATION}{id}")
}

/// The mutex that those hold in turn who try to take the initialisation lock.
pub(crate) fn queue(key: &str) -> KernelName {
    KernelName::new(format_args!(r"Local\ringway-queue.{key}"))
}

/// The initialisation lock.
pub(crate) fn lock(key: &str) -> KernelName {
    KernelName::new(format_args!(r"Local\ringway-lock.{key}"))
}

/// What one attachment holds as long as it lives.
pub(crate) fn peer(id: &str, token: NonZeroU32) -> KernelName {
    KernelName::new(format_args!(r"Local\ringway-peer.{id}.{token:08x}"))
}

/// The bell of a wait slot.
pub(crate) fn bell(id: &str, slot: u32) -> KernelName {
    KernelName::new(format_args!(r"Local\ringway-bell.{id}.{slot}"))
}

/// Pipe `number` of this process, for its event loop.
pub(crate) fn pipe(number: u64) -> KernelName {
    let process = std::process::id();
    KernelName::new(format_args!(r"\\.\pipe\ringway-bell.{process}.{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_names_fit() {
        let longest = Name::new(&"x".repeat(Name::MAX_LEN)).unwrap();
        let section = section(&longest, u32::MAX).to_string();
        assert!(section.ends_with("x~4294967295"), "{section}");
        assert_eq!(queue(longest.as_str()).to_string().len(), 20 + 247);
        let id = "0123456789abcdef".repeat(3);
        assert!(bell(&id, 63).to_string().ends_with("f.63"));
    }
}
