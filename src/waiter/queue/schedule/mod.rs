//! Which task is due, which deadline comes first, which thread has a task. Pure: every call takes the time. Adding,
//! removing and taking the next one cost O(log n).

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Names a task of one queue; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// Nanoseconds since the queue was made: half the size of a `Duration`, and enough for five centuries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl From<Duration> for Moment {
    fn from(time: Duration) -> Self {
        Self(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Moment> for Duration {
    fn from(moment: Moment) -> Self {
        Self::from_nanos(moment.0)
    }
}

/// When a task wants to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub due: Moment,
    pub deadline: Option<Moment>,
    /// Wants one reply, as a query does: it is taken before all that wait.
    pub is_query: bool,
}

impl Times {
    /// When there is something to do for it.
    pub fn first(&self) -> Moment {
        self.deadline.map_or(self.due, |deadline| deadline.min(self.due))
    }
}

/// Where a task is.
enum Place<T, H> {
    Waiting(Box<T>, Times),
    /// Taken; the holder gives it back or ends it.
    Held(H),
}

/// The tasks of a queue. `H` names who holds one.
pub struct Schedule<T, H> {
    places: HashMap<TaskId, Place<T, H>>,
    by_due: BTreeSet<(Moment, TaskId)>,
    /// Those that want one reply.
    queries: BTreeSet<(Moment, TaskId)>,
    by_deadline: BTreeSet<(Moment, TaskId)>,
    last_id: u64,
}

impl<T, H> Default for Schedule<T, H> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            by_due: BTreeSet::new(),
            queries: BTreeSet::new(),
            by_deadline: BTreeSet::new(),
            last_id: 0,
        }
    }
}

impl<T, H> Schedule<T, H> {
    pub fn new_id(&mut self) -> TaskId {
        self.last_id += 1;
        TaskId(self.last_id)
    }

    /// Tasks that have not ended.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// A new task, or one that its holder gives back.
    pub fn put(&mut self, id: TaskId, task: Box<T>, times: Times) {
        self.order(times).insert((times.due, id));
        if let Some(deadline) = times.deadline {
            self.by_deadline.insert((deadline, id));
        }
        self.places.insert(id, Place::Waiting(task, times));
    }

    /// The task that is overdue the longest, of those that want one reply, else of all.
    pub fn take_due(&mut self, now: Moment, holder: impl FnOnce(&T) -> H) -> Option<(TaskId, Box<T>)> {
        let first = |order: &BTreeSet<(Moment, TaskId)>| order.first().copied().filter(|(due, _)| *due <= now);
        let (_, id) = first(&self.queries).or_else(|| first(&self.by_due))?;
        let task = self.remove(id)?;
        self.places.insert(id, Place::Held(holder(&task)));
        Some((id, task))
    }

    /// A waiting task whose deadline has passed; it is no longer in the queue.
    pub fn take_expired(&mut self, now: Moment) -> Option<(TaskId, Box<T>)> {
        let (deadline, id) = self.by_deadline.first().copied()?;
        if deadline <= now { self.remove(id).map(|task| (id, task)) } else { None }
    }

    /// Any waiting task; it is no longer in the queue.
    pub fn take_any(&mut self) -> Option<(TaskId, Box<T>)> {
        let (_, id) = self.by_due.first().or_else(|| self.queries.first()).copied()?;
        self.remove(id).map(|task| (id, task))
    }

    /// Takes a waiting task out of the queue. None: it is held, or has ended.
    pub fn remove(&mut self, id: TaskId) -> Option<Box<T>> {
        match self.places.remove(&id)? {
            Place::Waiting(task, times) => {
                self.order(times).remove(&(times.due, id));
                if let Some(deadline) = times.deadline {
                    self.by_deadline.remove(&(deadline, id));
                }
                Some(task)
            }
            held @ Place::Held(_) => {
                self.places.insert(id, held);
                None
            }
        }
    }

    /// The holder has ended its task.
    pub fn ended(&mut self, id: TaskId) {
        if matches!(self.places.get(&id), Some(Place::Held(_))) {
            self.places.remove(&id);
        }
    }

    pub fn holder(&self, id: TaskId) -> Option<&H> {
        match self.places.get(&id)? {
            Place::Held(holder) => Some(holder),
            Place::Waiting(..) => None,
        }
    }

    pub fn holders(&self) -> impl Iterator<Item = &H> {
        self.places.values().filter_map(|place| if let Place::Held(holder) = place { Some(holder) } else { None })
    }

    /// When the first waiting task is due that does not want just one reply.
    pub fn next_wait(&self) -> Option<Moment> {
        self.by_due.first().map(|(due, _)| *due)
    }

    /// When the first task is due that wants one reply.
    pub fn next_query(&self) -> Option<Moment> {
        self.queries.first().map(|(due, _)| *due)
    }

    /// When the first deadline of a waiting task passes.
    pub fn next_deadline(&self) -> Option<Moment> {
        self.by_deadline.first().map(|(deadline, _)| *deadline)
    }

    /// When there is something to do for a waiting task.
    pub fn next(&self) -> Option<Moment> {
        self.next_wait().into_iter().chain(self.next_query()).chain(self.next_deadline()).min()
    }

    fn order(&mut self, times: Times) -> &mut BTreeSet<(Moment, TaskId)> {
        if times.is_query { &mut self.queries } else { &mut self.by_due }
    }

    /// What is made of each task, or of its holder.
    pub fn into_each<R>(self, waiting: impl Fn(T) -> R, held: impl Fn(H) -> R) -> impl Iterator<Item = R> {
        self.places.into_values().map(move |place| match place {
            Place::Waiting(task, _) => waiting(*task),
            Place::Held(holder) => held(holder),
        })
    }
}

#[cfg(test)]
mod tests;
