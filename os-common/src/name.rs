//! Channel names, checked before any system sees them.

use core::fmt;
use core::str::FromStr;
use heapless::String;

/// What the file name of every named segment starts with, so that they can be told from others.
const PREFIX: &str = "ringway.";

/// The longest file name that Linux, macOS and Windows all accept, in bytes.
const FILE_NAME_MAX: usize = 255;

const MAX_LEN: usize = FILE_NAME_MAX - PREFIX.len();

/// A channel name: 1 to [`Name::MAX_LEN`] of the characters `A-Z a-z 0-9 . _ -`, not starting
/// with a dot.
///
/// That is what every system accepts as part of a file name, and no shell treats specially.
///
/// ```
/// use ringway_os_common::Name;
///
/// let name: Name = "ticks.eu-1".parse()?;
/// assert_eq!(name.file_name(), "ringway.ticks.eu-1");
/// assert_eq!(
///     "a/b".parse::<Name>().unwrap_err().to_string(),
///     "'/' at position 1 is not allowed in a name: only A-Z a-z 0-9 . _ - are"
/// );
/// # Ok::<(), ringway_os_common::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String<MAX_LEN>);

impl Name {
    /// The longest name, in bytes: a file name of 255 less the prefix `ringway.`.
    pub const MAX_LEN: usize = MAX_LEN;

    /// Checks `text` and keeps a copy of it.
    ///
    /// # Errors
    ///
    /// [`NameError`] says which rule `text` breaks, and where.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.starts_with('.') {
            return Err(NameError::LeadingDot);
        }
        if let Some((position, found)) = text.chars().enumerate().find(|(_, c)| !is_allowed(*c)) {
            return Err(NameError::BadCharacter { found, position });
        }
        String::try_from(text)
            .map(Name)
            .map_err(|_| NameError::TooLong { found: text.len() })
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file name under which a system lists the segment: `ringway.` and the name.
    #[must_use]
    pub fn file_name(&self) -> std::string::String {
        format!("{PREFIX}{}", self.0)
    }

    /// The name behind a [`file_name`](Name::file_name), or `None` if `file_name` is not of that
    /// form.
    #[must_use]
    pub fn from_file_name(file_name: &str) -> Option<Self> {
        Name::new(file_name.strip_prefix(PREFIX)?).ok()
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Name::new(text)
    }
}

/// Which rule for a [`Name`] was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// There is nothing in it.
    Empty,
    /// It is longer than [`Name::MAX_LEN`].
    TooLong {
        /// Its length in bytes.
        found: usize,
    },
    /// It starts with a dot, as hidden files do.
    LeadingDot,
    /// It contains a character that is not allowed.
    BadCharacter {
        /// The first such character.
        found: char,
        /// Where it stands, in characters from 0.
        position: usize,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            NameError::Empty => f.write_str("a name needs at least one character"),
            NameError::TooLong { found } => {
                write!(
                    f,
                    "the name has {found} bytes, at most {MAX_LEN} are allowed"
                )
            }
            NameError::LeadingDot => f.write_str("a name must not start with a dot"),
            NameError::BadCharacter { found, position } => write!(
                f,
                "{found:?} at position {position} is not allowed in a name: \
                 only A-Z a-z 0-9 . _ - are"
            ),
        }
    }
}

impl core::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_name_fills_a_file_name() {
        let longest = "x".repeat(Name::MAX_LEN);
        let name = Name::new(&longest).unwrap();
        assert_eq!(name.file_name().len(), 255);
        let longer = "x".repeat(Name::MAX_LEN + 1);
        assert_eq!(Name::new(&longer), Err(NameError::TooLong { found: 248 }));
    }

    #[test]
    fn each_rule_has_its_error() {
        let bad = |found, position| Err(NameError::BadCharacter { found, position });
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(Name::new(".x"), Err(NameError::LeadingDot));
        assert_eq!(Name::new("a/b"), bad('/', 1));
        assert_eq!(Name::new("a\\b"), bad('\\', 1));
        assert_eq!(Name::new("a\0"), bad('\0', 1));
        assert_eq!(Name::new("größe"), bad('ö', 2));
    }

    #[test]
    fn file_name_leads_back_to_the_name() {
        let name = Name::new("a.b-c_D9").unwrap();
        assert_eq!(Name::from_file_name(&name.file_name()), Some(name));
        for other in [
            "ticks",
            "ringway.",
            "ringway..x",
            "Ringway.x",
            "ringway.a b",
        ] {
            assert_eq!(Name::from_file_name(other), None, "{other}");
        }
    }
}
