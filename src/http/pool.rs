//! Connections kept for the next question.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::connection::Connection;
use crate::runtime::context::lock;

const IDLE_CONNECTIONS: usize = 64;
/// Well under the 60 s after which the server closes.
const IDLE_AGE: Duration = Duration::from_secs(45);

#[derive(Default)]
pub struct Pool(Mutex<VecDeque<(Connection, Instant)>>);

impl Pool {
    /// The one idle longest, as the HTTP library would, if it is open and has nothing to say.
    pub fn take(&self) -> Option<Connection> {
        let now = Instant::now();
        let mut idle = lock(&self.0);
        idle.retain(|(_, since)| now.saturating_duration_since(*since) < IDLE_AGE);
        while let Some((mut connection, _)) = idle.pop_front() {
            if connection.is_open() {
                return Some(connection);
            }
        }
        None
    }

    pub fn keep(&self, mut connection: Connection) {
        let mut idle = lock(&self.0);
        if connection.is_open() && idle.len() < IDLE_CONNECTIONS {
            idle.push_back((connection, Instant::now()));
        }
    }
}
