//! What can go wrong: kinds of failure, and one failure with all that is known of it.

use std::fmt;
use std::time::Duration;

use crate::info::AsyncRequestInfo;
pub use crate::io_reason::io_reason;
use crate::unix_time::UnixSeconds;

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum ErrorKind {
    /// A parameter or an option cannot be used; the message names it.
    InvalidArgument,
    /// A fault of this library. The client stays usable.
    Internal,
    /// Stopped by a progress function, a cancel or a shutdown.
    Cancelled,
    /// A wait timed out; the last reply is kept.
    WaitTimeout,
    /// No credentials were found, or their provider failed.
    Credentials,
    /// A system resource is exhausted: file descriptors, threads or memory.
    System,
    /// Another thread steps the waiter.
    Busy,
    /// The host name could not be looked up.
    Resolve,
    /// Connection refused, host unreachable, or the connect timeout has passed.
    Connect,
    /// The certificate or the TLS version is refused.
    Tls,
    /// The total timeout passed while a request was in flight.
    RequestTimeout,
    /// The connection broke before the reply was whole.
    Transport,
    /// The proxy refuses, or wants a login.
    Proxy,
    /// Something other than the API's JSON came back.
    BadResponse,
    /// The API does not accept the credentials or the signature.
    Auth,
    /// The account is not allowed to do this.
    Denied,
    /// Too many requests: the API's limit, or the deadline passed in this client's own queue.
    RateLimited,
    /// The API knows no such async request id.
    UnknownRequestId,
    /// Any other error code of the API.
    Rejected,
    /// The API or its backend has a transient failure.
    Unavailable,
}

impl ErrorKind {
    #[doc(hidden)]
    pub const ALL: [Self; 20] = [
        Self::InvalidArgument,
        Self::Internal,
        Self::Cancelled,
        Self::WaitTimeout,
        Self::Credentials,
        Self::System,
        Self::Busy,
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::RequestTimeout,
        Self::Transport,
        Self::Proxy,
        Self::BadResponse,
        Self::Auth,
        Self::Denied,
        Self::RateLimited,
        Self::UnknownRequestId,
        Self::Rejected,
        Self::Unavailable,
    ];

    /// The name that stays the same in every language and output, like `WAIT_TIMEOUT`: the C API's code without what all
    /// of its codes begin with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::Internal => "INTERNAL",
            Self::Cancelled => "CANCELLED",
            Self::WaitTimeout => "WAIT_TIMEOUT",
            Self::Credentials => "CREDENTIALS",
            Self::System => "SYSTEM",
            Self::Busy => "BUSY",
            Self::Resolve => "RESOLVE",
            Self::Connect => "CONNECT",
            Self::Tls => "TLS",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::Transport => "TRANSPORT",
            Self::Proxy => "PROXY",
            Self::BadResponse => "BAD_RESPONSE",
            Self::Auth => "AUTH",
            Self::Denied => "DENIED",
            Self::RateLimited => "RATE_LIMITED",
            Self::UnknownRequestId => "UNKNOWN_REQUEST_ID",
            Self::Rejected => "REJECTED",
            Self::Unavailable => "UNAVAILABLE",
        }
    }

    /// Whether the same call may succeed later, unless the cause decides otherwise: see `Error::is_retryable`.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        match self {
            Self::WaitTimeout
            | Self::System
            | Self::Busy
            | Self::Resolve
            | Self::Connect
            | Self::RequestTimeout
            | Self::Transport
            | Self::RateLimited
            | Self::Unavailable => true,
            Self::InvalidArgument
            | Self::Internal
            | Self::Cancelled
            | Self::Credentials
            | Self::Tls
            | Self::Proxy
            | Self::BadResponse
            | Self::Auth
            | Self::Denied
            | Self::UnknownRequestId
            | Self::Rejected => false,
        }
    }

    /// The kind of the API's own error code, by its leading word.
    #[doc(hidden)]
    #[must_use]
    pub fn of_server_code(server_code: &str) -> Self {
        let family = server_code.split_once('.').map_or(server_code, |(family, _)| family);
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
    server_time: Option<UnixSeconds>,
    last_info: Option<AsyncRequestInfo>,
}

/// What a fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Control characters are replaced: a message is one line, whatever a server put into it.
    #[doc(hidden)]
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
            last_info: None,
        }))
    }

    /// What cannot happen has: says what was assumed.
    #[doc(hidden)]
    #[must_use]
    pub fn internal(assumed: &str) -> Self {
        Self::new(ErrorKind::Internal, format!("internal fault: assumed that {assumed}"))
    }

    #[doc(hidden)]
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// The API's own refusal: its words as they came, and `shown` for the message, without secrets and bounded.
    #[doc(hidden)]
    #[must_use]
    pub fn refused(server_code: String, server_message: String, request_id: Option<String>, shown: String) -> Self {
        let code = ErrorKind::of_server_code(&server_code);
        let mut error = Self::new(code, shown);
        error.0.server_code = Some(server_code);
        error.0.server_message = Some(server_message);
        error.0.request_id = request_id;
        error
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = status;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_server_time(mut self, server_time: Option<UnixSeconds>) -> Self {
        self.0.server_time = server_time;
        self
    }

    /// Overrules the table where the cause decides (a proxy's 5xx, a credential source's failure).
    #[doc(hidden)]
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = Some(retryable);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_last_info(mut self, answer: Option<AsyncRequestInfo>) -> Self {
        self.0.last_info = answer;
        self
    }

    /// Records how many requests were sent; more than one also in the message.
    #[doc(hidden)]
    #[must_use]
    pub fn after_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        if attempts > 1 {
            self.0.message = format!("{} ({attempts} attempts)", self.0.message);
        }
        self
    }

    /// As `after_attempts`, without a word about it.
    #[doc(hidden)]
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Takes over what the server said in the failure behind this one.
    #[doc(hidden)]
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

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// One line: what failed and why. No text of a server reaches it unredacted or unbounded.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The API's error code, like `AuthFailure.SignatureExpire`.
    #[must_use]
    pub fn server_code(&self) -> Option<&str> {
        self.0.server_code.as_deref()
    }

    /// The API's message, as it came.
    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        self.0.server_message.as_deref()
    }

    /// The id of the request that the API answered.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The HTTP status of the reply; 0: no reply came.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.0.http_status
    }

    /// Requests sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable.unwrap_or(self.0.kind.is_retryable())
    }

    #[doc(hidden)]
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The `Date` of the reply that carried the failure, in Unix seconds.
    #[doc(hidden)]
    #[must_use]
    pub fn server_time(&self) -> Option<UnixSeconds> {
        self.0.server_time
    }

    /// The last reply of a wait that ended with this failure.
    #[must_use]
    pub fn last_info(&self) -> Option<&AsyncRequestInfo> {
        self.0.last_info.as_ref()
    }
}

/// Longer than any message that this library composes of bounded parts.
const MAX_MESSAGE: usize = 8 * 1024;

/// One line for terminals and for logs, bounded.
fn one_line(mut text: String) -> String {
    if text.len() > MAX_MESSAGE {
        let mut end = MAX_MESSAGE;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    let ends_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.chars().any(ends_line) { text.replace(ends_line, " ") } else { text }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests;
