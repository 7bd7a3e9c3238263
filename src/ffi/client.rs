//! The client and its one question.

use std::ffi::c_char;

use super::codes::tcdb_code;
use super::credentials::tcdb_credentials;
use super::error::tcdb_error;
use super::options::tcdb_options;
use super::result::tcdb_result;
use super::{guard, handle, options, outcome};
use crate::client::Client;

/// A client of the API for one account, with its own connections, rate limiter and clock. Many threads may use one at
/// once; one for the whole process is usually right.
pub struct tcdb_client(pub(super) Client);

/// Makes a client. Opens no connection and sends nothing; reads the certificates.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT, which names the parameter or option, and TCDB_ERR_TLS where the system has no
/// store of certificates.
///
/// \param credentials The credentials, not NULL; may be freed afterwards.
/// \param region_or_null The database's region, like "ap-guangzhou"; 1 to 64 bytes, not checked against a list. NULL:
///   what tcdb_options_from_env found in TENCENTCLOUD_REGION, else what the credentials' profile says.
/// \param options_or_null Validated here, and copied. NULL: the defaults.
/// \param out Receives the client, yours to free with tcdb_client_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_client_new(
    credentials: *const tcdb_credentials,
    region_or_null: *const c_char,
    options_or_null: *const tcdb_options,
    out: *mut *mut tcdb_client,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let credentials = handle::need("credentials", credentials)?.0.clone();
            let options = options::or_defaults(options_or_null);
            Client::new(credentials, handle::bytes(region_or_null), &options).map(|made| Some(tcdb_client(made)))
        })
    }
}

/// Replaces the client's credentials: from now on requests are signed with these, those of queries and waits in
/// progress included. A region or language that their profile names is not used.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT.
///
/// \param client The client; not NULL.
/// \param credentials The credentials; not NULL.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_client_set_credentials(
    client: *const tcdb_client,
    credentials: *const tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects and `error`.
    unsafe {
        outcome::code_only(error, || {
            let client = handle::need("client", client)?;
            let credentials = handle::need("credentials", credentials)?;
            client.0.set_credentials(credentials.0.clone());
            Ok(())
        })
    }
}

/// How far the API's clock is ahead of this machine's, in milliseconds (negative: behind), accurate to about a second;
/// 0 as long as the API has accepted this machine's time, and for NULL.
///
/// \param client The client, or NULL.
/// \return Milliseconds; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_client_clock_offset_ms(client: *const tcdb_client) -> i64 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(client) }.map_or(0, |client| client.0.clock_offset_ms()))
}

/// Ends the calls in progress on this client soon, in whatever phase they are, and all later ones at once, with
/// TCDB_ERR_CANCELLED. It cannot be undone. From any thread; not from a signal handler. NULL: nothing.
///
/// \param client The client, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_client_shutdown(client: *const tcdb_client) {
    guard::value((), || {
        // SAFETY: the header's rule for objects.
        if let Some(client) = unsafe { handle::get(client) } {
            client.0.shut_down();
        }
    });
}

/// Queries the status of one async request. Blocks for at most the total timeout; transient failures are retried within
/// it, up to the options' attempts.
///
/// TCDB_OK: there is an answer. It does not say that the task succeeded: see tcdb_result_status. Fails with any code
/// except TCDB_ERR_WAIT_TIMEOUT and TCDB_ERR_BUSY.
///
/// \param client The client; not NULL.
/// \param async_request_id 1 to 256 bytes, as an API call returned it; sent as it is.
/// \param out Receives the result, yours to free with tcdb_result_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_query(
    client: *const tcdb_client,
    async_request_id: *const c_char,
    out: *mut *mut tcdb_result,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let client = handle::need("client", client)?;
            let async_request_id = handle::utf8("async_request_id", async_request_id)?;
            client.0.query(async_request_id).map(|answer| Some(tcdb_result::new(answer)))
        })
    }
}

/// Frees a client. NULL: nothing. No call on it may be running (tcdb_client_shutdown ends them); objects made from it
/// stay valid. In a forked child it does no I/O and leaves the parent's connections alone.
///
/// \param client The client, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_client_free(client: *mut tcdb_client) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(client) });
}
