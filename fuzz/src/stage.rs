//! Where a script is played: a segment, a clock, who lives, and somebody who lies.
#![allow(unsafe_code)]

use crate::region::Region;
use crate::script::Script;
use ringway_core::attach::Options;
use ringway_core::liveness::{Liveness, PeerId};
use ringway_core::platform::Platform;
use ringway_core::region::Memory;
use ringway_core::scratch::Scratch;
use ringway_core::wait::{Nanos, Wait, WaitResult, WaitStrategy, Word};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Questions to the platform and looks at shared words within one call: more are a hang.
const MOST_QUESTIONS: u32 = 50_000;
const MOST_LOOKS: u32 = 2_000_000;

/// How many attachments a script has: as many as there are bits for who lives.
const MOST_ENDS: u32 = 63;

/// How long the calls with a timeout wait: somewhat longer than the slice after which a sleeper asks
/// who lives. Some wake each millisecond meanwhile.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(250);

/// No message lies in the first bytes of a segment.
const HEADER: usize = 256;

/// How far the clock goes on at each look at it, in nanoseconds.
const TICK: u64 = 100_000;

/// Everything that the attachments of one script have in common.
#[derive(Debug)]
pub(crate) struct Stage<'i> {
    pub(crate) script: Script<'i>,
    region: Region,
    clock: Cell<u64>,
    questions: Cell<u32>,
    looks: Cell<u32>,
    /// After so many looks somebody lies; never if 0.
    until_lie: Cell<u32>,
    /// A bit for each attachment that lives, by its token.
    alive: Cell<u64>,
    /// The next token.
    next: Cell<u32>,
    /// Bytes that nobody may change now, since there is a reference to them.
    held: Cell<(usize, usize)>,
}

impl<'i> Stage<'i> {
    pub(crate) fn new(script: Script<'i>, len: usize) -> Self {
        Stage {
            script,
            region: Region::new(len),
            clock: Cell::new(0),
            questions: Cell::new(0),
            looks: Cell::new(0),
            until_lie: Cell::new(0),
            alive: Cell::new(0),
            next: Cell::new(1),
            held: Cell::new((0, 0)),
        }
    }

    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// Plays `scene`, telling of looks at shared words.
    pub(crate) fn play(&self, scene: impl FnOnce()) {
        looks::told_to(self, scene);
    }

    /// A new attachment, unless there were too many.
    pub(crate) fn attachment(&self) -> Option<End<'_>> {
        let token = self.next.get();
        if token > MOST_ENDS {
            return None;
        }
        self.next.set(token + 1);
        self.alive.set(self.alive.get() | 1 << token);
        Some(End {
            stage: self,
            token: NonZeroU32::new(token)?,
        })
    }

    /// How to attach: without waiting for long.
    pub(crate) fn options(&self) -> Options {
        Options {
            wait: WaitStrategy::Park,
            deadline: Some(Nanos(self.clock.get()).after(TIMEOUT)),
            acknowledge_each: self.script.coin(),
            ..Options::default()
        }
    }

    /// A new call begins.
    pub(crate) fn begin(&self) {
        self.questions.set(0);
        self.looks.set(0);
    }

    /// From now on somebody lies within calls, too, or not any more.
    pub(crate) fn lie_later(&self) {
        self.until_lie.set(u32::from(self.script.byte()));
    }

    /// Nobody changes those bytes, which lie in the segment, until [`release`](Stage::release).
    pub(crate) fn hold<T: ?Sized>(&self, held: &T) {
        let range = self.place(held);
        assert!(
            range.start >= HEADER && range.end <= self.region.len(),
            "a message outside of the ring"
        );
        self.held.set((range.start, range.end));
    }

    /// As [`hold`](Stage::hold), of a message that may have been joined in private memory.
    pub(crate) fn hold_if_shared(&self, held: &[u8]) {
        if self.place(held).start < self.region.len() {
            self.hold(held);
        }
    }

    /// Where something lies, in bytes from the beginning of the segment; far behind it if it lies
    /// before.
    fn place<T: ?Sized>(&self, held: &T) -> Range<usize> {
        let start = std::ptr::from_ref(held).addr();
        let offset = start.wrapping_sub(self.region.base().addr().get());
        offset..offset.saturating_add(size_of_val(held))
    }

    pub(crate) fn release(&self) {
        self.held.set((0, 0));
    }

    /// Overwrites one word, as the script says.
    pub(crate) fn lie(&self) {
        let words = self.region.words();
        let script = &self.script;
        let at = usize::from(script.half()) % words.len();
        let old = words[at].load(Ordering::Relaxed);
        let value = match script.below(8) {
            0 => script.word(),
            1 => old ^ 1 << (script.byte() % 32),
            2 => old.wrapping_add(i32::from(script.byte() as i8) as u32),
            3 => old.wrapping_add(u32::from(script.byte()) << 24),
            4 => words[usize::from(script.half()) % words.len()].load(Ordering::Relaxed),
            // A word of a lock, of the handshake, or of a frame.
            5 => u32::from(script.half()) << 2 | u32::from(script.below(4)),
            6 => 0,
            _ => u32::from(script.byte()),
        };
        self.write(at, value);
    }

    /// Overwrites many bytes in a row with those of the script.
    pub(crate) fn patch(&self) {
        let first = usize::from(self.script.half());
        let len = usize::from(self.script.byte());
        for (index, bytes) in self.script.take(4 * len).chunks(4).enumerate() {
            let mut word = [0; 4];
            word[..bytes.len()].copy_from_slice(bytes);
            let at = (first + index) % self.region.words().len();
            self.write(at, u32::from_le_bytes(word));
        }
    }

    /// Overwrites the header by that of another segment.
    pub(crate) fn take_header_of(&self, other: &Stage<'_>) {
        let header = other.region.words().iter().take(HEADER / 4).enumerate();
        for (at, word) in header {
            self.write(at, word.load(Ordering::Relaxed));
        }
    }

    fn write(&self, at: usize, value: u32) {
        let (start, end) = self.held.get();
        let held: Range<usize> = start / 4..end.div_ceil(4);
        if !held.contains(&at) {
            self.region.words()[at].store(value, Ordering::Relaxed);
        }
    }

    /// The core has looked at a shared word.
    fn looked(&self) {
        let looks = self.looks.get() + 1;
        self.looks.set(looks);
        assert!(looks < MOST_LOOKS, "a call that does not cease to look");
        match self.until_lie.get() {
            0 => {}
            1 => {
                self.lie();
                self.lie_later();
            }
            left => self.until_lie.set(left - 1),
        }
    }

    fn asked(&self) {
        let questions = self.questions.get() + 1;
        self.questions.set(questions);
        assert!(questions < MOST_QUESTIONS, "a call that does not end");
    }
}

/// One attachment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End<'s> {
    stage: &'s Stage<'s>,
    token: NonZeroU32,
}

impl End<'_> {
    /// From now on it is taken for dead. Whatever it was is not used, and not dropped either.
    pub(crate) fn die(self) {
        let alive = &self.stage.alive;
        alive.set(alive.get() & !(1 << self.token.get()));
    }
}

impl Wait for End<'_> {
    fn now(&self) -> Nanos {
        self.stage.asked();
        let clock = &self.stage.clock;
        clock.set(clock.get() + TICK);
        Nanos(clock.get())
    }
    fn wait(&self, word: Word<'_>, _: u32, deadline: Option<Nanos>) -> WaitResult {
        self.stage.asked();
        let at = std::ptr::from_ref(word.atomic).addr() - self.stage.region.base().addr().get();
        assert_eq!(word.offset, at, "the name of a word");
        // Nobody else does anything meanwhile.
        if let Some(Nanos(deadline)) = deadline {
            let clock = &self.stage.clock;
            clock.set(clock.get().max(deadline));
        }
        WaitResult::TimedOut
    }
    fn wake(&self, _: Word<'_>, _: u32) -> bool {
        self.stage.asked();
        false
    }
    fn yield_now(&self) {
        self.stage.asked();
    }
}

// SAFETY: tokens are given out once, and one that is called dead was an attachment that is never used
// again; others never existed.
unsafe impl Liveness for End<'_> {
    fn me(&self) -> PeerId {
        PeerId::from_token(self.token)
    }
    fn is_alive(&self, peer: PeerId) -> bool {
        self.stage.asked();
        match peer.token.get() {
            token @ ..=MOST_ENDS => self.stage.alive.get() >> token & 1 == 1,
            // Of those that never were, some live and let nothing go.
            token => token % 4 == 1,
        }
    }
}

impl Platform for End<'_> {
    type Memory = Region;
    type Scratch = Joined;
    fn memory(&self) -> &Region {
        &self.stage.region
    }
}

/// Where messages are joined. There is no more memory than that for a lying sender to ask for.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    bytes: Vec<u8>,
    begun: usize,
}

impl Joined {
    /// The longest message that it holds, in bytes.
    pub(crate) const MOST: usize = 1 << 16;
}

impl Scratch for Joined {
    const EXISTS: bool = true;

    fn begin(&mut self, len: usize) -> bool {
        self.bytes.clear();
        self.begun = len.min(Self::MOST);
        len <= Self::MOST
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        assert!(
            self.bytes.len() <= self.begun,
            "a message longer than it said"
        );
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(not(ringway_watched))]
mod looks {
    use super::Stage;

    pub(super) fn told_to(_: &Stage<'_>, scene: impl FnOnce()) {
        // Counted for those builds that tell.
        let _ = Stage::looked;
        scene();
    }
}

/// What the core tells of its looks, passed on to the stage that is played on.
#[cfg(ringway_watched)]
mod looks {
    use super::Stage;
    use std::cell::Cell;
    use std::ptr;

    thread_local! {
        static STAGE: Cell<*const Stage<'static>> = const { Cell::new(ptr::null()) };
    }

    pub(super) fn told_to(stage: &Stage<'_>, scene: impl FnOnce()) {
        /// A panic may pass the end of the stage.
        struct Curtain;
        impl Drop for Curtain {
            fn drop(&mut self) {
                STAGE.set(ptr::null());
            }
        }
        STAGE.set(ptr::from_ref(stage).cast());
        let _curtain = Curtain;
        ringway_core::primitive::tell_of_looks(|| {
            // SAFETY: null, or a stage that is borrowed until the curtain falls.
            if let Some(stage) = unsafe { STAGE.get().as_ref() } {
                stage.looked();
            }
        });
        scene();
    }
}
