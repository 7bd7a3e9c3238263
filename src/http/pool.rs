//! Connections kept for the next request, the newest first: what an idle server has dropped is found at the old end.

use std::time::{Duration, Instant};

use super::connection::Connection;
use crate::runtime::sync::{Mutex, lock};

const MAX_IDLE: usize = 64;
/// Well under the 60 s after which the server closes.
const MAX_IDLE_TIME: Duration = Duration::from_secs(45);

#[derive(Default)]
pub struct Pool(Mutex<Vec<(Connection, Instant)>>);

impl Pool {
    /// The one used last that is still open and silent, and since when it was idle.
    pub fn take(&self) -> Option<(Connection, Instant)> {
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

    pub fn keep(&self, mut connection: Connection) {
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
