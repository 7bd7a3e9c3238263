//! Who goes next. Pure. Queries in the order in which they asked, waiters by the time since which they are due. A query goes
//! ahead of the waiters; where waiters are overdue, the two go by turns. So waiters that want more than the rate, and are all
//! overdue for that, leave a query every second permit, and queries without end leave waiters as much.

use std::time::Duration;

/// A waiter that has been due for so long is overdue.
const PATIENCE: Duration = Duration::from_secs(5);
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
}

impl Waiting {
    fn is_expected(&self, now: Duration) -> bool {
        self.retry_at >= now.saturating_sub(GRACE)
    }
}

#[derive(Debug, Default)]
pub struct Queue {
    queries: Vec<Waiting>,
    waiters: Vec<Waiting>,
    /// A query had the last permit.
    is_waiters_turn: bool,
}

impl Queue {
    pub fn add(&mut self, priority: Priority, number: u64, now: Duration) -> ReservationId {
        let id = ReservationId { priority, number };
        let (queue, place) = self.find(id);
        queue.insert(place, Waiting { id, retry_at: now });
        id
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

    /// It is expected back at this time.
    pub fn expect_at(&mut self, id: ReservationId, time: Duration) {
        let (queue, place) = self.find(id);
        if let Some(waiting) = queue.get_mut(place) {
            waiting.retry_at = time;
        }
    }

    /// How many reservations that are still expected to come go before this one. Plain loops: with thousands of waiters this is
    /// what a poll costs.
    pub fn ahead(&self, id: ReservationId, now: Duration) -> usize {
        if id.is_waiter() {
            let before = expected_before(&self.waiters, id, now);
            let queries = self.queries.iter().filter(|waiting| waiting.is_expected(now)).count();
            let by_turns = before + usize::from(!self.is_waiters_turn);
            return before + if is_overdue(id, now) { queries.min(by_turns) } else { queries };
        }
        let before = expected_before(&self.queries, id, now);
        let overdue = self.waiters.iter().take_while(|waiting| is_overdue(waiting.id, now));
        let overdue = overdue.filter(|waiting| waiting.is_expected(now)).count();
        before + overdue.min(before + usize::from(self.is_waiters_turn))
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

fn expected_before(queue: &[Waiting], id: ReservationId, now: Duration) -> usize {
    let before = queue.iter().take_while(|waiting| waiting.id.rank() < id.rank());
    before.filter(|waiting| waiting.is_expected(now)).count()
}
