//! How the server behaves: treatments, settings, stopping and starting.

use std::fs;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::certificates::Certificate;
use crate::locked;
use crate::metadata::MetadataRules;
use crate::misbehave::Misbehaviour;
use crate::server::{MockServer, milliseconds};
use crate::sts::StsRules;
use crate::tls::{TlsConfigs, Versions};

/// How the API's side behaves.
impl MockServer {
    /// Adds a treatment to those in force; of those that fit a request the oldest is taken.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        locked(&self.api.misbehaviours).add(misbehaviour);
    }

    /// Ends all treatments but those in the tasks' lives.
    pub fn behave(&self) {
        locked(&self.api.misbehaviours).clear();
    }

    /// How many treatments have not struck to the end: 0 once all `next_…` are used up.
    pub fn misbehaviours_left(&self) -> usize {
        locked(&self.api.misbehaviours).len()
    }

    pub fn set_regions(&self, regions: Option<Vec<String>>) {
        *locked(&self.api.regions) = regions;
    }

    /// The server's clock is so many seconds ahead of the machine's: its Date, its tolerance, its ExpiredTime.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.api.clock_offset.store(seconds, Ordering::Relaxed);
    }

    /// 0: no limit.
    pub fn set_rate_limit(&self, in_any_second: u32) {
        locked(&self.api.rate_limit).limit = in_any_second;
    }

    /// Waits before each reply.
    pub fn set_delay(&self, delay: Duration) {
        self.api.delay_ms.store(milliseconds(delay), Ordering::Relaxed);
    }

    /// For connections accepted from now on.
    pub fn set_idle_timeout(&self, timeout: Duration) {
        self.api.idle_ms.store(milliseconds(timeout), Ordering::Relaxed);
    }

    /// For connections accepted from now on; `certificate_file` holds the new certificate.
    pub fn set_tls(&self, certificate: Certificate, versions: Versions) -> io::Result<()> {
        let configs = TlsConfigs::make(&self.authorities, certificate, versions)?;
        fs::write(self.folder.certificate_file(), &configs.certificate_pem)?;
        *locked(&self.api.tls) = configs;
        Ok(())
    }

    /// Refuses connects to the API's ports and closes every connection to them; the ports stay ours.
    pub fn stop(&self) {
        self.https.stop();
        self.http.stop();
    }

    /// Listens on the same ports again.
    pub fn restart(&self) -> io::Result<()> {
        self.https.restart()?;
        self.http.restart()
    }

    /// Closes the connections to the API's ports, but goes on accepting.
    pub fn close_connections(&self) {
        self.https.close_connections();
        self.http.close_connections();
    }

    /// With true, connects to the API's ports hang until it is called with false.
    pub fn stall_connects(&self, stall: bool) -> io::Result<()> {
        self.https.stall_connects(stall)?;
        self.http.stall_connects(stall)
    }
}

/// How the metadata service behaves.
impl MockServer {
    pub fn set_metadata(&self, rules: MetadataRules) {
        *locked(&self.metadata.rules) = rules;
    }

    pub fn metadata_rules(&self) -> MetadataRules {
        locked(&self.metadata.rules).clone()
    }

    /// As `misbehave`. Faults of content bring an answer that is not a credential.
    pub fn misbehave_metadata(&self, misbehaviour: Misbehaviour) {
        locked(&self.metadata.misbehaviours).add(misbehaviour);
    }

    pub fn behave_metadata(&self) {
        locked(&self.metadata.misbehaviours).clear();
    }

    /// The next question for credentials gets new ones; those handed out live on.
    pub fn rotate_metadata(&self) {
        locked(&self.metadata.handed_out).rotate();
    }

    /// What was handed out is refused from now on.
    pub fn revoke_metadata(&self) {
        self.metadata.revoke();
    }

    pub fn stop_metadata(&self) {
        self.metadata_listener.stop();
    }

    pub fn restart_metadata(&self) -> io::Result<()> {
        self.metadata_listener.restart()
    }
}

/// How STS behaves.
impl MockServer {
    pub fn set_sts(&self, rules: StsRules) {
        *locked(&self.sts.rules) = rules;
    }

    pub fn sts_rules(&self) -> StsRules {
        locked(&self.sts.rules).clone()
    }

    /// The web identity token that is valid from now on: rotates what a client has to read again.
    pub fn set_web_identity_token(&self, token: &str) {
        locked(&self.sts.rules).web_identity_token = token.to_owned();
    }

    /// As `misbehave`. A request whose answer a fault keeps from the client issues a credential all the same. Faults of
    /// content that change Info or Status bring the good answer.
    pub fn misbehave_sts(&self, misbehaviour: Misbehaviour) {
        locked(&self.sts.misbehaviours).add(misbehaviour);
    }

    pub fn behave_sts(&self) {
        locked(&self.sts.misbehaviours).clear();
    }

    /// What was issued is refused from now on.
    pub fn revoke_sts(&self) {
        self.sts.revoke();
    }

    /// Refuses connects to STS's own port; the API's ports go on to serve it.
    pub fn stop_sts(&self) {
        self.sts_listener.stop();
    }

    pub fn restart_sts(&self) -> io::Result<()> {
        self.sts_listener.restart()
    }
}
