//! The pace of one client, shared by its threads.

pub mod window;

use std::time::Duration;

use crate::rate_limit::window::{Asker, Pace, Slot, Ticket, Turn};
use crate::runtime::context::lock;
use crate::runtime::sync::{Arc, Instant, Mutex};

/// `None` inside: no pacing, every turn comes at once.
pub struct Queue {
    origin: Instant,
    pace: Option<Mutex<Pace>>,
}

impl Queue {
    #[must_use]
    pub fn new(origin: Instant, requests_per_second: u32) -> Self {
        let pace = (requests_per_second > 0).then(|| Mutex::new(Pace::new(requests_per_second)));
        Self { origin, pace }
    }

    #[must_use]
    pub fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    /// A point in time as the queue counts it.
    #[must_use]
    pub fn time(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.origin)
    }

    #[must_use]
    pub fn instant(&self, time: Duration) -> Option<Instant> {
        self.origin.checked_add(time)
    }

    pub fn enter(self: &Arc<Self>, asker: Asker) -> Place {
        let ticket = self.pace.as_ref().map(|pace| lock(pace).enter(asker));
        Place { queue: self.clone(), ticket }
    }

    /// The server said that the limit is exceeded.
    pub fn rate_limited(&self) {
        if let Some(pace) = &self.pace {
            lock(pace).rate_limited(self.now());
        }
    }
}

/// A place in the queue, left when dropped.
pub struct Place {
    queue: Arc<Queue>,
    ticket: Option<Ticket>,
}

pub enum PlaceTurn {
    Go(Flight),
    NotBefore(Duration),
}

impl Place {
    pub fn turn(&mut self) -> PlaceTurn {
        let (Some(pace), Some(ticket)) = (&self.queue.pace, self.ticket) else {
            return PlaceTurn::Go(Flight { queue: self.queue.clone(), slot: None });
        };
        match lock(pace).turn(ticket, self.queue.now()) {
            Turn::NotBefore(time) => PlaceTurn::NotBefore(time),
            Turn::Go(slot) => {
                self.ticket = None;
                PlaceTurn::Go(Flight { queue: self.queue.clone(), slot: Some(slot) })
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let (Some(pace), Some(ticket)) = (&self.queue.pace, self.ticket) {
            lock(pace).leave(ticket);
        }
    }
}

/// A request under way; its end is told when dropped.
pub struct Flight {
    queue: Arc<Queue>,
    slot: Option<Slot>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let (Some(pace), Some(slot)) = (&self.queue.pace, self.slot) {
            lock(pace).finished(slot, self.queue.now());
        }
    }
}
