//! Replies that echo every secret of a request, at every place and in every spelling: no message and no log line shows one.

use std::time::Duration;

use tcdb_async::ffi::*;
use tcdb_mock_server::{
    DOCUMENTED_ID, Echo, Misbehaviour, MockServer, Options as ServerOptions, Place, SECRET_ID, Spelling,
};

use crate::c_api::{Client, Credentials, Failure, Lines, Options, Role};
use crate::roles::ARN;

const KEY: &str = "KeyThatMustNotShow/0123456789+abcd=";
const TOKEN: &str = "TokenThatMustNotShow/0123456789+0123456789==";
/// Longer pieces of a secret in a message are a leak.
const PIECE: usize = 12;

fn start() -> MockServer {
    let rules = ServerOptions { secret_key: KEY.into(), token: Some(TOKEN.into()), ..ServerOptions::default() };
    MockServer::start(rules).unwrap()
}

fn credentials() -> Credentials {
    Credentials::fixed(SECRET_ID, KEY, Some(TOKEN)).unwrap()
}

fn client(server: &MockServer, credentials: &Credentials, lines: &Lines) -> Client {
    let options = Options::to(server).endpoint(&server.http_url()).attempts(1).total(Duration::from_secs(5));
    options.log(TCDB_LOG_DEBUG, lines).client(credentials).unwrap()
}

/// Fails if a text holds a piece of a secret, in the spelling that was echoed or plain.
fn check(texts: &[String], secrets: &[String], spelling: Spelling, what: &str) {
    for secret in secrets {
        for written in [secret.clone(), spelling.write(secret)] {
            let signs: Vec<char> = written.to_lowercase().chars().collect();
            for piece in signs.windows(PIECE) {
                let piece: String = piece.iter().collect();
                let leak = texts.iter().find(|text| text.to_lowercase().contains(&piece));
                assert!(leak.is_none(), "{what}: {piece:?} in {leak:?}");
            }
        }
    }
}

/// The message, what else of it is for people, and a bound for it.
fn shown(failure: &Failure) -> String {
    assert!(failure.message.len() < 4_000, "{} bytes", failure.message.len());
    assert!(!failure.message.contains(['\n', '\r', '\u{2028}', '\u{2029}']));
    failure.message.clone()
}

fn signatures(server: &MockServer) -> Vec<String> {
    let seen = server.seen().into_iter().chain(server.sts_seen());
    let headers = seen.filter_map(|seen| seen.header("Authorization"));
    headers.filter_map(|header| header.rsplit('=').next().map(str::to_owned)).filter(|last| last.len() == 64).collect()
}

#[test]
fn no_secret_that_the_api_echoes_shows() {
    let server = start();
    let mut checked = 0;
    for place in Place::all() {
        for spelling in Spelling::all() {
            for (status, bytes) in [(200, 0), (500, 0), (302, 0), (200, 1_000_000)] {
                let is_of_a_redirect = status == 302 && place != Place::Location;
                if spelling != Spelling::Plain && (bytes > 0 || is_of_a_redirect) {
                    continue;
                }
                server.clear();
                let lines = Lines::default();
                server.misbehave(Misbehaviour::echo(Echo::new(place, spelling).http(status).bytes(bytes)));
                let outcome = client(&server, &credentials(), &lines).query(DOCUMENTED_ID);
                server.behave();
                let mut texts: Vec<_> = lines.all().into_iter().map(|(_, line)| line).collect();
                texts.extend(outcome.err().map(|failure| shown(&failure)));
                let secrets = [vec![KEY.to_owned(), TOKEN.to_owned()], signatures(&server)].concat();
                assert_eq!(secrets.len(), 3);
                check(&texts, &secrets, spelling, &format!("{} {} {status}", place.name(), spelling.name()));
                checked += texts.len();
            }
        }
    }
    assert!(checked > 500, "{checked} texts");
}

#[test]
fn no_secret_that_sts_echoes_shows_and_nothing_of_its_reply_does() {
    let server = start();
    let mut requests = 0;
    for place in Place::all() {
        for spelling in Spelling::all() {
            for status in [200, 500] {
                if status == 500 && spelling != Spelling::Plain {
                    continue;
                }
                server.clear();
                let lines = Lines::default();
                server.misbehave_sts(Misbehaviour::echo(Echo::new(place, spelling).http(status)));
                let io = Options::new()
                    .sts(&server.sts_http_url())
                    .total(Duration::from_millis(250))
                    .log(TCDB_LOG_DEBUG, &lines);
                let role = credentials().assume_role(ARN, &Role::new(), &io).unwrap();
                let failure = client(&server, &role, &lines).query(DOCUMENTED_ID).unwrap_err();
                server.behave_sts();
                let mut texts: Vec<_> = lines.all().into_iter().map(|(_, line)| line).collect();
                texts.push(shown(&failure));
                let secrets = [vec![KEY.to_owned(), TOKEN.to_owned()], signatures(&server)].concat();
                requests += server.sts_requests();
                check(&texts, &secrets, spelling, &format!("{} {} {status}", place.name(), spelling.name()));
            }
        }
    }
    assert!(requests > 200, "{requests} requests");
}

#[test]
fn what_the_accessors_return_of_a_server_is_as_it_was_received_an_echoed_secret_included() {
    let server = start();
    for (place, http) in [
        (Place::Status, 200),
        (Place::Info, 200),
        (Place::RequestId, 200),
        (Place::Code, 200),
        (Place::Message, 200),
        (Place::RequestId, 500),
    ] {
        server.misbehave(Misbehaviour::echo(Echo::new(place, Spelling::Plain).http(http)));
        let texts = match client(&server, &credentials(), &Lines::default()).query(DOCUMENTED_ID) {
            Ok(found) => {
                let info = found.info.map(|info| String::from_utf8_lossy(&info).into_owned());
                [Some(found.status_text), info, found.request_id]
            }
            Err(failure) => {
                assert!(!failure.message.contains(TOKEN), "{failure:?}");
                [failure.server_code, failure.server_message, failure.request_id]
            }
        };
        let with_token = texts.iter().flatten().filter(|text| text.contains(TOKEN)).count();
        assert_eq!(with_token, 1, "{} of HTTP {http}: {texts:?}", place.name());
    }
}

#[test]
fn an_unknown_status_of_a_wait_is_not_quoted_in_its_message() {
    let server = start();
    server.misbehave(Misbehaviour::echo(Echo::new(Place::Status, Spelling::Plain)));
    let client = client(&server, &credentials(), &Lines::default());
    let failure = client.wait(DOCUMENTED_ID, Duration::ZERO).unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_WAIT_TIMEOUT);
    assert!(failure.message == "not ended: an unknown status", "{failure:?}");
    assert!(failure.last.unwrap().status_text.contains(TOKEN), "the accessor has what the server said");
}

#[test]
fn a_reply_that_another_stack_received_is_shown_without_what_looks_like_a_secret() {
    for body in [
        "X-TC-Token: abcdefghijklmnop",
        "Signature=abcdefghijklmnop",
        r#"{"Response":{"Error":{"Code":"X","Message":"x-tc-token: abcdefghijklmnop"}}}"#,
    ] {
        let (mut out, mut error) = (std::ptr::null_mut(), std::ptr::null_mut());
        let code = unsafe { tcdb_response_parse(403, body.as_ptr().cast(), body.len(), &mut out, &mut error) };
        let failure = crate::c_api::outcome(code, out, error).err().unwrap();
        assert!(!failure.message.contains("abcdefghijklmnop") && failure.message.contains("***"), "{failure:?}");
    }
}
