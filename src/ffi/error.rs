//! What went wrong, as an object.

use std::ffi::c_char;

use super::codes::{TCDB_OK, code_of, tcdb_code};
use super::guard;
use super::handle::{self, Text, borrowed};
use super::result::tcdb_result;
use crate::error::Error;

/// Why a function failed. Yours to free with tcdb_error_free. Many threads may read one at once.
pub struct tcdb_error {
    error: Error,
    message: Text,
    server_code: Option<Text>,
    server_message: Option<Text>,
    request_id: Option<Text>,
}

impl tcdb_error {
    pub(super) fn new(error: Error) -> Self {
        let text = |text: Option<&str>| text.map(|text| Text::new(text.to_owned()));
        Self {
            message: Text::new(error.message().to_owned()),
            server_code: text(error.server_code()),
            server_message: text(error.server_message()),
            request_id: text(error.request_id()),
            error,
        }
    }
}

/// The code that the function returned. TCDB_OK for NULL.
///
/// \param error The error, or NULL.
/// \return The code; TCDB_OK for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_code(error: *const tcdb_error) -> tcdb_code {
    // SAFETY: the header's rule for objects.
    guard::value(TCDB_OK, || unsafe { handle::get(error) }.map_or(TCDB_OK, |e| code_of(e.error.kind())))
}

/// One line that says what failed and why, without a newline, never with a secret. Never NULL; "" for NULL.
///
/// \param error The error, or NULL.
/// \return The message, owned by the error; "" for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_message(error: *const tcdb_error) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(c"".as_ptr(), || unsafe { handle::get(error) }.map_or(c"".as_ptr(), |e| e.message.as_ptr()))
}

/// The API's own error code, like "AuthFailure.SignatureFailure"; NULL if there is none.
///
/// \param error The error, or NULL.
/// \return The code, owned by the error, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_server_code(error: *const tcdb_error) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(std::ptr::null(), || borrowed(unsafe { handle::get(error) }.and_then(|e| e.server_code.as_ref())))
}

/// The API's own message, in any language, as it was received; NULL if there is none.
///
/// \param error The error, or NULL.
/// \return The message, owned by the error, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_server_message(error: *const tcdb_error) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(std::ptr::null(), || borrowed(unsafe { handle::get(error) }.and_then(|e| e.server_message.as_ref())))
}

/// Bytes in tcdb_error_server_message, which may hold a NUL; 0 if there is none.
///
/// \param error The error, or NULL.
/// \return The number of bytes, without the final NUL; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_server_message_len(error: *const tcdb_error) -> usize {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(error) }.and_then(|e| e.server_message.as_ref()).map_or(0, Text::len))
}

/// The API's id of the HTTP request that failed, for the vendor's support; NULL if there is none.
///
/// \param error The error, or NULL.
/// \return The id, owned by the error, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_request_id(error: *const tcdb_error) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(std::ptr::null(), || borrowed(unsafe { handle::get(error) }.and_then(|e| e.request_id.as_ref())))
}

/// The HTTP status of the reply that failed; 0 if there was no reply.
///
/// \param error The error, or NULL.
/// \return The status, or 0.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_http_status(error: *const tcdb_error) -> i32 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(error) }.map_or(0, |e| e.error.http_status().into()))
}

/// The number of requests that were sent, the failed one included; 0 if no request was sent, for example because no
/// connection could be opened. The message counts every attempt.
///
/// \param error The error, or NULL.
/// \return The number of requests; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_attempts(error: *const tcdb_error) -> u32 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(error) }.map_or(0, |e| e.error.attempts()))
}

/// 1 if the same call may succeed later; 0 if something has to be changed first.
///
/// \param error The error, or NULL.
/// \return 1 or 0; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_is_retryable(error: *const tcdb_error) -> i32 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(error) }.is_some_and(|e| e.error.is_retryable()).into())
}

/// The last answer of a wait that ended without a terminal one: a copy, yours to free with tcdb_result_free; NULL if
/// there was none.
///
/// \param error The error, or NULL.
/// \return The result, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_last_result(error: *const tcdb_error) -> *mut tcdb_result {
    guard::value(std::ptr::null_mut(), || {
        // SAFETY: the header's rule for objects.
        let answer = unsafe { handle::get(error) }.and_then(|e| e.error.last_info());
        answer.map_or(std::ptr::null_mut(), |answer| handle::make(tcdb_result::new(answer.clone())))
    })
}

/// Frees an error. NULL: nothing.
///
/// \param error The error, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_error_free(error: *mut tcdb_error) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(error) });
}
