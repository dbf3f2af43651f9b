//! How fast it goes, on a terminal: one line that is written over a few times a second.

use crate::end::Moved;
use crate::format::{bytes, clock, rate};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How often the line on a terminal is drawn.
const REDRAW: Duration = Duration::from_millis(250);

/// How often a line is written elsewhere.
const REPEAT: Duration = Duration::from_secs(1);

/// Whether to show anything: by the options, or, without any, where it disturbs nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Always,
    Never,
    /// Where standard error is a terminal and the bytes themselves are not on one, too.
    WhereItFits,
}

/// Shows how much has been moved, on standard error.
pub(crate) struct Meter {
    shown: Shown,
    began: Instant,
    drawn: Instant,
    /// What it was then.
    before: Moved,
}

enum Shown {
    Nothing,
    Line(ProgressBar),
    Lines,
}

impl Meter {
    /// Of bytes that come from, or go to, `stream`.
    pub(crate) fn new(wanted: Wanted, stream: &impl IsTerminal, start: Moved) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let shown = match wanted {
            Wanted::Never => Shown::Nothing,
            Wanted::WhereItFits if !is_terminal || stream.is_terminal() => Shown::Nothing,
            Wanted::Always if !is_terminal => Shown::Lines,
            _ => Shown::Line(line()),
        };
        Meter {
            shown,
            began: Instant::now(),
            drawn: Instant::now(),
            before: start,
        }
    }

    /// So much has been moved by now.
    #[inline]
    pub(crate) fn at(&mut self, moved: &Moved) {
        let every = match self.shown {
            Shown::Nothing => return,
            Shown::Line(_) => REDRAW,
            Shown::Lines => REPEAT,
        };
        let since = self.drawn.elapsed();
        if since >= every {
            self.draw(moved, since);
        }
    }

    #[cold]
    fn draw(&mut self, moved: &Moved, since: Duration) {
        let now = Moved {
            bytes: moved.bytes - self.before.bytes,
            messages: moved
                .messages
                .map(|messages| messages - self.before.messages.unwrap_or(0)),
        };
        let text = format!(
            "{}, {}, {}",
            moved.in_short(),
            speed(&now, since),
            clock(self.began.elapsed())
        );
        match &self.shown {
            Shown::Nothing => {}
            Shown::Line(line) => {
                line.set_message(text);
                line.tick();
            }
            Shown::Lines => eprintln!("{text}"),
        }
        self.drawn = Instant::now();
        self.before = *moved;
    }

    /// Says something else meanwhile.
    pub(crate) fn say(&self, text: &str) {
        match &self.shown {
            Shown::Line(line) => line.suspend(|| eprintln!("{text}")),
            _ => eprintln!("{text}"),
        }
    }

    /// This was all: says how fast it went in all.
    pub(crate) fn finish(self, moved: &Moved) {
        if let Shown::Line(line) = &self.shown {
            line.finish_and_clear();
        }
        if !matches!(self.shown, Shown::Nothing) {
            let took = self.began.elapsed();
            eprintln!(
                "{} in {:.2} s: {}",
                moved.in_short(),
                took.as_secs_f64(),
                speed(moved, took)
            );
        }
    }
}

fn line() -> ProgressBar {
    // Drawn by `at` alone: a thread that draws would take time from what is shown.
    let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    line.with_style(ProgressStyle::with_template("{msg}").expect("the template is right"))
}

/// So much in so long.
fn speed(moved: &Moved, time: Duration) -> String {
    let seconds = time.as_secs_f64().max(f64::MIN_POSITIVE);
    let each_second = bytes(moved.bytes as f64 / seconds);
    match moved.messages {
        Some(messages) => format!("{each_second}/s, {} messages/s", rate(messages, time)),
        None => format!("{each_second}/s"),
    }
}
