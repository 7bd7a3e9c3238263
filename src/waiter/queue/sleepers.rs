//! Which threads of a queue sleep, and which of them is woken for what. Under the queue's lock.
//!
//! One of the runners that have nothing to do, the leader, sleeps until the next task is due; the others sleep until
//! they are woken. So a task that comes due wakes one thread, not all of them.

use super::schedule::Moment;
use super::threads::Thread;
use crate::runtime::sync::Arc;

#[derive(Default)]
pub(super) struct Sleepers {
    leader: Option<(Arc<Thread>, Moment)>,
    /// Runners with nothing to do, the leader included.
    idle: Vec<Arc<Thread>>,
    takers: Vec<Arc<Thread>>,
}

impl Sleepers {
    /// A runner is about to sleep; `next`: when the next task is due. Returns until when it sleeps.
    pub fn runner_sleeps(&mut self, thread: &Arc<Thread>, next: Option<Moment>, until: Moment) -> Moment {
        self.idle.push(thread.clone());
        if self.leader.is_some() {
            return until;
        }
        let time = next.map_or(until, |next| next.min(until));
        self.leader = Some((thread.clone(), time));
        time
    }

    /// It is awake. Where it led, another leads from now on: that one is woken to find out what to wait for.
    pub fn runner_wakes(&mut self, thread: &Arc<Thread>) {
        remove(&mut self.idle, thread);
        if self.leader.as_ref().is_some_and(|(leader, _)| Arc::ptr_eq(leader, thread)) {
            self.leader = None;
        }
    }

    /// A runner turns to a task or leaves: without a leader another idle one has to lead.
    pub fn pass_on(&self) {
        if let (None, Some(thread)) = (&self.leader, self.idle.last()) {
            thread.notify();
        }
    }

    /// Something became due at this time.
    pub fn due_at(&self, time: Moment) {
        match &self.leader {
            Some((leader, until)) if time < *until => leader.notify(),
            Some(_) => {}
            None => self.pass_on(),
        }
    }

    pub fn notify_leader(&self) {
        if let Some((leader, _)) = &self.leader {
            leader.notify();
        }
    }

    pub fn taker_sleeps(&mut self, thread: &Arc<Thread>) {
        self.takers.push(thread.clone());
    }

    pub fn taker_wakes(&mut self, thread: &Arc<Thread>) {
        remove(&mut self.takers, thread);
    }

    /// An event is there: one taker is woken, and takes itself off when it is awake.
    pub fn notify_taker(&mut self) {
        if let Some(thread) = self.takers.pop() {
            thread.notify();
        }
    }
}

fn remove(threads: &mut Vec<Arc<Thread>>, thread: &Arc<Thread>) {
    if let Some(at) = threads.iter().position(|one| Arc::ptr_eq(one, thread)) {
        threads.swap_remove(at);
    }
}
