//! What the server saw.

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
        locked(&self.sts.journal).clear();
        self.sts.connections.store(0, Ordering::Relaxed);
    }

    pub fn metadata_requests(&self) -> u64 {
        locked(&self.metadata.journal).requests()
    }

    pub fn metadata_seen(&self) -> Vec<Seen> {
        locked(&self.metadata.journal).seen()
    }

    /// Requests to STS, on its own port and on the API's.
    pub fn sts_requests(&self) -> u64 {
        locked(&self.sts.journal).requests()
    }

    /// Connections accepted on STS's own port.
    pub fn sts_connections(&self) -> u64 {
        self.sts.connections.load(Ordering::Relaxed)
    }

    /// Requests to STS that its rate limit refused.
    pub fn sts_rate_refusals(&self) -> u64 {
        locked(&self.sts.journal).rate_refusals
    }

    /// The newest requests to STS, oldest first; `Seen::secret_id` says who signed, `Seen::action` what for.
    pub fn sts_seen(&self) -> Vec<Seen> {
        locked(&self.sts.journal).seen()
    }

    /// How many credentials STS issued.
    pub fn sts_credentials(&self) -> u64 {
        locked(&self.sts.issued).count()
    }

    /// The secret ids that STS issued and that were not revoked together, oldest first.
    pub fn sts_secret_ids(&self) -> Vec<String> {
        locked(&self.sts.issued).ids()
    }

    /// How many different credentials were handed out.
    pub fn metadata_credentials(&self) -> u64 {
        locked(&self.metadata.handed_out).count()
    }
}
