//! Reads a reply that somebody else's HTTP stack received. Pure.

use crate::api::excerpt::Redactor;
use crate::api::response::{self, MAX_BODY, Reply};
use crate::error::{Error, ErrorKind, Result};
use crate::info::AsyncRequestInfo;

/// # Errors
/// As `response::read`; `InvalidArgument` for a status that HTTP does not have.
pub fn read(http_status: i32, body: &[u8]) -> Result<AsyncRequestInfo> {
    let Some(http_status) = u16::try_from(http_status).ok().filter(|status| (100..=999).contains(status)) else {
        return Err(Error::invalid(format!("http_status is {http_status}; 100 to 999 are meant")));
    };
    if body.len() > MAX_BODY {
        let message = format!("HTTP {http_status} with a body over {MAX_BODY} bytes");
        return Err(Error::new(ErrorKind::BadResponse, message).with_http_status(http_status));
    }
    // Whose request it was is not known here.
    response::read(&Reply { http_status, body: body.to_vec(), ..Reply::default() }, Redactor::of_marked)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::error::ErrorKind;

    #[test]
    fn a_status_that_http_does_not_have_is_named() {
        for status in [-1, 0, 99, 1000, i32::MAX] {
            let error = read(status, b"{}").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert_eq!(error.message(), format!("http_status is {status}; 100 to 999 are meant"));
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
}
