//! Keeps fetched credentials fresh: ahead of their end, by one thread, while the others go on with what is valid.

pub mod shared;
pub mod state;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use self::shared::{SharedRenewal, Waker};
use self::state::{Forced, Now, Renewal, Turn};
use super::{Beside, Fetched, Identity, Source};
use crate::error::{Code, Error, Result};
use crate::log::{Level, Log};
use crate::runtime::clock::Clock;
use crate::runtime::context::{Call, Stop};
use crate::runtime::fork::PerProcess;
use crate::runtime::jitter;
use crate::runtime::sys::Wake;

/// Where credentials are fetched from, again and again.
pub trait Fetch: Send + Sync {
    /// The place in words, for messages.
    fn place(&self) -> String;

    /// # Errors
    /// `Credentials` with the reason; the call's end.
    fn fetch(&self, call: &Rc<Call>) -> Result<Fetched>;
}

impl Waker for Arc<Wake> {
    fn wake(&self) {
        Wake::wake(self);
    }
}

type Shared = SharedRenewal<Arc<Identity>, Error, Arc<Wake>>;

pub struct Fresh<F> {
    fetch: F,
    log: Log,
    origin: Instant,
    shared: PerProcess<Shared>,
    beside: Beside,
}

impl<F: Fetch> Fresh<F> {
    /// Holds nothing yet: the first who needs it fetches.
    pub fn unfetched(fetch: F, log: Log) -> Self {
        let shared = PerProcess::new(SharedRenewal::new(Renewal::new()));
        Self { fetch, log, origin: Instant::now(), shared, beside: Beside::default() }
    }

    /// Holds what was fetched already.
    pub fn holding(fetch: F, log: Log, fetched: Fetched, beside: Beside) -> Self {
        let fresh = Self { beside, ..Self::unfetched(fetch, log) };
        let now = fresh.now(&Clock::new(fresh.origin));
        let Fetched { identity, ends } = fetched;
        fresh.shared().end(|renewal| {
            renewal.renewed(Arc::new(identity), milliseconds(ends), is_same, now, jitter::jitter());
        });
        fresh
    }

    fn shared(&self) -> &Shared {
        self.shared.get(SharedRenewal::inherited)
    }

    fn now(&self, clock: &Clock) -> Now {
        Now { unix_ms: clock.now_ms(), since: self.origin.elapsed() }
    }

    /// Fetches, within `until`; the others are told how it ended, whatever happens.
    fn renew_within(&self, until: Instant, call: &Rc<Call>, clock: &Clock) -> Result<()> {
        let under_way = UnderWay(Some(self.shared()));
        let place = self.fetch.place();
        call.enter_phase("fetching credentials");
        let fetched = call.bounded(until, || self.fetch.fetch(call));
        let now = self.now(clock);
        match fetched {
            Ok(Fetched { identity, ends }) => {
                let ends = milliseconds(ends);
                self.log_arrival(&place, ends, now);
                under_way.end(|renewal| {
                    renewal.renewed(Arc::new(identity), ends, is_same, now, jitter::jitter());
                });
                Ok(())
            }
            // These say nothing of the source: the next one tries at once.
            Err(error) if matches!(error.code(), Code::Cancelled | Code::System | Code::Internal) => Err(error),
            Err(_) if call.left().is_zero() => Err(call.stopped(Stop::Deadline, &place)),
            Err(error) => {
                self.log.at(Level::Warn, || format!("credentials could not be fetched: {}", error.message()));
                under_way.end(|renewal| renewal.failed(error.clone(), now, jitter::jitter()));
                Err(error)
            }
        }
    }

    /// Of what is still valid a failed renewal takes nothing away. It may use half of the time that the call has left.
    fn renew_ahead(&self, valid: Arc<Identity>, call: &Rc<Call>, clock: &Clock) -> Result<Arc<Identity>> {
        let until = Instant::now() + call.left() / 2;
        match self.renew_within(until, call, clock) {
            Err(error) if error.code() == Code::Cancelled => Err(error),
            _ => Ok(self.shared().at_hand(self.now(clock)).unwrap_or(valid)),
        }
    }

    /// Until the renewal that another thread has begun is over.
    fn wait(&self, call: &Rc<Call>) -> Result<()> {
        call.enter_phase("waiting for another thread's renewal of the credentials");
        let shared = self.shared();
        if !shared.wait_with(call.wake()) {
            return Ok(());
        }
        let stopped = |stop| call.stopped(stop, &self.fetch.place());
        let ended = call.wait_woken(|| !shared.is_under_way(), call.deadline()).map_err(stopped)?;
        if ended { Ok(()) } else { Err(stopped(Stop::Deadline)) }
    }

    fn log_arrival(&self, place: &str, ends_ms: Option<i64>, now: Now) {
        let Some(left) = ends_ms.map(|ends| ends.saturating_sub(now.unix_ms) / 1000) else { return };
        if left > 0 {
            self.log.at(Level::Info, || format!("{place}: credentials fetched, valid for {left} s"));
        } else {
            self.log.at(Level::Warn, || {
                format!("{place}: credentials arrived that ended {} s ago, if this machine's clock is right", -left)
            });
        }
    }
}

impl<F: Fetch> Source for Fresh<F> {
    fn identity(&self, call: &Rc<Call>, clock: &Clock) -> Result<Arc<Identity>> {
        loop {
            match self.shared().turn(self.now(clock)) {
                Turn::Use(identity) => return Ok(identity),
                Turn::Renew(Some(valid)) => return self.renew_ahead(valid, call, clock),
                Turn::Renew(None) => self.renew_within(call.deadline(), call, clock)?,
                Turn::Wait => self.wait(call)?,
                Turn::Failed(error) => return Err(error),
            }
        }
    }

    fn renew(&self, stale: &Arc<Identity>, call: &Rc<Call>, clock: &Clock) -> bool {
        loop {
            let step = match self.shared().force(|held| held.is_same_as(stale), self.now(clock)) {
                Forced::Already => return true,
                Forced::InVain => return false,
                Forced::Renew => self.renew_within(call.deadline(), call, clock),
                Forced::Wait => self.wait(call),
            };
            if let Err(error) = step {
                // A cancel is noticed and told at the call's next step; else the refusal is the outcome.
                return error.code() == Code::Cancelled;
            }
        }
    }

    fn at_hand(&self) -> Result<Arc<Identity>> {
        let now = self.now(&Clock::new(self.origin));
        self.shared().at_hand(now).ok_or_else(|| {
            let place = self.fetch.place();
            Error::new(Code::Credentials, format!("{place}: credentials have to be fetched first, which a query does"))
        })
    }

    fn beside(&self) -> Beside {
        self.beside.clone()
    }
}

fn is_same(one: &Arc<Identity>, other: &Arc<Identity>) -> bool {
    one.is_same_as(other)
}

fn milliseconds(ends: Option<i64>) -> Option<i64> {
    ends.map(|seconds| seconds.saturating_mul(1000))
}

/// A renewal under way; dropped without an end (a cancel, a panic) it is abandoned, so that another thread takes over.
struct UnderWay<'a>(Option<&'a Shared>);

impl UnderWay<'_> {
    fn end(mut self, tell: impl FnOnce(&mut Renewal<Arc<Identity>, Error>)) {
        if let Some(shared) = self.0.take() {
            shared.end(tell);
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.end(Renewal::abandoned);
        }
    }
}
