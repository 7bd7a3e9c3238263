//! What a wait queue reports of a task.

use std::ffi::c_void;
use std::ptr;

use super::codes::{TCDB_OK, code_of, tcdb_code};
use super::error::tcdb_error;
use super::result::tcdb_result;
use super::waiter::milliseconds;
use super::{guard, handle};
use crate::waiter::queue::{Event, EventKind};

/// An event of a task in a wait queue: a change of status, or the end. Yours to free with tcdb_wait_event_free; it goes
/// on after its queue is freed. Many threads may read one at once.
pub struct tcdb_wait_event(pub(super) Event<UserData>);

/// The host's pointer, which is handed out again and never read.
#[derive(Clone, Copy)]
pub struct UserData(pub(super) *mut c_void);

// SAFETY: the header says that the queue hands it to whichever thread takes the event or frees the queue.
unsafe impl Send for UserData {}

/// The number that tcdb_wait_queue_add gave the task; 0 for NULL.
///
/// \param event The event, or NULL.
/// \return The number of the task; 0 for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_task(event: *const tcdb_wait_event) -> u64 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(event) }.map_or(0, |event| event.0.task.0))
}

/// The user_data of tcdb_wait_queue_add. From the final event on it is your program's again: the queue no longer has
/// it. NULL for NULL.
///
/// \param event The event, or NULL.
/// \return The pointer; NULL for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_user_data(event: *const tcdb_wait_event) -> *mut c_void {
    // SAFETY: the header's rule for objects.
    guard::value(ptr::null_mut(), || unsafe { handle::get(event) }.map_or(ptr::null_mut(), |event| event.0.user_data.0))
}

/// 1 for the task's only final event, which is its last; 0 for a change of status, and for NULL.
///
/// \param event The event, or NULL.
/// \return 1 or 0; 0 for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_is_final(event: *const tcdb_wait_event) -> i32 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(event) }.is_some_and(|event| event.0.is_final()).into())
}

/// TCDB_OK for a change of status and for a task that has ended or reached a status to stop on: see
/// tcdb_wait_event_result. Any other code as of tcdb_waiter_run: see tcdb_wait_event_error. TCDB_OK for NULL.
///
/// \param event The event, or NULL.
/// \return The code; TCDB_OK for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_code(event: *const tcdb_wait_event) -> tcdb_code {
    guard::value(TCDB_OK, || {
        // SAFETY: the header's rule for objects.
        match unsafe { handle::get(event) }.map(|event| &event.0.kind) {
            Some(EventKind::Final(Err(failure))) => code_of(failure.kind()),
            _ => TCDB_OK,
        }
    })
}

/// The answer: a copy, yours to free with tcdb_result_free. NULL where tcdb_wait_event_code is not TCDB_OK, and for
/// NULL.
///
/// \param event The event, or NULL.
/// \return The result, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_result(event: *const tcdb_wait_event) -> *mut tcdb_result {
    guard::value(ptr::null_mut(), || {
        // SAFETY: the header's rule for objects.
        match unsafe { handle::get(event) }.map(|event| &event.0.kind) {
            Some(EventKind::Changed(answer) | EventKind::Final(Ok(answer))) => {
                handle::make(tcdb_result::new((**answer).clone()))
            }
            _ => ptr::null_mut(),
        }
    })
}

/// Why the wait ended without a terminal status, with the last answer (tcdb_error_last_result): a copy, yours to free
/// with tcdb_error_free. NULL where tcdb_wait_event_code is TCDB_OK, and for NULL.
///
/// \param event The event, or NULL.
/// \return The error, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_error(event: *const tcdb_wait_event) -> *mut tcdb_error {
    guard::value(ptr::null_mut(), || {
        // SAFETY: the header's rule for objects.
        match unsafe { handle::get(event) }.map(|event| &event.0.kind) {
            Some(EventKind::Final(Err(failure))) => handle::make(tcdb_error::new(failure.clone())),
            _ => ptr::null_mut(),
        }
    })
}

/// The number of answers up to this event; failures are not counted. 0 for NULL.
///
/// \param event The event, or NULL.
/// \return The number of answers; 0 for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_answers(event: *const tcdb_wait_event) -> u32 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(event) }.map_or(0, |event| event.0.answers))
}

/// Milliseconds from tcdb_wait_queue_add to this event. 0 for NULL.
///
/// \param event The event, or NULL.
/// \return Milliseconds; 0 for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_elapsed_ms(event: *const tcdb_wait_event) -> u64 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(event) }.map_or(0, |event| milliseconds(event.0.elapsed)))
}

/// Frees an event. NULL: nothing. The user_data is your program's and is not touched.
///
/// \param event The event, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_event_free(event: *mut tcdb_wait_event) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(event) });
}
