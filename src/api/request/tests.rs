use super::{Request, RequestTemplate, body, signature};
use crate::api::secret::SecretCredentials;
use crate::unix_time::UnixSeconds;

#[test]
fn the_body_is_compact_json_with_the_id_escaped() {
    let plain = body("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7").unwrap();
    assert_eq!(plain, r#"{"AsyncRequestId":"f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"}"#);
    assert_eq!(body("\"\"").unwrap(), r#"{"AsyncRequestId":"\"\""}"#);
    assert_eq!(body("\\\\").unwrap(), r#"{"AsyncRequestId":"\\\\"}"#);
    assert_eq!(body("a\"b\\é").unwrap(), "{\"AsyncRequestId\":\"a\\\"b\\\\é\"}");
}

#[test]
fn an_id_that_cannot_be_one_is_named() {
    for (id, why) in [
        (String::new(), "async_request_id is empty"),
        ("x".repeat(257), "async_request_id is 257 bytes long; at most 256"),
        ("a\r\nb".into(), "async_request_id holds a control character"),
        ("a\u{85}b".into(), "async_request_id holds a control character"),
    ] {
        assert_eq!(body(&id).unwrap_err().message(), why);
    }
    assert!(body(&"x".repeat(256)).is_ok());
}

/// By another implementation: Python's hmac and hashlib, over what the vendor documents.
#[test]
fn a_request_is_signed_as_another_implementation_signs_it() {
    let host = "cdb.tencentcloudapi.com".to_owned();
    let template = RequestTemplate::new(host.clone(), "ap-guangzhou".into(), Some("en-US".into()), "test".into());
    let fixed: Vec<_> = template.headers().iter().map(|(name, value)| (*name, value.as_str())).collect();
    let expected = [
        ("Host", host.as_str()),
        ("Content-Type", "application/json"),
        ("X-TC-Action", "DescribeAsyncRequestInfo"),
        ("X-TC-Version", "2017-03-20"),
        ("X-TC-Region", "ap-guangzhou"),
        ("X-TC-Language", "en-US"),
        ("X-TC-RequestClient", "test"),
    ];
    assert_eq!(fixed, expected);
    let body = body("x").unwrap();
    let payload = "0a0ffea52be329487a6f311823089dc3cbf85e6eda18d3b50502bf08e9b5373d";
    let head = "POST\n/\n\ncontent-type:application/json\nhost:cdb.tencentcloudapi.com\n\ncontent-type;host\n";
    assert_eq!(template.canonical_request(&body).unwrap(), [head, payload].concat());
    let credentials = SecretCredentials::new("AKIDFAKE", "FAKEKEY", Some("FAKETOKEN")).unwrap();
    let signed = Request::sign(&template, &credentials, &body, UnixSeconds(1700000000)).unwrap();
    let hash = "73bd0ab84e24ea67e28d14464eefbf6a9387b291609c93d3bfe4f7c183fe5bdf";
    assert_eq!(signed.string_to_sign, ["TC3-HMAC-SHA256\n1700000000\n2023-11-14/cdb/tc3_request\n", hash].concat());
    let signed_by = "c674790c7df105e8c3a3ef04513149638d7b611f619d7fbffc4ad545ff2d5af1";
    let authorization = format!(
        "TC3-HMAC-SHA256 Credential=AKIDFAKE/2023-11-14/cdb/tc3_request, SignedHeaders=content-type;host, Signature={signed_by}"
    );
    let own: Vec<_> = signed.headers().collect();
    let expected = [("X-TC-Timestamp", "1700000000"), ("X-TC-Token", "FAKETOKEN"), ("Authorization", &authorization)];
    assert_eq!(own, expected);
    assert_eq!(signature(&signed.lines), Some(signed_by));
}
