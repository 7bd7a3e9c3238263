//! What a failure means for a query and for a wait. Pure.

use crate::error::{Error, ErrorKind};

/// What may be done about a failure before the request is sent again at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Take the server's time.
    CorrectClock,
    /// Fetch credentials again.
    RefreshCredentials,
}

/// What came of a remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedied {
    Helped,
    Useless,
    /// It could not be applied now, so the failure says nothing of the next attempt: a wait goes on.
    MayHelpLater,
}

/// Whether a query sends the same request again after a pause.
#[must_use]
pub fn is_retried_in_query(failure: &Error) -> bool {
    match failure.kind() {
        ErrorKind::Resolve
        | ErrorKind::Connect
        | ErrorKind::Transport
        | ErrorKind::RateLimited
        | ErrorKind::Unavailable => true,
        // An alert of the server's may pass, a certificate that is refused here does not.
        ErrorKind::Proxy | ErrorKind::Tls => failure.is_retryable(),
        ErrorKind::InvalidArgument
        | ErrorKind::Internal
        | ErrorKind::Cancelled
        | ErrorKind::WaitTimeout
        | ErrorKind::Credentials
        | ErrorKind::System
        | ErrorKind::Busy
        | ErrorKind::RequestTimeout
        | ErrorKind::BadResponse
        | ErrorKind::Auth
        | ErrorKind::Denied
        | ErrorKind::UnknownRequestId
        | ErrorKind::Rejected => false,
    }
}

/// Whether a wait that has had a reply goes on.
#[must_use]
pub fn is_continued_by_wait(failure: &Error) -> bool {
    match failure.kind() {
        ErrorKind::Credentials
        | ErrorKind::System
        | ErrorKind::Resolve
        | ErrorKind::Connect
        | ErrorKind::RequestTimeout
        | ErrorKind::Transport
        | ErrorKind::Proxy
        | ErrorKind::BadResponse
        | ErrorKind::RateLimited
        | ErrorKind::Unavailable => true,
        ErrorKind::Tls => failure.is_retryable(),
        ErrorKind::InvalidArgument
        | ErrorKind::Internal
        | ErrorKind::Cancelled
        | ErrorKind::WaitTimeout
        | ErrorKind::Busy
        | ErrorKind::Auth
        | ErrorKind::Denied
        | ErrorKind::UnknownRequestId
        | ErrorKind::Rejected => false,
    }
}

/// The remedy for a refusal by the API, if there is one.
#[must_use]
pub fn remedy(failure: &Error) -> Option<Remedy> {
    match failure.server_code()? {
        "AuthFailure.SignatureExpire" if failure.server_time().is_some() => Some(Remedy::CorrectClock),
        "AuthFailure.TokenFailure" | "AuthFailure.SecretIdNotFound" => Some(Remedy::RefreshCredentials),
        _ => None,
    }
}
