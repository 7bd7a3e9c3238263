//! The parameters of the actions and their rules.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Map, Value};

use super::issue::Grant;
use super::{StsRules, policy};
use crate::credentials::Identity;
use crate::validate::{Refusal, optional_text, parameters, refuse, required_text};

type Parameters = Map<String, Value>;

const DEFAULT_SECONDS: u64 = 7200;
const MOST_TAGS: usize = 50;

pub(super) struct AssumeRole {
    pub grant: Grant,
}

impl AssumeRole {
    const KNOWN: &'static [&'static str] = &[
        "RoleArn",
        "RoleSessionName",
        "DurationSeconds",
        "Policy",
        "ExternalId",
        "Tags",
        "SourceIdentity",
        "SerialNumber",
        "TokenCode",
    ];

    pub fn parse(body: &[u8], rules: &StsRules) -> Result<AssumeRole, Refusal> {
        let asked = parameters(body, AssumeRole::KNOWN)?;
        let grant = grant(&asked, rules, false)?;
        if let Some(text) = optional_text(&asked, "Policy")? {
            policy::check(text)?;
        }
        check_external_id(optional_text(&asked, "ExternalId")?, rules)?;
        check_tags(asked.get("Tags"))?;
        check_digits(&asked, "SourceIdentity", 1..=20)?;
        check_digits(&asked, "TokenCode", 6..=6)?;
        match (optional_text(&asked, "SerialNumber")?, optional_text(&asked, "TokenCode")?) {
            (None, None) => Ok(AssumeRole { grant }),
            (Some(serial), Some(_)) if is_mfa(serial) => Ok(AssumeRole { grant }),
            _ => malformed("SerialNumber"),
        }
    }
}

pub(super) struct WebIdentity {
    pub grant: Grant,
}

impl WebIdentity {
    const KNOWN: &'static [&'static str] =
        &["ProviderId", "WebIdentityToken", "RoleArn", "RoleSessionName", "DurationSeconds"];

    pub fn parse(body: &[u8], rules: &StsRules) -> Result<WebIdentity, Refusal> {
        let asked = parameters(body, WebIdentity::KNOWN)?;
        let provider = required_text(&asked, "ProviderId")?;
        let token = required_text(&asked, "WebIdentityToken")?;
        // The documentation's example has the duration as a text.
        let grant = grant(&asked, rules, true)?;
        if rules.provider_id.as_deref().is_some_and(|known| known != provider) {
            return refuse("InvalidParameter.ParamError", "The identity provider does not exist.");
        }
        if token != rules.web_identity_token {
            return refuse("InvalidParameter.WebIdentityTokenError", "`WebIdentityToken` is invalid or has expired.");
        }
        Ok(WebIdentity { grant })
    }
}

/// GetCallerIdentity has none: an empty body or an empty object.
pub(super) fn check_none(body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() { Ok(()) } else { parameters(body, &[]).map(drop) }
}

/// What all ways to a role have in common.
fn grant(asked: &Parameters, rules: &StsRules, seconds_may_be_text: bool) -> Result<Grant, Refusal> {
    let (arn, session) = (required_text(asked, "RoleArn")?, required_text(asked, "RoleSessionName")?);
    let Some(account) = account_of_role(arn) else {
        return malformed("RoleArn");
    };
    check_text("RoleSessionName", session, b"+=,.@_-")?;
    let duration = duration(asked.get("DurationSeconds"), rules, seconds_may_be_text)?;
    if rules.roles.as_ref().is_some_and(|roles| !roles.iter().any(|role| role == arn)) {
        return refuse("ResourceNotFound.RoleNotFound", "The role does not exist.");
    }
    Ok(Grant { identity: Identity::of_role(account, arn, session), duration })
}

/// The account in `qcs::cam::uin/<uin>:roleName/<name>` or `…:role/<id>`, service roles included.
fn account_of_role(arn: &str) -> Option<&str> {
    let (account, role) = arn.strip_prefix("qcs::cam::uin/")?.split_once(':')?;
    let is_name = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
        (1..=128).contains(&name.len()) && name.bytes().all(allowed)
    };
    let is_role = match role.split_once('/')? {
        ("roleName", name) => is_name(name),
        ("role", rest) => match rest.split_once('/') {
            None => is_number(rest),
            Some(("tencentcloudServiceRoleName", name)) => is_name(name),
            Some(("tencentcloudServiceRole", id)) => is_number(id),
            Some(_) => false,
        },
        _ => false,
    };
    (is_number(account) && is_role).then_some(account)
}

fn duration(value: Option<&Value>, rules: &StsRules, may_be_text: bool) -> Result<Duration, Refusal> {
    let seconds = match value {
        None | Some(Value::Null) => DEFAULT_SECONDS.min(rules.longest_session.as_secs()),
        Some(Value::String(digits)) if may_be_text && is_number(digits) => digits.parse().unwrap_or(u64::MAX),
        Some(Value::Number(number)) => number.as_u64().unwrap_or(0),
        Some(_) => {
            return refuse("InvalidParameter", "The value type of the parameter `DurationSeconds` is not Uint64.");
        }
    };
    if seconds == 0 {
        return malformed("DurationSeconds");
    }
    if seconds > rules.longest_session.as_secs() {
        return refuse("InvalidParameter.OverTimeError", "`DurationSeconds` exceeds what the role permits.");
    }
    Ok(Duration::from_secs(seconds))
}

fn check_external_id(given: Option<&str>, rules: &StsRules) -> Result<(), Refusal> {
    if let Some(given) = given {
        check_text("ExternalId", given, b"+=,.@:/_-")?;
    }
    match rules.external_id.as_deref() {
        Some(required) if given != Some(required) => {
            refuse("UnauthorizedOperation", "You are not authorized to assume the role.")
        }
        _ => Ok(()),
    }
}

fn check_tags(tags: Option<&Value>) -> Result<(), Refusal> {
    let tags = match tags {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(tags)) if tags.len() <= MOST_TAGS => tags,
        Some(_) => return malformed("Tags"),
    };
    let mut keys = HashSet::new();
    for tag in tags {
        let member =
            |name: &str, most: usize| tag.get(name).and_then(Value::as_str).filter(|text| text.chars().count() <= most);
        match (member("Key", 128), member("Value", 256)) {
            (Some(key), Some(_)) if !key.is_empty() && keys.insert(key) => {}
            _ => return malformed("Tags"),
        }
    }
    Ok(())
}

/// 2 to 128 characters, letters, digits and these.
fn check_text(name: &str, text: &str, also: &[u8]) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || also.contains(&byte);
    if (2..=128).contains(&text.len()) && text.bytes().all(allowed) { Ok(()) } else { malformed(name) }
}

fn check_digits(asked: &Parameters, name: &str, length: std::ops::RangeInclusive<usize>) -> Result<(), Refusal> {
    match optional_text(asked, name)? {
        Some(text) if !is_number(text) || !length.contains(&text.len()) => malformed(name),
        _ => Ok(()),
    }
}

/// `qcs::cam:uin/<uin>::mfa/softToken`.
fn is_mfa(serial: &str) -> bool {
    let account = serial.strip_prefix("qcs::cam:uin/").and_then(|rest| rest.strip_suffix("::mfa/softToken"));
    account.is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn malformed<T>(name: &str) -> Result<T, Refusal> {
    refuse("InvalidParameter.ParamError", format!("The parameter `{name}` is invalid."))
}
