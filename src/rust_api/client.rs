//! Queries and waits for one account.

use std::time::Duration;

use super::credentials::Credentials;
use super::options::Options;
use super::queue::WaitQueue;
use super::request::SignedRequest;
use super::waiter::Waiter;
use crate::client;
use crate::error::Result;
use crate::info::AsyncRequestInfo;
use crate::unix_time::UnixSeconds;

/// One account's way to the API, shared by all threads. Cheap to clone.
///
/// ```
/// use tcdb_async::{Client, Credentials, Options};
///
/// # fn main() -> Result<(), tcdb_async::Error> {
/// # use tcdb_mock_server::{DOCUMENTED_ID, MockServer};
/// # let server = MockServer::start(tcdb_mock_server::Options::default()).unwrap();
/// # let (id, key) = (tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY);
/// # let endpoint = server.http_url();
/// let credentials = Credentials::from_keys(id, key, None)?;
/// let client = Client::new(&credentials, &Options::new().region("ap-guangzhou").endpoint(&endpoint))?;
/// let info = client.query("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7")?;
/// println!("{:?}: {}", info.status, info.info.as_deref().unwrap_or("no text"));
/// assert!(info.status.is_success());
/// # assert_eq!(DOCUMENTED_ID, "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(client::Client);

impl Client {
    /// Opens no connection; the certificates to trust are read here.
    ///
    /// # Errors
    /// `InvalidArgument` that names the option; `Tls` where the system has no certificates to trust.
    pub fn new(credentials: &Credentials, options: &Options) -> Result<Self> {
        client::Client::new(credentials.0.clone(), None, &options.0).map(Self)
    }

    /// Asks what became of one async request. Blocks for at most the total timeout; transient failures are retried within
    /// it. A reply is not a success of the task: see its status.
    ///
    /// # Errors
    /// The last failure, with the number of requests sent.
    pub fn query(&self, async_request_id: &str) -> Result<AsyncRequestInfo> {
        self.0.query(async_request_id)
    }

    /// Waits until the task has ended, in whatever status. `timeout`: `None` waits for ever.
    ///
    /// # Errors
    /// As [`Waiter::run`].
    pub fn wait(&self, async_request_id: &str, timeout: Option<Duration>) -> Result<AsyncRequestInfo> {
        self.waiter(async_request_id, timeout)?.run()
    }

    /// A wait that can be configured, stepped and cancelled. The timeout counts from here; zero waits for one reply.
    ///
    /// # Errors
    /// `InvalidArgument` for the id.
    pub fn waiter(&self, async_request_id: &str, timeout: Option<Duration>) -> Result<Waiter> {
        self.0.waiter(async_request_id, timeout).map(Waiter::new)
    }

    /// A queue of waits for many tasks; a `U` goes in with each task and comes back with its events.
    #[must_use]
    pub fn wait_queue<U: Clone>(&self) -> WaitQueue<U> {
        WaitQueue::new(self.0.wait_queue())
    }

    /// Signs what a query would send, without sending it. `time`: in place of now, by the corrected clock.
    ///
    /// # Errors
    /// `InvalidArgument` for the id or a time outside of the years 0 to 9999; `Credentials` where they would have to be
    /// fetched first, which [`Credentials::fetch`] does.
    pub fn sign(&self, async_request_id: &str, time: Option<UnixSeconds>) -> Result<SignedRequest> {
        SignedRequest::sign(&self.0, async_request_id, time)
    }

    /// From now on requests are signed with these credentials, those of calls in flight included.
    pub fn set_credentials(&self, credentials: &Credentials) {
        self.0.set_credentials(credentials.0.clone());
    }

    /// How far the API's clock is ahead of this machine's, in milliseconds; 0 before a correction.
    #[must_use]
    pub fn clock_offset_ms(&self) -> i64 {
        self.0.clock_offset_ms()
    }

    /// Ends calls in flight soon and all later ones at once, with `Cancelled`. For good.
    pub fn shut_down(&self) {
        self.0.shut_down();
    }
}
