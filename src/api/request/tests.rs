use super::body;

#[test]
fn the_body_is_compact_json_with_the_id_escaped() {
    let plain = body("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7").unwrap();
    assert_eq!(plain, r#"{"AsyncRequestId":"f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"}"#);
    assert_eq!(body("a\"b\\é").unwrap(), "{\"AsyncRequestId\":\"a\\\"b\\\\é\"}");
}

#[test]
fn an_id_that_cannot_be_one_is_named() {
    for (id, why) in [
        (String::new(), "async_request_id is empty"),
        ("x".repeat(257), "async_request_id is 257 bytes long; at most 256"),
        ("a\r\nb".into(), "async_request_id holds a control character"),
    ] {
        assert_eq!(body(&id).unwrap_err().message(), why);
    }
    assert!(body(&"x".repeat(256)).is_ok());
}
