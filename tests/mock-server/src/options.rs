//! How to start a server.

use std::path::PathBuf;
use std::time::Duration;

use crate::certificates::Certificate;
use crate::metadata::MetadataRules;
use crate::sts::StsRules;
use crate::tls::Versions;

/// The credentials accepted unless others are set. They are fakes.
pub const SECRET_ID: &str = "AKIDFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE";
pub const SECRET_KEY: &str = "FakeSecretKeyForTestsOnly00000000";

/// How to start. `Default` suits most tests.
#[derive(Debug, Clone)]
pub struct Options {
    /// Ports; 0 takes a free one.
    pub https_port: u16,
    pub http_port: u16,
    pub metadata_port: u16,
    pub sts_port: u16,
    /// Where `ca.pem` goes. None: a private temporary folder, removed with the server.
    pub folder: Option<PathBuf>,
    pub secret_id: String,
    pub secret_key: String,
    pub token: Option<String>,
    /// Accepted regions. None: any.
    pub regions: Option<Vec<String>>,
    /// Requests served in any second for each account; 0 disables the limit. The API limits to 40.
    pub rate_limit: u32,
    pub delay: Duration,
    /// How far the server's clock is from the machine's, in seconds.
    pub clock_offset: i64,
    pub certificate: Certificate,
    pub versions: Versions,
    /// How long an idle connection is kept; the API keeps it for 60 s.
    pub idle_timeout: Duration,
    /// How many requests `seen` remembers; the counts know them all.
    pub keep_seen: usize,
    /// One line of JSON a request is appended here, without any secret.
    pub log: Option<PathBuf>,
    pub metadata: MetadataRules,
    pub sts: StsRules,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            https_port: 0,
            http_port: 0,
            metadata_port: 0,
            sts_port: 0,
            folder: None,
            secret_id: SECRET_ID.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            token: None,
            regions: None,
            rate_limit: 0,
            delay: Duration::ZERO,
            clock_offset: 0,
            certificate: Certificate::default(),
            versions: Versions::default(),
            idle_timeout: Duration::from_secs(60),
            keep_seen: 20_000,
            log: None,
            metadata: MetadataRules::default(),
            sts: StsRules::default(),
        }
    }
}
