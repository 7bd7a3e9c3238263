//! STS: what it validates, what it issues, and that the API takes it.

mod raw_client;

use std::time::Duration;

use raw_client::{ask, body_of, connect, exchange, exchange_at, good_request, read_reply};
use serde_json::{Value, json};
use tcdb_mock_server::signature::{RawRequest, Target};
use tcdb_mock_server::{
    ACCOUNT, Control, DOCUMENTED_ID, Fault, Misbehaviour, MockServer, Options, SECRET_ID, STS_ERROR_CODES, StsRules,
    WEB_IDENTITY_TOKEN, clock,
};

const ROLE: &str = "qcs::cam::uin/100000000001:roleName/reader";
const ASSUME_ROLE: Target<'static> = Target::sts("AssumeRole");
const WEB_IDENTITY: Target<'static> = Target::sts("AssumeRoleWithWebIdentity");

fn started() -> MockServer {
    MockServer::start(Options::default()).unwrap()
}

fn sts_port(server: &MockServer) -> u16 {
    server.sts_http_url().rsplit(':').next().unwrap().parse().unwrap()
}

/// What STS answers to this body, signed by the account.
fn assume(server: &MockServer, parameters: &Value) -> Value {
    send(server, &sts_request(&parameters.to_string()).to_bytes_for(ASSUME_ROLE))
}

fn sts_request(body: &str) -> RawRequest<'_> {
    RawRequest { host: "sts.intl.tencentcloudapi.com", region: "ap-guangzhou", ..good_request(body) }
}

fn send(server: &MockServer, request: &[u8]) -> Value {
    let reply = exchange_at(sts_port(server), request);
    serde_json::from_str::<Value>(&body_of(&reply)).unwrap()["Response"].take()
}

fn code(response: &Value) -> &str {
    response["Error"]["Code"].as_str().unwrap_or("none")
}

fn good() -> Value {
    json!({ "RoleArn": ROLE, "RoleSessionName": "a-session" })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut parameters = good();
    parameters[name] = value.into();
    parameters
}

/// A request of the API, or of STS, signed by what STS issued.
fn signed_by<'a>(response: &'a Value, body: &'a str) -> RawRequest<'a> {
    let member = |name: &str| response["Credentials"][name].as_str().unwrap();
    RawRequest {
        secret_id: member("TmpSecretId"),
        secret_key: member("TmpSecretKey"),
        token: Some(member("Token")),
        ..good_request(body)
    }
}

fn query_with(server: &MockServer, response: &Value) -> String {
    let body = RawRequest::body_for(DOCUMENTED_ID);
    body_of(&exchange(server, &signed_by(response, &body).to_bytes()))
}

#[test]
fn what_is_issued_has_the_documented_form_and_signs_queries_until_it_expires() {
    let server = started();
    server.set_sts(StsRules { lifetime: Some(Duration::from_millis(600)), ..StsRules::default() });
    let response = assume(&server, &with("DurationSeconds", 3600));
    let names: Vec<&String> = response.as_object().unwrap().keys().collect();
    assert_eq!(names, ["Credentials", "Expiration", "ExpiredTime", "RequestId"]);
    let ends = response["ExpiredTime"].as_i64().unwrap();
    assert!((0..=2).contains(&(ends - clock::unix_seconds())), "{ends}");
    assert_eq!(response["Expiration"], clock::iso_time(ends));
    assert!(query_with(&server, &response).contains("SUCCESS"));
    std::thread::sleep(Duration::from_millis(650));
    assert!(query_with(&server, &response).contains("AuthFailure.TokenFailure"));
    assert_eq!((server.sts_requests(), server.requests(), server.sts_credentials()), (1, 2, 1));
    let seen = server.sts_seen().pop().unwrap();
    assert_eq!(seen.secret_id().as_deref(), Some(SECRET_ID));
    assert_eq!(seen.action().as_deref(), Some("AssumeRole"));
    assert_eq!(seen.parameters().unwrap()["DurationSeconds"], 3600);
    assert_eq!(server.seen()[0].secret_id(), server.sts_secret_ids().pop());
}

#[test]
fn the_lifetime_is_the_duration_asked_for_or_two_hours() {
    let server = started();
    for (parameters, seconds) in
        [(good(), 7200), (with("DurationSeconds", 1), 1), (with("DurationSeconds", 43_200), 43_200)]
    {
        let left = assume(&server, &parameters)["ExpiredTime"].as_i64().unwrap() - clock::unix_seconds();
        assert!((seconds - 1..=seconds + 1).contains(&left), "{left} of {seconds}");
    }
}

#[test]
fn each_mistake_in_assume_role_has_its_code() {
    let server = started();
    let policy = json!({ "version": "2.0", "statement": [{ "effect": "allow", "action": "cdb:*", "resource": "*" }] });
    let granting = json!({ "version": "2.0", "statement": [{ "principal": "x" }] });
    let once = |text: &str| percent_encode(text);
    let cases = [
        ("nothing", good(), "none"),
        ("no role", json!({ "RoleSessionName": "s1" }), "MissingParameter"),
        ("no session", json!({ "RoleArn": ROLE }), "MissingParameter"),
        ("role by id", with("RoleArn", "qcs::cam::uin/1:role/4611686018427397919"), "none"),
        ("service role", with("RoleArn", "qcs::cam::uin/1:role/tencentcloudServiceRoleName/TKE_QCSRole"), "none"),
        ("service role by id", with("RoleArn", "qcs::cam::uin/1:role/tencentcloudServiceRole/12"), "none"),
        ("role name as id", with("RoleArn", "qcs::cam::uin/1:role/reader"), "InvalidParameter.ParamError"),
        ("another cloud's role", with("RoleArn", "arn:aws:iam::1:role/x"), "InvalidParameter.ParamError"),
        ("role a number", with("RoleArn", 7), "InvalidParameter"),
        ("session of one letter", with("RoleSessionName", "s"), "InvalidParameter.ParamError"),
        ("session of 128", with("RoleSessionName", "s".repeat(128)), "none"),
        ("session of 129", with("RoleSessionName", "s".repeat(129)), "InvalidParameter.ParamError"),
        ("session with a blank", with("RoleSessionName", "a b"), "InvalidParameter.ParamError"),
        ("session with signs", with("RoleSessionName", "a+b=c,d.e@f_g-h"), "none"),
        ("no time", with("DurationSeconds", 0), "InvalidParameter.ParamError"),
        ("negative time", with("DurationSeconds", -1), "InvalidParameter.ParamError"),
        ("too long", with("DurationSeconds", 43_201), "InvalidParameter.OverTimeError"),
        ("time as text", with("DurationSeconds", "7200"), "InvalidParameter"),
        ("policy", with("Policy", once(&policy.to_string())), "none"),
        ("policy with plus", with("Policy", once(&policy.to_string().replace(',', ", ")).replace("%20", "+")), "none"),
        ("policy not encoded", with("Policy", policy.to_string()), "InvalidParameter.StrategyFormatError"),
        (
            "policy encoded twice",
            with("Policy", once(&once(&policy.to_string()))),
            "InvalidParameter.StrategyFormatError",
        ),
        ("policy not JSON", with("Policy", "version"), "InvalidParameter.StrategyFormatError"),
        ("policy with principal", with("Policy", once(&granting.to_string())), "InvalidParameter.StrategyInvalid"),
        ("external id", with("ExternalId", "a:b/c=d,e.f@g-h"), "none"),
        ("external id of one", with("ExternalId", "a"), "InvalidParameter.ParamError"),
        ("external id with a star", with("ExternalId", "a*"), "InvalidParameter.ParamError"),
        ("source identity", with("SourceIdentity", "100000000002"), "none"),
        ("source identity a name", with("SourceIdentity", "alice"), "InvalidParameter.ParamError"),
        ("tags", with("Tags", json!([{ "Key": "k", "Value": "v" }])), "none"),
        (
            "a tag twice",
            with("Tags", json!([{ "Key": "k", "Value": "v" }, { "Key": "k", "Value": "w" }])),
            "InvalidParameter.ParamError",
        ),
        ("a code alone", with("TokenCode", "123456"), "InvalidParameter.ParamError"),
        ("unknown", with("Duration", 7), "UnknownParameter"),
    ];
    for (name, parameters, expected) in cases {
        assert_eq!(code(&assume(&server, &parameters)), expected, "{name}");
        let seen = server.sts_seen().pop().unwrap();
        assert_eq!(seen.refused.as_deref().unwrap_or("none"), expected, "{name}");
    }
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn roles_external_ids_and_longest_sessions_can_be_set() {
    let server = started();
    server.set_sts(StsRules {
        roles: Some(vec![ROLE.to_owned()]),
        external_id: Some("agreed".to_owned()),
        longest_session: Duration::from_secs(3600),
        ..StsRules::default()
    });
    let agreed = |name: &str, value: Value| {
        let mut parameters = with("ExternalId", "agreed");
        parameters[name] = value;
        parameters
    };
    let other = "qcs::cam::uin/100000000001:roleName/writer";
    for (parameters, expected) in [
        (with("ExternalId", "agreed"), "none"),
        (good(), "UnauthorizedOperation"),
        (with("ExternalId", "another"), "UnauthorizedOperation"),
        (agreed("RoleArn", other.into()), "ResourceNotFound.RoleNotFound"),
        (agreed("DurationSeconds", 3601.into()), "InvalidParameter.OverTimeError"),
    ] {
        assert_eq!(code(&assume(&server, &parameters)), expected, "{parameters}");
    }
}

#[test]
fn the_signature_has_the_scope_of_sts_and_the_token_of_the_base() {
    let server = started();
    let body = good().to_string();
    let cdb = Target { service: "cdb", ..ASSUME_ROLE };
    assert_eq!(code(&send(&server, &sts_request(&body).to_bytes_for(cdb))), "AuthFailure.SignatureFailure");
    let old = Target { version: "2017-03-20", ..ASSUME_ROLE };
    assert_eq!(code(&send(&server, &sts_request(&body).to_bytes_for(old))), "NoSuchVersion");
    assert_eq!(code(&send(&server, &sts_request(&body).to_bytes_for(Target::sts("AssumeRules")))), "InvalidAction");
    server.accept_for(Duration::from_secs(60), "AKIDtemporary", "its key", "its token");
    let base = RawRequest { secret_id: "AKIDtemporary", secret_key: "its key", ..sts_request(&body) };
    assert_eq!(code(&send(&server, &base.to_bytes_for(ASSUME_ROLE))), "AuthFailure.TokenFailure");
    let base = RawRequest { token: Some("its token"), ..base };
    assert_eq!(code(&send(&server, &base.to_bytes_for(ASSUME_ROLE))), "none");
    let late = RawRequest { timestamp: clock::unix_seconds() - 400, ..sts_request(&body) };
    assert_eq!(code(&send(&server, &late.to_bytes_for(ASSUME_ROLE))), "AuthFailure.SignatureExpire");
}

#[test]
fn a_role_assumes_a_role_and_each_says_who_it_is() {
    let server = started();
    let first = assume(&server, &good());
    let other =
        json!({ "RoleArn": "qcs::cam::uin/200000000002:roleName/far", "RoleSessionName": "second" }).to_string();
    let second = send(&server, &signed_by(&first, &other).to_bytes_for(ASSUME_ROLE));
    assert!(query_with(&server, &second).contains("SUCCESS"));
    let who = |request: RawRequest<'_>| send(&server, &request.to_bytes_for(Target::sts("GetCallerIdentity")));
    let account = who(sts_request("{}"));
    assert_eq!(
        (&account["Arn"], &account["Type"]),
        (&json!(format!("qcs::cam::uin/{ACCOUNT}:uin/{ACCOUNT}")), &json!("CAMUser"))
    );
    let role = who(signed_by(&second, "{}"));
    assert_eq!((&role["AccountId"], &role["Type"]), (&json!("200000000002"), &json!("CAMRole")));
    assert!(role["UserId"].as_str().unwrap().ends_with(":second"), "{role}");
    assert_eq!(code(&who(sts_request(r#"{"X":1}"#))), "UnknownParameter");
    let signers: Vec<Option<String>> = server.sts_seen().iter().map(|seen| seen.secret_id()).collect();
    let (one, two) = (server.sts_secret_ids()[0].clone(), server.sts_secret_ids()[1].clone());
    assert_eq!(
        signers,
        [Some(SECRET_ID.to_owned()), Some(one), Some(SECRET_ID.to_owned()), Some(two), Some(SECRET_ID.to_owned())]
    );
    server.revoke_sts();
    assert!(query_with(&server, &second).contains("AuthFailure.SecretIdNotFound"));
}

fn web_identity(token: &str, authorization: &str, more: &str) -> Vec<u8> {
    let body = json!({
        "ProviderId": "OIDC", "WebIdentityToken": token, "RoleArn": ROLE, "RoleSessionName": "pod", "DurationSeconds": "7200",
    })
    .to_string();
    let signed = sts_request(&body);
    let signed = String::from_utf8(RawRequest { more_headers: more, ..signed }.to_bytes_for(WEB_IDENTITY)).unwrap();
    let start = signed.find("Authorization: ").unwrap();
    let end = start + signed[start..].find("\r\n").unwrap();
    format!("{}Authorization: {authorization}{}", &signed[..start], &signed[end..]).into_bytes()
}

#[test]
fn a_web_identity_is_not_signed_and_its_token_rotates() {
    let server = started();
    let sent = |request: Vec<u8>| send(&server, &request);
    let issued = sent(web_identity(WEB_IDENTITY_TOKEN, "SKIP", ""));
    assert!(query_with(&server, &issued).contains("SUCCESS"));
    assert_eq!(server.sts_seen()[0].secret_id(), None);
    for (request, expected) in [
        (web_identity("another", "SKIP", ""), "InvalidParameter.WebIdentityTokenError"),
        (web_identity(&format!("{WEB_IDENTITY_TOKEN}\n"), "SKIP", ""), "InvalidParameter.WebIdentityTokenError"),
        (web_identity(WEB_IDENTITY_TOKEN, "skip", ""), "AuthFailure.InvalidAuthorization"),
        (web_identity(WEB_IDENTITY_TOKEN, "SKIP", "X-TC-Token: t\r\n"), "AuthFailure.TokenFailure"),
    ] {
        assert_eq!(code(&sent(request)), expected);
    }
    server.set_web_identity_token("the next");
    assert_eq!(code(&sent(web_identity(WEB_IDENTITY_TOKEN, "SKIP", ""))), "InvalidParameter.WebIdentityTokenError");
    assert_eq!(code(&sent(web_identity("the next", "SKIP", ""))), "none");
    server.set_sts(StsRules { provider_id: Some("mine".to_owned()), ..server.sts_rules() });
    assert_eq!(code(&sent(web_identity("the next", "SKIP", ""))), "InvalidParameter.ParamError");
}

#[test]
fn the_limit_of_the_api_is_one_for_all_credentials_of_an_account() {
    let server = started();
    let ours = assume(&server, &good());
    let theirs = assume(&server, &with("RoleArn", "qcs::cam::uin/200000000002:roleName/far"));
    server.set_rate_limit(2);
    let limited = |body: String| body.contains("RequestLimitExceeded");
    assert!(!limited(query_with(&server, &ours)));
    assert!(!limited(body_of(&exchange(&server, &ask(DOCUMENTED_ID)))));
    assert!(limited(query_with(&server, &ours)));
    assert!(limited(body_of(&exchange(&server, &ask(DOCUMENTED_ID)))));
    assert!(!limited(query_with(&server, &theirs)));
}

#[test]
fn sizes_up_to_the_documented_ones_are_issued_and_taken() {
    let server = started();
    let rules = StsRules { id_bytes: 1024, key_bytes: 1024, token_bytes: 4096, ..StsRules::default() };
    server.set_sts(rules);
    let response = assume(&server, &good());
    let lengths =
        ["TmpSecretId", "TmpSecretKey", "Token"].map(|name| response["Credentials"][name].as_str().unwrap().len());
    assert_eq!(lengths, [1024, 1024, 4096]);
    assert!(query_with(&server, &response).contains("SUCCESS"));
    assert_ne!(assume(&server, &good())["Credentials"], response["Credentials"]);
}

#[test]
fn refusals_faults_and_limits_strike_sts_alone() {
    let server = started();
    for one in STS_ERROR_CODES {
        server.misbehave_sts(Misbehaviour::error(one.code, "An error made for a test.", 200).next_requests(1));
        assert_eq!(code(&assume(&server, &good())), one.code);
    }
    assert_eq!(server.sts_credentials(), 0);
    server.misbehave_sts(Misbehaviour::fault(Fault::Html502).next_requests(1));
    let request = sts_request(&good().to_string()).to_bytes_for(ASSUME_ROLE);
    assert!(exchange_at(sts_port(&server), &request).starts_with("HTTP/1.1 502"));
    server.misbehave_sts(Misbehaviour::fault(Fault::ResetBeforeFirstByte));
    let mut stream = connect(sts_port(&server));
    std::io::Write::write_all(&mut stream, &request).unwrap();
    assert_eq!(read_reply(&mut stream).unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert!(exchange(&server, &ask(DOCUMENTED_ID)).contains("SUCCESS"));
    server.stop_sts();
    assert!(std::net::TcpStream::connect(("127.0.0.1", sts_port(&server))).is_err());
    server.restart_sts().unwrap();
}

#[test]
fn the_rate_limit_of_sts_is_its_own() {
    let server = started();
    server.set_sts(StsRules { rate_limit: 2, ..StsRules::default() });
    // Roles of other accounts count for the caller's.
    let roles = [ROLE, "qcs::cam::uin/200000000002:roleName/far", "qcs::cam::uin/300000000003:roleName/far"];
    let codes = roles.map(|role| code(&assume(&server, &with("RoleArn", role))).to_owned());
    assert_eq!(codes, ["none", "none", "RequestLimitExceeded"]);
    assert_eq!((server.sts_rate_refusals(), server.rate_refusals()), (1, 0));
}

#[test]
fn the_apis_own_ports_pass_requests_for_sts_on() {
    let server = started();
    let request = sts_request(&good().to_string()).to_bytes_for(ASSUME_ROLE);
    assert!(exchange(&server, &request).contains("TmpSecretId"));
    assert_eq!((server.requests(), server.sts_requests(), server.connections()), (0, 1, 1));
}

#[test]
fn the_control_channel_sets_and_asks_all_of_it() {
    let server = started();
    let mut control = Control::of(&server);
    let mut obey = |command: Value| {
        let mut answer = control.obey(&command.to_string());
        assert_eq!(answer["ok"], true, "{command}: {answer}");
        answer.take()
    };
    obey(json!({ "sts": { "id_bytes": 200, "roles": [ROLE], "lifetime_ms": 60_000, "web_identity_token": "new" } }));
    let response = assume(&server, &with("RoleSessionName", "from-control"));
    assert_eq!(response["Credentials"]["TmpSecretId"].as_str().unwrap().len(), 200);
    let seen = obey(json!({ "sts_seen": 1 }))["seen"][0].take();
    assert_eq!((&seen["secret_id"], &seen["action"]), (&json!(SECRET_ID), &json!("AssumeRole")));
    assert_eq!(seen["parameters"]["RoleSessionName"], "from-control");
    assert_eq!(obey(json!({ "stats": true }))["sts_requests"], 1);
    assert_eq!(obey(json!({ "sts_secret_ids": true }))["ids"], json!([response["Credentials"]["TmpSecretId"]]));
    obey(json!({ "misbehave": { "on": "sts", "error": { "code": "UnauthorizedOperation" } } }));
    assert_eq!(code(&assume(&server, &good())), "UnauthorizedOperation");
    obey(json!({ "behave": "sts" }));
    obey(json!({ "sts": { "roles": null, "lifetime_ms": null, "revoke": true } }));
    assert!(query_with(&server, &response).contains("SecretIdNotFound"));
    let mistake = control.obey(r#"{"sts":{"role":"x"}}"#);
    assert!(mistake["error"].as_str().unwrap().starts_with("unknown name `role`"), "{mistake}");
}
