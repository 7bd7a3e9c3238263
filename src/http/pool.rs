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
    /// The one used last that is still open and silent.
    pub fn take(&self) -> Option<Connection> {
        let now = Instant::now();
        let mut idle = lock(&self.0);
        idle.retain(|(_, since)| now.saturating_duration_since(*since) < MAX_IDLE_TIME);
        while let Some((mut connection, _)) = idle.pop() {
            if connection.is_open() {
                return Some(connection);
            }
        }
        None
    }

    pub fn keep(&self, mut connection: Connection) {
        let mut idle = lock(&self.0);
        if connection.is_open() {
            if idle.len() == MAX_IDLE {
                idle.remove(0);
            }
            idle.push((connection, Instant::now()));
        }
    }
}
