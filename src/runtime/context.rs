//! What one call carries from `client` down to a stream: its deadline, its cancellation, its progress function; and the
//! only place where a thread waits.
//!
//! A call runs on its caller's thread from end to end, and every function that may wait takes the context as an argument.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::cancel::{Cancellation, ClientWakes};
use crate::runtime::sys::{self, ProcessId, Socket, WakeFd};

/// Called about ten times a second while a call waits; true stops the call.
pub type ProgressFn = Rc<dyn Fn() -> bool>;
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);
/// How long a wait goes on before its wake is checked: most replies come sooner, and save a system call.
const UNCHECKED_WAIT: Duration = Duration::from_millis(100);

/// Why a wait ended without what it waited for.
#[derive(Debug)]
pub enum Interrupt {
    Cancelled,
    Deadline,
    /// The connect timeout has passed, the deadline has not.
    ConnectTimeout,
    System(io::Error),
    /// The process has forked since the wait began, and this is the child: what was waited for is the parent's.
    Forked,
}

pub struct CallContext {
    wakes: Arc<ClientWakes>,
    /// Of `process`. After a fork inside of a callback the child's call goes on with one of its own.
    wake: RefCell<Arc<WakeFd>>,
    /// The host has not closed it, as far as can be seen.
    has_open_wake: Cell<bool>,
    process: Cell<ProcessId>,
    cancellation: Option<Arc<Cancellation>>,
    progress: Option<ProgressFn>,
    next_progress: Cell<Instant>,
    /// When the present part of the call began, for messages.
    started: Cell<Instant>,
    deadline: Cell<Instant>,
    connect_deadline: Cell<Option<Instant>>,
    phase: Cell<&'static str>,
    requests_sent: Cell<u32>,
}

impl CallContext {
    /// A call that begins now.
    ///
    /// # Errors
    /// `System` where no descriptor is left.
    pub fn new(
        wakes: &Arc<ClientWakes>,
        now: Instant,
        deadline: Instant,
        cancellation: Option<Arc<Cancellation>>,
        progress: Option<ProgressFn>,
    ) -> Result<Self> {
        // A cancellation from a signal handler writes to the number without a check.
        let has_open_wake = cancellation.is_some();
        let wake = if has_open_wake { wakes.take()? } else { wakes.take_unchecked()? };
        if let Some(cancellation) = &cancellation {
            cancellation.attach(&wake);
        }
        Ok(Self {
            wakes: wakes.clone(),
            wake: RefCell::new(wake),
            has_open_wake: Cell::new(has_open_wake),
            process: Cell::new(sys::process_id()),
            cancellation,
            progress,
            next_progress: Cell::new(now + PROGRESS_INTERVAL),
            started: Cell::new(now),
            deadline: Cell::new(deadline),
            connect_deadline: Cell::new(None),
            phase: Cell::new("starting"),
            requests_sent: Cell::new(0),
        })
    }

    /// When the present part of the call began.
    pub fn started(&self) -> Instant {
        self.started.get()
    }

    pub fn deadline(&self) -> Instant {
        self.deadline.get()
    }

    pub fn left(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// Runs a part of the call that has to end sooner; messages count its time from here.
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

    /// Runs the part in which a connection is made, within a timeout of its own.
    pub fn connecting<T>(&self, timeout: Duration, part: impl FnOnce() -> T) -> T {
        struct Restore<'a>(&'a CallContext);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.connect_deadline.set(None);
            }
        }
        self.connect_deadline.set(Instant::now().checked_add(timeout));
        let _restore = Restore(self);
        part()
    }

    pub fn connect_deadline(&self) -> Instant {
        self.connect_deadline.get().map_or(self.deadline(), |connect| connect.min(self.deadline()))
    }

    pub fn enter_phase(&self, phase: &'static str) {
        self.phase.set(phase);
    }

    /// The error of a call that was interrupted in the present phase, in which it dealt with `peer`.
    pub fn interrupted(&self, interrupt: &Interrupt, peer: &str) -> Error {
        let phase = self.phase.get();
        match interrupt {
            Interrupt::Cancelled => Error::new(ErrorKind::Cancelled, format!("cancelled while {phase}")),
            Interrupt::Deadline => {
                let time = self.deadline().saturating_duration_since(self.started.get());
                // The part began a moment after the deadline was computed.
                let ms = time.as_micros().div_ceil(1000);
                Error::new(ErrorKind::RequestTimeout, format!("{peer}: timed out after {ms} ms while {phase}"))
            }
            Interrupt::ConnectTimeout => {
                Error::new(ErrorKind::Connect, format!("connect to {peer}: timed out while {phase}"))
            }
            Interrupt::System(e) => Error::new(ErrorKind::System, format!("poll: {}", io_reason(e))),
            Interrupt::Forked => {
                Error::new(ErrorKind::Transport, format!("{peer}: the process has forked while {phase}"))
            }
        }
    }

    /// A request goes out within this call.
    pub fn count_request(&self) {
        self.requests_sent.set(self.requests_sent.get().saturating_add(1));
    }

    /// All requests of this call, those for credentials included.
    pub fn requests_sent(&self) -> u32 {
        self.requests_sent.get()
    }

    /// For work that goes on without ever waiting.
    ///
    /// # Errors
    /// `Cancelled`, `Forked`, or the deadline that has passed.
    pub fn check(&self) -> std::result::Result<(), Interrupt> {
        self.notice_fork()?;
        if self.is_cancelled() {
            return Err(Interrupt::Cancelled);
        }
        let until = self.connect_deadline();
        if Instant::now() < until { Ok(()) } else { Err(self.passed(until)) }
    }

    fn passed(&self, until: Instant) -> Interrupt {
        if until < self.deadline() { Interrupt::ConnectTimeout } else { Interrupt::Deadline }
    }

    /// Waits until the socket is ready.
    ///
    /// # Errors
    /// Why it ended before.
    pub fn wait_for(&self, socket: Socket) -> std::result::Result<(), Interrupt> {
        let until = self.connect_deadline();
        if self.wait_any(&mut [socket], until)? { Ok(()) } else { Err(self.passed(until)) }
    }

    /// Waits until one of the sockets is ready, within the deadlines. False: it is `until`.
    ///
    /// # Errors
    /// Why it ended before.
    pub fn wait_any_until(&self, sockets: &mut [Socket], until: Instant) -> std::result::Result<bool, Interrupt> {
        let limit = self.connect_deadline();
        if self.wait_any(sockets, until.min(limit))? {
            return Ok(true);
        }
        if until < limit { Ok(false) } else { Err(self.passed(limit)) }
    }

    /// Sleeps until a time, the deadline at the latest; a forked child sleeps on.
    ///
    /// # Errors
    /// `Cancelled`, or `Deadline` where that comes first.
    pub fn sleep_until(&self, time: Instant) -> std::result::Result<(), Interrupt> {
        let until = time.min(self.deadline());
        loop {
            match self.wait_any(&mut [], until) {
                Err(Interrupt::Forked) => {}
                outcome => {
                    outcome?;
                    break;
                }
            }
        }
        if time > self.deadline() { Err(Interrupt::Deadline) } else { Ok(()) }
    }

    /// Waits for a wake by another thread, or until a time. True: `done`.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn wait_woken(&self, done: impl Fn() -> bool, until: Instant) -> std::result::Result<bool, Interrupt> {
        loop {
            if done() {
                return Ok(true);
            }
            if !self.wait_once(&mut [], until)? && Instant::now() >= until {
                return Ok(done());
            }
        }
    }

    /// For a thread that is to end this call's wait: one that the host has not closed.
    ///
    /// # Errors
    /// `System` where no descriptor is left.
    pub fn open_wake(&self) -> std::result::Result<Arc<WakeFd>, Interrupt> {
        self.check_wake()?;
        Ok(self.wake())
    }

    fn wake(&self) -> Arc<WakeFd> {
        self.wake.borrow().clone()
    }

    /// True: a socket is ready; false: it is `until`.
    fn wait_any(&self, sockets: &mut [Socket], until: Instant) -> std::result::Result<bool, Interrupt> {
        loop {
            if self.wait_once(sockets, until)? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    /// One poll, no longer than until the progress function is due. True: a socket is ready.
    fn wait_once(&self, sockets: &mut [Socket], until: Instant) -> std::result::Result<bool, Interrupt> {
        self.notice_fork()?;
        if self.is_cancelled() {
            return Err(Interrupt::Cancelled);
        }
        let until = if self.progress.is_some() { until.min(self.next_progress.get()) } else { until };
        let timeout = until.saturating_duration_since(Instant::now());
        let timeout = if self.has_open_wake.get() { timeout } else { timeout.min(UNCHECKED_WAIT) };
        let is_woken = match sys::wait(sockets, Some(&self.wake()), timeout) {
            Ok(is_woken) => is_woken,
            Err(e) if sys::is_closed(&e) => {
                self.replace_closed_wake()?;
                return Ok(false);
            }
            Err(e) => return Err(Interrupt::System(e)),
        };
        let is_ready = sockets.iter().any(|socket| socket.is_ready);
        if is_woken {
            // Not to read from what the host has opened under its number.
            self.has_open_wake.set(false);
            self.check_wake()?;
            if !self.wake().drain() {
                self.replace_closed_wake()?;
            }
        } else if !is_ready {
            self.check_wake()?;
        }
        if self.is_cancelled() || self.is_stopped_by_progress() {
            return Err(Interrupt::Cancelled);
        }
        self.notice_fork()?;
        Ok(is_ready)
    }

    /// Replaces a wake that the host has closed: nothing wakes what has its number now.
    fn check_wake(&self) -> std::result::Result<(), Interrupt> {
        if self.has_open_wake.get() || self.wake.borrow().is_open() {
            self.has_open_wake.set(true);
            return Ok(());
        }
        self.replace_closed_wake()
    }

    fn replace_closed_wake(&self) -> std::result::Result<(), Interrupt> {
        self.replace_wake(|lost| self.wakes.forget(lost))
    }

    /// A callback may have forked. In the child the call goes on with a wake of its own; the parent's stays as it is.
    fn notice_fork(&self) -> std::result::Result<(), Interrupt> {
        let process = sys::process_id();
        if self.process.get() == process {
            return Ok(());
        }
        self.replace_wake(drop)?;
        self.process.set(process);
        Err(Interrupt::Forked)
    }

    fn replace_wake(&self, dispose: impl FnOnce(Arc<WakeFd>)) -> std::result::Result<(), Interrupt> {
        let wake = self.wakes.take().map_err(|e| Interrupt::System(io::Error::other(e.message().to_owned())))?;
        if let Some(cancellation) = &self.cancellation {
            cancellation.attach(&wake);
        }
        dispose(self.wake.replace(wake));
        self.has_open_wake.set(true);
        Ok(())
    }

    fn is_cancelled(&self) -> bool {
        self.wakes.is_shut_down() || self.cancellation.as_ref().is_some_and(|it| it.is_requested())
    }

    /// The progress function may call into the library itself.
    fn is_stopped_by_progress(&self) -> bool {
        let Some(progress) = &self.progress else { return false };
        if Instant::now() < self.next_progress.get() {
            return false;
        }
        let stop = progress();
        self.next_progress.set(Instant::now() + PROGRESS_INTERVAL);
        stop
    }
}

impl Drop for CallContext {
    fn drop(&mut self) {
        if let Some(cancellation) = &self.cancellation {
            cancellation.detach();
        }
        // A child that has not noticed a fork yet leaves its parent's as it is.
        self.wakes.give_back(self.wake());
    }
}
