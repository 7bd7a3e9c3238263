//! What the endpoint saw.

use std::sync::atomic::Ordering;

use crate::journal::Seen;
use crate::locked;
use crate::server::MockServer;

/// What was received.
impl MockServer {
    /// Requests received on the API's ports since start or `clear`.
    pub fn requests(&self) -> u64 {
        locked(&self.api.journal).requests()
    }

    /// Connections accepted on the API's ports since start or `clear`.
    pub fn connections(&self) -> u64 {
        self.api.connections.load(Ordering::Relaxed)
    }

    /// Connections open now.
    pub fn live_connections(&self) -> usize {
        self.https.live_connections() + self.http.live_connections()
    }

    /// The most requests that arrived in any span of one second.
    pub fn max_in_any_second(&self) -> usize {
        locked(&self.api.journal).max_in_any_second()
    }

    /// Requests refused by the rate limit.
    pub fn rate_refusals(&self) -> u64 {
        locked(&self.api.journal).rate_refusals
    }

    /// The newest requests, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        locked(&self.api.journal).seen()
    }

    /// Requests that followed a redirect to the other host.
    pub fn followers(&self) -> Vec<Seen> {
        locked(&self.elsewhere.followers).clone()
    }

    /// Forgets everything seen, on all services. Numbers of connections start again.
    pub fn clear(&self) {
        locked(&self.api.journal).clear();
        self.api.connections.store(0, Ordering::Relaxed);
        locked(&self.elsewhere.followers).clear();
        locked(&self.metadata.journal).clear();
        self.metadata.connections.store(0, Ordering::Relaxed);
    }

    pub fn metadata_requests(&self) -> u64 {
        locked(&self.metadata.journal).requests()
    }

    pub fn metadata_seen(&self) -> Vec<Seen> {
        locked(&self.metadata.journal).seen()
    }

    /// How many different credentials were handed out.
    pub fn metadata_credentials(&self) -> u64 {
        locked(&self.metadata.handed_out).count()
    }
}
