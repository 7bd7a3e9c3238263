//! The objects of --json: documented in docs/command_line.md, and the same as those of the Python package's.

use serde::Serialize;
use tcdb_async::{AsyncRequestInfo, Error};

use crate::{escape, screen};

/// What became of one id.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Outcome<'a> {
    Answer {
        async_request_id: &'a str,
        #[serde(flatten)]
        answer: Answer<'a>,
    },
    Failure {
        async_request_id: &'a str,
        error: Problem<'a>,
        /// Of a wait: the last answer, if there was one.
        last: Option<Answer<'a>>,
    },
}

#[derive(Serialize)]
pub struct Answer<'a> {
    status: &'static str,
    /// The API's own text.
    status_text: &'a str,
    info: Option<&'a str>,
    request_id: Option<&'a str>,
    is_terminal: bool,
    is_success: bool,
}

#[derive(Serialize)]
pub struct Problem<'a> {
    code: String,
    message: String,
    server_code: Option<&'a str>,
    server_message: Option<&'a str>,
    request_id: Option<&'a str>,
    http_status: Option<u16>,
    attempts: u32,
    retryable: bool,
}

impl<'a> Outcome<'a> {
    pub fn answer(id: &'a str, info: &'a AsyncRequestInfo) -> Self {
        Self::Answer { async_request_id: id, answer: Answer::of(info) }
    }

    /// `message` is the error's in the words of the command line.
    pub fn failure(id: &'a str, error: &'a Error, message: String) -> Self {
        Self::Failure {
            async_request_id: id,
            error: Problem {
                code: screen::code(error),
                message,
                server_code: error.server_code(),
                server_message: error.server_message(),
                request_id: error.request_id(),
                http_status: Some(error.http_status()).filter(|&status| status != 0),
                attempts: error.attempts(),
                retryable: error.is_retryable(),
            },
            last: error.last_info().map(Answer::of),
        }
    }
}

impl<'a> Answer<'a> {
    fn of(info: &'a AsyncRequestInfo) -> Self {
        let status = info.status.text();
        Self {
            status: if status.is_empty() { "UNKNOWN" } else { status },
            status_text: info.status_text.as_deref().unwrap_or_default(),
            info: info.info.as_deref(),
            request_id: info.request_id.as_deref(),
            is_terminal: info.status.is_terminal(),
            is_success: info.status.is_success(),
        }
    }
}

/// One line, with its end. What is written here cannot fail to be JSON.
pub fn line(value: &impl Serialize) -> String {
    let written =
        serde_json::to_string(value).unwrap_or_else(|why| serde_json::json!({ "fault": why.to_string() }).to_string());
    escape::json(&written) + "\n"
}
