use super::{MAX_REPLY, WebIdentity, body as written, is_throttled, is_transient, read, read_identity, unsigned_lines};
use crate::api::excerpt::Redactor;
use crate::api::response::Reply;
use crate::error::{Error, ErrorKind};

fn reply(http_status: u16, body: &str) -> Reply {
    Reply { http_status, body: body.as_bytes().to_vec(), ..Reply::default() }
}

#[test]
fn an_issued_credential_is_read_with_its_end_in_seconds() {
    let body = r#"{"Response":{"Credentials":{"Token":"t","TmpSecretId":"i","TmpSecretKey":"k"},
        "ExpiredTime":1800000000,"Expiration":"2027-01-15T08:00:00Z","RequestId":"r"}}"#;
    let issued = read(&reply(200, body), &Redactor::default()).unwrap();
    assert_eq!((issued.credentials.secret_id(), issued.expires_at.0), ("i", 1_800_000_000));
    assert_eq!(issued.credentials.token(), Some("t"));
    let milliseconds = body.replace("1800000000", "1800000000000");
    let error = read(&reply(200, &milliseconds), &Redactor::default()).err().unwrap();
    assert!(error.message().ends_with("ExpiredTime is 1800000000000, which is not in Unix seconds"), "{error:?}");
}

#[test]
fn the_longest_credential_that_sts_documents_fits_into_a_reply_however_it_is_escaped() {
    let escaped = |length: usize| "\\u0041".repeat(length);
    let body = format!(
        r#"{{"Response":{{"Credentials":{{"Token":"{}","TmpSecretId":"{}","TmpSecretKey":"{}"}},"ExpiredTime":1800000000}}}}"#,
        escaped(4096),
        escaped(1024),
        escaped(1024)
    );
    assert!((body.len()..2 * body.len()).contains(&MAX_REPLY), "{}", body.len());
    let issued = read(&reply(200, &body), &Redactor::default()).unwrap();
    assert_eq!(issued.credentials.token().map(str::len), Some(4096));
}

#[test]
fn an_identity_is_read_whole_or_what_is_missing_is_named() {
    let body = r#"{"Response":{"Arn":"qcs::cam::uin/1:uin/2","AccountId":"1","UserId":"2","PrincipalId":"2","Type":"CAMUser","RequestId":"r"}}"#;
    let identity = read_identity(&reply(200, body), &Redactor::default()).unwrap();
    assert_eq!(
        (identity.account_id.as_str(), identity.user_id.as_str(), identity.kind.as_str()),
        ("1", "2", "CAMUser")
    );
    for name in ["Arn", "AccountId", "UserId", "Type"] {
        let error = read_identity(&reply(200, &body.replace(name, "Other")), &Redactor::default()).unwrap_err();
        assert_eq!(error.message(), format!("HTTP 200: the reply has no {name}"));
    }
}

#[test]
fn what_is_not_a_reply_of_sts_is_named_and_never_quoted() {
    for (status, body, kind, why) in [
        (200, "", ErrorKind::BadResponse, "HTTP 200: the reply is empty"),
        (502, "<html>SECRET", ErrorKind::Unavailable, "HTTP 502: the reply is not JSON (at line 1, column 1)"),
        (429, "slow down SECRET", ErrorKind::RateLimited, "HTTP 429: the reply is not JSON"),
        (302, "", ErrorKind::BadResponse, "HTTP 302: the reply is empty; redirects are refused"),
        (200, r#"{"Response":"SECRET"}"#, ErrorKind::BadResponse, "HTTP 200: the reply has a member twice or"),
        (200, r#"{"Response":{}}"#, ErrorKind::BadResponse, "HTTP 200: the reply has no Credentials"),
        (
            200,
            r#"{"Response":{"Credentials":{"Token":"SECRET","TmpSecretId":"i"},"ExpiredTime":1}}"#,
            ErrorKind::BadResponse,
            "HTTP 200: the reply has no TmpSecretKey",
        ),
        (
            200,
            r#"{"Response":{"Credentials":{"Token":"SECRET x","TmpSecretId":"i","TmpSecretKey":"k"},"ExpiredTime":1}}"#,
            ErrorKind::BadResponse,
            "HTTP 200: the reply's Token holds a space",
        ),
    ] {
        let error = read(&reply(status, body), &Redactor::default()).err().unwrap();
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.message().starts_with(why) && !error.message().contains("SECRET"), "{error:?}");
    }
}

#[test]
fn the_codes_that_may_pass_are_the_documented_ones() {
    for code in tcdb_mock_server::STS_ERROR_CODES {
        let error = Error::refused(code.code.to_owned(), String::new(), None, "x".to_owned());
        assert_eq!(is_transient(&error), code.transient, "{}", code.code);
    }
    let limit = |code: &str| is_throttled(&Error::refused(code.to_owned(), String::new(), None, String::new()));
    assert!(limit("InvalidParameter.OverLimit") && limit("RequestLimitExceeded.UinLimitExceeded"));
    assert!(!limit("InternalError.DbError"));
}

#[test]
fn a_web_identity_is_asked_for_with_the_parameters_of_the_api_and_without_a_signature() {
    let parameters = WebIdentity {
        provider_id: "idp",
        web_identity_token: "a\"b",
        role_arn: "arn",
        role_session_name: "session",
        duration_seconds: 7200,
    };
    let body = written(&parameters, 17).unwrap();
    let expected = concat!(
        r#"{"ProviderId":"idp","WebIdentityToken":"a\"b","RoleArn":"arn","#,
        r#""RoleSessionName":"session","DurationSeconds":7200}"#
    );
    assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
    // The longest text, each sign of it an escape, has room: a buffer that grows leaves copies behind.
    let long = "\u{1}".repeat(4096);
    let body = written(&WebIdentity { web_identity_token: &long, ..parameters }, 4096 + 15).unwrap();
    assert!(body.len() > 6 * 4096, "{}", body.len());
    assert_eq!(body.capacity(), (4096 + 15) * 6 + 1024);
    assert_eq!(*unsigned_lines(crate::unix_time::UnixSeconds(17)), "x-tc-timestamp: 17\r\nauthorization: SKIP\r\n");
}
