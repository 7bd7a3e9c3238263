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
/// Who is not the next polls again before its time, as those ahead may leave; not sooner than this.
const LOOK_AFTER_OTHERS: Duration = Duration::from_millis(250);

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

/// Others may leave and the rate may rise: a reservation that is not the next polls again when half of its time has passed.
fn look_again_before(expected: Duration, ahead: usize, now: Duration) -> Duration {
    let far = expected.saturating_sub(now);
    if ahead == 0 && far <= WINDOW { expected } else { expected.min(now + (far / 2).max(LOOK_AFTER_OTHERS)) }
}

/// When permits come free, as far as is known now.
struct Forecast {
    now: Duration,
    limit: usize,
    /// Of the requests in flight, in order.
    times: Vec<Duration>,
    share: Option<Share>,
}

impl Forecast {
    /// Free permits and those in flight are taken in order, each again a second later.
    fn time_of(&self, nth: usize) -> Duration {
        let limit = self.limit.max(1);
        let (seconds, nth_of_second) = (nth / limit, nth % limit);
        let in_flight = nth_of_second.checked_sub(self.limit.saturating_sub(self.times.len()));
        let known = in_flight.and_then(|nth| self.times.get(nth)).copied().unwrap_or(self.now);
        let free = known.saturating_add(WINDOW.saturating_mul(seconds.try_into().unwrap_or(u32::MAX)));
        self.share.map_or(free, |share| share.send_at(nth).max(free))
    }
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

    /// `until`: when it is cancelled at the latest.
    pub fn reserve(&mut self, priority: Priority, until: Duration, now: Duration) -> ReservationId {
        let number = self.number();
        self.queue.add(priority, number, until, now)
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
        if let Some(until) = self.queue.gives_up_at(id, now) {
            return Some(until.max(now + LOOK_AGAIN));
        }
        if self.queue.is_short() && self.in_flight.len() < self.limit as usize && self.spaced(id, 0).is_none() {
            return None;
        }
        let forecast = self.forecast(now, steady);
        let ahead = self.queue.ahead(id, now, |nth| forecast.time_of(nth));
        let is_free = self.in_flight.len() + ahead.now < forecast.limit;
        let spaced = self.spaced(id, ahead.now).is_some_and(|time| time > now);
        let time = (!is_free || spaced).then(|| {
            let free = forecast.time_of(ahead.in_all);
            let spaced = self.spaced(id, ahead.in_all).map_or(free, |spaced| spaced.max(free));
            look_again_before(spaced, ahead.in_all, now)
        });
        self.queue.expect_at(id, time, now);
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

    fn forecast(&self, now: Duration, steady: Duration) -> Forecast {
        let in_flight = self.in_flight.iter();
        let mut times: Vec<Duration> = in_flight.map(|one| one.expected_free_at(now, steady)).collect();
        times.sort_unstable();
        Forecast { now, limit: self.limit as usize, times, share: self.share }
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

#[cfg(test)]
mod tests;
