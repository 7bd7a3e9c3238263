//! Reads a reply: bytes in, an answer or an error out. Pure.
//!
//! The mark of a business failure is `Response.Error`, at whatever HTTP status and content type.

use std::fmt;
use std::time::Duration;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::api::excerpt::Redactor;
use crate::error::{Error, ErrorKind, Result};
use crate::info::{AsyncRequestInfo, Status};
use crate::json::{self, Object};
use crate::unix_time::UnixSeconds;

/// The largest reply that is read, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// A reply as it came.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub http_status: u16,
    pub body: Vec<u8>,
    /// Of a redirect, which is never followed.
    pub location: Option<String>,
    pub retry_after: Option<Duration>,
    /// The `Date` header in Unix seconds.
    pub server_time: Option<UnixSeconds>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    response: Object<Response>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    status: Option<Word>,
    info: Option<Word>,
    request_id: Option<Word>,
    error: Option<Object<ServerError>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServerError {
    code: Word,
    message: Option<Word>,
}

/// A text with room for the NUL that the C API puts behind it.
struct Word(String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Word;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E>(self, text: &str) -> std::result::Result<Word, E> {
                let mut word = String::with_capacity(text.len() + 1);
                word.push_str(text);
                Ok(Word(word))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

fn text(word: Option<Word>) -> Option<String> {
    word.map(|Word(text)| text)
}

/// `redactor` knows the request's secrets: a gateway may echo its headers. It is made only where there is a failure.
///
/// # Errors
/// The API's own error, or `BadResponse`, `Unavailable`, `RateLimited` for what is not the API's JSON.
pub fn read(reply: &Reply, redactor: impl Fn() -> Redactor) -> Result<AsyncRequestInfo> {
    outcome(reply, &redactor).map_err(|error| {
        error
            .with_http_status(reply.http_status)
            .with_retry_after(reply.retry_after)
            .with_server_time(reply.server_time)
    })
}

fn outcome(reply: &Reply, redactor: &impl Fn() -> Redactor) -> Result<AsyncRequestInfo> {
    let response = match parse(&reply.body) {
        Ok(response) => response,
        Err(why) => return Err(not_the_api(reply, &why, &redactor())),
    };
    if let Some(Object(error)) = response.error {
        let message = text(error.message).unwrap_or_default();
        return Err(redactor().refused(error.code.0, message, text(response.request_id)));
    }
    if !(200..300).contains(&reply.http_status) {
        return Err(not_the_api(reply, "no Response.Error says why", &redactor()));
    }
    let status_text = text(response.status);
    let status = status_text.as_deref().map_or(Status::Unknown, Status::from_text);
    Ok(AsyncRequestInfo { status, status_text, info: text(response.info), request_id: text(response.request_id) })
}

fn parse(body: &[u8]) -> std::result::Result<Response, String> {
    let text = std::str::from_utf8(body).map_err(|e| format!("invalid UTF-8 at byte {}", e.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err("an empty body".to_owned());
    }
    let Object(Document { response: Object(response) }) = serde_json::from_str(text).map_err(|e| json::fault(&e))?;
    if response.error.is_none() && response.status.is_none() && response.request_id.is_none() {
        return Err("neither Status, Error nor RequestId in Response".to_owned());
    }
    let error_code = response.error.as_ref().map(|Object(error)| &error.code);
    for (name, word) in
        [("Status", response.status.as_ref()), ("RequestId", response.request_id.as_ref()), ("Error.Code", error_code)]
    {
        if word.is_some_and(|Word(word)| word.chars().any(char::is_control)) {
            return Err(format!("a control character in {name}"));
        }
    }
    Ok(response)
}

fn not_the_api(reply: &Reply, why: &str, redactor: &Redactor) -> Error {
    let status = reply.http_status;
    let code = match status {
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::BadResponse,
    };
    if (300..400).contains(&status) {
        let target = reply.location.as_deref().unwrap_or("nowhere");
        let target = redactor.excerpt(target.as_bytes());
        return Error::new(code, format!("HTTP {status} redirects to {target}; redirects are refused"));
    }
    if reply.body.is_empty() {
        return Error::new(code, format!("HTTP {status} with an empty body"));
    }
    let body = redactor.excerpt(&reply.body);
    Error::new(code, format!("HTTP {status} with a body that is not the API's JSON ({why}): {body}"))
}
