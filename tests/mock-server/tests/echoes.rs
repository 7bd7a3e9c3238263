//! Replies that echo the client's secrets.

mod raw_client;

use raw_client::{body_of, exchange, good_request};
use serde_json::Value;
use tcdb_mock_server::signature::RawRequest;
use tcdb_mock_server::{
    Control, DOCUMENTED_ID, Echo, Misbehaviour, MockServer, Options, Place, SECRET_ID, SECRET_KEY, Spelling,
};

const TOKEN: &str = "a/token+with=signs";

fn started() -> MockServer {
    let options = Options { token: Some(TOKEN.to_owned()), ..Options::default() };
    MockServer::start(options).unwrap()
}

fn echoed(server: &MockServer) -> String {
    let body = RawRequest::body_for(DOCUMENTED_ID);
    exchange(server, &RawRequest { token: Some(TOKEN), ..good_request(&body) }.to_bytes())
}

#[test]
fn each_spelling_writes_the_token_as_gateways_do() {
    let cases = [
        (Spelling::Plain, "a/token+with=signs"),
        (Spelling::EscapedSlash, "a\\/token+with=signs"),
        (Spelling::UnicodeSigns, "a\\u002ftoken\\u002bwith\\u003dsigns"),
        (Spelling::Percent, "a%2Ftoken%2Bwith%3Dsigns"),
        (Spelling::PercentLower, "a%2ftoken%2bwith%3dsigns"),
        (Spelling::PercentTwice, "a%252Ftoken%252Bwith%253Dsigns"),
        (Spelling::HtmlHex, "a&#x2F;token&#x2B;with&#x3D;signs"),
        (Spelling::HtmlDecimal, "a&#47;token&#43;with&#61;signs"),
        (Spelling::UpperCase, "A/TOKEN+WITH=SIGNS"),
        (Spelling::LowerCase, "a/token+with=signs"),
        (Spelling::Base64, "YS90b2tlbit3aXRoPXNpZ25z"),
        (Spelling::PercentUnicode, "a%u002Ftoken%u002Bwith%u003Dsigns"),
        (Spelling::QuotedPrintable, "a=2Ftoken=2Bwith=3Dsigns"),
        (Spelling::Octal, "a\\057token\\053with\\075signs"),
        (Spelling::UnicodeBraces, "a\\u{2f}token\\u{2b}with\\u{3d}signs"),
        (Spelling::Blanks, "a/to ken+ with =sig ns"),
        (Spelling::BreakTags, "a/token+<wbr>with=sig<wbr>ns"),
    ];
    for (spelling, written) in cases {
        assert_eq!(spelling.write(TOKEN), written, "{spelling:?}");
    }
    assert!(Spelling::UnicodeAll.write(TOKEN).starts_with("\\u0061\\u002f"));
    assert!(Spelling::Hex.write(TOKEN).starts_with("612f74"));
    assert!(Spelling::all().count() >= 10);
}

#[test]
fn every_place_holds_the_signature_the_token_and_the_key_in_every_spelling() {
    let server = started();
    for place in Place::all() {
        for spelling in Spelling::all() {
            server.behave();
            server.misbehave(Misbehaviour::echo(Echo::new(place, spelling).http(500)));
            let reply = echoed(&server);
            assert!(reply.starts_with("HTTP/1.1 500"), "{reply}");
            let seen = server.seen().pop().unwrap();
            assert_eq!(seen.treated, Some("echo"));
            for secret in [TOKEN, SECRET_KEY, &seen.header("authorization").unwrap()] {
                let written = spelling.write(secret);
                let written = if place == Place::Location { written.replace(' ', "&") } else { written };
                // A spelling that is not one of JSON's is escaped within JSON.
                let escaped = Value::from(written.as_str()).to_string();
                let is_there = reply.contains(&written) || reply.contains(escaped.trim_matches('"'));
                assert!(is_there, "{place:?} {spelling:?} {written}: {reply}");
            }
        }
    }
}

#[test]
fn the_json_of_an_echo_is_json_and_as_long_as_wanted() {
    let server = started();
    for (place, pointer) in [
        (Place::Code, "/Response/Error/Code"),
        (Place::Message, "/Response/Error/Message"),
        (Place::Status, "/Response/Status"),
        (Place::Info, "/Response/Info"),
        (Place::RequestId, "/Response/RequestId"),
        (Place::Response, "/Response"),
        (Place::JsonText, ""),
    ] {
        for spelling in Spelling::all() {
            server.behave();
            let bytes = if spelling == Spelling::Plain { 1_000_000 } else { 5000 };
            server.misbehave(Misbehaviour::echo(Echo::new(place, spelling).bytes(bytes)));
            let json: Value = serde_json::from_str(&body_of(&echoed(&server))).unwrap();
            let text = json.pointer(pointer).and_then(Value::as_str).unwrap();
            assert!(text.len() > bytes / 2, "{place:?} {spelling:?}: {}", text.len());
        }
    }
}

#[test]
fn sts_and_the_metadata_service_echo_what_they_were_given_and_gave() {
    let server = started();
    let mut control = Control::of(&server);
    let sent = control.obey(r#"{"misbehave":{"on":"metadata","echo":{"place":"page"},"http":403,"next_requests":1}}"#);
    assert_eq!(sent["ok"], true, "{sent}");
    let port: u16 = server.metadata_url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(raw_client::exchange_at(port, b"GET / HTTP/1.1\r\nHost: m\r\n\r\n").starts_with("HTTP/1.1 403"));
    server.misbehave_sts(Misbehaviour::echo(Echo::new(Place::Message, Spelling::Plain)));
    let body = r#"{"RoleArn":"qcs::cam::uin/1:roleName/r","RoleSessionName":"session"}"#;
    let request = RawRequest { token: Some(TOKEN), ..good_request(body) };
    let reply = exchange(&server, &request.to_bytes_for(tcdb_mock_server::signature::Target::sts("AssumeRole")));
    assert!(reply.contains(TOKEN) && reply.contains(SECRET_KEY) && reply.contains(SECRET_ID), "{reply}");
    let mistake = control.obey(r#"{"misbehave":{"echo":{"place":"nowhere"}}}"#);
    assert_eq!(mistake["error"], "unknown place `nowhere`");
}
