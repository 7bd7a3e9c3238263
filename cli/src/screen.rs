//! Standard output for results, standard error for everything else, so that neither tears the other.

use std::io::{self, Write};
use std::sync::Arc;

use indicatif::ProgressBar;
use tcdb_async::Error;

use crate::escape;
use crate::failure::Failure;
use crate::streams;

/// Both outputs, and the progress line if there is one. Cheap to clone.
#[derive(Clone, Default)]
pub struct Screen(Arc<Parts>);

#[derive(Default)]
struct Parts {
    is_quiet: bool,
    bar: Option<ProgressBar>,
}

impl Screen {
    pub fn new(is_quiet: bool, bar: Option<ProgressBar>) -> Self {
        Self(Arc::new(Parts { is_quiet, bar }))
    }

    pub fn bar(&self) -> Option<&ProgressBar> {
        self.0.bar.as_ref()
    }

    /// # Errors
    /// `NotWritten`.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        self.undisturbed(|| write_result(text))
    }

    /// What --quiet leaves out.
    pub fn message(&self, line: &str) {
        if !self.0.is_quiet {
            self.error(line);
        }
    }

    pub fn error(&self, line: &str) {
        self.undisturbed(|| write_message(line));
    }

    /// The progress line is taken away and drawn again behind what is written.
    fn undisturbed<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

/// # Errors
/// `NotWritten`: standard output was closed when the program was started.
pub fn check_output() -> Result<(), Failure> {
    if streams::stdout_was_closed() { Err(Failure::closed_output()) } else { Ok(()) }
}

/// To standard output, whole and at once.
///
/// # Errors
/// `NotWritten`.
pub fn write_result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|why| Failure::not_written("standard output", &why))
}

/// To standard error. That it cannot be written changes no outcome.
pub fn write_message(line: &str) {
    let line = format!("tcdb: {}\n", escape::printable(line));
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// A message about an id, which is named unless there is nothing to name.
pub fn about(id: &str, message: &str) -> String {
    if id.is_empty() { message.to_owned() } else { format!("{id}: {message}") }
}

/// What follows the message of an error: the request's id, the kind, whether it may pass.
pub fn remarks(error: &Error) -> String {
    let request_id = error.request_id().map(|id| format!(" [RequestId {id}]")).unwrap_or_default();
    let may_pass = if error.is_retryable() { ", may pass" } else { "" };
    format!("{request_id} [{}{may_pass}]", code(error))
}

/// The code as the C API and the Python package have it.
pub fn code(error: &Error) -> String {
    format!("TCDB_ERR_{}", error.kind().name())
}
