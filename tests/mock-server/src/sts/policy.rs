//! The session policy: JSON in CAM's form, URL-encoded once by the caller.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::validate::{Refusal, refuse};

pub(super) fn check(encoded: &str) -> Result<(), Refusal> {
    let malformed =
        |why: &str| refuse("InvalidParameter.StrategyFormatError", format!("`Policy` is malformed: {why}."));
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+%*!'()".contains(&byte);
    if !encoded.bytes().all(unreserved) {
        return malformed("it is not URL-encoded");
    }
    let plus_decoded = encoded.replace('+', " ");
    let Ok(decoded) = percent_decode_str(&plus_decoded).decode_utf8() else {
        return malformed("it is not UTF-8");
    };
    if decoded.starts_with("%7B") || decoded.starts_with("%7b") {
        return malformed("it is URL-encoded twice");
    }
    let Ok(Value::Object(policy)) = serde_json::from_str(&decoded) else {
        return malformed("it is not a JSON object");
    };
    let Some(Value::Array(statements)) = policy.get("statement") else {
        return malformed("it has no list `statement`");
    };
    if !policy.get("version").is_some_and(Value::is_string) {
        return malformed("it has no `version`");
    }
    if statements.iter().any(|statement| statement.get("principal").is_some()) {
        return refuse("InvalidParameter.StrategyInvalid", "`Policy` has a `principal`.");
    }
    Ok(())
}
