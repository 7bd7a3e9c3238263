//! At most N requests in any second, in order. Pure: every call is told the time, counted from the client's start.
//!
//! A slot is taken when a request is sent and comes free one second after its *end*: the server counted it
//! somewhere in between, so that no delay on the way can put more than N into one of the server's seconds.
//! A request that hangs frees its slot two seconds after it was sent.

use std::collections::VecDeque;
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(1);
const LONGEST_HOLD: Duration = Duration::from_secs(1);
/// One that was told a time and does not come is no longer counted as ahead of others.
const GRACE: Duration = Duration::from_millis(250);
/// Queries go ahead of waiters, but not for ever: a waiter this long overdue stands where a new query does.
const WAITERS_PATIENCE: Duration = Duration::from_secs(5);
/// How soon to look again for a slot whose request is overdue.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Who asks for a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Since when it asks.
    Query(Duration),
    /// Since when it is due.
    Waiter(Duration),
}

impl Asker {
    fn rank(self) -> Duration {
        match self {
            Self::Query(since) => since,
            Self::Waiter(due) => due.saturating_add(WAITERS_PATIENCE),
        }
    }
}

/// A place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    rank: Duration,
    number: u64,
}

/// A request under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u64);

#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    Go(Slot),
    /// Not before this time.
    NotBefore(Duration),
}

#[derive(Debug)]
struct Queued {
    ticket: Ticket,
    /// The time it was last told.
    told: Duration,
}

#[derive(Debug)]
struct Sent {
    slot: Slot,
    at: Duration,
    finished: Option<Duration>,
}

impl Sent {
    fn free_at(&self) -> Duration {
        let longest = self.at + LONGEST_HOLD;
        self.finished.map_or(longest, |at| at.min(longest)) + WINDOW
    }

    /// The earliest time at which it can be free, as far as is known now.
    fn expected_free_at(&self, now: Duration) -> Duration {
        match self.finished {
            Some(_) => self.free_at(),
            None => (self.at + WINDOW).max(now + LOOK_AGAIN),
        }
    }
}

/// Others may leave and the limit may grow: one far behind looks again when half of its time has passed.
fn look_again_before(expected: Duration, now: Duration) -> Duration {
    let far = expected.saturating_sub(now);
    if far <= WINDOW { expected } else { now + (far / 2).max(WINDOW) }
}

#[derive(Debug)]
pub struct Pace {
    full: u32,
    /// The limit after the last RATE_LIMITED, and when that was; it grows back by one a second.
    reduced: Option<(u32, Duration)>,
    next_number: u64,
    queue: Vec<Queued>,
    sent: VecDeque<Sent>,
}

impl Pace {
    #[must_use]
    pub fn new(requests_per_second: u32) -> Self {
        Self { full: requests_per_second, reduced: None, next_number: 0, queue: Vec::new(), sent: VecDeque::new() }
    }

    pub fn enter(&mut self, asker: Asker) -> Ticket {
        let ticket = Ticket { rank: asker.rank(), number: self.number() };
        let place = self.place(ticket);
        self.queue.insert(place, Queued { ticket, told: Duration::MAX });
        ticket
    }

    /// A slot, or the time at which to ask again.
    pub fn turn(&mut self, ticket: Ticket, now: Duration) -> Turn {
        self.sent.retain(|sent| sent.free_at() > now);
        let place = self.place(ticket);
        let ahead = self.ahead(place, now);
        let limit = self.limit(now) as usize;
        if self.sent.len() + ahead < limit {
            self.leave(ticket);
            let slot = Slot(self.number());
            self.sent.push_back(Sent { slot, at: now, finished: None });
            return Turn::Go(slot);
        }
        let time = look_again_before(self.slot_expected(ahead, limit, now), now);
        if let Some(queued) = self.queue.get_mut(place) {
            queued.told = time;
        }
        Turn::NotBefore(time)
    }

    /// Without its turn: cancelled, out of time, freed.
    pub fn leave(&mut self, ticket: Ticket) {
        let place = self.place(ticket);
        if self.queue.get(place).is_some_and(|q| q.ticket == ticket) {
            self.queue.remove(place);
        }
    }

    /// The reply came, or the request failed.
    pub fn finished(&mut self, slot: Slot, now: Duration) {
        if let Some(sent) = self.sent.iter_mut().find(|sent| sent.slot == slot) {
            sent.finished = Some(now);
        }
    }

    /// The server said that the account's limit is exceeded: half the pace, at most once a second.
    pub fn rate_limited(&mut self, now: Duration) {
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

    /// How many before this place still come. A plain loop: with thousands of waiters this is what a turn costs.
    fn ahead(&self, place: usize, now: Duration) -> usize {
        let lapsed_before = now.saturating_sub(GRACE);
        let mut ahead = 0;
        for queued in self.queue.get(..place).unwrap_or_default() {
            ahead += usize::from(queued.told >= lapsed_before);
        }
        ahead
    }

    /// When the slot for one with so many ahead will come free, as far as is known now: the free slots and those under
    /// way are taken in turn, each again a second after it was.
    fn slot_expected(&self, ahead: usize, limit: usize, now: Duration) -> Duration {
        let mut times: Vec<Duration> = self.sent.iter().map(|sent| sent.expected_free_at(now)).collect();
        times.sort_unstable();
        let free = limit.saturating_sub(times.len());
        // After a reduction more are under way than may be: the first to come free are nobody's.
        let surplus = times.len().saturating_sub(limit);
        let (seconds, nth) = (ahead / limit.max(1), ahead % limit.max(1));
        let known = nth.checked_sub(free).and_then(|nth| times.get(nth + surplus)).copied().unwrap_or(now);
        known.saturating_add(WINDOW.saturating_mul(seconds.try_into().unwrap_or(u32::MAX)))
    }

    fn place(&self, ticket: Ticket) -> usize {
        self.queue.partition_point(|q| (q.ticket.rank, q.ticket.number) < (ticket.rank, ticket.number))
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

// The path is given for the models under `tests/loom`, which take this file in from elsewhere.
#[cfg(test)]
mod tests;
