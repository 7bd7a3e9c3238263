//! The public Rust API against the mock server: what `lib.rs` exports and nothing else.

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tcdb_async::{
    Client, Credentials, ENDPOINT_INTL, ENDPOINT_MAINLAND, ErrorKind, EventKind, LogLevel, Options, Role, Status,
    TaskOptions, UnixSeconds, WaitQueue,
};
use tcdb_mock_server::{DOCUMENTED_ID, Life, MockServer, SECRET_ID, SECRET_KEY, Step, WEB_IDENTITY_TOKEN};

const ARN: &str = "qcs::cam::uin/100000000001:roleName/reader";
const SOON: Duration = Duration::from_secs(20);

fn server() -> MockServer {
    MockServer::start(tcdb_mock_server::Options::default()).unwrap()
}

fn keys() -> Credentials {
    Credentials::from_keys(SECRET_ID, SECRET_KEY, None).unwrap()
}

fn options(server: &MockServer) -> Options {
    Options::new().region("ap-guangzhou").endpoint(&server.https_url()).ca_file(server.ca_file())
}

/// For requests to STS and to the metadata service.
fn io(server: &MockServer) -> Options {
    Options::new().sts_endpoint(&server.sts_url()).endpoint(&server.metadata_url()).ca_file(server.ca_file())
}

#[test]
fn every_option_reaches_the_request_or_is_refused_by_name() {
    let server = server();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = lines.clone();
    let all = options(&server)
        .language("zh-CN")
        .connect_timeout(Duration::from_secs(5))
        .total_timeout(SOON)
        .max_attempts(2)
        .max_requests_per_second(0)
        .no_proxy("*")
        .proxy("http://127.0.0.1:1")
        .clock_correction(false)
        .request_client("me-1.0")
        .log(LogLevel::Debug, move |level, line| kept.lock().unwrap().push((level, line.to_owned())));
    let info = Client::new(&keys(), &all).unwrap().query(DOCUMENTED_ID).unwrap();
    assert_eq!((info.status, info.status.is_terminal(), info.status.is_success()), (Status::Success, true, true));
    let lines = lines.lock().unwrap();
    assert!(lines.iter().any(|(level, line)| *level == LogLevel::Debug && line.contains("SUCCESS")), "{lines:?}");
    for (bad, name) in [
        (options(&server).region("a b"), "region "),
        (options(&server).endpoint("http://example.com"), "endpoint "),
        (options(&server).language("fr"), "language "),
        (options(&server).max_attempts(11), "max_attempts "),
        (options(&server).request_client("a b"), "request_client "),
        (options(&server).ca_file("/nonexistent/ca.pem"), "ca_file "),
        (Options::new().region("r").ca_dir("/nonexistent"), "ca_dir "),
    ] {
        let failure = Client::new(&keys(), &bad).unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::InvalidArgument);
        assert!(failure.message().starts_with(name), "{name}: {failure}");
    }
    drop(Options::from_env());
}

#[test]
fn a_waiter_steps_runs_reports_and_is_cancelled() {
    let server = server();
    server.put("ends", Life::of([Step::status("RUNNING").times(1), Step::status("SUCCESS")]));
    server.put("runs", Life::of([Step::status("RUNNING")]));
    server.put("paused", Life::of([Step::status("PAUSED")]));
    let client = Client::new(&keys(), &options(&server)).unwrap();
    let quick = |id: &str, timeout| {
        let waiter = client.waiter(id, timeout).unwrap();
        waiter.interval(Duration::from_millis(250), Duration::from_millis(250))
    };
    assert_eq!(quick("ends", None).run_with(|_, _, _| false).unwrap().status, Status::Success);
    assert_eq!(quick("paused", None).stop_on(Status::Paused).run().unwrap().status, Status::Paused);
    let timed_out = quick("runs", Some(Duration::from_millis(600))).run().unwrap_err();
    assert_eq!((timed_out.kind(), timed_out.is_retryable()), (ErrorKind::WaitTimeout, true));
    assert_eq!(timed_out.last_info().map(|info| info.status), Some(Status::Running));

    let waiter = quick("runs", None);
    assert!(waiter.due_in().is_some() && waiter.latest().is_none());
    while waiter.latest().is_none() {
        assert!(waiter.step(Duration::from_millis(50)).unwrap().is_none());
    }
    let cancel = waiter.cancel_handle();
    thread::spawn(move || cancel.cancel());
    assert_eq!(waiter.run().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(waiter.due_in(), None);
    assert_eq!(client.wait(DOCUMENTED_ID, Some(SOON)).unwrap().status, Status::Success);
    assert_eq!(client.clock_offset_ms(), 0);
    assert!(!format!("{client:?} {waiter:?} {:?}", waiter.cancel_handle()).contains(SECRET_KEY));
    client.shut_down();
    assert_eq!(client.query(DOCUMENTED_ID).unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn a_wait_queue_carries_many_tasks_with_what_belongs_to_them() {
    let server = server();
    server.put("ends", Life::of([Step::status("RUNNING").times(1), Step::status("SUCCESS")]));
    server.put("runs", Life::of([Step::status("RUNNING")]));
    let client = Client::new(&keys(), &options(&server)).unwrap();
    let queue: WaitQueue<&'static str> = client.wait_queue();
    let quick = TaskOptions::new()
        .interval(Duration::from_millis(250), Duration::from_millis(250))
        .stop_on(Status::Paused)
        .changes(true);
    let ends = queue.add("ends", None, &quick, "first").unwrap();
    let runs = queue.add("runs", None, &quick, "second").unwrap();
    assert!(queue.pending() == 2 && queue.due_in().is_some() && cfg!(unix) == queue.descriptor().is_ok());
    let (started, mut changes, mut finals) = (Instant::now(), Vec::new(), Vec::new());
    while queue.pending() > 0 && started.elapsed() < SOON {
        queue.run(Duration::from_millis(200)).unwrap();
        while let Some(event) = queue.next(Duration::ZERO).unwrap() {
            if !event.is_final() {
                changes.push((event.task, event.user_data));
            } else if let EventKind::Final(outcome) = event.kind {
                finals.push((event.task, event.user_data, outcome.map(|info| info.status).map_err(|e| e.kind())));
                assert!(queue.cancel(runs) || finals.len() == 2);
            }
        }
    }
    assert!(changes.contains(&(ends, "first")) && changes.contains(&(runs, "second")), "{changes:?}");
    assert_eq!(finals, [(ends, "first", Ok(Status::Success)), (runs, "second", Err(ErrorKind::Cancelled))]);
    queue.wake();
    queue.cancel_all();
    assert!(queue.add("", None, &quick, "none").is_err() && queue.pending() == 0);
    assert!(!format!("{queue:?}").is_empty());
}

#[test]
fn roles_callbacks_profiles_and_the_instance_sign() {
    let server = server();
    let ask = |credentials: &Credentials| {
        credentials.fetch(SOON).unwrap();
        Client::new(credentials, &options(&server)).unwrap().query(DOCUMENTED_ID).unwrap().status
    };
    let role = Role::new()
        .session_name("session")
        .duration(Duration::from_secs(900))
        .external_id("external")
        .policy(r#"{"version":"2.0","statement":[]}"#)
        .source_identity("100000000001");
    let assumed = keys().assume_role(ARN, &role, &io(&server)).unwrap();
    assert_eq!(ask(&assumed), Status::Success);
    assert!(assumed.info().source.contains(ARN) && assumed.info().expires_at.is_some());

    let folder = std::env::temp_dir().join(format!("tcdb-rust-api-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (token, profile) = (folder.join("token"), folder.join("credentials"));
    fs::write(&token, WEB_IDENTITY_TOKEN).unwrap();
    fs::write(&profile, format!("[default]\nsecret_id = {SECRET_ID}\nsecret_key = {SECRET_KEY}\n")).unwrap();
    assert_eq!(
        ask(&Credentials::from_web_identity(ARN, "OIDC", &token, &Role::new(), &io(&server)).unwrap()),
        Status::Success
    );
    assert_eq!(ask(&Credentials::from_profile(Some(&profile), None, &io(&server)).unwrap()), Status::Success);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(ask(&Credentials::from_cvm_role(None, &io(&server)).unwrap()), Status::Success);

    let callback =
        Credentials::from_callback("vault", |answer| answer.set(SECRET_ID, SECRET_KEY, None, None), &Options::new());
    let callback = callback.unwrap();
    assert_eq!(ask(&callback), Status::Success);
    assert!(callback.info().source.contains("vault") && !format!("{callback:?}").contains(SECRET_KEY));
    let set_milliseconds = |answer: &mut tcdb_async::Answer| {
        answer.set(SECRET_ID, SECRET_KEY, None, Some(1_800_000_000_000));
    };
    let failure =
        Credentials::from_callback("vault", set_milliseconds, &Options::new()).unwrap().fetch(SOON).unwrap_err();
    assert!(
        failure.message().ends_with("expires_at is 1800000000000, which is not a time in Unix seconds"),
        "{failure}"
    );
    let refusing = Credentials::from_callback("vault", |answer| answer.fail("closed", true), &Options::new()).unwrap();
    let failure = refusing.fetch(SOON).unwrap_err();
    assert_eq!((failure.kind(), failure.is_retryable()), (ErrorKind::Credentials, true));
    assert!(failure.message().contains("closed"), "{failure}");

    let client = Client::new(&refusing, &options(&server)).unwrap();
    assert_eq!(client.query(DOCUMENTED_ID).unwrap_err().kind(), ErrorKind::Credentials);
    client.set_credentials(&keys());
    assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, Status::Success);
    // Variables of this process are none of the test's: only that the functions look for them.
    assert!(Credentials::from_tke(&Role::new(), &io(&server)).is_err());
    drop(Credentials::from_env(&io(&server)));
}

#[test]
fn a_request_is_signed_and_not_sent() {
    let server = server();
    let credentials = Credentials::from_keys(SECRET_ID, SECRET_KEY, Some("token-of-this-test")).unwrap();
    let client = Client::new(&credentials, &options(&server)).unwrap();
    let signed = client.sign(DOCUMENTED_ID, Some(UnixSeconds(1_700_000_000))).unwrap();
    assert!(signed.url().starts_with("https://localhost:"), "{}", signed.url());
    let header = |wanted: &str| signed.headers().find(|(name, _)| *name == wanted).unwrap().1.to_owned();
    assert_eq!(signed.headers().next().unwrap().0, "Host");
    assert_eq!((header("X-TC-Timestamp"), header("X-TC-Token")), ("1700000000".into(), "token-of-this-test".into()));
    assert!(header("Authorization").contains("Signature="));
    assert_eq!(signed.body(), format!(r#"{{"AsyncRequestId":"{DOCUMENTED_ID}"}}"#));
    assert!(signed.canonical_request().starts_with("POST\n/\n"));
    assert!(signed.string_to_sign().starts_with("TC3-HMAC-SHA256\n1700000000\n2023-11-14/cdb/tc3_request\n"));
    assert!(!format!("{signed:?}").contains("token-of-this-test"));
    assert_eq!(server.requests(), 0);
    for (id, time, named) in [("", None, "async_request_id"), ("x", Some(UnixSeconds(i64::MAX)), "time is ")] {
        let failure = client.sign(id, time).unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::InvalidArgument);
        assert!(failure.message().starts_with(named), "{failure}");
    }
    // What has to be fetched is not fetched here.
    let role = keys().assume_role(ARN, &Role::new(), &io(&server)).unwrap();
    let client = Client::new(&role, &options(&server)).unwrap();
    assert_eq!(client.sign("x", None).unwrap_err().kind(), ErrorKind::Credentials);
    role.fetch(SOON).unwrap();
    client.sign("x", None).unwrap();
}

#[test]
fn sts_says_whose_credentials_these_are() {
    let server = server();
    let own = keys().caller_identity(&io(&server), SOON).unwrap();
    assert_eq!((own.kind.as_str(), own.account_id.as_str()), ("CAMUser", "100000000001"));
    assert!(own.arn.starts_with("qcs::cam::uin/100000000001"), "{own:?}");
    let role = keys().assume_role(ARN, &Role::new().session_name("session"), &io(&server)).unwrap();
    let assumed = role.caller_identity(&io(&server), SOON).unwrap();
    assert_eq!(assumed.kind, "CAMRole");
    assert!(assumed.user_id.ends_with(":session"), "{assumed:?}");
    let wrong = Credentials::from_keys(SECRET_ID, "wrong", None).unwrap();
    let refused = wrong.caller_identity(&io(&server), SOON).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Credentials);
    assert!(refused.message().starts_with("STS: AuthFailure"), "{refused}");
    let bad = keys().caller_identity(&io(&server).sts_endpoint("http://example.com"), SOON).unwrap_err();
    assert_eq!(bad.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn the_hosts_of_both_sites_are_those_of_the_header() {
    let header = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/include/tcdb_async.h")).unwrap();
    for (name, host) in [("INTL", ENDPOINT_INTL), ("MAINLAND", ENDPOINT_MAINLAND)] {
        assert!(header.contains(&format!("#define TCDB_ENDPOINT_{name} \"{host}\"\n")), "{name}");
        let client = Client::new(&keys(), &Options::new().region("ap-guangzhou").endpoint(host)).unwrap();
        assert_eq!(client.sign("x", None).unwrap().url(), format!("https://{host}/"));
    }
    let default = Client::new(&keys(), &Options::new().region("ap-guangzhou")).unwrap();
    assert_eq!(default.sign("x", None).unwrap().url(), format!("https://{ENDPOINT_INTL}/"));
}

/// What the child of `the_default_chain_takes_the_first_place_that_has_something` does, in an environment of its own.
#[test]
#[ignore = "runs in another process"]
fn asks_by_the_default_chain() {
    let server = server();
    let chosen = Credentials::from_default_chain(&io(&server)).unwrap();
    assert_eq!(Client::new(&chosen, &options(&server)).unwrap().query(DOCUMENTED_ID).unwrap().status, Status::Success);
    let (chosen, passed_over) = Credentials::from_default_chain_with_reasons(&io(&server)).unwrap();
    assert_eq!(Client::new(&chosen, &options(&server)).unwrap().query(DOCUMENTED_ID).unwrap().status, Status::Success);
    assert_eq!(passed_over.len(), 1, "{passed_over:?}");
    assert!(passed_over[0].contains("environment"), "{passed_over:?}");
    assert!(!format!("{chosen:?}").contains(SECRET_KEY));
}

/// By a profile, as the environment has nothing.
#[cfg(unix)]
#[test]
fn the_default_chain_takes_the_first_place_that_has_something() {
    let home = std::env::temp_dir().join(format!("tcdb-rust-api-{}", std::process::id()));
    fs::create_dir_all(home.join(".tencentcloud")).unwrap();
    let file = home.join(".tencentcloud/credentials");
    fs::write(&file, format!("[default]\nsecret_id = {SECRET_ID}\nsecret_key = {SECRET_KEY}\n")).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TENCENTCLOUD_") {
            child.env_remove(name);
        }
    }
    let ran = child.args(["--ignored", "--exact", "asks_by_the_default_chain"]).env("HOME", &home).output().unwrap();
    fs::remove_dir_all(&home).unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}
