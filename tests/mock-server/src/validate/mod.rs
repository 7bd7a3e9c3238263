//! Validation of requests: the vendor's checks, in an order that reports the cause first.

mod authorization;
mod headers;
mod query;

use serde_json::{Map, Value};

pub(crate) use authorization::{check_authorization, check_authorization_is_skipped};
pub(crate) use headers::check_headers;
pub(crate) use query::{Query, check_query, too_many, unknown_id};

use crate::credentials::Credentials;
use crate::request::Request;

/// An error of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: &'static str,
    pub message: String,
}

/// What the checks compare with.
pub(crate) struct Context<'a> {
    /// The service in the credential scope.
    pub service: &'static str,
    pub version: &'static str,
    pub actions: &'a [&'static str],
    pub credentials: &'a Credentials,
    pub server_seconds: i64,
    /// None: any region.
    pub regions: Option<&'a [String]>,
}

pub(crate) fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

pub(crate) fn check_method(request: &Request) -> Result<(), Refusal> {
    if request.method == "POST" {
        return Ok(());
    }
    refuse(
        "UnsupportedProtocol",
        format!("the method {} is not supported by this mock server, use POST", request.method),
    )
}

/// The parameters of a request, none of them unknown.
pub(crate) fn parameters(body: &[u8], known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let Ok(Value::Object(parameters)) = serde_json::from_slice(body) else {
        return refuse("InvalidParameter", "The request body is not a JSON object.");
    };
    match parameters.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => refuse("UnknownParameter", format!("The parameter `{unknown}` is not recognized.")),
        None => Ok(parameters),
    }
}

/// A text parameter. None: missing or null.
pub(crate) fn optional_text<'a>(parameters: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match parameters.get(name) {
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Null) | None => Ok(None),
        Some(_) => refuse("InvalidParameter", format!("The value type of the parameter `{name}` is not String.")),
    }
}

pub(crate) fn required_text<'a>(parameters: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    match optional_text(parameters, name)? {
        Some(text) => Ok(text),
        None => missing(name),
    }
}

fn required_header<'a>(request: &'a Request, name: &str) -> Result<&'a str, Refusal> {
    match request.header(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => missing(name),
    }
}

fn missing<T>(name: &str) -> Result<T, Refusal> {
    refuse("MissingParameter", format!("The request is missing the required parameter `{name}`."))
}
