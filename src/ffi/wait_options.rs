//! How a wait queue waits for a task.

use super::codes::tcdb_status;
use super::{guard, handle};
use crate::waiter::config::TaskConfig;

/// The options of a task in a wait queue: interval, statuses to stop on, events. One object may serve for any number of
/// tasks. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing; tcdb_wait_queue_add validates.
pub struct tcdb_wait_options(pub(super) TaskConfig);

/// The defaults. Yours to free with tcdb_wait_options_free. Never NULL, except after a defect of this library.
///
/// \return The options, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_wait_options_new() -> *mut tcdb_wait_options {
    guard::value(std::ptr::null_mut(), || handle::make(tcdb_wait_options(TaskConfig::default())))
}

/// The shortest and the longest pause between two requests, in milliseconds, as of tcdb_waiter_set_interval_ms.
///
/// \param options The options, or NULL.
/// \param first The first pause, in milliseconds, or 0 for the default.
/// \param longest The longest pause, in milliseconds, or 0 for the default.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_options_set_interval_ms(
    options: *mut tcdb_wait_options,
    first: u32,
    longest: u32,
) {
    // SAFETY: the header's rule for options.
    unsafe { set(options, |config| (config.waiter.first_ms, config.waiter.longest_ms) = (first, longest)) }
}

/// One more status that ends the wait with an answer, as of tcdb_waiter_set_stop_on.
///
/// \param options The options, or NULL.
/// \param status The status to stop on.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_options_set_stop_on(options: *mut tcdb_wait_options, status: tcdb_status) {
    // SAFETY: the header's rule for options.
    unsafe { set(options, |config| config.waiter.stop_on(status)) }
}

/// Whether each answer with a new status is an event, the first answer included. Default 0: only the end is. An answer
/// that ends the wait is in the final event alone: with the task's end, with a status to stop on, and as
/// tcdb_error_last_result of a wait whose timeout has passed, so with a timeout of 0 there is no other event.
///
/// \param options The options, or NULL.
/// \param on 1: each change is an event; 0: only the end.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_options_set_changes(options: *mut tcdb_wait_options, on: i32) {
    // SAFETY: the header's rule for options.
    unsafe { set(options, |config| config.changes = on != 0) }
}

/// Frees options. NULL: nothing. Tasks added with them stay in the queue.
///
/// \param options The options, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_options_free(options: *mut tcdb_wait_options) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(options) });
}

/// # Safety
/// As `handle::get_mut`.
unsafe fn set(options: *mut tcdb_wait_options, change: impl FnOnce(&mut TaskConfig)) {
    guard::value((), || {
        // SAFETY: passed on.
        if let Some(options) = unsafe { handle::get_mut(options) } {
            change(&mut options.0);
        }
    });
}
