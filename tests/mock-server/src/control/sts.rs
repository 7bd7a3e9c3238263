//! The command to STS.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Answer, Control};
use crate::script::{Mistake, number, object, only, optional, text};
use crate::sts::StsRules;

const RULES: &[&str] = &[
    "roles",
    "external_id",
    "provider_id",
    "web_identity_token",
    "longest_session_s",
    "lifetime_ms",
    "id_bytes",
    "key_bytes",
    "token_bytes",
    "rate_limit",
    "delay_ms",
];
const ACTIONS: &[&str] = &["revoke", "stop", "start"];

impl Control<'_> {
    pub(super) fn sts(&self, value: &Value) -> Answer {
        let json = object(value, "`sts`")?;
        only(json, &[RULES, ACTIONS].concat())?;
        let mut rules = self.server.sts_rules();
        set_roles(json, &mut rules)?;
        set_times_and_sizes(json, &mut rules)?;
        self.server.set_sts(rules);
        if json.contains_key("revoke") {
            self.server.revoke_sts();
        }
        if json.contains_key("stop") {
            self.server.stop_sts();
        }
        if json.contains_key("start") {
            self.server.restart_sts().map_err(|error| error.to_string())?;
        }
        Ok(Value::Null)
    }
}

fn set_roles(json: &Map<String, Value>, rules: &mut StsRules) -> Result<(), Mistake> {
    match json.get("roles") {
        None => {}
        Some(Value::Null) => rules.roles = None,
        Some(Value::Array(roles)) => {
            rules.roles = Some(roles.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        Some(_) => return Err("`roles` is neither a list nor null".to_owned()),
    }
    if let Some(id) = optional(json, "external_id", text_or_null)? {
        rules.external_id = id;
    }
    if let Some(id) = optional(json, "provider_id", text_or_null)? {
        rules.provider_id = id;
    }
    if let Some(token) = optional(json, "web_identity_token", text)? {
        rules.web_identity_token = token.to_owned();
    }
    Ok(())
}

fn set_times_and_sizes(json: &Map<String, Value>, rules: &mut StsRules) -> Result<(), Mistake> {
    if let Some(seconds) = optional(json, "longest_session_s", number)? {
        rules.longest_session = Duration::from_secs(seconds);
    }
    match json.get("lifetime_ms") {
        None => {}
        Some(Value::Null) => rules.lifetime = None,
        Some(_) => rules.lifetime = Some(Duration::from_millis(number(json, "lifetime_ms")?)),
    }
    let size = |name, old| {
        let size = optional(json, name, number)?;
        size.map_or(Ok(old), |size| usize::try_from(size).map_err(|_| format!("`{name}` is too large")))
    };
    rules.id_bytes = size("id_bytes", rules.id_bytes)?;
    rules.key_bytes = size("key_bytes", rules.key_bytes)?;
    rules.token_bytes = size("token_bytes", rules.token_bytes)?;
    if let Some(limit) = optional(json, "rate_limit", number)? {
        rules.rate_limit = u32::try_from(limit).unwrap_or(u32::MAX);
    }
    if let Some(delay) = optional(json, "delay_ms", number)? {
        rules.delay = Duration::from_millis(delay);
    }
    Ok(())
}

fn text_or_null(json: &Map<String, Value>, name: &str) -> Result<Option<String>, Mistake> {
    match json.get(name) {
        Some(Value::Null) => Ok(None),
        _ => text(json, name).map(|text| Some(text.to_owned())),
    }
}
