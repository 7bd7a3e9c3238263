//! What can go wrong, in one table: codes, who may be asked again, and the words for it.

use std::ffi::CStr;
use std::fmt;
use std::time::Duration;

use crate::api::response::AsyncRequestInfo;

/// The kinds of failure. The numbers are the C API's and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum ErrorKind {
    InvalidArgument = 1,
    Internal = 2,
    Cancelled = 3,
    WaitTimeout = 4,
    Credentials = 5,
    System = 6,
    Busy = 7,
    Resolve = 20,
    Connect = 21,
    Tls = 22,
    RequestTimeout = 23,
    Transport = 24,
    Proxy = 25,
    BadResponse = 40,
    Auth = 41,
    Denied = 42,
    RateLimited = 43,
    UnknownRequestId = 44,
    Rejected = 45,
    Unavailable = 46,
}

/// What each code means for the three who ask: a query, a wait that has an answer, the caller.
struct Row {
    code: ErrorKind,
    name: &'static CStr,
    retried_in_a_query: bool,
    continued_by_a_wait: bool,
    is_retryable: bool,
}

const fn row(code: ErrorKind, name: &'static CStr, query: bool, wait: bool, retryable: bool) -> Row {
    Row { code, name, retried_in_a_query: query, continued_by_a_wait: wait, is_retryable: retryable }
}

const TABLE: [Row; 20] = [
    row(ErrorKind::InvalidArgument, c"TCDB_ERR_INVALID_ARGUMENT", false, false, false),
    row(ErrorKind::Internal, c"TCDB_ERR_INTERNAL", false, false, false),
    row(ErrorKind::Cancelled, c"TCDB_ERR_CANCELLED", false, false, false),
    row(ErrorKind::WaitTimeout, c"TCDB_ERR_WAIT_TIMEOUT", false, false, true),
    row(ErrorKind::Credentials, c"TCDB_ERR_CREDENTIALS", false, true, false),
    row(ErrorKind::System, c"TCDB_ERR_SYSTEM", false, true, true),
    row(ErrorKind::Busy, c"TCDB_ERR_BUSY", false, false, true),
    row(ErrorKind::Resolve, c"TCDB_ERR_RESOLVE", true, true, true),
    row(ErrorKind::Connect, c"TCDB_ERR_CONNECT", true, true, true),
    row(ErrorKind::Tls, c"TCDB_ERR_TLS", false, false, false),
    row(ErrorKind::RequestTimeout, c"TCDB_ERR_REQUEST_TIMEOUT", false, true, true),
    row(ErrorKind::Transport, c"TCDB_ERR_TRANSPORT", true, true, true),
    row(ErrorKind::Proxy, c"TCDB_ERR_PROXY", false, true, false),
    row(ErrorKind::BadResponse, c"TCDB_ERR_BAD_RESPONSE", false, true, false),
    row(ErrorKind::Auth, c"TCDB_ERR_AUTH", false, false, false),
    row(ErrorKind::Denied, c"TCDB_ERR_DENIED", false, false, false),
    row(ErrorKind::RateLimited, c"TCDB_ERR_RATE_LIMITED", true, true, true),
    row(ErrorKind::UnknownRequestId, c"TCDB_ERR_UNKNOWN_REQUEST_ID", false, false, false),
    row(ErrorKind::Rejected, c"TCDB_ERR_REJECTED", false, false, false),
    row(ErrorKind::Unavailable, c"TCDB_ERR_UNAVAILABLE", true, true, true),
];

impl ErrorKind {
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.code)
    }

    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::all().find(|code| *code as i32 == number)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.code == self)
    }

    /// The C API's name of the code.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.c_name().to_str().unwrap_or_default()
    }

    #[must_use]
    pub fn c_name(self) -> &'static CStr {
        self.row().map_or(c"", |row| row.name)
    }

    /// The code of the API's own error code, by its leading word.
    #[must_use]
    pub fn of_server_code(server_code: &str) -> Self {
        let family = server_code.split('.').next().unwrap_or_default();
        match (server_code, family) {
            ("AuthFailure.UnauthorizedOperation" | "IpInBlacklist" | "IpNotInWhitelist", _)
            | (_, "UnauthorizedOperation" | "OperationDenied") => Self::Denied,
            (_, "AuthFailure") => Self::Auth,
            (_, "RequestLimitExceeded") => Self::RateLimited,
            ("InvalidParameter.InvalidAsyncRequestId", _) => Self::UnknownRequestId,
            ("CdbError.TaskError", _) | (_, "InternalError" | "ServiceUnavailable") => Self::Unavailable,
            _ => Self::Rejected,
        }
    }
}

/// One failure, with all that is known of it. A box, so that a `Result` stays small.
#[derive(Clone)]
pub struct Error(Box<Repr>);

#[derive(Clone)]
struct Repr {
    kind: ErrorKind,
    message: String,
    server_code: Option<String>,
    server_message: Option<String>,
    request_id: Option<String>,
    http_status: u16,
    attempts: u32,
    retryable: Option<bool>,
    retry_after: Option<Duration>,
    server_time: Option<i64>,
    last_answer: Option<AsyncRequestInfo>,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Control characters are replaced: a message is one line, whatever a server put into it.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::with_text(kind, message.into())
    }

    /// Kept out of the many places that fail: it would be most of their code.
    #[cold]
    #[inline(never)]
    fn with_text(kind: ErrorKind, message: String) -> Self {
        Self(Box::new(Repr {
            kind,
            message: one_line(message),
            server_code: None,
            server_message: None,
            request_id: None,
            http_status: 0,
            attempts: 0,
            retryable: None,
            retry_after: None,
            server_time: None,
            last_answer: None,
        }))
    }

    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// The API's own refusal, its words kept beside ours.
    #[must_use]
    pub fn refused(server_code: String, server_message: String, request_id: Option<String>) -> Self {
        let code = ErrorKind::of_server_code(&server_code);
        let text = match (server_code.as_str(), server_message.as_str()) {
            ("", "") => "an error without a code and without a message".to_owned(),
            ("", message) => message.to_owned(),
            (code, "") => code.to_owned(),
            (code, message) => format!("{code}: {message}"),
        };
        let mut error = Self::new(code, text);
        error.0.server_code = Some(server_code);
        error.0.server_message = Some(server_message);
        error.0.request_id = request_id;
        error
    }

    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = status;
        self
    }

    #[must_use]
    pub fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    #[must_use]
    pub fn with_server_time(mut self, unix_seconds: Option<i64>) -> Self {
        self.0.server_time = unix_seconds;
        self
    }

    /// Overrules the table where the cause decides (a proxy's 5xx, a credential source's failure).
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = Some(retryable);
        self
    }

    #[must_use]
    pub fn with_last_answer(mut self, answer: Option<AsyncRequestInfo>) -> Self {
        self.0.last_answer = answer;
        self
    }

    /// Tells how many requests were sent; more than one also in the message.
    #[must_use]
    pub fn after_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        if attempts > 1 {
            self.0.message = format!("{} ({attempts} attempts)", self.0.message);
        }
        self
    }

    /// As `after_attempts`, without a word about it.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Takes over what the server said in the failure behind this one.
    #[must_use]
    pub fn caused_by(mut self, cause: Option<&Error>) -> Self {
        if let Some(Error(cause)) = cause {
            self.0.server_code.clone_from(&cause.server_code);
            self.0.server_message.clone_from(&cause.server_message);
            self.0.request_id.clone_from(&cause.request_id);
            self.0.http_status = cause.http_status;
        }
        self
    }

    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    #[must_use]
    pub fn server_code(&self) -> Option<&str> {
        self.0.server_code.as_deref()
    }

    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        self.0.server_message.as_deref()
    }

    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// 0: no reply came.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.0.http_status
    }

    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable.unwrap_or_else(|| self.0.kind.row().is_some_and(|row| row.is_retryable))
    }

    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The `Date` of the reply that carried the failure, in Unix seconds.
    #[must_use]
    pub fn server_time(&self) -> Option<i64> {
        self.0.server_time
    }

    #[must_use]
    pub fn last_answer(&self) -> Option<&AsyncRequestInfo> {
        self.0.last_answer.as_ref()
    }

    /// Whether a query sends the same question again.
    #[must_use]
    pub fn is_retried_in_a_query(&self) -> bool {
        match self.0.kind {
            ErrorKind::Proxy => self.is_retryable(),
            code => code.row().is_some_and(|row| row.retried_in_a_query),
        }
    }

    /// Whether a wait that has had an answer goes on.
    #[must_use]
    pub fn is_continued_by_a_wait(&self) -> bool {
        self.0.kind.row().is_some_and(|row| row.continued_by_a_wait)
    }
}

fn one_line(text: String) -> String {
    if text.chars().any(char::is_control) {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    } else {
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.name(), self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind};

    #[test]
    fn every_code_has_a_name_of_its_own() {
        let mut names: Vec<_> = ErrorKind::all().map(ErrorKind::name).collect();
        assert!(names.iter().all(|name| name.starts_with("TCDB_ERR_")));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorKind::all().count());
        assert!(ErrorKind::all().all(|code| ErrorKind::from_number(code as i32) == Some(code)));
    }

    #[test]
    fn a_message_is_one_line_whatever_the_server_said() {
        let error = Error::refused("A".into(), "first\r\nsecond\u{85}".into(), None).after_attempts(3);
        assert_eq!(error.message(), "A: first  second  (3 attempts)");
        assert_eq!(error.server_message(), Some("first\r\nsecond\u{85}"));
    }

    #[test]
    fn a_proxy_failure_is_retried_by_its_cause() {
        let error = Error::new(ErrorKind::Proxy, "proxy answered 502");
        assert!(!error.is_retried_in_a_query());
        assert!(error.retryable(true).is_retried_in_a_query());
    }
}
