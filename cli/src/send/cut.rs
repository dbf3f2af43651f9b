//! Where one message ends and the next begins in what is read.

use crate::exit::{Exit, Failure};
use std::io::BufRead;
use std::ops::Range;

/// Bytes of the length before each frame.
const LENGTH: usize = size_of::<u32>();

/// Cuts what is read into messages.
#[derive(Debug)]
pub(crate) struct Cut {
    form: Form,
    /// The longest message, in bytes.
    limit: usize,
    /// Messages that were cut off.
    count: u64,
}

#[derive(Debug)]
enum Form {
    Lines {
        /// So many bytes at the beginning have no newline among them.
        searched: usize,
    },
    Frames,
}

impl Cut {
    pub(crate) fn lines(limit: usize) -> Self {
        Cut {
            form: Form::Lines { searched: 0 },
            limit,
            count: 0,
        }
    }

    pub(crate) fn frames(limit: usize) -> Self {
        Cut {
            form: Form::Frames,
            limit,
            count: 0,
        }
    }

    /// Where in `bytes` the message lies with which they begin, and how many bytes are done with it;
    /// `None` if its end is not there yet.
    #[inline]
    pub(crate) fn next(&mut self, bytes: &[u8]) -> Result<Option<(Range<usize>, usize)>, Failure> {
        let found = match &mut self.form {
            Form::Lines { searched } => {
                let mut rest = &bytes[*searched..];
                let len = *searched + rest.skip_until(b'\n').expect("memory can be read");
                // What was searched before has none.
                let (text, found) = match bytes[..len].split_last() {
                    Some((b'\n', line)) => (line.len(), Some((0..line.len(), len))),
                    _ => (len, None),
                };
                *searched = if found.is_some() { 0 } else { len };
                if text > self.limit {
                    return Err(self.too_long(text));
                }
                found
            }
            Form::Frames => {
                let Some(length) = bytes.first_chunk::<LENGTH>() else {
                    return Ok(None);
                };
                let len = u32::from_le_bytes(*length) as usize;
                if len > self.limit {
                    return Err(self.too_long(len));
                }
                let end = LENGTH + len;
                (end <= bytes.len()).then_some((LENGTH..end, end))
            }
        };
        self.count += u64::from(found.is_some());
        Ok(found)
    }

    /// What `bytes` are, with which the input ends, behind the last message; `None` if nothing.
    pub(crate) fn last<'a>(&self, bytes: &'a [u8]) -> Result<Option<&'a [u8]>, Failure> {
        match self.form {
            _ if bytes.is_empty() => Ok(None),
            Form::Lines { .. } => Ok(Some(bytes)),
            Form::Frames => Err(self.truncated(bytes)),
        }
    }

    #[cold]
    fn too_long(&self, len: usize) -> Failure {
        let (what, length) = match self.form {
            Form::Lines { .. } => ("line", format!("more than {} bytes", self.limit)),
            Form::Frames => ("frame", format!("{len} bytes, more than {}", self.limit)),
        };
        let message = format_args!(
            "standard input: {what} {} has {length}; raise --limit on both sides, or use --raw for \
             what has no messages",
            self.count + 1
        );
        Failure::new(Exit::Other, message)
    }

    #[cold]
    fn truncated(&self, bytes: &[u8]) -> Failure {
        let number = self.count + 1;
        let message = match bytes.split_first_chunk::<LENGTH>() {
            Some((length, rest)) => format!(
                "standard input ends within frame {number}: {} of its {} bytes are there, and it was \
                 not sent",
                rest.len(),
                u32::from_le_bytes(*length)
            ),
            None => format!(
                "standard input ends within the length of frame {number}: {} of {LENGTH} bytes are \
                 there",
                bytes.len()
            ),
        };
        Failure::new(Exit::Other, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All messages of `input`, which comes byte by byte.
    fn cut(mut cut: Cut, input: &[u8]) -> Result<Vec<Vec<u8>>, Failure> {
        let mut messages = Vec::new();
        let mut start = 0;
        for end in 0..=input.len() {
            while let Some((place, used)) = cut.next(&input[start..end])? {
                messages.push(input[start..end][place].to_vec());
                start += used;
            }
        }
        messages.extend(cut.last(&input[start..])?.map(<[u8]>::to_vec));
        Ok(messages)
    }

    #[test]
    fn lines_end_with_a_newline_or_with_the_input() {
        let lines = |input: &str| cut(Cut::lines(100), input.as_bytes()).unwrap();
        assert!(lines("").is_empty());
        assert_eq!(lines("\n"), [b""]);
        assert_eq!(lines("a\n\nbc\n"), [&b"a"[..], b"", b"bc"]);
        assert_eq!(lines("a\nlast"), [&b"a"[..], b"last"]);
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
        for end in ["", "\n"] {
            let fits = format!("{}{end}", "x".repeat(10));
            assert_eq!(cut(Cut::lines(10), fits.as_bytes()).unwrap().len(), 1);
            let over = format!("a\n{}{end}", "x".repeat(11));
            let failure = cut(Cut::lines(10), over.as_bytes()).unwrap_err();
            assert!(
                failure
                    .to_string()
                    .contains("line 2 has more than 10 bytes"),
                "{failure}"
            );
        }
    }

    #[test]
    fn frames_say_how_long_they_are() {
        let input = b"\x01\0\0\0a\0\0\0\0\x03\0\0\0\nbc";
        let frames = cut(Cut::frames(3), input).unwrap();
        assert_eq!(frames, [&b"a"[..], b"", b"\nbc"]);
        let failure = cut(Cut::frames(2), input).unwrap_err();
        assert!(
            failure
                .to_string()
                .contains("frame 3 has 3 bytes, more than 2"),
            "{failure}"
        );
        for (cut_at, text) in [
            (15, "frame 3: 2 of its 3 bytes"),
            (13, "frame 3: 0 of its 3 bytes"),
            (12, "the length of frame 3: 3 of 4 bytes"),
        ] {
            let failure = cut(Cut::frames(3), &input[..cut_at]).unwrap_err();
            assert!(failure.to_string().contains(text), "{failure}");
        }
    }
}
