//! Credentials that a function of the program's fetches.

use std::ffi::{c_char, c_void};

use super::codes::tcdb_code;
use super::credentials::tcdb_credentials;
use super::error::tcdb_error;
use super::options::{tcdb_destroy_fn, tcdb_options};
use super::{guard, handle, options, outcome};
use crate::credentials::provider::callback::{self, Answer, Fetch};
use crate::error::{Error, Result};
use crate::unix_time::UnixSeconds;

/// Receives what a tcdb_credentials_fn has fetched. Borrowed for the call, on its thread; not to be freed.
pub struct tcdb_credentials_answer(*mut Answer);

impl tcdb_credentials_answer {
    /// # Safety
    /// Within the callback that received this, on its thread.
    unsafe fn get(&self) -> Option<&Answer> {
        // SAFETY: the answer outlives the callback's call, and nothing else uses it meanwhile.
        unsafe { self.0.as_ref() }
    }

    /// # Safety
    /// As `get`.
    unsafe fn get_mut(&mut self) -> Option<&mut Answer> {
        // SAFETY: as in `get`; the object belongs to one thread.
        unsafe { self.0.as_mut() }
    }
}

/// Fetches credentials: calls tcdb_credentials_answer_set or tcdb_credentials_answer_fail once and returns normally.
pub type tcdb_credentials_fn =
    Option<unsafe extern "system" fn(answer: *mut tcdb_credentials_answer, user_data: *mut c_void)>;

/// Hands over fetched credentials. They are copied at once, into memory that is wiped when it is dropped; your buffers
/// may be wiped right after. A second call replaces the first. An invalid value fails the query, and the message names
/// the parameter.
///
/// \param answer The answer, or NULL.
/// \param secret_id As of tcdb_credentials_static.
/// \param secret_key As of tcdb_credentials_static.
/// \param token_or_null As of tcdb_credentials_static; an empty token is none.
/// \param expires_unix_s_or_0 When they expire, in Unix seconds. 0: never.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_answer_set(
    answer: *mut tcdb_credentials_answer,
    secret_id: *const c_char,
    secret_key: *const c_char,
    token_or_null: *const c_char,
    expires_unix_s_or_0: i64,
) {
    guard::value((), || {
        // SAFETY: the header's rule for the answer: borrowed for the call, on its thread.
        let Some(answer) = (unsafe { handle::get_mut(answer).and_then(|borrowed| borrowed.get_mut()) }) else { return };
        let parts = || -> Result<_> {
            // SAFETY: the header's rule for strings.
            unsafe {
                Ok((
                    handle::utf8("secret_id", secret_id)?,
                    handle::utf8("secret_key", secret_key)?,
                    handle::optional_utf8("token_or_null", token_or_null)?,
                    expiry(expires_unix_s_or_0)?,
                ))
            }
        };
        match parts() {
            Ok((id, key, token, expires_at)) => answer.set(id, key, token, expires_at),
            Err(error) => answer.set_unusable(error.message().to_owned()),
        }
    });
}

fn expiry(expires_unix_s_or_0: i64) -> Result<Option<i64>> {
    match expires_unix_s_or_0 {
        0 => Ok(None),
        seconds if seconds > 0 && UnixSeconds::plausible(seconds).is_some() => Ok(Some(seconds)),
        other => Err(Error::invalid(format!("expires_unix_s_or_0 is {other}, which is not a time in Unix seconds"))),
    }
}

/// Reports why there are no credentials: one line for the message of the query. Control characters in it are replaced,
/// 300 characters are kept, and the key and token handed over before are removed.
///
/// \param answer The answer, or NULL.
/// \param reason The line; copied.
/// \param retryable 1: the failure is transient (tcdb_error_is_retryable); 0: it is not.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_answer_fail(
    answer: *mut tcdb_credentials_answer,
    reason: *const c_char,
    retryable: i32,
) {
    guard::value((), || {
        // SAFETY: the header's rules for the answer and strings.
        let (answer, reason) = unsafe { (handle::get_mut(answer), handle::bytes(reason)) };
        // SAFETY: as above.
        if let Some(answer) = answer.and_then(|borrowed| unsafe { borrowed.get_mut() }) {
            answer.fail(&String::from_utf8_lossy(reason.unwrap_or_default()), retryable != 0);
        }
    });
}

/// 1: the API has refused what was fetched last as unknown or expired; if the same is fetched again, the query fails
/// with that refusal. 0: it has not; and for NULL.
///
/// \param answer The answer, or NULL.
/// \return 1 or 0; 0 for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_answer_was_refused(answer: *const tcdb_credentials_answer) -> i32 {
    guard::value(0, || {
        // SAFETY: the header's rule for the answer.
        let answer = unsafe { handle::get(answer).and_then(|borrowed| borrowed.get()) };
        answer.map_or(0, |answer| answer.was_refused().into())
    })
}

/// How long the query can still wait, in milliseconds; 0 for NULL.
///
/// \param answer The answer, or NULL.
/// \return Milliseconds; 0 for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_answer_ms_left(answer: *const tcdb_credentials_answer) -> i64 {
    guard::value(0, || {
        // SAFETY: the header's rule for the answer.
        let left = unsafe { handle::get(answer).and_then(|borrowed| borrowed.get()) }.map(Answer::left);
        left.map_or(0, |left| i64::try_from(left.as_millis()).unwrap_or(i64::MAX))
    })
}

/// Credentials that a function of yours fetches: from a vault, from another program, from anywhere.
///
/// When: never in this function. When no valid credentials are cached; before they expire, as tcdb_credentials_cvm_role
/// says; and once after the API has refused what it fetched.
///
/// Where: on the thread of the query or wait that found it due, inside that call, with no lock held; at most one at a
/// time for each object and process. Other threads use what is valid, or wait within their own deadlines.
///
/// How long: it cannot be interrupted. If it takes longer than the query has, the query ends with
/// TCDB_ERR_REQUEST_TIMEOUT, and what it fetched is kept for the next one.
///
/// It may call this library. A query with credentials that this very thread is fetching fails at once with
/// TCDB_ERR_CREDENTIALS, which is not retryable.
///
/// fork(): a child keeps what was cached, and calls the function itself.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT. A query fails with TCDB_ERR_CREDENTIALS:
///   callback "<name>": <reason>
///
/// \param name The provider's name, for messages and logs, 1 to 128 bytes.
/// \param function The function; not NULL.
/// \param user_data Passed to the function.
/// \param destroy Called exactly once with user_data, when the last client made with the credentials, the credentials
///   and every call are gone, on the thread that ends the last of them; also when this function fails, before it
///   returns. NULL: nothing.
/// \param io_or_null Its log is used; its total timeout, if it is not 0, bounds what tcdb_credentials_answer_ms_left
///   returns. NULL: no log, no bound.
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_callback(
    name: *const c_char,
    function: tcdb_credentials_fn,
    user_data: *mut c_void,
    destroy: tcdb_destroy_fn,
    io_or_null: *const tcdb_options,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    let host = HostFunction { function, user_data, destroy };
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, move || {
            let name = handle::utf8("name", name)?;
            if host.function.is_none() {
                return Err(Error::invalid("function is NULL"));
            }
            let io = options::or_defaults(io_or_null);
            callback::credentials(name.as_bytes(), Box::new(host), &io).map(|made| Some(tcdb_credentials(made)))
        })
    }
}

struct HostFunction {
    function: tcdb_credentials_fn,
    user_data: *mut c_void,
    destroy: tcdb_destroy_fn,
}

// SAFETY: the header says that the function is called on any thread, and destroy on any thread.
unsafe impl Send for HostFunction {}
// SAFETY: as above; one call at a time.
unsafe impl Sync for HostFunction {}

impl Fetch for HostFunction {
    fn fetch(&self, answer: &mut Answer) {
        let mut borrowed = tcdb_credentials_answer(answer);
        if let Some(function) = self.function {
            // SAFETY: the host gave this function for these arguments; the answer lives through the call.
            unsafe { function(&raw mut borrowed, self.user_data) };
        }
    }
}

impl Drop for HostFunction {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the host gave this function for its own user_data; dropped once.
            unsafe { destroy(self.user_data) };
        }
    }
}
