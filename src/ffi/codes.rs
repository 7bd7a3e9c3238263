//! Codes, statuses and levels as C sees them: plain integers, so that nothing depends on an enum's size.

// What only the header needs is not used here.
#![cfg_attr(not(feature = "internals"), allow(dead_code))]
#![allow(non_camel_case_types)]

use std::ffi::CStr;

use crate::error::ErrorKind;

/// What a function that can fail returns: TCDB_OK, or the kind of failure. Published numbers never change; a number
/// that your program does not know is a failure.
pub type tcdb_code = i32;

/// Success: `*out` is set.
pub const TCDB_OK: tcdb_code = 0;
/// A parameter or an option is invalid; the message names it.
pub const TCDB_ERR_INVALID_ARGUMENT: tcdb_code = 1;
/// A defect of this library. The client stays usable.
pub const TCDB_ERR_INTERNAL: tcdb_code = 2;
/// Stopped by a progress callback, tcdb_waiter_cancel or tcdb_client_shutdown.
pub const TCDB_ERR_CANCELLED: tcdb_code = 3;
/// The wait reached its timeout; tcdb_error_last_result has the last answer.
pub const TCDB_ERR_WAIT_TIMEOUT: tcdb_code = 4;
/// No credentials were found, or their provider failed; the message lists every place and why.
pub const TCDB_ERR_CREDENTIALS: tcdb_code = 5;
/// A system resource is exhausted: file descriptors, threads or memory.
pub const TCDB_ERR_SYSTEM: tcdb_code = 6;
/// The waiter is being stepped by another thread.
pub const TCDB_ERR_BUSY: tcdb_code = 7;
/// The host name could not be looked up.
pub const TCDB_ERR_RESOLVE: tcdb_code = 20;
/// Connection refused, host unreachable, or the connect timeout has passed.
pub const TCDB_ERR_CONNECT: tcdb_code = 21;
/// The certificate or the TLS version is refused, or the server requires a client certificate: final. Or the server
/// ended TLS by an alert, which may pass: retried, and a wait goes on. tcdb_error_is_retryable says which. A wrong
/// clock of this machine is a frequent cause.
pub const TCDB_ERR_TLS: tcdb_code = 22;
/// The total timeout passed while a request was in flight.
pub const TCDB_ERR_REQUEST_TIMEOUT: tcdb_code = 23;
/// The connection broke before the reply was complete.
pub const TCDB_ERR_TRANSPORT: tcdb_code = 24;
/// The proxy refuses the connection, or requires a login.
pub const TCDB_ERR_PROXY: tcdb_code = 25;
/// The reply is not the API's JSON: HTML, a redirect, or too large. The message quotes it.
pub const TCDB_ERR_BAD_RESPONSE: tcdb_code = 40;
/// The API does not accept the credentials or the signature.
pub const TCDB_ERR_AUTH: tcdb_code = 41;
/// The account is not allowed to do this.
pub const TCDB_ERR_DENIED: tcdb_code = 42;
/// Too many requests: the API's limit, or the deadline passed in this client's own queue.
pub const TCDB_ERR_RATE_LIMITED: tcdb_code = 43;
/// The API knows no such async request id.
pub const TCDB_ERR_UNKNOWN_REQUEST_ID: tcdb_code = 44;
/// Any other error code of the API: see tcdb_error_server_code.
pub const TCDB_ERR_REJECTED: tcdb_code = 45;
/// A transient failure of the API or its backend.
pub const TCDB_ERR_UNAVAILABLE: tcdb_code = 46;

/// The status of an async request. A number that your program does not know is not terminal.
pub type tcdb_status = i32;

/// Null, missing, or a text that this version does not know: see tcdb_result_status_text. Not terminal.
pub const TCDB_STATUS_UNKNOWN: tcdb_status = 0;
/// Not started.
pub const TCDB_STATUS_INITIAL: tcdb_status = 1;
/// In progress.
pub const TCDB_STATUS_RUNNING: tcdb_status = 2;
/// Succeeded.
pub const TCDB_STATUS_SUCCESS: tcdb_status = 3;
/// Failed. This does not prove that nothing changed.
pub const TCDB_STATUS_FAILED: tcdb_status = 4;
/// Terminated by a user or an operator.
pub const TCDB_STATUS_KILLED: tcdb_status = 5;
/// Deleted.
pub const TCDB_STATUS_REMOVED: tcdb_status = 6;
/// Paused, or terminating: the API is ambiguous. Not terminal, never a success.
pub const TCDB_STATUS_PAUSED: tcdb_status = 7;
/// Created but not started, or waiting for the maintenance window, possibly for hours. Not terminal.
pub const TCDB_STATUS_UNDEFINED: tcdb_status = 8;

/// The level of a log line; a higher number is more detail.
pub type tcdb_log_level = i32;

/// Failures that are final.
pub const TCDB_LOG_ERROR: tcdb_log_level = 1;
/// What needs attention: a clock that is off, a file that others can read.
pub const TCDB_LOG_WARN: tcdb_log_level = 2;
/// Failures that are retried, refreshes of credentials, shutdown.
pub const TCDB_LOG_INFO: tcdb_log_level = 3;
/// Every attempt and its outcome.
pub const TCDB_LOG_DEBUG: tcdb_log_level = 4;

/// The version of this header, to be compared with what tcdb_version() and tcdb_abi_version() of the loaded library
/// say.
pub const TCDB_VERSION_MAJOR: u32 = 0;
pub const TCDB_VERSION_MINOR: u32 = 2;
pub const TCDB_VERSION_PATCH: u32 = 0;
/// major << 16 | minor.
pub const TCDB_ABI_VERSION: u32 = 2;

/// The code of a kind of failure.
pub(super) fn code_of(kind: ErrorKind) -> tcdb_code {
    match kind {
        ErrorKind::InvalidArgument => TCDB_ERR_INVALID_ARGUMENT,
        ErrorKind::Internal => TCDB_ERR_INTERNAL,
        ErrorKind::Cancelled => TCDB_ERR_CANCELLED,
        ErrorKind::WaitTimeout => TCDB_ERR_WAIT_TIMEOUT,
        ErrorKind::Credentials => TCDB_ERR_CREDENTIALS,
        ErrorKind::System => TCDB_ERR_SYSTEM,
        ErrorKind::Busy => TCDB_ERR_BUSY,
        ErrorKind::Resolve => TCDB_ERR_RESOLVE,
        ErrorKind::Connect => TCDB_ERR_CONNECT,
        ErrorKind::Tls => TCDB_ERR_TLS,
        ErrorKind::RequestTimeout => TCDB_ERR_REQUEST_TIMEOUT,
        ErrorKind::Transport => TCDB_ERR_TRANSPORT,
        ErrorKind::Proxy => TCDB_ERR_PROXY,
        ErrorKind::BadResponse => TCDB_ERR_BAD_RESPONSE,
        ErrorKind::Auth => TCDB_ERR_AUTH,
        ErrorKind::Denied => TCDB_ERR_DENIED,
        ErrorKind::RateLimited => TCDB_ERR_RATE_LIMITED,
        ErrorKind::UnknownRequestId => TCDB_ERR_UNKNOWN_REQUEST_ID,
        ErrorKind::Rejected => TCDB_ERR_REJECTED,
        ErrorKind::Unavailable => TCDB_ERR_UNAVAILABLE,
    }
}

/// The name of a code; "" for a number that is none.
pub(super) fn name_of(code: tcdb_code) -> &'static CStr {
    match code {
        TCDB_OK => c"TCDB_OK",
        TCDB_ERR_INVALID_ARGUMENT => c"TCDB_ERR_INVALID_ARGUMENT",
        TCDB_ERR_INTERNAL => c"TCDB_ERR_INTERNAL",
        TCDB_ERR_CANCELLED => c"TCDB_ERR_CANCELLED",
        TCDB_ERR_WAIT_TIMEOUT => c"TCDB_ERR_WAIT_TIMEOUT",
        TCDB_ERR_CREDENTIALS => c"TCDB_ERR_CREDENTIALS",
        TCDB_ERR_SYSTEM => c"TCDB_ERR_SYSTEM",
        TCDB_ERR_BUSY => c"TCDB_ERR_BUSY",
        TCDB_ERR_RESOLVE => c"TCDB_ERR_RESOLVE",
        TCDB_ERR_CONNECT => c"TCDB_ERR_CONNECT",
        TCDB_ERR_TLS => c"TCDB_ERR_TLS",
        TCDB_ERR_REQUEST_TIMEOUT => c"TCDB_ERR_REQUEST_TIMEOUT",
        TCDB_ERR_TRANSPORT => c"TCDB_ERR_TRANSPORT",
        TCDB_ERR_PROXY => c"TCDB_ERR_PROXY",
        TCDB_ERR_BAD_RESPONSE => c"TCDB_ERR_BAD_RESPONSE",
        TCDB_ERR_AUTH => c"TCDB_ERR_AUTH",
        TCDB_ERR_DENIED => c"TCDB_ERR_DENIED",
        TCDB_ERR_RATE_LIMITED => c"TCDB_ERR_RATE_LIMITED",
        TCDB_ERR_UNKNOWN_REQUEST_ID => c"TCDB_ERR_UNKNOWN_REQUEST_ID",
        TCDB_ERR_REJECTED => c"TCDB_ERR_REJECTED",
        TCDB_ERR_UNAVAILABLE => c"TCDB_ERR_UNAVAILABLE",
        _ => c"",
    }
}

#[cfg(test)]
mod tests;
