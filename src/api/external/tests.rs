use super::read;
use crate::error::ErrorKind;

#[test]
fn a_status_that_http_does_not_have_is_named() {
    for status in [-1, 0, 99, 1000, i32::MAX] {
        let error = read(status, b"{}").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.message(), format!("http_status is {status}; it must be 100 to 999"));
    }
}

#[test]
fn a_body_over_the_bound_is_refused() {
    let whole = r#"{"Response":{"Status":"SUCCESS"}}"#;
    let fits = format!("{whole}{}", " ".repeat(1024 * 1024 - whole.len()));
    assert!(read(200, fits.as_bytes()).is_ok());
    let error = read(200, format!("{fits} ").as_bytes()).unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::BadResponse, 200));
}

#[test]
fn an_echoed_signature_or_token_does_not_come_back_in_the_message() {
    for body in [
        "denied: Authorization: TC3 Signature=SECRET",
        "<pre>x-tc-token: SECRET</pre>",
        "X-TC-Token=SECRET&x=1",
        r#"{"X-TC-Token": "SECRET"}"#,
    ] {
        let message = read(403, body.as_bytes()).unwrap_err().message().to_owned();
        assert!(message.contains("***") && !message.contains("SECRET"), "{message}");
    }
}
