//! At most N requests in any second, in order. Pure: every call takes the time, counted from the client's start.
//!
//! A permit is taken when a request is sent and comes free one second after the request's *end*: the server counted it
//! somewhere in between, so no delay on the way can put more than N requests into one of the server's seconds. What replies
//! take again and again does not count (`reply_times`), so that slow but steady replies leave the whole rate; a way to the
//! server that suddenly gets shorter can then put a few more into one second, once.
//! A request that hangs frees its permit two seconds after it was sent.

mod queue;
mod reply_times;

use std::collections::VecDeque;
use std::time::Duration;

use self::queue::{GRACE, Queue};
pub use self::queue::{Priority, ReservationId};
use self::reply_times::ReplyTimes;
use super::shared_account::Share;

const WINDOW: Duration = Duration::from_secs(1);
const LONGEST_HOLD: Duration = Duration::from_secs(1);
/// Waiters are spaced from this part of the limit on.
const SPACED_FROM: usize = 4;
/// How soon to poll again for a permit whose request is overdue.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

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
struct InFlight {
    permit: PermitId,
    at: Duration,
    completed: Option<Duration>,
    /// What the server said of the rate, once it has.
    is_refused: Option<bool>,
}

impl InFlight {
    /// `steady`: the part of a request's time that every request takes. As of now, so that one quick reply also holds back
    /// what follows the slow ones before it.
    fn free_at(&self, steady: Duration) -> Duration {
        let longest = self.at + LONGEST_HOLD;
        let counted_by = self.completed.map(|at| at.saturating_sub(steady).max(self.at));
        counted_by.map_or(longest, |at| at.min(longest)) + WINDOW
    }

    /// The earliest time at which it can be free, as far as is known now.
    fn expected_free_at(&self, now: Duration, steady: Duration) -> Duration {
        match self.completed {
            Some(_) => self.free_at(steady),
            None => (self.at + WINDOW).max(now + LOOK_AGAIN),
        }
    }
}

/// Others may cancel and the rate may rise: a reservation far behind polls again when half of its time has passed.
fn look_again_before(expected: Duration, now: Duration) -> Duration {
    let far = expected.saturating_sub(now);
    if far <= WINDOW { expected } else { now + (far / 2).max(WINDOW) }
}

#[derive(Debug)]
pub struct SlidingWindow {
    limit: u32,
    /// What others have left of it, once the server has refused a request.
    share: Option<Share>,
    reply_times: ReplyTimes,
    /// When the next waiter may go, where they are spaced.
    next_waiter_at: Duration,
    next_number: u64,
    queue: Queue,
    in_flight: VecDeque<InFlight>,
}

impl SlidingWindow {
    #[must_use]
    pub fn new(requests_per_second: u32) -> Self {
        Self {
            limit: requests_per_second,
            share: None,
            reply_times: ReplyTimes::new(),
            next_waiter_at: Duration::ZERO,
            next_number: 0,
            queue: Queue::default(),
            in_flight: VecDeque::new(),
        }
    }

    pub fn reserve(&mut self, priority: Priority, now: Duration) -> ReservationId {
        let number = self.number();
        self.queue.add(priority, number, now)
    }

    /// A permit, or the time at which to poll again.
    pub fn poll(&mut self, id: ReservationId, now: Duration) -> WindowAdmission {
        if let Some(time) = self.retry_at(id, now) {
            return WindowAdmission::RetryAt(time);
        }
        self.next_waiter_at = self.next_waiter_at.max(now.saturating_sub(GRACE)) + self.waiters_spacing();
        self.queue.admit(id);
        let permit = PermitId(self.number());
        self.in_flight.push_back(InFlight { permit, at: now, completed: None, is_refused: None });
        if let Some(share) = &mut self.share {
            share.sent(now);
        }
        WindowAdmission::Admitted(permit)
    }

    /// When to poll: the reservation is expected back then. `None`: there is a permit now.
    pub fn retry_at(&mut self, id: ReservationId, now: Duration) -> Option<Duration> {
        let steady = self.reply_times.steady_part(now);
        self.in_flight.retain(|in_flight| in_flight.free_at(steady) > now);
        let ahead = self.queue.ahead(id, now);
        let limit = self.limit as usize;
        let is_free = self.in_flight.len() + ahead < limit;
        let spaced = self.spaced(id, ahead).filter(|time| *time > now);
        let time = match (is_free, spaced) {
            (true, None) => None,
            (true, Some(spaced)) => Some(spaced),
            (false, spaced) => Some(self.expected_at(ahead, limit, now, steady).max(spaced.unwrap_or_default())),
        };
        let time = time.map(|time| look_again_before(time, now));
        self.queue.expect_at(id, time.unwrap_or(now));
        time
    }

    /// Gives the place up: cancelled, out of time, freed.
    pub fn cancel(&mut self, id: ReservationId) {
        self.queue.remove(id);
    }

    /// The reply came, or the request failed.
    pub fn completed(&mut self, permit: PermitId, now: Duration) {
        if let Some(in_flight) = self.in_flight.iter_mut().find(|in_flight| in_flight.permit == permit) {
            in_flight.completed = Some(now);
            self.reply_times.record(now.saturating_sub(in_flight.at).min(LONGEST_HOLD));
        }
    }

    /// The server took the request, whatever it made of it.
    pub fn accepted(&mut self, permit: PermitId, now: Duration) {
        if self.note(permit, false).is_some() && self.share.as_mut().is_some_and(|share| share.accepted(now)) {
            self.share = None;
        }
    }

    /// The server returned RequestLimitExceeded: others use the account too. `jitter` is in 0..1.
    pub fn refused(&mut self, permit: PermitId, now: Duration, jitter: f64) {
        self.reply_times.refused(now);
        let Some(sent_at) = self.note(permit, true) else { return };
        let sent = self.in_flight.iter().fold(0, |sent, in_flight| sent + u32::from(in_flight.at + WINDOW > now));
        let mut share = self.share.take().unwrap_or_else(|| Share::first(self.limit, sent, now, jitter));
        share.refused(sent_at, sent, now, jitter, |until| self.replies(until));
        self.share = Some(share);
    }

    /// Requests a second now.
    #[cfg(any(test, feature = "internals"))]
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.share.map_or(self.limit.into(), |share| share.rate())
    }

    /// When it was sent; `None` for a reply that came too late to count.
    fn note(&mut self, permit: PermitId, is_refused: bool) -> Option<Duration> {
        let in_flight = self.in_flight.iter_mut().find(|in_flight| in_flight.permit == permit)?;
        in_flight.is_refused = Some(is_refused);
        Some(in_flight.at)
    }

    /// How many of the requests sent until then, as far as they are remembered, were accepted and refused.
    fn replies(&self, until: Duration) -> (u32, u32) {
        let sent_before = self.in_flight.iter().filter(|in_flight| in_flight.at <= until);
        sent_before.fold((0, 0), |(accepted, refused), in_flight| match in_flight.is_refused {
            None => (accepted, refused),
            Some(false) => (accepted + 1, refused),
            Some(true) => (accepted, refused + 1),
        })
    }

    /// When the reservation with so many ahead may go by the spacing of requests, whatever permits there are.
    fn spaced(&self, id: ReservationId, ahead: usize) -> Option<Duration> {
        if let Some(share) = self.share {
            return Some(share.send_at(ahead));
        }
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        let spaced = || self.next_waiter_at.saturating_add(self.waiters_spacing().saturating_mul(ahead));
        (id.is_waiter() && self.in_flight.len() >= self.limit as usize / SPACED_FROM).then(spaced)
    }

    /// Waiters that use the whole limit spread over a second rather than burst once in it: a request of another client of
    /// the account then finds room, and both learn of each other.
    fn waiters_spacing(&self) -> Duration {
        WINDOW.mul_f64(0.9) / self.limit.max(1)
    }

    /// When the permit for a reservation with so many ahead comes free, as far as is known now: free permits and those in
    /// flight are taken in order, each again a second later.
    fn expected_at(&self, ahead: usize, limit: usize, now: Duration, steady: Duration) -> Duration {
        let mut times: Vec<Duration> =
            self.in_flight.iter().map(|in_flight| in_flight.expected_free_at(now, steady)).collect();
        times.sort_unstable();
        let free = limit.saturating_sub(times.len());
        let (seconds, nth) = (ahead / limit.max(1), ahead % limit.max(1));
        let known = nth.checked_sub(free).and_then(|nth| times.get(nth)).copied().unwrap_or(now);
        known.saturating_add(WINDOW.saturating_mul(seconds.try_into().unwrap_or(u32::MAX)))
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

#[cfg(test)]
mod tests;
