//! The terminal that the progress line is drawn on.

use std::io;

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// Redraws a second at most: those that are due in between come with the next one.
const HZ: u8 = 20;
const LEAST_ROWS: u16 = 24;
/// Wider than what there is to say. A terminal may say any width, and each frame is as long.
const MOST_COLUMNS: u16 = 200;

/// Standard error as a terminal.
pub fn target() -> ProgressDrawTarget {
    ProgressDrawTarget::term_like_with_hz(Box::new(Terminal(Term::buffered_stderr())), HZ)
}

/// A terminal whose width counts also where it does not know its height, as below some CI systems and editors: without
/// this a line of 80 columns would be drawn there, whatever it says.
#[derive(Debug)]
struct Terminal(Term);

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        columns().unwrap_or_else(|| self.0.size().1).min(MOST_COLUMNS)
    }

    fn height(&self) -> u16 {
        self.0.size_checked().map_or(LEAST_ROWS, |(rows, _)| rows)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.0.write_line(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(unix)]
fn columns() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    Some(size.ws_col).filter(|&columns| columns > 0)
}

/// Windows knows both or none.
#[cfg(windows)]
fn columns() -> Option<u16> {
    None
}
