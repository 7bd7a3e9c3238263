//! Who goes next. Pure. Queries in the order in which they asked, waiters by the time since which they are due. A query goes
//! ahead of the waiters; where waiters are overdue, the two go by turns. So a query waits for one of them at most where waiters
//! want more than the rate and are all overdue, and a waiter for one query where these come without end.

use std::time::Duration;

/// A waiter that has been due for so long is overdue.
const PATIENCE: Duration = Duration::from_secs(5);
/// A request that has waited and has less time left than this is not sent: its reply would come too late.
const LEAST_TIME: Duration = Duration::from_millis(20);
/// Comes by now.
const PUNCTUAL: Duration = Duration::from_millis(5);
/// A reservation that has not come back this long after its time is no longer counted as ahead of others.
pub const GRACE: Duration = Duration::from_millis(250);

/// Who wants a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Since when it waits for a permit.
    Query(Duration),
    /// Since when it is due.
    Waiter(Duration),
}

/// Names a place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservationId {
    priority: Priority,
    number: u64,
}

impl ReservationId {
    pub fn is_waiter(self) -> bool {
        matches!(self.priority, Priority::Waiter(_))
    }

    pub(super) fn rank(self) -> (Duration, u64) {
        let (Priority::Query(since) | Priority::Waiter(since)) = self.priority;
        (since, self.number)
    }
}

#[derive(Debug)]
struct Waiting {
    id: ReservationId,
    /// What the last poll returned. Before the first: when it came, so that the place of a thread that a forked child does not
    /// have lapses as any other.
    retry_at: Duration,
    /// When it gives up.
    until: Duration,
    has_waited: bool,
}

impl Waiting {
    /// Whether a permit at this time is of use to it.
    fn has_time_at(&self, time: Duration) -> bool {
        self.until > time.saturating_add(LEAST_TIME)
    }

    fn is_expected(&self, now: Duration) -> bool {
        self.retry_at >= now.saturating_sub(GRACE)
    }
}

/// How many others a reservation lets go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// Until its own turn.
    pub in_all: usize,
    /// Those that come for their permits by now. One that sleeps, as it was to wait for others that have left since, is not
    /// waited for: it has the next permit after it wakes.
    pub now: usize,
}

#[derive(Debug, Default)]
pub struct Queue {
    queries: Vec<Waiting>,
    waiters: Vec<Waiting>,
    /// A query had the last permit.
    is_waiters_turn: bool,
}

impl Queue {
    pub fn add(&mut self, priority: Priority, number: u64, until: Duration, now: Duration) -> ReservationId {
        let id = ReservationId { priority, number };
        let (queue, place) = self.find(id);
        queue.insert(place, Waiting { id, retry_at: now, until, has_waited: false });
        id
    }

    /// Whether there is one reservation at most.
    pub fn is_short(&self) -> bool {
        self.queries.len() + self.waiters.len() <= 1
    }

    pub fn remove(&mut self, id: ReservationId) {
        let (queue, place) = self.find(id);
        if queue.get(place).is_some_and(|waiting| waiting.id == id) {
            queue.remove(place);
        }
    }

    /// It has its permit.
    pub fn admit(&mut self, id: ReservationId) {
        self.remove(id);
        self.is_waiters_turn = !id.is_waiter();
    }

    /// It waits until this time, or can have a permit now.
    pub fn expect_at(&mut self, id: ReservationId, time: Option<Duration>, now: Duration) {
        let (queue, place) = self.find(id);
        if let Some(waiting) = queue.get_mut(place) {
            waiting.retry_at = time.unwrap_or(now);
            waiting.has_waited |= time.is_some();
        }
    }

    /// When it gives up, if that is too soon for a request.
    pub fn gives_up_at(&mut self, id: ReservationId, now: Duration) -> Option<Duration> {
        let (queue, place) = self.find(id);
        let waiting = queue.get(place).filter(|waiting| waiting.id == id && waiting.has_waited)?;
        (!waiting.has_time_at(now)).then_some(waiting.until)
    }

    /// How many permits go to others first. `time_of` is when the n-th permit from now comes free,
    /// at the earliest: who gives up before then takes none. A plain loop: with thousands of waiters this is what a poll costs.
    pub fn ahead(&self, id: ReservationId, now: Duration, time_of: impl Fn(usize) -> Duration) -> Ahead {
        let is_there = |waiting: &&Waiting| waiting.id == id || waiting.is_expected(now);
        let (overdue, young) = self.waiters.split_at(self.waiters.partition_point(|one| is_overdue(one.id, now)));
        let (mut queries, mut overdue) = (self.queries.iter().filter(is_there), overdue.iter().filter(is_there));
        let mut young = young.iter().filter(is_there);
        let (mut ahead, mut is_waiters_turn) = (Ahead { in_all: 0, now: 0 }, self.is_waiters_turn);
        loop {
            let next = if is_waiters_turn {
                overdue.next().or_else(|| queries.next())
            } else {
                queries.next().or_else(|| overdue.next())
            };
            match next.or_else(|| young.next()) {
                Some(waiting) if waiting.id != id => {
                    if waiting.has_time_at(time_of(ahead.in_all)) {
                        ahead.in_all += 1;
                        ahead.now += usize::from(waiting.retry_at <= now + PUNCTUAL);
                        is_waiters_turn = !waiting.id.is_waiter();
                    }
                }
                _ => return ahead,
            }
        }
    }

    /// The part of the queue in which it is, and its place there.
    fn find(&mut self, id: ReservationId) -> (&mut Vec<Waiting>, usize) {
        let queue = if id.is_waiter() { &mut self.waiters } else { &mut self.queries };
        let place = queue.partition_point(|waiting| waiting.id.rank() < id.rank());
        (queue, place)
    }
}

fn is_overdue(id: ReservationId, now: Duration) -> bool {
    id.rank().0.saturating_add(PATIENCE) <= now
}

#[cfg(test)]
mod tests;
