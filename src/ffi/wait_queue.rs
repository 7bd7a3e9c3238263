//! Waiting for the ends of many tasks at once.

use std::ffi::{c_char, c_void};
use std::time::Duration;

use super::client::tcdb_client;
use super::codes::tcdb_code;
use super::error::tcdb_error;
use super::options::tcdb_destroy_fn;
use super::wait_event::{UserData, tcdb_wait_event};
use super::wait_options::tcdb_wait_options;
use super::waiter::{milliseconds_up, timeout};
use super::{guard, handle, outcome};
use crate::waiter::config::TaskConfig;
use crate::waiter::queue::{TaskId, WaitQueue};

/// Waits for many tasks at once. tcdb_wait_queue_add adds a task, threads of yours that call tcdb_wait_queue_run send
/// its requests, and tcdb_wait_queue_next returns its events. The rules for each task are those of a tcdb_waiter.
///
/// It has no thread of its own. One of yours is enough as long as it keeps up: with 50 ms a reply it sends 20 requests
/// a second, so two use a limit of 40. A program with a single thread calls _run until there is an event, then takes
/// events with _next until there is none:
///
///   while (tcdb_wait_queue_pending(queue) > 0) {
///       tcdb_wait_queue_run(queue, 1000, &error);
///       while (tcdb_wait_queue_next(queue, 0, &event, &error) == TCDB_OK && event) { ...; tcdb_wait_event_free(event); }
///   }
///
/// It locks itself: every function but _free may be called by many threads at once, also from callbacks inside a call
/// on it. Free it when no call on it is running.
pub struct tcdb_wait_queue {
    queue: WaitQueue<UserData>,
    destroy: tcdb_destroy_fn,
}

/// Makes a queue; sends nothing yet.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT.
///
/// \param client The client, not NULL; may be freed afterwards. Its rate limit is shared by all that is made from it.
/// \param destroy_or_null Called in tcdb_wait_queue_free with the user_data of each task whose final event was not
///   taken. NULL: nothing is called.
/// \param out Receives the queue, yours to free with tcdb_wait_queue_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_new(
    client: *const tcdb_client,
    destroy_or_null: tcdb_destroy_fn,
    out: *mut *mut tcdb_wait_queue,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let client = handle::need("client", client)?;
            Ok(Some(tcdb_wait_queue { queue: client.0.wait_queue(), destroy: destroy_or_null }))
        })
    }
}

/// Adds a task, at any time and from any thread. Its first request is due at once.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT, and after a shutdown of the client with TCDB_ERR_CANCELLED.
///
/// \param queue The queue; not NULL.
/// \param async_request_id 1 to 256 bytes, as an API call returned it; sent as it is. The same id may be added twice:
///   two tasks.
/// \param timeout_ms As of tcdb_waiter_new, counted from here.
/// \param options_or_null Copied. NULL: the defaults.
/// \param user_data Returned with the task's events.
/// \param out Receives the number of the task in this queue, from 1 on, never used again; 0 on failure, and then
///   user_data stays yours.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_add(
    queue: *const tcdb_wait_queue,
    async_request_id: *const c_char,
    timeout_ms: u64,
    options_or_null: *const tcdb_wait_options,
    user_data: *mut c_void,
    out: *mut u64,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code_number(out, 0, error, || {
            let queue = &handle::need("queue", queue)?.queue;
            let async_request_id = handle::utf8("async_request_id", async_request_id)?;
            let config = handle::get(options_or_null).map_or_else(TaskConfig::default, |options| options.0);
            queue.add(async_request_id, timeout(timeout_ms), &config, UserData(user_data)).map(|task| task.0)
        })
    }
}

/// Runs the queue: sends each request that is due, the longest overdue first, and sleeps in between. Returns when there
/// is an event that was not there when it began, after max_ms milliseconds, after tcdb_wait_queue_wake, and at times
/// earlier. After max_ms no request begins; one that is in flight then is bounded by the client's timeouts, the wait's
/// own and a cancel. 0: what can be sent without sleeping, one request at most. Any number of threads may be inside and
/// share the work; where nothing is pending they sleep.
///
/// Fails with TCDB_ERR_CANCELLED after a shutdown of the client, so that loops of threads end; with TCDB_ERR_SYSTEM;
/// never by the outcome of a task.
///
/// \param queue The queue; not NULL.
/// \param max_ms How long it may take, in milliseconds.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_run(
    queue: *const tcdb_wait_queue,
    max_ms: u32,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects and `error`.
    unsafe {
        outcome::code_only(error, || handle::need("queue", queue)?.queue.run(Duration::from_millis(max_ms.into())))
    }
}

/// Takes the oldest event; sleeps for at most max_sleep_ms milliseconds until there is one. It sends nothing: where no
/// thread runs the queue, no request is sent meanwhile, but deadlines, a cancel and a shutdown still end tasks.
///
/// TCDB_OK with *out NULL: there was none, or tcdb_wait_queue_wake was called. Fails after a shutdown of the client
/// with TCDB_ERR_CANCELLED, once every event has been taken; with TCDB_ERR_SYSTEM.
///
/// \param queue The queue; not NULL.
/// \param max_sleep_ms How long it may sleep, in milliseconds.
/// \param out Receives the event, if there is one, yours to free with tcdb_wait_event_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_next(
    queue: *const tcdb_wait_queue,
    max_sleep_ms: u32,
    out: *mut *mut tcdb_wait_event,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let queue = &handle::need("queue", queue)?.queue;
            Ok(queue.next(Duration::from_millis(max_sleep_ms.into()))?.map(tcdb_wait_event))
        })
    }
}

/// Ends a task soon, in whatever it is doing; its final event has TCDB_ERR_CANCELLED, unless it ends by itself first.
/// 1: the task had not ended. 0: it had ended, or there is no such task, and for NULL.
///
/// \param queue The queue, or NULL.
/// \param task The number that tcdb_wait_queue_add returned.
/// \return 1 or 0; 0 for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_cancel(queue: *const tcdb_wait_queue, task: u64) -> i32 {
    guard::value(0, || {
        // SAFETY: the header's rule for objects.
        unsafe { handle::get(queue) }.is_some_and(|it| it.queue.cancel(TaskId(task))).into()
    })
}

/// Ends all tasks that are in the queue now, as tcdb_wait_queue_cancel. Tasks may be added afterwards. From any thread
/// and from a signal handler: it takes no lock, allocates nothing and keeps errno. NULL: nothing.
///
/// \param queue The queue, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_cancel_all(queue: *const tcdb_wait_queue) {
    guard::in_signal_handler(|| {
        // SAFETY: the header's rule for objects.
        if let Some(queue) = unsafe { handle::get(queue) } {
            queue.queue.cancel_all();
        }
    });
}

/// Every _run and _next in progress returns soon, a _run after its request in flight; if there is none, the next one
/// returns at once. From any thread and from a signal handler, as tcdb_wait_queue_cancel_all. NULL: nothing.
///
/// \param queue The queue, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_wake(queue: *const tcdb_wait_queue) {
    guard::in_signal_handler(|| {
        // SAFETY: the header's rule for objects.
        if let Some(queue) = unsafe { handle::get(queue) } {
            queue.queue.wake();
        }
    });
}

/// The number of tasks whose final event has not been taken; 0 for NULL.
///
/// \param queue The queue, or NULL.
/// \return The number of tasks; 0 for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_pending(queue: *const tcdb_wait_queue) -> u64 {
    guard::value(0, || {
        // SAFETY: the header's rule for objects.
        let pending = unsafe { handle::get(queue) }.map_or(0, |it| it.queue.pending());
        u64::try_from(pending).unwrap_or(u64::MAX)
    })
}

/// In how many milliseconds tcdb_wait_queue_run will have something to do: a request, the client's rate limit included,
/// or the end of a task by its timeout. Rounded up; 0: now. A task gets its place behind the rate limit by a run: until
/// then one that is due counts as now. UINT64_MAX: no task waits for its time, and for NULL.
///
/// \param queue The queue, or NULL.
/// \return Milliseconds; UINT64_MAX for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_due_in_ms(queue: *const tcdb_wait_queue) -> u64 {
    guard::value(u64::MAX, || {
        // SAFETY: the header's rule for objects.
        let due = unsafe { handle::get(queue) }.and_then(|it| it.queue.due_in());
        due.map_or(u64::MAX, milliseconds_up)
    })
}

/// A file descriptor for the program's own event loop: poll(2) says that it is readable while events wait. Take them
/// with tcdb_wait_queue_next(queue, 0, ...) until there is none, which clears it. It may be readable without an event.
/// Other threads run the queue meanwhile.
///
/// Fails with TCDB_ERR_SYSTEM where no descriptor is left, and always on Windows: let a thread call
/// tcdb_wait_queue_next there and hand the events to the loop.
///
/// \param queue The queue; not NULL.
/// \param out Receives the descriptor, the same at each call; -1 on failure. It is the queue's: never read, write or
///   close it, and stop watching it before tcdb_wait_queue_free. A forked child that uses the queue calls this again
///   for one of its own.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_descriptor(
    queue: *const tcdb_wait_queue,
    out: *mut i32,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, `out` and `error`.
    unsafe { outcome::code_number(out, -1, error, || handle::need("queue", queue)?.queue.descriptor()) }
}

/// Frees a queue and forgets its tasks: no further event. destroy is called here, on this thread, with each user_data
/// that is left. NULL: nothing. No call on it may be running, a signal handler's included.
///
/// \param queue The queue, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_wait_queue_free(queue: *mut tcdb_wait_queue) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(queue) });
}

impl Drop for tcdb_wait_queue {
    fn drop(&mut self) {
        let Some(destroy) = self.destroy else { return };
        for UserData(user_data) in self.queue.take_user_data() {
            // SAFETY: the host gave this function for what it gave to `add`; each is taken once.
            unsafe { destroy(user_data) };
        }
    }
}
