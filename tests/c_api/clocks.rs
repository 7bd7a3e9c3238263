//! A machine whose clock is wrong: one more request, then right.

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Misbehaviour, MockServer, Options as ServerOptions};

use crate::c_api::{Client, Credentials, Lines, Options};

const HOUR: i64 = 3600;
const TEN_YEARS: i64 = 10 * 365 * 24 * HOUR;

fn endpoint_ahead_by(seconds: i64) -> MockServer {
    MockServer::start(ServerOptions { clock_offset: seconds, ..ServerOptions::default() }).unwrap()
}

fn assert_offset(client: &Client, seconds: i64) {
    let reported = client.clock_offset();
    assert!((reported - seconds * 1000).abs() <= 2000, "{reported} ms reported, {seconds} s are true");
}

#[test]
fn a_clock_an_hour_or_ten_years_off_costs_one_more_request_then_none() {
    for offset in [HOUR, -HOUR, TEN_YEARS, -TEN_YEARS, 302, -302] {
        let server = endpoint_ahead_by(offset);
        let client = Client::of(&server);
        assert_eq!(client.clock_offset(), 0);
        client.query(DOCUMENTED_ID).unwrap();
        assert_eq!(server.requests(), 2, "offset {offset}");
        assert_offset(&client, offset);
        for _ in 0..3 {
            client.query(DOCUMENTED_ID).unwrap();
        }
        assert_eq!(server.requests(), 5, "offset {offset}");
        let refused: Vec<_> = server.seen().into_iter().filter_map(|seen| seen.refused).collect();
        assert_eq!(refused, ["AuthFailure.SignatureExpire"]);
    }
}

/// The API takes five minutes either way, so nothing is refused and nothing needs correcting.
#[test]
fn a_clock_299_seconds_off_is_accepted_by_the_api_as_it_is() {
    for offset in [298, -298] {
        let server = endpoint_ahead_by(offset);
        let client = Client::of(&server);
        client.query(DOCUMENTED_ID).unwrap();
        assert_eq!((server.requests(), client.clock_offset()), (1, 0));
    }
}

/// A gateway with a narrower window refuses by the same code; the reply's own Date is what counts.
#[test]
fn a_clock_299_seconds_off_is_corrected_where_it_is_refused() {
    for offset in [299, -299] {
        let server = endpoint_ahead_by(offset);
        let message = "Signature expired.";
        server.misbehave(Misbehaviour::error("AuthFailure.SignatureExpire", message, 200).next_requests(1));
        let client = Client::of(&server);
        client.query(DOCUMENTED_ID).unwrap();
        assert_eq!(server.requests(), 2);
        assert_offset(&client, offset);
    }
}

#[test]
fn a_correction_is_not_an_attempt_and_leaves_all_of_them() {
    let server = endpoint_ahead_by(HOUR);
    Options::to(&server).attempts(1).client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap();
}

#[test]
fn a_date_that_agrees_corrects_nothing_and_the_refusal_is_reported_at_once() {
    let server = endpoint_ahead_by(0);
    server.misbehave(Misbehaviour::error("AuthFailure.SignatureExpire", "Signature expired.", 200));
    let client = Client::of(&server);
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    // The second in which the question was signed may be over when the reply is dated.
    assert!(failure.attempts <= 2, "{failure:?}");
    assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_AUTH, false));
}

#[test]
fn a_server_that_refuses_the_corrected_time_too_is_not_asked_a_third_time() {
    let server = endpoint_ahead_by(HOUR);
    server.misbehave(Misbehaviour::error("AuthFailure.SignatureExpire", "Signature expired.", 200));
    let failure = Client::of(&server).query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.attempts, server.requests()), (TCDB_ERR_AUTH, 2, 2));
}

#[test]
fn without_a_date_or_with_correction_off_the_refusal_is_reported() {
    let server = endpoint_ahead_by(HOUR);
    for fault in [Fault::DateMissing, Fault::DateGarbled] {
        server.clear();
        server.misbehave(Misbehaviour::fault(fault));
        let failure = Client::of(&server).query(DOCUMENTED_ID).unwrap_err();
        assert_eq!((failure.code, server.requests()), (TCDB_ERR_AUTH, 1));
        assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.SignatureExpire"));
        server.behave();
    }
    server.clear();
    let client = Options::to(&server).clock_correction(false).client(&Credentials::accepted()).unwrap();
    assert_eq!(client.query(DOCUMENTED_ID).unwrap_err().code, TCDB_ERR_AUTH);
    assert_eq!((server.requests(), client.clock_offset()), (1, 0));
}

#[test]
fn a_good_answer_with_a_strange_date_corrects_nothing() {
    let server = endpoint_ahead_by(0);
    server.misbehave(Misbehaviour::fault(Fault::DateHoursOff));
    let client = Client::of(&server);
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!(client.clock_offset(), 0);
}

#[test]
fn a_server_whose_clock_is_set_right_again_is_followed() {
    let server = endpoint_ahead_by(HOUR);
    let client = Client::of(&server);
    client.query(DOCUMENTED_ID).unwrap();
    server.set_clock_offset(-HOUR);
    client.query(DOCUMENTED_ID).unwrap();
    assert_offset(&client, -HOUR);
    assert_eq!(server.requests(), 4);
}

#[test]
fn the_offset_is_logged() {
    let (server, lines) = (endpoint_ahead_by(HOUR), Lines::default());
    let client = Options::to(&server).log(TCDB_LOG_WARN, &lines).client(&Credentials::accepted()).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    assert!(lines.contains("ms ahead of this machine's; signing by the server's"), "{:?}", lines.all());
}

#[test]
fn sixty_four_threads_with_a_wrong_clock_all_get_their_answer() {
    let server = endpoint_ahead_by(-HOUR);
    let client = Client::of(&server);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| client.query(DOCUMENTED_ID).unwrap());
        }
    });
    assert!(server.requests() <= 128);
    assert_offset(&client, -HOUR);
}
