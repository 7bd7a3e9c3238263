//! One call under way: its deadline, its cancelling, and the only place where a thread waits.
//!
//! A call runs on its caller's thread from end to end. The HTTP library has no way to hand a context to a
//! transport, so the call that a thread is in stands in a thread-local for as long as it lasts.

use std::cell::{Cell, Ref, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};
use crate::runtime::cancel::{Cancellation, ClientWakes};
use crate::runtime::sys::{self, Handle, WakeFd, Want};

/// Called about ten times a second while a call waits; true stops the call.
pub type ProgressFn = Rc<dyn Fn() -> bool>;
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Why a wait ended without what it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    Cancelled,
    Deadline,
    /// The time for connecting is over, the whole is not.
    ConnectTimeout,
    System(i32),
}

pub struct CallContext {
    wakes: Arc<ClientWakes>,
    wake: Arc<WakeFd>,
    cancel: Option<Arc<Cancellation>>,
    tick: Option<ProgressFn>,
    started: Cell<Instant>,
    deadline: Cell<Instant>,
    next_tick: Cell<Instant>,
    connect_deadline: Cell<Option<Instant>>,
    phase: Cell<&'static str>,
    /// Why the transport failed, in our words: the HTTP library's error cannot carry it all.
    failure: RefCell<Option<Error>>,
    /// Header lines of the request about to be sent, beside those that the HTTP library writes.
    lines: RefCell<Zeroizing<String>>,
    /// The connection in use had carried a request before, and no byte of the answer has come yet.
    stale: Cell<bool>,
    /// Kept connections are not trusted any more: one has turned out closed.
    fresh_only: Cell<bool>,
    /// The head of the reply has been read, its body has not.
    head: Cell<bool>,
}

impl CallContext {
    /// # Errors
    /// `System` where no descriptor is left.
    pub fn new(
        wakes: &Arc<ClientWakes>,
        deadline: Instant,
        cancel: Option<Arc<Cancellation>>,
        tick: Option<ProgressFn>,
    ) -> Result<Self> {
        let now = Instant::now();
        let wake = wakes.take()?;
        if let Some(cancel) = &cancel {
            cancel.wakes_by(&wake);
        }
        Ok(Self {
            wakes: wakes.clone(),
            wake,
            cancel,
            tick,
            started: Cell::new(now),
            deadline: Cell::new(deadline),
            next_tick: Cell::new(now + PROGRESS_INTERVAL),
            connect_deadline: Cell::new(None),
            phase: Cell::new("starting"),
            failure: RefCell::new(None),
            lines: RefCell::default(),
            stale: Cell::new(false),
            fresh_only: Cell::new(false),
            head: Cell::new(false),
        })
    }

    pub fn deadline(&self) -> Instant {
        self.deadline.get()
    }

    /// Runs a part of the call that has to end sooner, with a time of its own for messages.
    pub fn bounded<T>(&self, until: Instant, part: impl FnOnce() -> T) -> T {
        struct Restore<'a>(&'a CallContext, Instant, Instant);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.started.set(self.1);
                self.0.deadline.set(self.2);
            }
        }
        let _restore = Restore(self, self.started.replace(Instant::now()), self.deadline.get());
        self.deadline.set(until.min(self.deadline.get()));
        part()
    }

    /// A new part of the call begins, with a deadline of its own.
    pub fn begin_part(&self, deadline: Instant) {
        self.started.set(Instant::now());
        self.deadline.set(deadline);
    }

    pub fn left(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    pub fn enter_phase(&self, phase: &'static str) {
        self.phase.set(phase);
    }

    pub fn bound_connecting(&self, until: Option<Instant>) {
        self.connect_deadline.set(until);
    }

    pub fn connect_deadline(&self) -> Instant {
        self.connect_deadline.get().map_or(self.deadline(), |connect| connect.min(self.deadline()))
    }

    pub fn set_lines(&self, lines: Zeroizing<String>) {
        self.lines.replace(lines);
    }

    pub fn lines(&self) -> Ref<'_, str> {
        Ref::map(self.lines.borrow(), |lines| lines.as_str())
    }

    pub fn set_stale(&self, stale: bool) {
        self.stale.set(stale);
    }

    pub fn is_stale(&self) -> bool {
        self.stale.get()
    }

    pub fn distrust_kept_connections(&self) {
        self.fresh_only.set(true);
    }

    pub fn is_fresh_only(&self) -> bool {
        self.fresh_only.get()
    }

    pub fn set_head(&self, read: bool) {
        self.head.set(read);
    }

    pub fn has_head(&self) -> bool {
        self.head.get()
    }

    /// The first failure is the cause; what follows from it is not told.
    pub fn fail(&self, error: Error) {
        self.failure.borrow_mut().get_or_insert(error);
    }

    pub fn take_failure(&self) -> Option<Error> {
        self.failure.borrow_mut().take()
    }

    /// Says in words why the call ended while it did `phase` with `peer`.
    pub fn stopped(&self, stop: Interrupt, peer: &str) -> Error {
        let phase = self.phase.get();
        match stop {
            Interrupt::Cancelled => Error::new(ErrorKind::Cancelled, format!("cancelled while {phase}")),
            Interrupt::Deadline => {
                // The call began a moment after its time.
                let time = self.deadline().saturating_duration_since(self.started.get());
                let ms = time.as_micros().div_ceil(1000);
                Error::new(ErrorKind::RequestTimeout, format!("{peer}: time over after {ms} ms while {phase}"))
            }
            Interrupt::ConnectTimeout => {
                Error::new(ErrorKind::Connect, format!("connect to {peer}: time over while {phase}"))
            }
            Interrupt::System(errno) => {
                Error::new(ErrorKind::System, format!("poll: {}", reason(&io::Error::from_raw_os_error(errno))))
            }
        }
    }

    /// For what goes on without ever waiting.
    ///
    /// # Errors
    /// `Cancelled`, or the deadline that has passed.
    pub fn check(&self) -> std::result::Result<(), Interrupt> {
        if self.is_cancelled() {
            return Err(Interrupt::Cancelled);
        }
        let until = self.connect_deadline();
        if Instant::now() < until { Ok(()) } else { Err(self.time_over(until)) }
    }

    fn time_over(&self, until: Instant) -> Interrupt {
        if until < self.deadline() { Interrupt::ConnectTimeout } else { Interrupt::Deadline }
    }

    /// Waits until the socket is ready.
    ///
    /// # Errors
    /// Why it ended before.
    pub fn wait_for(&self, socket: Handle, want: Want) -> std::result::Result<(), Interrupt> {
        let until = self.connect_deadline();
        if self.wait(Some((socket, want)), until)? {
            return Ok(());
        }
        Err(self.time_over(until))
    }

    /// Waits until the socket is ready or a time within the connect timeout has come. True: ready.
    ///
    /// # Errors
    /// Why it ended before.
    pub fn wait_for_until(&self, socket: Handle, want: Want, until: Instant) -> std::result::Result<bool, Interrupt> {
        self.wait(Some((socket, want)), until)
    }

    /// Sleeps until a time, the deadline at the latest.
    ///
    /// # Errors
    /// `Cancelled`, or `Deadline` where that comes first.
    pub fn sleep_until(&self, time: Instant) -> std::result::Result<(), Interrupt> {
        self.wait(None, time.min(self.deadline()))?;
        if time > self.deadline() { Err(Interrupt::Deadline) } else { Ok(()) }
    }

    /// Waits for somebody's `wake` on this call's wake, or until a time. True: woken.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn wait_woken(&self, done: impl Fn() -> bool, until: Instant) -> std::result::Result<bool, Interrupt> {
        loop {
            if done() {
                return Ok(true);
            }
            if !self.wait_once(None, until)? && Instant::now() >= until {
                return Ok(done());
            }
        }
    }

    pub fn wake(&self) -> Arc<WakeFd> {
        self.wake.clone()
    }

    /// True: the socket is ready; false: it is `until`.
    fn wait(&self, socket: Option<(Handle, Want)>, until: Instant) -> std::result::Result<bool, Interrupt> {
        loop {
            if self.wait_once(socket, until)? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    /// One poll, of at most a tick where somebody listens to ticks. True: the socket is ready.
    fn wait_once(&self, socket: Option<(Handle, Want)>, until: Instant) -> std::result::Result<bool, Interrupt> {
        if self.is_cancelled() {
            return Err(Interrupt::Cancelled);
        }
        let until = if self.tick.is_some() { until.min(self.next_tick.get()) } else { until };
        let time = until.saturating_duration_since(Instant::now());
        let shown = sys::wait(socket, Some(&self.wake), time)
            .map_err(|e| Interrupt::System(e.raw_os_error().unwrap_or_default()))?;
        if shown.woken {
            self.wake.drain();
        }
        if self.is_cancelled() || self.ticked() {
            return Err(Interrupt::Cancelled);
        }
        Ok(shown.ready)
    }

    fn is_cancelled(&self) -> bool {
        self.wakes.is_shut_down() || self.cancel.as_ref().is_some_and(|cancel| cancel.is_requested())
    }

    /// The listener may call into the library itself, so this thread's call steps aside meanwhile.
    fn ticked(&self) -> bool {
        let Some(tick) = &self.tick else { return false };
        if Instant::now() < self.next_tick.get() {
            return false;
        }
        let aside = CURRENT.take();
        let stop = tick();
        CURRENT.set(aside);
        self.next_tick.set(Instant::now() + PROGRESS_INTERVAL);
        stop
    }
}

impl Drop for CallContext {
    fn drop(&mut self) {
        if let Some(cancel) = &self.cancel {
            cancel.wakes_nobody();
        }
        self.wakes.give_back(self.wake.clone());
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<CallContext>>> = const { RefCell::new(None) };
}

/// Makes `call` the one this thread is in, for as long as `body` runs, a panic included.
pub fn within<T>(call: &Rc<CallContext>, body: impl FnOnce() -> T) -> T {
    struct Restore(Option<Rc<CallContext>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _restore = Restore(CURRENT.replace(Some(call.clone())));
    body()
}

/// The call this thread is in.
///
/// # Errors
/// An I/O error where a transport is used outside of one.
pub fn current() -> io::Result<Rc<CallContext>> {
    CURRENT.with_borrow(Clone::clone).ok_or_else(|| io::Error::other("no call on this thread"))
}

/// A lock whose holder panicked guards data that is still whole: every change under one is a single step.
pub fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub use super::reason::reason;
