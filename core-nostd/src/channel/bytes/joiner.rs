//! How a receiver joins the parts of a message.
//!
//! ```text
//!           first part             last part
//!   Empty ─────────────▶ Filling ─────────────▶ Full ──▶ Empty
//!     │                     │                  (in the scratch memory)
//!     │ too long, or        │ another message begins
//!     ▼ no beginning        ▼
//!   Skipping ◀───────── half a message is dropped
//! ```
//!
//! Everything in a part is what another process wrote there, and may be anything.

use super::part::PartHeader;
use crate::scratch::Scratch;

/// Joins the parts of one message at a time.
#[derive(Debug)]
pub(super) struct Joiner<S> {
    scratch: S,
    state: State,
    /// The longest message that is joined, in bytes.
    pub(super) limit: usize,
    /// Messages of which not all parts came.
    pub(super) incomplete: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The next part is a first one.
    Empty,
    /// The first `have` of `total` bytes are there.
    Filling {
        total: usize,
        have: usize,
        place: Place,
    },
    /// A message that nobody gets; the next part of it would begin at `next`.
    Skipping { total: u64, next: u64 },
    /// A message lies in the scratch memory.
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Scratch,
    /// The buffer of the call that is under way.
    Buffer,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is copied to where it belongs, and others follow.
    Copied,
    /// It was the last one, and the message lies in the scratch memory.
    Full,
    /// It was the last one, and the message, of so many bytes, lies in the buffer.
    Delivered(usize),
    /// It is of no use.
    Skipped,
    /// It begins a message that is longer than the limit, of so many bytes.
    TooLong(u64),
    /// It begins a message that does not fit into the buffer, of so many bytes, and was not taken.
    ShortBuffer(usize),
    /// No honest sender writes this; it was not taken.
    Corrupt,
}

/// What became of a part, and whether it is the last of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stepped {
    pub(super) step: Step,
    pub(super) is_last: bool,
}

impl<S: Scratch> Joiner<S> {
    pub(super) fn new(limit: usize) -> Self {
        Joiner {
            scratch: S::default(),
            state: State::Empty,
            limit,
            incomplete: 0,
        }
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.state == State::Full
    }

    /// The message that was joined, if it [is full](Joiner::is_full).
    pub(super) fn message(&self) -> &[u8] {
        self.scratch.bytes()
    }

    /// Gives up the message that was joined.
    pub(super) fn clear(&mut self) {
        self.state = State::Empty;
    }

    /// Takes a part, and puts its bytes into `buffer`, if there is one and the message begins with
    /// this part, else into the scratch memory. A call that returns before the message is complete
    /// must [save](Joiner::save) what is in the buffer.
    pub(super) fn part(&mut self, record: &[u8], buffer: Option<&mut [u8]>) -> Stepped {
        let Some((header, bytes)) = PartHeader::read(record) else {
            return Stepped {
                step: Step::Corrupt,
                is_last: false,
            };
        };
        let PartHeader { total, offset } = header;
        // `read` has added them.
        let end = offset + bytes.len() as u64;
        let step = match self.state {
            State::Filling {
                total: expected,
                have,
                place,
            } if expected as u64 == total && have as u64 == offset => {
                self.put(bytes, expected, have, place, buffer)
            }
            State::Skipping {
                total: expected,
                next,
            } if expected == total && next == offset => {
                self.skip(total, end);
                Step::Skipped
            }
            _ if offset == 0 => self.begin(header.total, bytes, buffer),
            _ => {
                self.drop_half();
                // The beginning went to a receiver that is no more.
                self.incomplete += 1;
                self.skip(total, end);
                Step::Skipped
            }
        };
        Stepped {
            step,
            is_last: end == total,
        }
    }

    fn begin(&mut self, total: u64, bytes: &[u8], buffer: Option<&mut [u8]>) -> Step {
        let joins = usize::try_from(total)
            .ok()
            .filter(|&total| S::EXISTS && total <= self.limit);
        let Some(len) = joins else {
            self.drop_half();
            self.skip(total, bytes.len() as u64);
            return Step::TooLong(total);
        };
        match buffer {
            Some(buffer) if buffer.len() < len => Step::ShortBuffer(len),
            Some(buffer) => {
                self.drop_half();
                self.put(bytes, len, 0, Place::Buffer, Some(buffer))
            }
            None => {
                self.drop_half();
                if !self.scratch.begin(len) {
                    self.skip(total, bytes.len() as u64);
                    return Step::TooLong(total);
                }
                self.put(bytes, len, 0, Place::Scratch, None)
            }
        }
    }

    /// Puts the next `bytes` to the first `have` of `total`.
    fn put(
        &mut self,
        bytes: &[u8],
        total: usize,
        have: usize,
        place: Place,
        buffer: Option<&mut [u8]>,
    ) -> Step {
        let end = have + bytes.len();
        match place {
            Place::Scratch => self.scratch.push(bytes),
            Place::Buffer => match buffer.and_then(|buffer| buffer.get_mut(have..end)) {
                Some(place) => place.copy_from_slice(bytes),
                // Begun in another buffer, which is saved at the end of its call.
                None => unreachable!("the buffer of this call is as long as the message"),
            },
        }
        if end < total {
            self.state = State::Filling {
                total,
                have: end,
                place,
            };
            return Step::Copied;
        }
        match place {
            Place::Scratch => {
                self.state = State::Full;
                Step::Full
            }
            Place::Buffer => {
                self.state = State::Empty;
                Step::Delivered(total)
            }
        }
    }

    /// Parts up to `next` of a message are passed over.
    fn skip(&mut self, total: u64, next: u64) {
        self.state = if next < total {
            State::Skipping { total, next }
        } else {
            State::Empty
        };
    }

    /// What there is of a message will not be completed.
    pub(super) fn drop_half(&mut self) {
        if matches!(self.state, State::Filling { .. }) {
            self.incomplete += 1;
            self.state = State::Empty;
        }
    }

    /// Before a call ends in whose `buffer` a message was begun: keeps what there is of it.
    pub(super) fn save(&mut self, buffer: &[u8]) {
        let State::Filling {
            total,
            have,
            place: Place::Buffer,
        } = self.state
        else {
            return;
        };
        if self.scratch.begin(total) {
            self.scratch.push(&buffer[..have]);
            self.state = State::Filling {
                total,
                have,
                place: Place::Scratch,
            };
        } else {
            self.drop_half();
            self.skip(total as u64, have as u64);
        }
    }
}
