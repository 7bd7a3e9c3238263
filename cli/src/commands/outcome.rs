//! What became of one id, as text, as a status or as JSON; and the exit code.

use tcdb_async::{AsyncRequestInfo, Error};

use crate::escape::printable;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::progress::shown_status;
use crate::screen::{self, Screen};
use crate::{json, terms};

pub enum Form {
    Text,
    Json,
    Status,
    /// Behind the id, where there are several.
    StatusOfId,
}

impl Form {
    pub fn new(is_json: bool, status_only: bool, ids: usize) -> Self {
        match (is_json, status_only, ids) {
            (true, _, _) => Self::Json,
            (_, true, 1) => Self::Status,
            (_, true, _) => Self::StatusOfId,
            (_, false, _) => Self::Text,
        }
    }
}

/// The outcomes of a run, as they come.
pub struct Outcomes {
    screen: Screen,
    form: Form,
    exit: Exit,
}

impl Outcomes {
    pub fn new(screen: Screen, form: Form) -> Self {
        Self { screen, form, exit: Exit::AllSucceeded }
    }

    /// The exit code of all so far.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    pub fn count(&mut self, exit: Exit) {
        self.exit = self.exit.max(exit);
    }

    /// # Errors
    /// `NotWritten`.
    pub fn answered(&mut self, id: &str, info: &AsyncRequestInfo) -> Result<(), Failure> {
        self.count(Exit::of_info(info));
        let text = match self.form {
            Form::Json => json::line(&json::Outcome::answer(id, info)),
            _ => self.text(id, info, ""),
        };
        self.screen.result(&text)
    }

    /// The last reply of a wait is a result too.
    ///
    /// # Errors
    /// `NotWritten`.
    pub fn failed(&mut self, id: &str, error: &Error) -> Result<(), Failure> {
        self.count(Exit::of_error(error));
        if let Form::Json = self.form {
            return self.object(id, error);
        }
        self.last_known(id, error)?;
        let message = format!("{}{}", terms::of_client(error), screen::remarks(error));
        self.screen.error(&screen::about(id, &message));
        Ok(())
    }

    /// As `failed`, where one message says of all that they were interrupted, and the signal is the exit code.
    ///
    /// # Errors
    /// `NotWritten`.
    pub fn interrupted(&self, id: &str, error: &Error) -> Result<(), Failure> {
        if let Form::Json = self.form { self.object(id, error) } else { self.last_known(id, error) }
    }

    fn object(&self, id: &str, error: &Error) -> Result<(), Failure> {
        self.screen.result(&json::line(&json::Outcome::failure(id, error, terms::of_client(error))))
    }

    fn last_known(&self, id: &str, error: &Error) -> Result<(), Failure> {
        error.last_info().map_or(Ok(()), |info| self.screen.result(&self.text(id, info, " (last known)")))
    }

    fn text(&self, id: &str, info: &AsyncRequestInfo, remark: &str) -> String {
        let (id, status) = (printable(id), shown_status(info));
        match self.form {
            Form::Status => format!("{status}\n"),
            Form::StatusOfId => format!("{id} {status}\n"),
            Form::Text | Form::Json => {
                let or_none = |text: &Option<String>| text.as_deref().map_or_else(|| "(none)".to_owned(), printable);
                let (said, request_id) = (or_none(&info.info), or_none(&info.request_id));
                format!("{id}: {status}{remark}\n  info: {said}\n  request id: {request_id}\n")
            }
        }
    }
}
