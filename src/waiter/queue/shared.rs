//! What the threads of a queue share, under one lock that is never held while one of them waits or calls out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::event::Event;
use super::process::Process;
use super::schedule::{Moment, Schedule, TaskId};
use super::sleepers::Sleepers;
use super::task::Task;
use super::threads::Holder;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::clock::far_future;
use crate::runtime::fork::ForkLocal;
use crate::runtime::sync::{Arc, AtomicBool, AtomicU64, InheritedGuard, InheritedMutex, Ordering, elapsed_since};
use crate::session::Session;

pub(super) struct Shared<U> {
    pub session: Arc<Session>,
    pub origin: Instant,
    state: InheritedMutex<State<U>>,
    /// Set by a signal handler; who takes the lock next acts on it.
    cancels_all: AtomicBool,
    /// How often `wake` was called.
    wakes: AtomicU64,
    process: ForkLocal<Process>,
}

pub(super) struct State<U> {
    pub schedule: Schedule<Task<U>, Holder<U>>,
    events: VecDeque<Event<U>>,
    final_events: usize,
    /// Events there have ever been.
    pub pushed: u64,
    /// For so many wakes a call has returned.
    pub wakes_seen: u64,
    /// When the rate limiter may admit the request of a task that waits for it.
    pub admission_at: Option<Moment>,
    pub sleepers: Sleepers,
}

impl<U: Clone> Shared<U> {
    pub fn new(session: Arc<Session>) -> Self {
        let state = State {
            schedule: Schedule::default(),
            events: VecDeque::new(),
            final_events: 0,
            pushed: 0,
            wakes_seen: 0,
            admission_at: None,
            sleepers: Sleepers::default(),
        };
        Self {
            session,
            origin: Instant::now(),
            state: InheritedMutex::new(state),
            cancels_all: AtomicBool::new(false),
            wakes: AtomicU64::new(0),
            process: ForkLocal::new(Process::default()),
        }
    }

    pub fn now(&self) -> Moment {
        elapsed_since(self.origin).into()
    }

    pub fn instant(&self, moment: Moment) -> Instant {
        self.origin.checked_add(moment.into()).unwrap_or_else(far_future)
    }

    pub fn moment(&self, instant: Instant) -> Moment {
        instant.saturating_duration_since(self.origin).into()
    }

    pub fn after(&self, time: Duration) -> Moment {
        elapsed_since(self.origin).saturating_add(time).into()
    }

    pub fn state(&self) -> InheritedGuard<'_, State<U>> {
        self.state.lock()
    }

    pub fn add(&self, task: impl FnOnce(TaskId, Moment) -> Task<U>) -> TaskId {
        let mut state = self.settled();
        let id = state.schedule.new_id();
        let mut task = Box::new(task(id, self.now()));
        let times = task.times();
        state.schedule.put(id, task, times);
        state.sleepers.due_at(times.first());
        id
    }

    /// This process's threads and descriptor; a forked child begins with none.
    pub fn process(&self) -> &Process {
        self.process.get(|_| Process::default())
    }

    /// The state, after what needs no request: a cancel of all, a shutdown, deadlines that have passed.
    pub fn settled(&self) -> InheritedGuard<'_, State<U>> {
        let mut state = self.state();
        let now = self.now();
        if self.cancels_all.swap(false, Ordering::SeqCst) {
            self.end_waiting(&mut state, |task| task.cancelled(now));
            state.schedule.holders().for_each(|holder| holder.thread.cancellation.request());
        }
        if self.session.is_shut_down() {
            self.end_waiting(&mut state, |task| task.failed(shut_down(), now));
        }
        while let Some((_, task)) = state.schedule.take_expired(now) {
            self.push(&mut state, task.timed_out(now));
        }
        state
    }

    /// Cancels one task. False: it has ended, or never was.
    pub fn cancel(&self, id: TaskId) -> bool {
        let mut state = self.settled();
        if let Some(task) = state.schedule.remove(id) {
            self.push(&mut state, task.cancelled(self.now()));
            return true;
        }
        let holder = state.schedule.holder(id);
        holder.inspect(|holder| holder.thread.cancellation.request()).is_some()
    }

    /// For signal handlers: atomics, and a write for each thread inside and for the descriptor.
    pub fn cancel_all(&self) {
        self.cancels_all.store(true, Ordering::SeqCst);
        if let Some(process) = self.process.existing() {
            process.threads.interrupt_all();
            process.signal();
        }
    }

    /// For signal handlers.
    pub fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
        if let Some(process) = self.process.existing() {
            process.threads.notify_all();
        }
    }

    pub fn wakes(&self) -> u64 {
        self.wakes.load(Ordering::SeqCst)
    }

    pub fn has_signal(&self, wakes: u64) -> bool {
        self.wakes() != wakes || self.cancels_all.load(Ordering::SeqCst)
    }

    /// # Errors
    /// `Cancelled` after a shutdown.
    pub fn check_open(&self) -> Result<()> {
        if self.session.is_shut_down() {
            return Err(shut_down());
        }
        Ok(())
    }

    /// Makes an event visible to whoever takes them.
    pub fn push(&self, state: &mut State<U>, event: Event<U>) {
        state.final_events += usize::from(event.is_final());
        state.pushed += 1;
        state.events.push_back(event);
        if state.events.len() == 1 {
            self.process().signal();
        }
        state.sleepers.notify_taker();
        state.sleepers.notify_leader();
    }

    /// The oldest event. Without one the descriptor is not readable.
    pub fn pop(&self, state: &mut State<U>) -> Option<Event<U>> {
        let event = state.events.pop_front();
        state.final_events -= usize::from(event.as_ref().is_some_and(Event::is_final));
        if state.events.is_empty() {
            self.process().clear();
            // What came since `settled` looked has made it readable before it was cleared.
            if self.cancels_all.load(Ordering::SeqCst) || (self.session.is_shut_down() && state.pending() > 0) {
                self.process().signal();
            }
        }
        event
    }

    /// This process's descriptor, made here the first time.
    ///
    /// # Errors
    /// `System` where none is left, or where the system has none.
    pub fn descriptor(&self) -> Result<i32> {
        let state = self.settled();
        let process = self.process();
        let number = process.descriptor(&self.session)?;
        if !state.events.is_empty() {
            process.signal();
        }
        Ok(number)
    }

    /// What belongs to tasks whose final event was not taken. In a forked child also to those that a thread of the parent's
    /// held at the fork: no one gives these back.
    pub fn take_user_data(&mut self) -> Vec<U> {
        let state = self.state.get_mut();
        let untaken =
            std::mem::take(&mut state.events).into_iter().filter(Event::is_final).map(|event| event.user_data);
        let others = std::mem::take(&mut state.schedule).into_each(Task::into_user_data, |holder| holder.user_data);
        state.final_events = 0;
        untaken.chain(others).collect()
    }

    fn end_waiting(&self, state: &mut State<U>, end: impl Fn(Task<U>) -> Event<U>) {
        while let Some((_, task)) = state.schedule.take_any() {
            self.push(state, end(*task));
        }
    }
}

fn shut_down() -> Error {
    Error::new(ErrorKind::Cancelled, "the client is shut down")
}

impl<U> Drop for Shared<U> {
    fn drop(&mut self) {
        if let Some(process) = self.process.existing() {
            process.close(&self.session);
        }
    }
}

impl<U> State<U> {
    /// Tasks whose final event has not been taken.
    pub fn pending(&self) -> usize {
        self.schedule.count() + self.final_events
    }

    /// When there is something to do.
    pub fn next(&self) -> Option<Moment> {
        let wait = self.schedule.next_wait().map(|due| self.admission_at.map_or(due, |admission| admission.max(due)));
        wait.into_iter().chain(self.schedule.next_query()).chain(self.schedule.next_deadline()).min()
    }

    /// Whether a task is due that wants one reply.
    pub fn has_query(&self, now: Moment) -> bool {
        self.schedule.next_query().is_some_and(|due| due <= now)
    }

    /// Whether `wake` was called since a call began. Calls that begin later do not return for it again.
    pub fn sees_wake(&mut self, wakes: u64, wakes_before: u64) -> bool {
        if wakes != wakes_before {
            self.wakes_seen = wakes;
        }
        wakes != wakes_before
    }
}

#[cfg(test)]
mod tests;
