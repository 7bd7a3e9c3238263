//! Credentials that a function of the program's fetches.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, SECRET_ID, SECRET_KEY};

use crate::c_api::{Answer, Client, Credentials, Failure, Options, c};
use crate::roles::{client, start};

fn made(function: impl Fn(&Answer) + Send + Sync + 'static) -> (Credentials, Arc<Mutex<u32>>) {
    let (credentials, destroyed) = Credentials::callback("vault", function);
    (credentials.unwrap(), destroyed)
}

fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(now).unwrap() + seconds
}

fn failure(function: impl Fn(&Answer) + Send + Sync + 'static) -> Failure {
    let server = start();
    let failure = client(&server, &made(function).0).query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, server.requests()), (TCDB_ERR_CREDENTIALS, 0));
    failure
}

#[test]
fn it_is_called_by_the_first_query_on_its_thread_and_once_for_many() {
    let server = start();
    let calls = Arc::new(AtomicU32::new(0));
    let (counted, asking) = (calls.clone(), thread::current().id());
    let (credentials, _) = made(move |answer| {
        assert!(!answer.was_refused() && answer.left() > Duration::from_secs(5));
        assert!(counted.fetch_add(1, SeqCst) > 0 || thread::current().id() == asking);
        answer.set(SECRET_ID, SECRET_KEY, None, 0);
    });
    assert_eq!(calls.load(SeqCst), 0);
    let client = client(&server, &credentials);
    client.query(DOCUMENTED_ID).unwrap();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| client.query(DOCUMENTED_ID).unwrap());
        }
    });
    assert_eq!((calls.load(SeqCst), credentials.info()), (1, ("callback \"vault\"".to_owned(), 0)));
}

#[test]
fn it_is_called_ahead_of_the_end_and_its_token_is_sent() {
    let server = start();
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let (credentials, _) = made(move |answer| {
        let number = counted.fetch_add(1, SeqCst) + 1;
        answer.set(
            "AKIDcallback",
            "k",
            Some(&format!("token-{number}")),
            in_seconds(if number == 1 { 3 } else { 3_600 }),
        );
    });
    server.accept("AKIDcallback", "k", Some("token-1"));
    let client = client(&server, &credentials);
    client.query(DOCUMENTED_ID).unwrap();
    server.accept("AKIDcallback", "k", Some("token-2"));
    thread::sleep(Duration::from_millis(3_100));
    client.query(DOCUMENTED_ID).unwrap();
    let tokens: Vec<_> = server.seen().iter().map(|seen| seen.header("x-tc-token").unwrap()).collect();
    assert_eq!(tokens, ["token-1", "token-2"]);
    assert!(credentials.info().1 > in_seconds(3_000));
}

#[test]
fn after_a_refusal_it_is_called_once_with_that_and_the_same_again_ends_the_matter() {
    let server = start();
    let refused = Arc::new(Mutex::new(Vec::new()));
    let seen = refused.clone();
    let (credentials, _) = made(move |answer| {
        seen.lock().unwrap().push(answer.was_refused());
        answer.set("AKIDwrong", "k", None, 0);
    });
    let client = client(&server, &credentials);
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.SecretIdNotFound"));
    assert_eq!(*refused.lock().unwrap(), [false, true]);
    client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(*refused.lock().unwrap(), [false, true], "not again for a while");
}

#[test]
fn after_a_refusal_something_new_signs_the_same_query() {
    let server = start();
    let (credentials, _) = made(|answer| {
        let id = if answer.was_refused() { SECRET_ID } else { "AKIDold" };
        answer.set(id, SECRET_KEY, None, 0);
    });
    client(&server, &credentials).query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.seen().last().unwrap().secret_id().as_deref(), Some(SECRET_ID));
}

#[test]
fn failures_are_one_bounded_line_without_the_secrets() {
    for (function, message, retryable) in [
        (
            Box::new(|_: &Answer| {}) as Box<dyn Fn(&Answer) + Send + Sync>,
            "the function returned neither credentials nor a failure",
            false,
        ),
        (Box::new(|answer: &Answer| answer.fail("sealed\r\n\u{2028}now", true)), "sealed   now", true),
        (Box::new(|answer: &Answer| answer.fail("", false)), "it failed without a reason", false),
        (
            Box::new(|answer: &Answer| answer.set("a b", "k", None, 0)),
            "secret_id holds a space or something other than ASCII",
            false,
        ),
        (
            Box::new(|answer: &Answer| answer.set("a", "k", None, -1)),
            "expires_unix_s_or_0 is -1, which is not a time in Unix seconds",
            false,
        ),
        (
            Box::new(|answer: &Answer| answer.set("a", "k", None, 1_900_000_000_000)),
            "expires_unix_s_or_0 is 1900000000000, which is not a time in Unix seconds",
            false,
        ),
        (
            Box::new(|answer: &Answer| {
                answer.set("a", "TheVaultsKey0123456789", None, 0);
                answer.fail("no right to TheVaultsKey0123456789", false);
            }),
            "no right to ***",
            false,
        ),
    ] {
        let failure = failure(function);
        assert_eq!(failure.message, format!("callback \"vault\": {message}"));
        assert_eq!(failure.is_retryable, retryable);
    }
    let long = failure(|answer| answer.fail(&"x".repeat(100_000), false));
    assert!(long.message.len() < 400, "{}", long.message.len());
    unsafe {
        tcdb_credentials_answer_set(ptr::null_mut(), ptr::null(), ptr::null(), ptr::null(), 0);
        tcdb_credentials_answer_fail(ptr::null_mut(), ptr::null(), 0);
        assert_eq!(tcdb_credentials_answer_was_refused(ptr::null()), 0);
        assert_eq!(tcdb_credentials_answer_ms_left(ptr::null()), 0);
    }
}

#[test]
fn one_that_overruns_ends_its_query_by_the_deadline_and_its_answer_is_kept() {
    let server = start();
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let (credentials, _) = made(move |answer| {
        counted.fetch_add(1, SeqCst);
        thread::sleep(Duration::from_millis(600));
        assert_eq!(answer.left(), Duration::ZERO);
        answer.set(SECRET_ID, SECRET_KEY, None, 0);
    });
    let options = Options::to(&server).endpoint(&server.http_url()).total(Duration::from_millis(300));
    let client = options.client(&credentials).unwrap();
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_REQUEST_TIMEOUT, "{failure:?}");
    assert!(failure.message.starts_with("callback \"vault\": timed out"), "{failure:?}");
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!((calls.load(SeqCst), server.requests()), (1, 1));
}

#[test]
fn a_query_with_what_this_very_thread_is_fetching_fails_at_once_and_the_outer_one_goes_on() {
    let server = start();
    let inner = Arc::new((AtomicPtr::<tcdb_client>::default(), Mutex::new(None)));
    let used = inner.clone();
    let (credentials, _) = made(move |answer| {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let started = Instant::now();
        let code = unsafe { tcdb_query(used.0.load(SeqCst), c(DOCUMENTED_ID).as_ptr(), &mut out, &mut error) };
        let failure = crate::c_api::outcome(code, out, error).err().unwrap();
        *used.1.lock().unwrap() = Some((failure, started.elapsed()));
        answer.set(SECRET_ID, SECRET_KEY, None, 0);
    });
    let outer = client(&server, &credentials);
    // Another client of the same credentials.
    let other: Client = client(&server, &credentials);
    inner.0.store(other.0, SeqCst);
    outer.query(DOCUMENTED_ID).unwrap();
    let (failure, took) = inner.1.lock().unwrap().take().unwrap();
    assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_CREDENTIALS, false));
    assert_eq!(failure.message, "callback \"vault\": this thread is the one that fetches these credentials");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn it_may_ask_with_other_credentials() {
    let server = start();
    let other = Arc::new(client(&server, &Credentials::accepted()));
    let (credentials, _) = made(move |answer| {
        other.query(DOCUMENTED_ID).unwrap();
        answer.set(SECRET_ID, SECRET_KEY, None, 0);
    });
    client(&server, &credentials).query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.requests(), 2);
}

#[test]
fn its_own_total_timeout_bounds_the_time_that_it_has() {
    let server = start();
    let left = Arc::new(Mutex::new(Vec::new()));
    let seen = left.clone();
    let function = move |answer: &Answer| {
        seen.lock().unwrap().push(answer.left());
        answer.set(SECRET_ID, SECRET_KEY, None, 0);
    };
    let io = Options::new().total(Duration::from_secs(3));
    let credentials = Credentials::callback_with("vault", function, &io).0.unwrap();
    client(&server, &credentials).query(DOCUMENTED_ID).unwrap();
    let left = left.lock().unwrap().clone();
    assert!(left.len() == 1 && left[0] <= Duration::from_secs(3), "{left:?}");
}

#[test]
fn a_fetch_goes_by_this_machines_clock() {
    for (ends_in, expected) in [(3_600, 1), (2, 2)] {
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        let ends = in_seconds(ends_in);
        let (credentials, _) = made(move |answer| {
            let is_first = counted.fetch_add(1, SeqCst) == 0;
            answer.set(SECRET_ID, SECRET_KEY, None, if is_first { ends } else { in_seconds(3_600) });
        });
        credentials.fetch(Duration::from_secs(5)).unwrap();
        thread::sleep(Duration::from_millis(2_100));
        credentials.fetch(Duration::from_secs(5)).unwrap();
        assert_eq!(calls.load(SeqCst), expected, "{ends_in} s");
    }
}

#[test]
fn it_is_destroyed_once_after_the_last_client_and_the_credentials() {
    let server = start();
    let (credentials, destroyed) = made(|answer| answer.set(SECRET_ID, SECRET_KEY, None, 0));
    let (one, two) = (client(&server, &credentials), client(&server, &credentials));
    drop(one);
    drop(credentials);
    two.query(DOCUMENTED_ID).unwrap();
    assert_eq!(*destroyed.lock().unwrap(), 0);
    two.set_credentials(&Credentials::accepted());
    assert_eq!(*destroyed.lock().unwrap(), 1);
    drop(two);
    assert_eq!(*destroyed.lock().unwrap(), 1);
}

#[test]
fn it_is_destroyed_once_where_it_could_not_be_made() {
    for name in ["", "a\nb", &"x".repeat(129)] {
        let (failed, destroyed) = Credentials::callback(name, |_| {});
        assert_eq!((failed.err().unwrap().code, *destroyed.lock().unwrap()), (TCDB_ERR_INVALID_ARGUMENT, 1));
    }
}
