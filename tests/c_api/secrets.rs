//! Key, token and signature appear nowhere: not in a log at its most verbose, not in a message.

use std::thread;

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Misbehaviour, MockServer, Options as ServerOptions};

use crate::c_api::{Credentials, Lines, Options};
use crate::machine::ms;

const KEY: &str = "KeyThatMustNotShow0123456789abcd";
const TOKEN: &str = "TokenThatMustNotShow-0123456789-0123456789";

fn rules() -> ServerOptions {
    ServerOptions { secret_key: KEY.into(), token: Some(TOKEN.into()), ..ServerOptions::default() }
}

/// Every signature that the endpoint has received.
fn signatures(server: &MockServer) -> Vec<String> {
    let headers = server.seen().into_iter().filter_map(|seen| seen.header("Authorization"));
    headers.filter_map(|header| header.rsplit('=').next().map(str::to_owned)).collect()
}

/// All that is reported while the endpoint commits these faults, and all that must not show in it.
fn reported_under(faults: &[Fault]) -> (Vec<String>, Vec<String>) {
    let server = MockServer::start(rules()).unwrap();
    let lines = Lines::default();
    let credentials = Credentials::fixed(tcdb_mock_server::SECRET_ID, KEY, Some(TOKEN)).unwrap();
    let options = Options::to(&server).attempts(2).total(ms(150)).log(TCDB_LOG_DEBUG, &lines);
    let client = options.client(&credentials).unwrap();
    let mut reported = Vec::new();
    for fault in faults {
        server.misbehave(Misbehaviour::fault(*fault).next_requests(1));
        reported.extend(client.query(DOCUMENTED_ID).err().map(|failure| format!("{failure:?}")));
        server.behave();
    }
    reported.extend(lines.all().into_iter().map(|(_, line)| line));
    (reported, signatures(&server))
}

#[test]
fn no_secret_shows_under_any_misbehaviour() {
    let chunks = Fault::ALL.chunks(Fault::ALL.len().div_ceil(8));
    let running: Vec<_> = chunks.map(|faults| thread::spawn(move || reported_under(faults))).collect();
    let (mut reported, mut secrets) = (Vec::new(), vec![KEY.to_owned(), TOKEN.to_owned()]);
    for (lines, signatures) in running.into_iter().map(|thread| thread.join().unwrap()) {
        reported.extend(lines);
        secrets.extend(signatures);
    }
    assert!(reported.len() > 150 && secrets.len() > 80, "{} lines, {} secrets", reported.len(), secrets.len());
    for line in &reported {
        assert!(!secrets.iter().any(|secret| line.contains(secret.as_str())), "{line}");
    }
}

#[test]
fn a_page_that_echoes_the_request_is_quoted_without_its_secrets() {
    let server = MockServer::start(rules()).unwrap();
    let credentials = Credentials::fixed(tcdb_mock_server::SECRET_ID, KEY, Some(TOKEN)).unwrap();
    let page = format!("<pre>X-TC-Token: {TOKEN}</pre>");
    let head = format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n", page.len());
    server.misbehave(Misbehaviour::raw(head + &page, false));
    let failure = Options::to(&server).client(&credentials).unwrap().query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_BAD_RESPONSE);
    assert!(failure.message.ends_with(r#": "<pre>X-TC-Token: ***</pre>""#), "{failure:?}");
}

#[test]
fn a_refused_parameter_is_named_without_its_value() {
    let failure = Credentials::fixed("id", "key with blank", None).err().unwrap();
    assert_eq!(failure.message, "secret_key holds a space or something other than ASCII");
    let failure = Options::new().proxy("http://user:hidden@").client(&Credentials::accepted()).err().unwrap();
    assert_eq!(failure.message, "proxy has no host");
}

#[test]
fn a_metadata_request_never_carries_what_a_request_to_the_api_did() {
    let server = crate::cvm_role::start();
    let client = crate::cvm_role::client(&server);
    for _ in 0..3 {
        client.query(DOCUMENTED_ID).unwrap();
        // Refused from now on: the next query fetches new ones, right after it has sent the old token.
        server.revoke_metadata();
    }
    let secrets: Vec<String> = server
        .seen()
        .iter()
        .flat_map(|seen| {
            let authorization = seen.header("Authorization").unwrap();
            let signature = authorization.rsplit_once("Signature=").unwrap().1;
            let id = authorization.split_once("Credential=").unwrap().1.split_once('/').unwrap().0;
            [signature.to_owned(), id.to_owned(), seen.header("X-TC-Token").unwrap().to_owned()]
        })
        .collect();
    assert!(secrets.len() >= 9 && server.metadata_requests() >= 4, "{} requests", server.metadata_requests());
    for seen in server.metadata_seen() {
        let sent = [seen.head.as_slice(), &seen.body].concat();
        let sent = String::from_utf8_lossy(&sent);
        for secret in &secrets {
            assert!(!sent.contains(secret), "{sent}");
        }
        assert!(!sent.to_ascii_lowercase().contains("x-tc-") && !sent.to_ascii_lowercase().contains("authorization"));
    }
}
