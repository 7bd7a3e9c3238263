//! What the server accepts and refuses.

mod raw_client;

use raw_client::{answer, ask, body_of, exchange, good_request};
use serde_json::Value;
use tcdb_mock_server::signature::RawRequest;
use tcdb_mock_server::{DOCUMENTED_ID, MockServer, Options, SECRET_ID, SECRET_KEY, clock};

fn started() -> MockServer {
    MockServer::start(Options::default()).unwrap()
}

fn code_of(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap();
    json["Response"]["Error"]["Code"].as_str().unwrap_or("none").to_owned()
}

fn refusal(server: &MockServer, request: &[u8]) -> String {
    code_of(&body_of(&exchange(server, request)))
}

/// Requests of the vendor's own SDK, byte for byte, at the second they were signed for.
#[test]
fn requests_signed_by_the_vendors_sdk_are_accepted() {
    let vectors: Value = serde_json::from_str(include_str!("../../data/tc3_vectors.json")).unwrap();
    let server = started();
    let mut checked = 0;
    for vector in vectors["vectors"].as_array().unwrap() {
        let input = &vector["input"];
        if input["action"] != "DescribeAsyncRequestInfo" {
            continue;
        }
        let name = vector["name"].as_str().unwrap();
        let (id, key) = (input["secret_id"].as_str().unwrap(), input["secret_key"].as_str().unwrap());
        server.accept(id, key, input["token"].as_str());
        server.set_clock_offset(input["timestamp"].as_i64().unwrap() - clock::unix_seconds());
        let body = vector["body"].as_str().unwrap();
        let mut request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
        for (header, value) in vector["headers"].as_object().unwrap() {
            request += &format!("{header}: {}\r\n", value.as_str().unwrap());
        }
        request += "\r\n";
        let expected = match input["async_request_id"].as_str() {
            // The SDK signs this host as it is written; the vendor's documents want it in lower case.
            _ if name == "host/UPPERCASE" => "AuthFailure.SignatureFailure",
            _ if input["region"] == "" => "MissingParameter",
            None => "MissingParameter",
            Some(DOCUMENTED_ID) => "none",
            Some(_) => "InvalidParameter.InvalidAsyncRequestId",
        };
        assert_eq!(refusal(&server, (request.clone() + body).as_bytes()), expected, "{name}");
        let broken = request.replace("ap-singapore", "ap-x").replace("Signature=", "Signature=0");
        assert_eq!(
            refusal(&server, (broken + body).as_bytes()),
            "AuthFailure.SignatureFailure",
            "{name} with a broken signature"
        );
        checked += 1;
    }
    assert!(checked >= 30, "{checked} vectors");
}

#[test]
fn the_documented_example_is_answered_in_the_documented_form() {
    let server = started();
    let reply = exchange(&server, &ask(DOCUMENTED_ID));
    let json: Value = serde_json::from_str(&body_of(&reply)).unwrap();
    let id = json["Response"]["RequestId"].as_str().unwrap();
    assert_eq!(
        body_of(&reply),
        format!(
            r#"{{"Response":{{"Info":"Dropped the database table successfully.","Status":"SUCCESS","RequestId":"{id}"}}}}"#
        )
    );
    assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
}

#[test]
fn each_mistake_in_a_request_has_the_apis_code() {
    let server =
        MockServer::start(Options { regions: Some(vec!["ap-singapore".to_owned()]), ..Options::default() }).unwrap();
    let body = RawRequest::body_for(DOCUMENTED_ID);
    let good = good_request(&body);
    let edited = |from: &str, to: &str| String::from_utf8(good.to_bytes()).unwrap().replacen(from, to, 1).into_bytes();
    let now = clock::unix_seconds();
    let other_body = |body| good_request(body).to_bytes();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", good.to_bytes(), "none"),
        ("key", RawRequest { secret_key: "wrong", ..good.clone() }.to_bytes(), "AuthFailure.SignatureFailure"),
        ("id", RawRequest { secret_id: "AKIDother", ..good.clone() }.to_bytes(), "AuthFailure.SecretIdNotFound"),
        ("token", RawRequest { token: Some("t"), ..good.clone() }.to_bytes(), "AuthFailure.TokenFailure"),
        ("290 s late", RawRequest { timestamp: now - 290, ..good.clone() }.to_bytes(), "none"),
        ("late", RawRequest { timestamp: now - 310, ..good.clone() }.to_bytes(), "AuthFailure.SignatureExpire"),
        ("early", RawRequest { timestamp: now + 310, ..good.clone() }.to_bytes(), "AuthFailure.SignatureExpire"),
        ("body", edited("AsyncRequestId\":\"f", "AsyncRequestId\":\"e"), "AuthFailure.SignatureFailure"),
        ("host", edited("Host: cdb", "Host: xdb"), "AuthFailure.SignatureFailure"),
        ("scope", edited("/cdb/tc3_request", "/cvm/tc3_request"), "AuthFailure.SignatureFailure"),
        ("no signature", edited("Authorization", "X-Other"), "AuthFailure.InvalidAuthorization"),
        (
            "host not signed",
            edited("SignedHeaders=content-type;host", "SignedHeaders=content-type"),
            "AuthFailure.InvalidAuthorization",
        ),
        ("timestamp", edited("X-TC-Timestamp", "X-Other"), "MissingParameter"),
        ("action", edited("DescribeAsyncRequestInfo", "DescribeDBInstances"), "InvalidAction"),
        ("no action", edited("X-TC-Action", "X-Other"), "MissingParameter"),
        ("version", edited("2017-03-20", "2017-03-21"), "NoSuchVersion"),
        ("region", edited("ap-singapore", "ap-nowhere"), "UnsupportedRegion"),
        ("no region", edited("ap-singapore", ""), "MissingParameter"),
        (
            "client",
            RawRequest { more_headers: "X-TC-RequestClient: a(b)\r\n", ..good.clone() }.to_bytes(),
            "InvalidParameter",
        ),
        (
            "good client",
            RawRequest { more_headers: "X-TC-RequestClient: a-b_1.0,;\r\n", ..good.clone() }.to_bytes(),
            "none",
        ),
        (
            "the vendor's command line",
            RawRequest { more_headers: "X-TC-RequestClient: SDK_PYTHON_3.1.195; _CLI_3.1.155.1\r\n", ..good.clone() }
                .to_bytes(),
            "none",
        ),
        (
            "language",
            RawRequest { more_headers: "X-TC-Language: de\r\n", ..good.clone() }.to_bytes(),
            "InvalidParameterValue",
        ),
        ("method", edited("POST", "GET"), "UnsupportedProtocol"),
        ("no JSON", other_body("AsyncRequestId=1"), "InvalidParameter"),
        ("no id", other_body("{}"), "MissingParameter"),
        ("id a number", other_body(r#"{"AsyncRequestId":1}"#), "InvalidParameter"),
        ("another parameter", other_body(r#"{"AsyncRequestId":"1","X":1}"#), "UnknownParameter"),
        ("unknown id", other_body(r#"{"AsyncRequestId":"1"}"#), "InvalidParameter.InvalidAsyncRequestId"),
    ];
    for (name, request, code) in cases {
        assert_eq!(refusal(&server, &request), code, "{name}");
        assert_eq!(server.seen().last().unwrap().refused.as_deref().unwrap_or("none"), code, "{name}");
    }
}

#[test]
fn credentials_come_and_go_while_it_runs() {
    let server = started();
    server.accept("AKIDsecond", "second key", Some("its token"));
    let body = RawRequest::body_for(DOCUMENTED_ID);
    let second = RawRequest { secret_id: "AKIDsecond", secret_key: "second key", ..good_request(&body) };
    assert_eq!(refusal(&server, &second.to_bytes()), "AuthFailure.TokenFailure");
    let second = RawRequest { token: Some("its token"), ..second };
    assert_eq!(refusal(&server, &second.to_bytes()), "none");
    assert!(server.revoke("AKIDsecond"));
    assert_eq!(refusal(&server, &second.to_bytes()), "AuthFailure.SecretIdNotFound");
    server.accept(SECRET_ID, "a new key", None);
    assert_eq!(code_of(&answer(&server, DOCUMENTED_ID)), "AuthFailure.SignatureFailure");
    server.accept(SECRET_ID, SECRET_KEY, None);
    assert_eq!(code_of(&answer(&server, DOCUMENTED_ID)), "none");
}

#[test]
fn the_clock_offset_moves_the_date_and_the_tolerance() {
    let server = started();
    server.set_clock_offset(3600);
    let reply = exchange(&server, &ask(DOCUMENTED_ID));
    assert_eq!(code_of(&body_of(&reply)), "AuthFailure.SignatureExpire");
    let now = clock::unix_seconds();
    let dates: Vec<String> =
        (now - 2..=now).map(|at| format!("\r\nDate: {}\r\n", clock::http_date(at + 3600))).collect();
    assert!(dates.iter().any(|date| reply.contains(date)), "{reply}");
}

#[test]
fn dates_are_those_of_the_calendar() {
    let cases = [
        (0, "1970-01-01", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "2000-02-29", "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_551_113_065, "2019-02-25", "Mon, 25 Feb 2019 16:44:25 GMT"),
        (4_107_542_399, "2100-02-28", "Sun, 28 Feb 2100 23:59:59 GMT"),
    ];
    for (seconds, date, http) in cases {
        assert_eq!(clock::utc_date(seconds), date);
        assert_eq!(clock::http_date(seconds), http);
    }
}

#[test]
fn the_rate_limit_refuses_and_counts() {
    let server = started();
    server.set_rate_limit(3);
    let codes: Vec<String> = (0..5).map(|_| code_of(&answer(&server, DOCUMENTED_ID))).collect();
    assert_eq!(codes, ["none", "none", "none", "RequestLimitExceeded", "RequestLimitExceeded"]);
    assert_eq!((server.rate_refusals(), server.max_in_any_second()), (2, 5));
}
