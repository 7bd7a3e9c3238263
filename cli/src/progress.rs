//! How a wait shows that it goes on: a line that is drawn again on a terminal, a line a change and a heartbeat elsewhere.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{FormattedDuration, ProgressBar, ProgressStyle};
use tcdb_async::AsyncRequestInfo;

use crate::screen::Screen;
use crate::{durations, escape, terminal};

const REDRAW: Duration = Duration::from_millis(100);
/// How often a wait prints that it goes on, unless it is asked for otherwise.
pub const HEARTBEAT: Duration = Duration::from_secs(60);
/// A wait without a heartbeat still looks for events that often.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The line, where there is a terminal that can draw one again.
pub fn bar(is_quiet: bool) -> Option<ProgressBar> {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    if is_quiet || !stderr().is_terminal() || (is_dumb && cfg!(unix)) {
        return None;
    }
    // All of it is the message, which alone is cut to the width.
    let style = ProgressStyle::with_template("{wide_msg}").ok()?;
    Some(ProgressBar::with_draw_target(None, terminal::target()).with_style(style))
}

pub struct Progress {
    screen: Screen,
    started: Instant,
    heartbeat: Duration,
    last_line: Instant,
    total: usize,
    ended: usize,
    /// The latest change: id and status.
    latest: Option<(String, String)>,
}

impl Progress {
    pub fn new(screen: Screen, total: usize, heartbeat: Duration) -> Self {
        let now = Instant::now();
        let mut progress = Self { screen, started: now, heartbeat, last_line: now, total, ended: 0, latest: None };
        progress.draw();
        progress
    }

    /// For how long nothing has to be shown, if nothing happens.
    pub fn pause(&self) -> Duration {
        match (self.screen.bar(), due_in(self.heartbeat, self.last_line.elapsed())) {
            (Some(_), _) => REDRAW,
            (None, due_in) => due_in.map_or(LONGEST_PAUSE, |due_in| due_in.min(LONGEST_PAUSE)),
        }
    }

    pub fn changed(&mut self, id: &str, info: &AsyncRequestInfo) {
        let (id, status) = (escape::printable(id), shown_status(info));
        if self.screen.bar().is_none() {
            self.say(&format!("{id}: {status} after {}", durations::words(self.started.elapsed())));
        }
        self.latest = Some((id, status));
        self.draw();
    }

    pub fn ended(&mut self, id: &str) {
        self.ended += 1;
        self.latest.take_if(|(latest, _)| *latest == escape::printable(id));
        self.last_line = Instant::now();
        self.draw();
    }

    /// Time has passed.
    pub fn tick(&mut self) {
        let is_due = due_in(self.heartbeat, self.last_line.elapsed()) == Some(Duration::ZERO);
        if self.screen.bar().is_none() && is_due {
            self.say(&format!("{} after {}", self.state(), durations::words(self.started.elapsed())));
        }
        self.draw();
    }

    pub fn finish(&self) {
        if let Some(bar) = self.screen.bar() {
            bar.finish_and_clear();
        }
    }

    fn say(&mut self, line: &str) {
        self.screen.message(line);
        self.last_line = Instant::now();
    }

    fn draw(&mut self) {
        if let Some(bar) = self.screen.bar() {
            bar.set_message(format!("{} {}", FormattedDuration(self.started.elapsed()), self.state()));
            bar.tick();
        }
    }

    fn state(&self) -> String {
        match (&self.latest, self.total) {
            (None, 1) => "asking".to_owned(),
            // A narrow terminal cuts the id, not the status.
            (Some((id, status)), 1) => format!("{status} {id}"),
            (None, total) => format!("{} of {total} ended", self.ended),
            (Some((id, status)), total) => format!("{} of {total} ended; {status} {id}", self.ended),
        }
    }
}

/// When the next heartbeat is due, so long after the last line. `None`: never.
fn due_in(heartbeat: Duration, since_last_line: Duration) -> Option<Duration> {
    (heartbeat != Duration::ZERO).then(|| heartbeat.saturating_sub(since_last_line))
}

/// The status as the API spells it.
pub fn shown_status(info: &AsyncRequestInfo) -> String {
    match info.status_text.as_deref() {
        None | Some("") => "(no status)".to_owned(),
        Some(text) => escape::printable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_is_due_once_nothing_was_printed_for_so_long() {
        let (ms, never) = (Duration::from_millis, Duration::ZERO);
        for (heartbeat, since_last_line, due) in [
            (HEARTBEAT, 0, Some(60_000)),
            (HEARTBEAT, 59_999, Some(1)),
            (HEARTBEAT, 60_000, Some(0)),
            (HEARTBEAT, 60_001, Some(0)),
            (ms(5000), 1000, Some(4000)),
            (never, 0, None),
            (never, 60_000, None),
        ] {
            assert_eq!(due_in(heartbeat, ms(since_last_line)), due.map(ms), "{heartbeat:?} {since_last_line}");
        }
    }

    #[test]
    fn a_wait_on_a_pipe_sleeps_up_to_its_heartbeat_and_prints_no_earlier() {
        let mut progress = Progress::new(Screen::new(true, None), 1, HEARTBEAT);
        let begun = progress.last_line;
        progress.tick();
        assert_eq!(progress.last_line, begun);
        assert!(progress.pause() <= HEARTBEAT && progress.pause() > HEARTBEAT / 2, "{:?}", progress.pause());
        progress.heartbeat = Duration::from_nanos(1);
        progress.tick();
        assert!(progress.last_line > begun && progress.pause() <= progress.heartbeat);
        progress.heartbeat = Duration::ZERO;
        assert_eq!(progress.pause(), LONGEST_PAUSE);
    }
}
