//! `run`: takes the task that is overdue the longest, steps it, gives it back; sleeps while there is none.

use std::time::{Duration, Instant};

use super::event::Event;
use super::schedule::{Moment, TaskId};
use super::shared::{Shared, State};
use super::sleep::sleep;
use super::task::{Stepped, Task};
use super::threads::{Holder, Thread};
use crate::error::{Error, Result};
use crate::runtime::sync::{Arc, InheritedGuard};

/// How soon a thread that waits for a permit looks after the other tasks' deadlines again.
const LOOK_AROUND: Duration = Duration::from_millis(100);

/// Runs until there is an event, at most so long.
///
/// # Errors
/// `Cancelled` after a shutdown of the client; `System` where no descriptor is left.
pub(super) fn run<U: Clone>(shared: &Shared<U>, max: Duration) -> Result<()> {
    let inside = shared.process().threads.enter();
    let (pushed, wakes) = {
        let state = shared.state();
        (state.pushed, state.wakes_seen)
    };
    let until = shared.after(max);
    let mut runner = Runner { shared, thread: &inside.0, until, pushed, wakes, has_stepped: false, held: None };
    while runner.turn()? {}
    Ok(())
}

struct Runner<'a, U: Clone> {
    shared: &'a Shared<U>,
    thread: &'a Arc<Thread>,
    until: Moment,
    /// Events and wakes when it began: another one ends the run.
    pushed: u64,
    wakes: u64,
    has_stepped: bool,
    held: Option<(TaskId, Box<Task<U>>)>,
}

impl<U: Clone> Runner<'_, U> {
    /// One step of one task, or one sleep. False: the run is over.
    fn turn(&mut self) -> Result<bool> {
        if self.held.is_none() {
            // Before the look at what is to be cancelled, so that no request to cancel is lost.
            self.thread.cancellation.reset();
        }
        let mut state = self.shared.settled();
        let now = self.shared.now();
        if state.pushed != self.pushed {
            return Ok(false);
        }
        // Before a wake that is remembered: after a shutdown there is nothing to run again for.
        self.shared.check_open()?;
        if state.sees_wake(self.shared.wakes(), self.wakes) {
            return Ok(false);
        }
        if self.has_stepped && now >= self.until {
            return Ok(false);
        }
        if self.held.as_ref().is_some_and(|(_, task)| !task.is_query())
            && state.has_query(now)
            && !self.thread.cancellation.is_requested()
        {
            // What waits for a permit of the rate limiter lets what goes first have its thread.
            self.put(&mut state);
        }
        if self.held.is_none() {
            let holder = |task: &Task<U>| Holder { thread: self.thread.clone(), user_data: task.user_data() };
            self.held = state.schedule.take_due(now, holder);
        }
        if let Some((id, task)) = self.held.take() {
            state.sleepers.pass_on();
            drop(state);
            self.step(id, task)?;
        } else if now >= self.until {
            return Ok(false);
        } else {
            self.sleep_idle(state)?;
        }
        Ok(true)
    }

    fn step(&mut self, id: TaskId, task: Box<Task<U>>) -> Result<()> {
        self.has_stepped = true;
        let (_, task) = self.held.insert((id, task));
        let stepped = task.step(&self.shared.session, &self.thread.cancellation, self.shared.origin);
        match stepped {
            Stepped::NotBefore(time) => self.sleep_for_permit(time),
            Stepped::Pending { changed } => {
                let change = changed.map(|answer| task.changed(answer, self.shared.now()));
                self.give_back(change);
                Ok(())
            }
            Stepped::Ended(outcome) => {
                self.end(|task, now| task.ended(outcome, now));
                Ok(())
            }
        }
    }

    /// The held task has asked and goes on.
    fn give_back(&mut self, change: Option<Event<U>>) {
        let mut state = self.shared.state();
        // Cancelled after its reply had come.
        if self.thread.cancellation.is_requested() {
            drop(state);
            return self.end(Task::cancelled);
        }
        state.admission_at = None;
        if let Some(change) = change {
            self.shared.push(&mut state, change);
        }
        self.put(&mut state);
    }

    fn put(&mut self, state: &mut State<U>) {
        if let Some((id, mut task)) = self.held.take() {
            let times = task.times();
            state.schedule.put(id, task, times);
            state.sleepers.due_at(times.first());
        }
    }

    fn end(&mut self, event: impl FnOnce(Task<U>, Moment) -> Event<U>) {
        if let Some((id, task)) = self.held.take() {
            let event = event(*task, self.shared.now());
            let mut state = self.shared.state();
            state.admission_at = None;
            state.schedule.ended(id);
            self.shared.push(&mut state, event);
        }
    }

    /// Holds its task and its place in the rate limiter's queue meanwhile.
    fn sleep_for_permit(&self, time: Instant) -> Result<()> {
        let deadline = {
            let mut state = self.shared.state();
            state.admission_at = Some(self.shared.moment(time));
            state.schedule.next_deadline()
        };
        let look_around = self.shared.after(LOOK_AROUND).min(self.until);
        let until = deadline.map_or(look_around, |deadline| deadline.min(look_around));
        sleep(self.shared, self.thread, self.wakes, until.min(self.shared.moment(time)))
    }

    fn sleep_idle(&self, mut state: InheritedGuard<'_, State<U>>) -> Result<()> {
        let next = state.schedule.next();
        let until = state.sleepers.runner_sleeps(self.thread, next, self.until);
        drop(state);
        let outcome = sleep(self.shared, self.thread, self.wakes, until);
        self.shared.state().sleepers.runner_wakes(self.thread);
        outcome
    }
}

impl<U: Clone> Drop for Runner<'_, U> {
    /// A task whose step panicked ends by that: it would do the same again.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.end(|task, now| task.failed(Error::internal("a step does not panic"), now));
        }
        let mut state = self.shared.state();
        if self.thread.cancellation.is_requested() && self.held.is_some() {
            drop(state);
            self.end(Task::cancelled);
            state = self.shared.state();
        }
        self.put(&mut state);
        state.sleepers.pass_on();
        drop(state);
        // A shutdown ends what was given back.
        drop(self.shared.settled());
    }
}
