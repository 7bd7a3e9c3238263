//! Credentials kept fresh: ahead of their end, after a refusal, and by whom.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Life, MetadataRules, Misbehaviour, MockServer, Step};

use crate::c_api::{Client, Credentials, Lines, Options, Waiter};
use crate::cvm_role::{client, client_with, io, start};

/// How many processes want each core, 1 to 4.
fn machine_load() -> u64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = text.split(' ').next().and_then(|one| one.parse().ok()).unwrap_or(1.0);
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (1..4).find(|each| load <= (*each * cores as u64) as f64).unwrap_or(4)
}

fn living(seconds: u64) -> MetadataRules {
    MetadataRules { lifetime: Duration::from_secs(seconds), ..MetadataRules::default() }
}

#[test]
fn sixty_four_threads_pass_an_expiry_with_one_refresh_no_failure_and_no_thread_blocked() {
    let server = start();
    server.set_metadata(living(8));
    let patient = io(&server).total(Duration::from_secs(5));
    let client = client_with(&server, &Credentials::cvm_role(None, &patient).unwrap());
    client.query(DOCUMENTED_ID).unwrap();
    let slow = Duration::from_millis(200);
    server.set_metadata(MetadataRules { delay: slow, ..living(8) });
    let until = Instant::now() + Duration::from_secs(9);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                while Instant::now() < until {
                    client.query(DOCUMENTED_ID).unwrap();
                    thread::sleep(Duration::from_millis(50));
                }
            });
        }
    });
    assert_eq!(server.metadata_credentials(), 2, "the first and one renewal");
    let fetches = server.metadata_seen();
    assert_eq!(fetches.len(), 4);
    assert!(server.seen().iter().all(|seen| seen.refused.is_none()), "a request was signed with what had ended");
    // The second question of the renewal, after which even what was on its way at its start has arrived.
    let renewing = fetches[3].at..fetches[3].at + slow;
    let meanwhile = server.seen().iter().filter(|seen| renewing.contains(&seen.at)).count();
    assert!(meanwhile >= 16, "only {meanwhile} queries during the renewal: a thread was blocked");
    let tokens = |seen: &[tcdb_mock_server::Seen], part: &str| {
        seen.iter().filter(|s| s.header("X-TC-Token").is_some_and(|token| token.contains(part))).count()
    };
    let seen = server.seen();
    assert!(tokens(&seen, "token-1-") > 64 && tokens(&seen, "token-2-") > 64);
}

#[test]
fn threads_that_find_nothing_valid_wait_for_one_fetch() {
    let server = start();
    server.set_metadata(MetadataRules { delay: Duration::from_millis(100), ..MetadataRules::default() });
    let client = client(&server);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| client.query(DOCUMENTED_ID).unwrap());
        }
    });
    assert_eq!((server.metadata_requests(), server.requests()), (2, 16));
}

#[test]
fn one_who_waits_for_a_fetch_keeps_its_own_deadline() {
    let server = start();
    server.set_metadata(MetadataRules { delay: Duration::from_millis(700), ..MetadataRules::default() });
    let slow = Options::new().endpoint(&server.metadata_url()).total(Duration::from_secs(5));
    let credentials = Credentials::cvm_role(None, &slow).unwrap();
    let patient = client_with(&server, &credentials);
    let hasty = Options::to(&server).endpoint(&server.http_url()).total(Duration::from_millis(300));
    let hasty = hasty.client(&credentials).unwrap();
    thread::scope(|scope| {
        let first = scope.spawn(|| patient.query(DOCUMENTED_ID));
        thread::sleep(Duration::from_millis(100));
        let started = Instant::now();
        let failure = hasty.query(DOCUMENTED_ID).unwrap_err();
        assert!(started.elapsed() < Duration::from_millis(1100), "{:?}", started.elapsed());
        assert_eq!(failure.code, TCDB_ERR_REQUEST_TIMEOUT);
        assert!(
            failure.message.ends_with("while waiting for another thread's refresh of the credentials"),
            "{failure:?}"
        );
        first.join().unwrap().unwrap();
    });
    assert_eq!(server.metadata_requests(), 2);
}

#[test]
fn a_failed_renewal_falls_back_to_what_is_valid_and_is_made_up_for() {
    let server = start();
    // A busy machine needs more time between the renewal that fails and the end.
    let lifetime = 8 * machine_load();
    server.set_metadata(living(lifetime));
    let longest = Duration::from_secs(lifetime + 1);
    let lines = Lines::default();
    let io = io(&server).log(TCDB_LOG_DEBUG, &lines);
    let client = client_with(&server, &Credentials::cvm_role(None, &io).unwrap());
    client.query(DOCUMENTED_ID).unwrap();
    server.stop_metadata();
    let started = Instant::now();
    while !lines.contains("credentials could not be fetched: ") {
        assert!(started.elapsed() < longest, "no renewal was tried");
        client.query(DOCUMENTED_ID).unwrap();
        thread::sleep(Duration::from_millis(20));
    }
    server.restart_metadata().unwrap();
    while server.metadata_credentials() < 2 {
        assert!(started.elapsed() < longest, "no second try");
        client.query(DOCUMENTED_ID).unwrap();
        thread::sleep(Duration::from_millis(20));
    }
    assert!(server.seen().iter().all(|seen| seen.refused.is_none()));
}

#[test]
fn what_the_api_no_longer_knows_is_fetched_again_and_asked_with_once_more() {
    let server = start();
    let client = client(&server);
    client.query(DOCUMENTED_ID).unwrap();
    server.revoke_metadata();
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!((server.metadata_credentials(), server.requests()), (2, 3));
    let refused: Vec<_> = server.seen().into_iter().filter_map(|seen| seen.refused).collect();
    assert_eq!(refused, ["AuthFailure.SecretIdNotFound"]);
}

#[test]
fn a_wait_outlives_a_revocation_while_the_service_that_has_new_credentials_is_down() {
    let server = start();
    let client = client(&server);
    server.put("task", Life::of([Step::status("RUNNING")]));
    let waiter = Waiter::quick(&client, "task", Duration::from_secs(60));
    let ended = thread::scope(|scope| {
        let wait = scope.spawn(|| waiter.run());
        while server.requests() < 2 {
            thread::sleep(Duration::from_millis(20));
        }
        server.stop_metadata();
        server.revoke_metadata();
        // Two refusals at least: the first asks for a refresh, the next comes while another refresh would be too soon.
        while server.seen().iter().filter(|seen| seen.refused.is_some()).count() < 2 {
            thread::sleep(Duration::from_millis(20));
        }
        server.restart_metadata().unwrap();
        server.put("task", Life::of([Step::status("SUCCESS")]));
        wait.join().unwrap()
    });
    assert_eq!(ended.unwrap().status, TCDB_STATUS_SUCCESS);
}

#[test]
fn many_who_are_refused_at_once_force_one_renewal() {
    let server = start();
    let client = client(&server);
    client.query(DOCUMENTED_ID).unwrap();
    server.set_delay(Duration::from_millis(100));
    server.revoke_metadata();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| client.query(DOCUMENTED_ID).unwrap());
        }
    });
    assert_eq!(server.metadata_credentials(), 2);
}

#[test]
fn a_cancel_during_a_forced_refresh_is_reported_as_one() {
    let server = start();
    let patient = Options::new().endpoint(&server.metadata_url()).total(Duration::from_secs(20));
    let client = client_with(&server, &Credentials::cvm_role(None, &patient).unwrap());
    client.query(DOCUMENTED_ID).unwrap();
    server.revoke_metadata();
    server.misbehave_metadata(Misbehaviour::fault(Fault::StallReply));
    thread::scope(|scope| {
        let query = scope.spawn(|| client.query(DOCUMENTED_ID));
        thread::sleep(Duration::from_millis(300));
        client.shut_down();
        assert_eq!(query.join().unwrap().unwrap_err().code, TCDB_ERR_CANCELLED);
    });
}

#[test]
fn credentials_that_end_on_their_way_to_the_server_are_not_refused_for_good() {
    let server = start();
    server.set_metadata(living(3));
    server.put("task", Life::of([Step::status("RUNNING")]));
    let client = client(&server);
    let waiter = Waiter::quick(&client, "task", Duration::from_secs(30));
    assert_eq!(waiter.step(Duration::ZERO).unwrap(), None);
    // Refused when they have ended by the client's clock too, and no others can be had.
    server.stop_metadata();
    server.set_delay(Duration::from_millis(3_500));
    server.misbehave(Misbehaviour::error("AuthFailure.TokenFailure", "Token error.", 200).next_requests(1));
    thread::scope(|scope| {
        let wait = scope.spawn(|| waiter.run());
        thread::sleep(Duration::from_secs(5));
        assert!(waiter.due_in().is_some(), "goes on without credentials");
        server.set_delay(Duration::ZERO);
        server.put("task", Life::of([Step::status("SUCCESS")]));
        server.restart_metadata().unwrap();
        assert_eq!(wait.join().unwrap().unwrap().status, TCDB_STATUS_SUCCESS);
    });
}

#[test]
fn a_wait_that_has_had_an_answer_outlives_the_end_of_its_credentials() {
    let server = start();
    server.set_metadata(living(3));
    server.put("task", Life::of([Step::status("RUNNING")]));
    let client = client(&server);
    let waiter = Waiter::quick(&client, "task", Duration::from_secs(20));
    let started = Instant::now();
    thread::scope(|scope| {
        let wait = scope.spawn(|| waiter.run());
        thread::sleep(Duration::from_millis(500));
        server.stop_metadata();
        while started.elapsed() < Duration::from_secs(4) {
            thread::sleep(Duration::from_millis(50));
        }
        let answers = waiter.answers();
        server.put("task", Life::of([Step::status("SUCCESS")]));
        server.restart_metadata().unwrap();
        assert_eq!(wait.join().unwrap().unwrap().status, TCDB_STATUS_SUCCESS);
        assert!(answers > 4, "{answers}");
    });
    assert_eq!(server.metadata_credentials(), 2);
}

#[test]
fn a_refusal_that_a_refresh_does_not_mend_is_reported_and_not_repeated_query_by_query() {
    let server = start();
    let client = client(&server);
    client.query(DOCUMENTED_ID).unwrap();
    server.misbehave(Misbehaviour::error("AuthFailure.TokenFailure", "no", 200));
    server.clear();
    for _ in 0..5 {
        let failure = client.query(DOCUMENTED_ID).unwrap_err();
        assert_eq!(failure.code, TCDB_ERR_AUTH, "{failure:?}");
        assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.TokenFailure"));
    }
    // The service handed out the same again, so there was nothing to ask with once more.
    assert_eq!((server.metadata_requests(), server.requests()), (2, 5));
}

#[test]
fn a_rotation_under_a_renewal_under_way_is_taken_with_the_next_refusal() {
    let server = start();
    let client = client(&server);
    client.query(DOCUMENTED_ID).unwrap();
    for n in 2..5 {
        server.rotate_metadata();
        server.revoke_metadata();
        client.query(DOCUMENTED_ID).unwrap();
        assert_eq!(server.metadata_credentials(), n);
    }
}

#[test]
fn credentials_that_have_expired_on_arrival_are_left_to_the_api_to_decide() {
    let server = start();
    server.set_metadata(living(0));
    let lines = Lines::default();
    let io = io(&server).log(TCDB_LOG_WARN, &lines);
    let client = client_with(&server, &Credentials::cvm_role(None, &io).unwrap());
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.TokenFailure"), "{failure:?}");
    assert_eq!((server.metadata_credentials(), server.requests()), (2, 2));
    assert!(lines.contains("the fetched credentials expired"), "{:?}", lines.all());
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tcdb-fresh-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    #[cfg_attr(windows, allow(unused_variables))]
    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_profile_rewritten_by_a_rotation_is_read_again_after_a_refusal() {
    let server = start();
    let folder = Folder::new("rotation");
    server.accept("AKIDold", "oldKey", None);
    let path = folder.write("credentials", "[default]\nsecret_id=AKIDold\nsecret_key=oldKey\n", 0o600);
    let client = client_with(&server, &Credentials::profile(&path, None).unwrap());
    client.query(DOCUMENTED_ID).unwrap();
    server.accept("AKIDnew", "newKey", None);
    folder.write("credentials", "[default]\nsecret_id=AKIDnew\nsecret_key=newKey\n", 0o600);
    server.revoke("AKIDold");
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.requests(), 3);
    // A file that is broken half-way through a rewrite: the refusal is reported, and the client recovers with the file.
    folder.write("credentials", "[default]\nsecret_id=AK", 0o600);
    server.revoke("AKIDnew");
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.SecretIdNotFound"));
}

#[test]
fn a_profile_that_names_its_end_is_read_again_ahead_of_it() {
    let server = start();
    let folder = Folder::new("end");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let write = |id: &str, ends: u64| {
        let text = format!(r#"{{"type":"oauth","secretId":"{id}","secretKey":"k","token":"t","expiresAt":{ends}}}"#);
        folder.write("p.credential", &text, 0o600)
    };
    server.accept("AKIDold", "k", Some("t"));
    let client = client_with(&server, &Credentials::profile(&write("AKIDold", now + 3), None).unwrap());
    client.query(DOCUMENTED_ID).unwrap();
    server.accept("AKIDnew", "k", Some("t"));
    write("AKIDnew", now + 3600);
    client.query(DOCUMENTED_ID).unwrap();
    let started = Instant::now();
    let signed_by_new = || server.seen().pop().unwrap().header("Authorization").unwrap().contains("AKIDnew/");
    assert!(!signed_by_new(), "nothing is read as long as its end is far");
    while !signed_by_new() && started.elapsed() < Duration::from_secs(4) {
        thread::sleep(Duration::from_millis(50));
        client.query(DOCUMENTED_ID).unwrap();
    }
    assert!(signed_by_new());
    assert!(server.seen().iter().all(|seen| seen.refused.is_none()));
}

#[test]
fn region_and_language_of_a_profile_serve_where_the_caller_gives_none() {
    let server = start();
    let folder = Folder::new("rewritten");
    let key =
        format!(r#"{{"secretId":"{}","secretKey":"{}"}}"#, tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY);
    let path = folder.write("p.credential", &key, 0o600);
    let configure = r#"{"_sys_param":{"region":"ap-profile","language":"zh-CN"},"cdb":{"server":"evil.example"}}"#;
    folder.write("p.configure", configure, 0o600);
    let credentials = Credentials::profile(&path, None).unwrap();
    let options = || Options::to(&server).endpoint(&server.http_url());
    for (options, region, expected) in [
        (options(), None, ("ap-profile", "zh-CN")),
        (options(), Some("ap-given"), ("ap-given", "zh-CN")),
        (options().language(Some("en-US")), None, ("ap-profile", "en-US")),
    ] {
        options.client_in(&credentials, region).unwrap().query(DOCUMENTED_ID).unwrap();
        let seen = server.seen().pop().unwrap();
        let sent = (seen.header("X-TC-Region").unwrap(), seen.header("X-TC-Language").unwrap());
        assert_eq!((sent.0.as_str(), sent.1.as_str()), expected);
    }
    let failure = options().client_in(&Credentials::accepted(), None).map(drop).unwrap_err();
    assert!(failure.message.ends_with("nor a profile names one"), "{failure:?}");
    // What keeps the profile from naming one is said in the same line.
    folder.write("p.configure", "{region", 0o600);
    let failure = options().client_in(&Credentials::profile(&path, None).unwrap(), None).map(drop).unwrap_err();
    let why = format!("nor a profile names one; {}: is not JSON", folder.0.join("p.configure").display());
    assert!(failure.message.starts_with("region is missing") && failure.message.contains(&why), "{failure:?}");
    options().client_in(&Credentials::profile(&path, None).unwrap(), Some("ap-given")).unwrap();
}

#[test]
fn credentials_that_are_set_later_bring_no_region_and_no_language() {
    let server = start();
    let folder = Folder::new("set-later");
    let key =
        format!(r#"{{"secretId":"{}","secretKey":"{}"}}"#, tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY);
    let path = folder.write("p.credential", &key, 0o600);
    folder.write("p.configure", r#"{"_sys_param":{"region":"ap-profile","language":"zh-CN"}}"#, 0o600);
    let options = Options::to(&server).endpoint(&server.http_url());
    let client = options.client_in(&Credentials::accepted(), Some("ap-given")).unwrap();
    client.set_credentials(&Credentials::profile(&path, None).unwrap());
    client.query(DOCUMENTED_ID).unwrap();
    let seen = server.seen().pop().unwrap();
    let sent = (seen.header("X-TC-Region").unwrap(), seen.header("X-TC-Language").unwrap());
    assert_eq!((sent.0.as_str(), sent.1.as_str()), ("ap-given", "en-US"));
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_reported_to_the_clients_log() {
    let server = start();
    let folder = Folder::new("reach");
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
    let text = "[default]\nsecret_id=a\nsecret_key=verySecret\n";
    let lines = Lines::default();
    let path = folder.write("credentials", text, 0o644);
    let warning = format!("{} holds a secret key, and it can be read or written to by its group", path.display());
    Options::to(&server).log(TCDB_LOG_WARN, &lines).client(&Credentials::profile(&path, None).unwrap()).unwrap();
    assert_eq!(lines.all(), [(TCDB_LOG_WARN, warning.clone())]);
    let client = Options::to(&server).log(TCDB_LOG_WARN, &lines).client(&Credentials::accepted()).unwrap();
    client.set_credentials(&Credentials::profile(&path, None).unwrap());
    assert_eq!(lines.all().len(), 2);
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    Options::to(&server).log(TCDB_LOG_WARN, &lines).client(&Credentials::profile(&path, None).unwrap()).unwrap();
    assert_eq!(lines.all().len(), 2, "{:?}", lines.all());
}

/// Two identities, either of which is refused with the other's key or token.
fn two_accepted(server: &MockServer) -> [Credentials; 2] {
    server.accept("AKIDone", "KeyOfOne", Some("token-of-one"));
    server.accept("AKIDtwo", "KeyOfTwo", Some("token-of-two"));
    [
        Credentials::fixed("AKIDone", "KeyOfOne", Some("token-of-one")).unwrap(),
        Credentials::fixed("AKIDtwo", "KeyOfTwo", Some("token-of-two")).unwrap(),
    ]
}

#[test]
fn credentials_set_under_running_queries_are_taken_whole() {
    let server = start();
    let two = two_accepted(&server);
    let client = client_with(&server, &two[0]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| (0..100).for_each(|_| drop(client.query(DOCUMENTED_ID).unwrap())))).collect();
        scope.spawn(|| {
            for credentials in two.iter().cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
                client.set_credentials(credentials);
                thread::sleep(Duration::from_micros(500));
            }
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        done.store(true, Ordering::Relaxed);
    });
    let seen = server.seen();
    assert_eq!(seen.len(), 800, "an attempt was refused");
    let of = |name: &str| seen.iter().filter(|s| s.header("Authorization").unwrap().contains(name)).count();
    assert!(of("AKIDone/") > 20 && of("AKIDtwo/") > 20, "{} {}", of("AKIDone/"), of("AKIDtwo/"));
}

#[test]
fn credentials_set_under_a_running_wait_sign_its_next_question() {
    let server = start();
    let two = two_accepted(&server);
    server.put("task", Life::of([Step::status("RUNNING").times(2), Step::status("SUCCESS")]));
    let client: Client = client_with(&server, &two[0]);
    let waiter = Waiter::quick(&client, "task", Duration::from_secs(10));
    let found = waiter
        .run_with_progress(|(status, answers, _)| {
            if status.is_some() && answers == 1 {
                client.set_credentials(&two[1]);
                server.revoke("AKIDone");
            }
            false
        })
        .unwrap();
    assert_eq!(found.status, TCDB_STATUS_SUCCESS);
    let ids: Vec<bool> =
        server.seen().iter().map(|s| s.header("Authorization").unwrap().contains("AKIDone/")).collect();
    assert_eq!(ids, [true, false, false]);
}
