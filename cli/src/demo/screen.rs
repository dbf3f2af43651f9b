//! Where the demonstration is seen: a terminal that can draw, or plain lines.

use crate::exit::Failure;
use crate::output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Display;
use std::io::{IsTerminal, stderr, stdout};
use std::time::{Duration, Instant};
use std::{env, iter};

/// What takes less time gets no progress bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// What the output can show.
pub(crate) struct Screen {
    /// More than ASCII.
    is_unicode: bool,
    /// Lines may be drawn over.
    is_interactive: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let is_terminal = stdout().is_terminal();
        Screen {
            is_unicode: is_terminal && is_utf8_locale(),
            is_interactive: is_terminal && stderr().is_terminal(),
        }
    }

    pub(crate) fn line(&self, text: impl Display) -> Result<(), Failure> {
        if self.is_unicode {
            return output::line(text);
        }
        output::line(text.to_string().replace('µ', "u"))
    }

    /// A line with an empty one before it.
    pub(crate) fn heading(&self, text: impl Display) -> Result<(), Failure> {
        self.line("")?;
        self.line(text)
    }

    /// A bar of `share` of `width` characters.
    pub(crate) fn bar(&self, share: f64, width: usize) -> String {
        if !self.is_unicode {
            return "#".repeat((share * width as f64).round() as usize);
        }
        let eighths = (share * width as f64 * 8.0).round() as usize;
        let rest = [
            None,
            Some('▏'),
            Some('▎'),
            Some('▍'),
            Some('▌'),
            Some('▋'),
            Some('▊'),
            Some('▉'),
        ];
        iter::repeat_n('█', eighths / 8)
            .chain(rest[eighths % 8])
            .collect()
    }

    /// Shows how far something has got, of `total`, once it takes its time.
    pub(crate) fn progress(&self, total: u64) -> Progress {
        Progress {
            bar: self.is_interactive.then(|| self.progress_bar(total)),
            began: Instant::now(),
        }
    }

    fn progress_bar(&self, total: u64) -> ProgressBar {
        let characters = if self.is_unicode {
            "█▉▊▋▌▍▎▏ "
        } else {
            "#- "
        };
        let style = ProgressStyle::with_template("  {bar:40} {percent:>3} %")
            .expect("the template is right")
            .progress_chars(characters);
        // Drawn by `at` alone: a thread that draws would take time from what is measured.
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        bar.with_style(style)
    }
}

/// A progress bar on a terminal, nothing elsewhere. It disappears when it is dropped.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    began: Instant,
}

impl Progress {
    pub(crate) fn at(&self, position: u64) {
        match &self.bar {
            Some(bar) if self.began.elapsed() > PATIENCE => bar.set_position(position),
            _ => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The first of these variables that says something decides.
fn is_utf8_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty());
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(is_unicode: bool) -> Screen {
        Screen {
            is_unicode,
            is_interactive: false,
        }
    }

    #[test]
    fn bars_have_eighths_where_they_can_be_drawn() {
        assert_eq!(screen(true).bar(0.5, 5), "██▌");
        assert_eq!(screen(true).bar(1.0, 2), "██");
        assert_eq!(screen(false).bar(0.5, 4), "##");
        assert_eq!(screen(false).bar(0.0, 4), "");
    }
}
