//! What the API says of a task, as an object.

use std::ffi::c_char;

use super::codes::{TCDB_STATUS_UNKNOWN, tcdb_status};
use super::guard;
use super::handle::{self, Text, borrowed};
use crate::info::AsyncRequestInfo;

/// The API's answer about a task. Yours to free with tcdb_result_free. Many threads may read one at once.
pub struct tcdb_result {
    status: tcdb_status,
    status_text: Option<Text>,
    info: Option<Text>,
    request_id: Option<Text>,
}

impl tcdb_result {
    pub(super) fn new(answer: AsyncRequestInfo) -> Self {
        Self {
            status: answer.status as tcdb_status,
            status_text: answer.status_text.map(Text::new),
            info: answer.info.map(Text::new),
            request_id: answer.request_id.map(Text::new),
        }
    }
}

/// The task's status; TCDB_STATUS_UNKNOWN for NULL.
///
/// \param result The result, or NULL.
/// \return The status; TCDB_STATUS_UNKNOWN for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_result_status(result: *const tcdb_result) -> tcdb_status {
    // SAFETY: the header's rule for objects.
    guard::value(TCDB_STATUS_UNKNOWN, || unsafe { handle::get(result) }.map_or(TCDB_STATUS_UNKNOWN, |r| r.status))
}

/// The status in the API's own spelling, also one that this version does not know. Never NULL; "" if it is null or
/// missing, and for NULL.
///
/// \param result The result, or NULL.
/// \return The text, owned by the result; "" for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_result_status_text(result: *const tcdb_result) -> *const c_char {
    guard::value(c"".as_ptr(), || {
        // SAFETY: the header's rule for objects.
        unsafe { handle::get(result) }.and_then(|r| r.status_text.as_ref()).map_or(c"".as_ptr(), Text::as_ptr)
    })
}

/// The API's text about the outcome, in any language. NULL if it is null or missing.
///
/// \param result The result, or NULL.
/// \return The text, owned by the result, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_result_info(result: *const tcdb_result) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(std::ptr::null(), || borrowed(unsafe { handle::get(result) }.and_then(|r| r.info.as_ref())))
}

/// Bytes in tcdb_result_info, which may hold a NUL; 0 if there is none.
///
/// \param result The result, or NULL.
/// \return The number of bytes, without the final NUL; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_result_info_len(result: *const tcdb_result) -> usize {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(result) }.and_then(|r| r.info.as_ref()).map_or(0, Text::len))
}

/// The API's id of the HTTP request that returned this answer, for the vendor's support; NULL if there is none.
///
/// \param result The result, or NULL.
/// \return The id, owned by the result, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_result_request_id(result: *const tcdb_result) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(std::ptr::null(), || borrowed(unsafe { handle::get(result) }.and_then(|r| r.request_id.as_ref())))
}

/// Frees a result. NULL: nothing.
///
/// \param result The result, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_result_free(result: *mut tcdb_result) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(result) });
}
