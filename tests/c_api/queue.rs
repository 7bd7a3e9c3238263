//! The wait queue of the C API as the tests call it.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tcdb_async::ffi::*;

use crate::c_api::{Client, Failure, Found, c, failure, found, outcome};

/// An event object, read out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub task: u64,
    pub user_data: usize,
    pub is_final: bool,
    pub outcome: Result<Found, Failure>,
    pub answers: u32,
    pub elapsed: Duration,
}

impl Event {
    pub fn status(&self) -> Option<tcdb_status> {
        self.outcome.as_ref().ok().map(|found| found.status)
    }

    /// TCDB_OK for a result.
    pub fn code(&self) -> tcdb_code {
        self.outcome.as_ref().err().map_or(TCDB_OK, |failure| failure.code)
    }
}

fn read(event: *mut tcdb_wait_event) -> Option<Event> {
    if event.is_null() {
        return None;
    }
    unsafe {
        let code = tcdb_wait_event_code(event);
        let (result, error) = (tcdb_wait_event_result(event), tcdb_wait_event_error(event));
        assert_eq!((result.is_null(), error.is_null()), (code != TCDB_OK, code == TCDB_OK));
        let read = Event {
            task: tcdb_wait_event_task(event),
            user_data: tcdb_wait_event_user_data(event) as usize,
            is_final: tcdb_wait_event_is_final(event) == 1,
            outcome: found(result).ok_or_else(|| failure(code, error)),
            answers: tcdb_wait_event_answers(event),
            elapsed: Duration::from_millis(tcdb_wait_event_elapsed_ms(event)),
        };
        tcdb_wait_event_free(event);
        Some(read)
    }
}

pub struct WaitOptions(*mut tcdb_wait_options);

impl WaitOptions {
    /// The quickest that is allowed: 250 ms, constant.
    pub fn quick() -> Self {
        Self(tcdb_wait_options_new()).interval(250, 250)
    }

    pub fn interval(self, first: u32, longest: u32) -> Self {
        unsafe { tcdb_wait_options_set_interval_ms(self.0, first, longest) };
        self
    }

    pub fn stop_on(self, status: tcdb_status) -> Self {
        unsafe { tcdb_wait_options_set_stop_on(self.0, status) };
        self
    }

    pub fn changes(self) -> Self {
        unsafe { tcdb_wait_options_set_changes(self.0, 1) };
        self
    }
}

impl Drop for WaitOptions {
    fn drop(&mut self) {
        unsafe { tcdb_wait_options_free(self.0) };
    }
}

pub struct Queue(pub *mut tcdb_wait_queue);

// The header: a queue locks itself.
unsafe impl Send for Queue {}
unsafe impl Sync for Queue {}

impl Queue {
    pub fn of(client: &Client) -> Self {
        Self::destroying(client, None)
    }

    pub fn destroying(client: &Client, destroy: tcdb_destroy_fn) -> Self {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_wait_queue_new(client.0, destroy, &mut out, &mut error) };
        Self(outcome(code, out, error).unwrap())
    }

    /// `None`: for ever.
    pub fn try_add(
        &self,
        id: &str,
        timeout: Option<Duration>,
        options: &WaitOptions,
        user_data: usize,
    ) -> Result<u64, Failure> {
        let timeout = timeout.map_or(u64::MAX, |time| time.as_millis().try_into().unwrap());
        let (mut out, mut error) = (7, ptr::null_mut());
        let user_data = user_data as *mut c_void;
        let code =
            unsafe { tcdb_wait_queue_add(self.0, c(id).as_ptr(), timeout, options.0, user_data, &mut out, &mut error) };
        assert_eq!(out == 0, code != TCDB_OK);
        if code == TCDB_OK { Ok(out) } else { Err(failure(code, error)) }
    }

    pub fn add(&self, id: &str, options: &WaitOptions) -> u64 {
        self.try_add(id, None, options, 0).unwrap()
    }

    pub fn run(&self, max: Duration) -> Result<(), Failure> {
        let mut error = ptr::null_mut();
        let code = unsafe { tcdb_wait_queue_run(self.0, max.as_millis().try_into().unwrap(), &mut error) };
        if code == TCDB_OK { Ok(()) } else { Err(failure(code, error)) }
    }

    pub fn next(&self, max_sleep: Duration) -> Result<Option<Event>, Failure> {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code =
            unsafe { tcdb_wait_queue_next(self.0, max_sleep.as_millis().try_into().unwrap(), &mut out, &mut error) };
        outcome(code, out, error).map(read)
    }

    pub fn cancel(&self, task: u64) -> bool {
        unsafe { tcdb_wait_queue_cancel(self.0, task) == 1 }
    }

    pub fn cancel_all(&self) {
        unsafe { tcdb_wait_queue_cancel_all(self.0) };
    }

    pub fn wake(&self) {
        unsafe { tcdb_wait_queue_wake(self.0) };
    }

    pub fn pending(&self) -> u64 {
        unsafe { tcdb_wait_queue_pending(self.0) }
    }

    /// `None`: nothing waits for its time.
    pub fn due_in(&self) -> Option<Duration> {
        let ms = unsafe { tcdb_wait_queue_due_in_ms(self.0) };
        (ms != u64::MAX).then(|| Duration::from_millis(ms))
    }

    pub fn descriptor(&self) -> Result<i32, Failure> {
        let (mut out, mut error) = (7, ptr::null_mut());
        let code = unsafe { tcdb_wait_queue_descriptor(self.0, &mut out, &mut error) };
        assert_eq!(out == -1, code != TCDB_OK);
        if code == TCDB_OK { Ok(out) } else { Err(failure(code, error)) }
    }

    /// One thread: runs and takes until nothing is pending.
    pub fn carry(&self) -> Vec<Event> {
        let mut events = Vec::new();
        while self.pending() > 0 {
            self.run(Duration::from_secs(1)).unwrap();
            while let Some(event) = self.next(Duration::ZERO).unwrap() {
                events.push(event);
            }
        }
        events
    }

    /// So many threads run the queue while the body works; they end with it.
    pub fn while_run<T>(&self, threads: usize, body: impl FnOnce() -> T) -> T {
        let stop = &AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(
                    move || while !stop.load(Ordering::SeqCst) && self.run(Duration::from_millis(50)).is_ok() {},
                );
            }
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
            stop.store(true, Ordering::SeqCst);
            self.wake();
            outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Takes events until nothing is pending.
    pub fn take_all(&self) -> Vec<Event> {
        let mut events = Vec::new();
        while self.pending() > 0 {
            events.extend(self.next(Duration::from_secs(1)).unwrap());
        }
        events
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        unsafe { tcdb_wait_queue_free(self.0) };
    }
}
