//! What ends the program before there is an outcome for each task.

use std::fmt;
use std::io;

use tcdb_async::Error;

use crate::exit_code::Exit;
use crate::{escape, screen};

/// One line, and the exit code.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    /// Empty: there is nothing to say.
    line: String,
}

impl Failure {
    pub fn usage(line: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, line: line.into() }
    }

    /// `message` is the error's in the words of the command line.
    pub fn of_error(error: &Error, message: &str) -> Self {
        Self { exit: Exit::of_error(error), line: format!("{message}{}", screen::remarks(error)) }
    }

    /// A result that could not be written. A reader that has left has what it wanted: nothing is said of it.
    pub fn not_written(what: &str, why: &io::Error) -> Self {
        let line = if why.kind() == io::ErrorKind::BrokenPipe {
            String::new()
        } else {
            format!("write to {what}: {}", system_words(why))
        };
        Self { exit: Exit::NotWritten, line }
    }

    pub fn closed_output() -> Self {
        Self { exit: Exit::NotWritten, line: "standard output is closed".to_owned() }
    }

    pub fn system(what: &str, why: &io::Error) -> Self {
        Self { exit: Exit::Network, line: format!("{what}: {}", system_words(why)) }
    }

    pub fn exit(&self) -> Exit {
        self.exit
    }

    pub fn report(&self) {
        if !self.line.is_empty() {
            screen::write_message(&self.to_string());
        }
    }
}

/// Without its number, in lower case as all of this program's messages.
pub fn system_words(error: &io::Error) -> String {
    // Rust's own, of a text that was to be read.
    if error.kind() == io::ErrorKind::InvalidData {
        return "it is not UTF-8".to_owned();
    }
    let words = error.to_string();
    let words = words.split_once(" (os error").map_or(words.as_str(), |(words, _)| words);
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape::printable(&self.line))
    }
}
