//! Waiting for the end of a task.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use super::client::tcdb_client;
use super::codes::{tcdb_code, tcdb_status};
use super::error::tcdb_error;
use super::result::tcdb_result;
use super::{guard, handle, outcome};
use crate::info::AsyncRequestInfo;
use crate::waiter::{Progress, Waiter};

/// Waits for one task. It has no thread of its own: it proceeds inside _run or _step. A few threads can step thousands of
/// waiters of one client by their due times; the waiters share the client's rate limiter, the longest overdue first. A
/// query goes ahead of the waiters; with those that have been due for five seconds it goes by turns.
///
/// What it does. The first request goes out at once. After each answer it pauses: the n-th pause is drawn evenly from
/// first * 1.5^(n-1) to first * 1.5^n, never shorter than `first`, never longer than `longest`
/// (tcdb_waiter_set_interval_ms); one to two seconds before its deadline it sends a last request, whatever its
/// interval. It ends with an answer on SUCCESS, FAILED, KILLED, REMOVED and what tcdb_waiter_set_stop_on names. Before
/// the first answer a failure ends it as it ends a query, after the client's attempts, except for the API's rate limit,
/// which is waited out. After the first answer, transient failures (connections, 5xx, HTML, the API's limit, ...) do
/// not end it and are logged; the pauses grow in the same way, by 2, or are what Retry-After says, up to five minutes.
/// A defect in Info does not hide an answer: characters that cannot be read are U+FFFD. Each attempt is bounded by the
/// client's total timeout, everything by the wait's own. Time is the monotonic clock's.
///
/// It locks itself: the accessors, _cancel and the setters may be called at any time, by any thread, also from the
/// progress function; a second _run or _step meanwhile gets TCDB_ERR_BUSY. Free it when no call on it is running.
pub struct tcdb_waiter(Waiter);

/// Progress callback of a wait. Called after each answer that does not end it, and otherwise about ten times a second,
/// also while a request is in flight. Runs on the thread inside _run, with no lock held; it may call this library.
/// latest_or_null: the latest answer, valid during the call, not to be freed. answers: how many there were. elapsed_ms:
/// since tcdb_waiter_new. Return 0 to go on; any other number ends the wait with TCDB_ERR_CANCELLED.
pub type tcdb_progress_fn = Option<
    unsafe extern "system" fn(
        latest_or_null: *const tcdb_result,
        answers: u32,
        elapsed_ms: u64,
        user_data: *mut c_void,
    ) -> i32,
>;

/// Makes a waiter; sends nothing yet.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT.
///
/// \param client The client, not NULL; may be freed afterwards.
/// \param async_request_id 1 to 256 bytes, as an API call returned it; sent as it is.
/// \param timeout_ms How long the wait may take, counted from here. UINT64_MAX: without limit. 0: one answer, obtained
///   as tcdb_query obtains it; if it is not terminal, TCDB_ERR_WAIT_TIMEOUT with that answer.
/// \param out Receives the waiter, yours to free with tcdb_waiter_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_new(
    client: *const tcdb_client,
    async_request_id: *const c_char,
    timeout_ms: u64,
    out: *mut *mut tcdb_waiter,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let client = handle::need("client", client)?;
            let async_request_id = handle::utf8("async_request_id", async_request_id)?;
            client.0.waiter(async_request_id, timeout(timeout_ms)).map(|made| Some(tcdb_waiter(made)))
        })
    }
}

/// The shortest and the longest pause between two requests, in milliseconds: at least 250, longest not below first. 0:
/// the default, 1,000 and 10,000. Equal values: a constant pause without jitter. Validated by the next step, which
/// reports invalid values once and keeps those before. NULL: nothing.
///
/// \param waiter The waiter, or NULL.
/// \param first The first pause, in milliseconds, or 0 for the default.
/// \param longest The longest pause, in milliseconds, or 0 for the default.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_set_interval_ms(waiter: *mut tcdb_waiter, first: u32, longest: u32) {
    guard::value((), || {
        // SAFETY: the header's rule for objects.
        if let Some(waiter) = unsafe { handle::get(waiter) } {
            waiter.0.set_interval(first, longest);
        }
    });
}

/// One more status that ends the wait with an answer, like TCDB_STATUS_PAUSED or TCDB_STATUS_UNKNOWN. A number that is
/// not a status is reported by the next step, once, and then forgotten. NULL: nothing.
///
/// \param waiter The waiter, or NULL.
/// \param status The status to stop on.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_set_stop_on(waiter: *mut tcdb_waiter, status: tcdb_status) {
    guard::value((), || {
        // SAFETY: the header's rule for objects.
        if let Some(waiter) = unsafe { handle::get(waiter) } {
            waiter.0.stop_on(status);
        }
    });
}

/// Waits until the task has ended, on this thread. A signal handler that returns does not end the wait; one that calls
/// tcdb_waiter_cancel does. After the end it returns the same outcome again.
///
/// TCDB_OK: the task has ended, or reached a status to stop on. It does not say that the task succeeded: see
/// tcdb_result_status.
///
/// Fails with TCDB_ERR_WAIT_TIMEOUT and TCDB_ERR_CANCELLED, and with failures that are not transient;
/// tcdb_error_last_result has the last answer, the message the last failure. TCDB_ERR_BUSY and
/// TCDB_ERR_INVALID_ARGUMENT do not end the wait.
///
/// \param waiter The waiter; not NULL.
/// \param progress_or_null Called meanwhile, with user_data. NULL: nothing is called.
/// \param user_data Passed to progress_or_null.
/// \param out Receives the result, yours to free with tcdb_result_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_run(
    waiter: *mut tcdb_waiter,
    progress_or_null: tcdb_progress_fn,
    user_data: *mut c_void,
    out: *mut *mut tcdb_result,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, callbacks, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let waiter = handle::need("waiter", waiter)?;
            let answer = waiter.0.run(progress(progress_or_null, user_data))?;
            Ok(Some(tcdb_result::new((*answer).clone())))
        })
    }
}

/// One step: sleeps until a request is due, max_sleep_ms milliseconds at most, sends one if it is, and returns.
/// max_sleep_ms bounds only its sleep; a request that has begun is bounded by the client's timeouts, the wait's and
/// tcdb_waiter_cancel. 0: never sleeps.
///
/// TCDB_OK with *out NULL: not ended; tcdb_waiter_due_in_ms says when to step again. TCDB_OK with a result, and any
/// other code as of tcdb_waiter_run: ended, except for TCDB_ERR_BUSY and TCDB_ERR_INVALID_ARGUMENT.
///
/// \param waiter The waiter; not NULL.
/// \param max_sleep_ms How long it may sleep, in milliseconds.
/// \param out Receives the result of a wait that has ended, yours to free with tcdb_result_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_step(
    waiter: *mut tcdb_waiter,
    max_sleep_ms: u32,
    out: *mut *mut tcdb_result,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let waiter = handle::need("waiter", waiter)?;
            let answer = waiter.0.step(Duration::from_millis(max_sleep_ms.into()))?;
            Ok(answer.map(|answer| tcdb_result::new((*answer).clone())))
        })
    }
}

/// Ends the wait soon with TCDB_ERR_CANCELLED, in whatever it is doing, or as soon as it is stepped. It cannot be
/// undone. From any thread and from a signal handler: it takes no lock, allocates nothing and keeps errno. NULL:
/// nothing.
///
/// \param waiter The waiter, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_cancel(waiter: *mut tcdb_waiter) {
    guard::in_signal_handler(|| {
        // SAFETY: the header's rule for objects.
        if let Some(waiter) = unsafe { handle::get(waiter) } {
            waiter.0.cancel();
        }
    });
}

/// The latest answer: a copy, yours to free with tcdb_result_free. NULL: none yet, and for NULL.
///
/// \param waiter The waiter, or NULL.
/// \return The result, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_latest(waiter: *const tcdb_waiter) -> *mut tcdb_result {
    guard::value(ptr::null_mut(), || {
        // SAFETY: the header's rule for objects.
        let latest = unsafe { handle::get(waiter) }.and_then(|waiter| waiter.0.latest());
        latest.map_or(ptr::null_mut(), |answer| handle::make(tcdb_result::new((*answer).clone())))
    })
}

/// The number of answers so far; failures are not counted. 0 for NULL.
///
/// \param waiter The waiter, or NULL.
/// \return The number of answers; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_answers(waiter: *const tcdb_waiter) -> u32 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(waiter) }.map_or(0, |waiter| waiter.0.answers()))
}

/// Milliseconds since tcdb_waiter_new; does not grow after the end. 0 for NULL.
///
/// \param waiter The waiter, or NULL.
/// \return Milliseconds; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_elapsed_ms(waiter: *const tcdb_waiter) -> u64 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(waiter) }.map_or(0, |waiter| milliseconds(waiter.0.elapsed())))
}

/// In how many milliseconds a step will have something to do: its next request, its place in the client's rate limiter
/// included, or its end by timeout. Rounded up; 0: now. UINT64_MAX after the end, and for NULL. With many waiters step
/// each one that says 0, in turn; starting from the first one again after every step starves the last ones.
///
/// \param waiter The waiter, or NULL.
/// \return Milliseconds; UINT64_MAX for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_due_in_ms(waiter: *const tcdb_waiter) -> u64 {
    guard::value(u64::MAX, || {
        // SAFETY: the header's rule for objects.
        let due = unsafe { handle::get(waiter) }.and_then(|waiter| waiter.0.due_in());
        due.map_or(u64::MAX, milliseconds_up)
    })
}

/// Frees a waiter. NULL: nothing. No call on it may be running, a signal handler's included.
///
/// \param waiter The waiter, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_waiter_free(waiter: *mut tcdb_waiter) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(waiter) });
}

/// Waits until the task has ended: a waiter with the defaults, run and freed. Parameters, outcome and failures as of
/// tcdb_waiter_new and tcdb_waiter_run.
///
/// \param client The client; not NULL.
/// \param async_request_id As of tcdb_waiter_new.
/// \param timeout_ms As of tcdb_waiter_new.
/// \param out Receives the result, yours to free with tcdb_result_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait(
    client: *const tcdb_client,
    async_request_id: *const c_char,
    timeout_ms: u64,
    out: *mut *mut tcdb_result,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let client = handle::need("client", client)?;
            let async_request_id = handle::utf8("async_request_id", async_request_id)?;
            let answer = client.0.waiter(async_request_id, timeout(timeout_ms))?.run(None)?;
            Ok(Some(tcdb_result::new((*answer).clone())))
        })
    }
}

pub(super) fn timeout(milliseconds: u64) -> Option<Duration> {
    (milliseconds != u64::MAX).then(|| Duration::from_millis(milliseconds))
}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Rounded up, so that a sleep of so long is never too short.
pub(super) fn milliseconds_up(time: Duration) -> u64 {
    milliseconds(time.saturating_add(Duration::from_nanos(999_999)))
}

/// # Safety
/// `function` is NULL or may be called with `user_data`, as the header says of callbacks.
unsafe fn progress(function: tcdb_progress_fn, user_data: *mut c_void) -> Option<Progress> {
    let function = function?;
    Some(Rc::new(move |latest: Option<&AsyncRequestInfo>, answers, elapsed| {
        let borrowed = latest.map(|answer| tcdb_result::new(answer.clone()));
        let borrowed = borrowed.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: the host gave this function for these arguments; `borrowed` lives through the call.
        unsafe { function(borrowed, answers, milliseconds(elapsed), user_data) != 0 }
    }))
}
