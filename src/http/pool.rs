//! Connections kept for the next request, the newest first: what an idle server has dropped is found at the old end.

#[cfg(all(loom, test))]
mod models;

use std::time::{Duration, Instant};

use super::connection::Connection;
use crate::runtime::sync::{Mutex, lock};

const MAX_IDLE: usize = 64;
/// Well under the 60 s after which the server closes.
const MAX_IDLE_TIME: Duration = Duration::from_secs(45);

/// What a pool keeps: connections, but in its models.
pub trait Pooled {
    /// Open and silent.
    fn is_open(&mut self) -> bool;
}

impl Pooled for Connection {
    fn is_open(&mut self) -> bool {
        Self::is_open(self)
    }
}

pub struct Pool<C = Connection>(Mutex<Vec<(C, Instant)>>);

impl<C> Default for Pool<C> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<C: Pooled> Pool<C> {
    /// The one used last that is still open and silent, and since when it was idle.
    pub fn take(&self) -> Option<(C, Instant)> {
        let now = Instant::now();
        let mut idle = lock(&self.0);
        idle.retain(|(_, since)| is_young(*since, now));
        while let Some((mut connection, since)) = idle.pop() {
            if connection.is_open() {
                return Some((connection, since));
            }
        }
        None
    }

    pub fn keep(&self, mut connection: C) {
        let now = Instant::now();
        let mut idle = lock(&self.0);
        idle.retain(|(_, since)| is_young(*since, now));
        if connection.is_open() {
            if idle.len() == MAX_IDLE {
                idle.remove(0);
            }
            idle.push((connection, now));
        }
    }

    /// A connection that was idle since then has proved dead: whatever has cut it off has cut off those as old too.
    pub fn distrust(&self, since: Instant) {
        lock(&self.0).retain(|(_, other)| *other > since);
    }
}

fn is_young(since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < MAX_IDLE_TIME
}
