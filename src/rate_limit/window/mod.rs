//! At most N requests in any second, in order. Pure: every call takes the time, counted from the client's start.
//!
//! A permit is taken when a request is sent and comes free one second after the request's *end*: the server counted it
//! somewhere in between, so no delay on the way can put more than N requests into one of the server's seconds.
//! A request that hangs frees its permit two seconds after it was sent.

use std::collections::VecDeque;
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(1);
const LONGEST_HOLD: Duration = Duration::from_secs(1);
/// A reservation that has not come back this long after its time is no longer counted as ahead of others.
const GRACE: Duration = Duration::from_millis(250);
/// Queries go ahead of waiters unless a waiter is overdue by this much: from then on it ranks as a new query does.
const WAITERS_PATIENCE: Duration = Duration::from_secs(5);
/// How soon to poll again for a permit whose request is overdue.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Who wants a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Since when it waits for a permit.
    Query(Duration),
    /// Since when it is due.
    Waiter(Duration),
}

impl Priority {
    fn rank(self) -> Duration {
        match self {
            Self::Query(since) => since,
            Self::Waiter(due) => due.saturating_add(WAITERS_PATIENCE),
        }
    }
}

/// Names a place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservationId {
    rank: Duration,
    number: u64,
}

/// Names a request in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermitId(u64);

#[derive(Debug, PartialEq, Eq)]
pub enum WindowAdmission {
    Admitted(PermitId),
    /// Not before this time.
    RetryAt(Duration),
}

#[derive(Debug)]
struct Waiting {
    id: ReservationId,
    /// What the last poll returned.
    retry_at: Duration,
}

#[derive(Debug)]
struct InFlight {
    permit: PermitId,
    at: Duration,
    completed: Option<Duration>,
}

impl InFlight {
    fn free_at(&self) -> Duration {
        let longest = self.at + LONGEST_HOLD;
        self.completed.map_or(longest, |at| at.min(longest)) + WINDOW
    }

    /// The earliest time at which it can be free, as far as is known now.
    fn expected_free_at(&self, now: Duration) -> Duration {
        match self.completed {
            Some(_) => self.free_at(),
            None => (self.at + WINDOW).max(now + LOOK_AGAIN),
        }
    }
}

/// Others may cancel and the limit may recover: a reservation far behind polls again when half of its time has passed.
fn look_again_before(expected: Duration, now: Duration) -> Duration {
    let far = expected.saturating_sub(now);
    if far <= WINDOW { expected } else { now + (far / 2).max(WINDOW) }
}

#[derive(Debug)]
pub struct SlidingWindow {
    full: u32,
    /// The limit after the server last throttled, and when that was; it recovers by one a second.
    reduced: Option<(u32, Duration)>,
    next_number: u64,
    queue: Vec<Waiting>,
    in_flight: VecDeque<InFlight>,
}

impl SlidingWindow {
    #[must_use]
    pub fn new(requests_per_second: u32) -> Self {
        Self { full: requests_per_second, reduced: None, next_number: 0, queue: Vec::new(), in_flight: VecDeque::new() }
    }

    pub fn reserve(&mut self, priority: Priority) -> ReservationId {
        let id = ReservationId { rank: priority.rank(), number: self.number() };
        let place = self.place(id);
        self.queue.insert(place, Waiting { id, retry_at: Duration::MAX });
        id
    }

    /// A permit, or the time at which to poll again.
    pub fn poll(&mut self, id: ReservationId, now: Duration) -> WindowAdmission {
        if let Some(time) = self.retry_at(id, now) {
            return WindowAdmission::RetryAt(time);
        }
        self.cancel(id);
        let permit = PermitId(self.number());
        self.in_flight.push_back(InFlight { permit, at: now, completed: None });
        WindowAdmission::Admitted(permit)
    }

    /// When to poll: the reservation is expected back then. `None`: there is a permit now.
    pub fn retry_at(&mut self, id: ReservationId, now: Duration) -> Option<Duration> {
        self.in_flight.retain(|in_flight| in_flight.free_at() > now);
        let place = self.place(id);
        let ahead = self.ahead(place, now);
        let limit = self.limit(now) as usize;
        let is_free = self.in_flight.len() + ahead < limit;
        let time = (!is_free).then(|| look_again_before(self.expected_at(ahead, limit, now), now));
        if let Some(waiting) = self.queue.get_mut(place) {
            waiting.retry_at = time.unwrap_or(now);
        }
        time
    }

    /// Gives the place up: cancelled, out of time, freed.
    pub fn cancel(&mut self, id: ReservationId) {
        let place = self.place(id);
        if self.queue.get(place).is_some_and(|q| q.id == id) {
            self.queue.remove(place);
        }
    }

    /// The reply came, or the request failed.
    pub fn completed(&mut self, permit: PermitId, now: Duration) {
        if let Some(in_flight) = self.in_flight.iter_mut().find(|in_flight| in_flight.permit == permit) {
            in_flight.completed = Some(now);
        }
    }

    /// The server returned RequestLimitExceeded: halves the limit, at most once a second.
    pub fn throttled(&mut self, now: Duration) {
        if self.reduced.is_some_and(|(_, at)| now < at.saturating_add(WINDOW)) {
            return;
        }
        self.reduced = Some(((self.limit(now) / 2).max(1), now));
    }

    /// Requests a second now.
    #[must_use]
    pub fn limit(&self, now: Duration) -> u32 {
        match self.reduced {
            None => self.full,
            Some((limit, at)) => {
                let recovered = u32::try_from(now.saturating_sub(at).as_secs()).unwrap_or(u32::MAX);
                limit.saturating_add(recovered).min(self.full)
            }
        }
    }

    /// How many reservations before this place are still expected to come. A plain loop: with thousands of waiters this is
    /// what a poll costs.
    fn ahead(&self, place: usize, now: Duration) -> usize {
        let lapsed_before = now.saturating_sub(GRACE);
        let mut ahead = 0;
        for waiting in self.queue.get(..place).unwrap_or_default() {
            ahead += usize::from(waiting.retry_at >= lapsed_before);
        }
        ahead
    }

    /// When the permit for a reservation with so many ahead comes free, as far as is known now: free permits and those in
    /// flight are taken in order, each again a second later.
    fn expected_at(&self, ahead: usize, limit: usize, now: Duration) -> Duration {
        let mut times: Vec<Duration> = self.in_flight.iter().map(|in_flight| in_flight.expected_free_at(now)).collect();
        times.sort_unstable();
        let free = limit.saturating_sub(times.len());
        // After a reduction more are in flight than the limit allows: the first to come free are not handed out again.
        let surplus = times.len().saturating_sub(limit);
        let (seconds, nth) = (ahead / limit.max(1), ahead % limit.max(1));
        let known = nth.checked_sub(free).and_then(|nth| times.get(nth + surplus)).copied().unwrap_or(now);
        known.saturating_add(WINDOW.saturating_mul(seconds.try_into().unwrap_or(u32::MAX)))
    }

    fn place(&self, id: ReservationId) -> usize {
        self.queue.partition_point(|q| (q.id.rank, q.id.number) < (id.rank, id.number))
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

#[cfg(test)]
mod tests;
