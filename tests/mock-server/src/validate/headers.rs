//! The headers that every request of API 3.0 has.

use super::{Context, Refusal, refuse, required_header};
use crate::request::Request;

pub(crate) fn check_headers(request: &Request, context: &Context<'_>) -> Result<(), Refusal> {
    let content_type = request.header("content-type").unwrap_or_default();
    if content_type.split(';').next().map(str::trim) != Some("application/json") {
        return refuse("InvalidParameter", format!("the Content-Type `{content_type}` is not application/json."));
    }
    if request.header("x-tc-requestclient").is_some_and(|client| !is_request_client(client)) {
        return refuse("InvalidParameter", "`X-TC-RequestClient` is not valid.");
    }
    if request.header("x-tc-language").is_some_and(|language| !matches!(language, "en-US" | "zh-CN")) {
        return refuse("InvalidParameterValue", "`X-TC-Language` is neither en-US nor zh-CN.");
    }
    let action = required_header(request, "x-tc-action")?;
    if !context.actions.contains(&action) {
        return refuse("InvalidAction", format!("The API `{action}` does not exist."));
    }
    let version = required_header(request, "x-tc-version")?;
    if version != context.version {
        return refuse("NoSuchVersion", format!("The API version `{version}` does not exist."));
    }
    let region = required_header(request, "x-tc-region")?;
    if context.regions.is_some_and(|regions| !regions.iter().any(|known| known == region)) {
        return refuse("UnsupportedRegion", format!("API does not support the requested region `{region}`."));
    }
    Ok(())
}

/// `^[0-9a-zA-Z-_,;.]+$` by the documentation, at most 128 characters; and blanks, which the vendor's command line sends.
fn is_request_client(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_,;. ".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}
