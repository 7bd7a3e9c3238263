use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tcdb_mock_server::{DOCUMENTED_ID, Life, MockServer, SECRET_ID, SECRET_KEY, Step};

use super::Client;
use crate::config::{Options, Sourced};
use crate::credentials::provider::static_keys;
use crate::credentials::{Credentials, CredentialsInfo, Refreshed, ResolveCredentials, SecretCredentials};
use crate::error::{ErrorKind, Result};
use crate::info::Status;
use crate::runtime::clock::Clock;
use crate::runtime::context::CallContext;

fn server() -> MockServer {
    MockServer::start(tcdb_mock_server::Options::default()).unwrap()
}

fn client(server: &MockServer, credentials: Credentials) -> Client {
    client_with(server, credentials, Options::default())
}

fn client_with(server: &MockServer, credentials: Credentials, options: Options) -> Client {
    let endpoint = Some(Sourced::new("endpoint", server.http_url()));
    Client::new(credentials, Some(b"ap-guangzhou"), &Options { endpoint, ..options }).unwrap()
}

fn accepted() -> Credentials {
    static_keys::credentials(SECRET_ID, SECRET_KEY, None).unwrap()
}

#[test]
fn a_client_that_is_shut_down_sends_nothing_more() {
    let server = server();
    let client = client(&server, accepted());
    client.query(DOCUMENTED_ID).unwrap();
    client.shut_down();
    assert_eq!(client.query(DOCUMENTED_ID).unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(server.requests(), 1);
}

/// A source that has the secret alone.
struct Bare;

impl ResolveCredentials for Bare {
    fn credentials(&self, _: &CallContext, clock: &Clock) -> Result<Arc<SecretCredentials>> {
        self.cached(clock)
    }

    fn refresh(&self, _: &Arc<SecretCredentials>, _: &CallContext, _: &Clock) -> Refreshed {
        Refreshed::No
    }

    fn cached(&self, _: &Clock) -> Result<Arc<SecretCredentials>> {
        SecretCredentials::new(SECRET_ID, SECRET_KEY, None).map(Arc::new)
    }

    fn info(&self) -> CredentialsInfo {
        CredentialsInfo { source: "bare".to_owned(), expires_at: None }
    }
}

#[test]
fn a_source_that_has_the_secret_alone_leaves_region_and_language_to_the_client() {
    let server = server();
    let credentials = Credentials::new(Bare);
    assert_eq!((credentials.resolver().depth(), format!("{credentials:?}").as_str()), (0, "Credentials(…)"));
    client(&server, credentials).query(DOCUMENTED_ID).unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.header("x-tc-region").as_deref(), Some("ap-guangzhou"));
    assert_eq!(seen.header("x-tc-language").as_deref(), Some("en-US"));
}

#[test]
fn a_waiter_whose_progress_function_panicked_can_be_stepped_again() {
    let server = server();
    server.put("task", Life::of([Step::status("RUNNING").times(1), Step::status("SUCCESS")]));
    let waiter = client(&server, accepted()).waiter("task", None).unwrap();
    waiter.set_interval(250, 250);
    let run = || waiter.run(Some(Rc::new(|latest, _, _| panic!("a progress function that panics: {latest:?}"))));
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    assert_eq!(waiter.answers(), 1);
    let ended = waiter.step(Duration::from_secs(60)).unwrap().expect("due within the step");
    assert_eq!((ended.status, server.requests()), (Status::Success, 2));
}

#[test]
fn a_step_that_may_sleep_so_long_waits_for_its_permit_and_asks() {
    let server = server();
    let options = Options { max_requests_per_second: 1, ..Options::default() };
    let client = client_with(&server, accepted(), options);
    client.query(DOCUMENTED_ID).unwrap();
    let waiter = client.waiter(DOCUMENTED_ID, None).unwrap();
    assert_eq!(waiter.step(Duration::ZERO).unwrap(), None);
    assert_eq!(server.requests(), 1);
    assert!(waiter.step(Duration::from_secs(60)).unwrap().is_some());
    assert_eq!(server.requests(), 2);
}
