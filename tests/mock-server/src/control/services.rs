//! Commands to ports, TLS, credentials and the metadata service.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Answer, Control};
use crate::certificates::Certificate;
use crate::metadata::MetadataRules;
use crate::script::{Mistake, number, object, only, optional, text};
use crate::stalled_connect::stalled_connect;
use crate::tls::Versions;

impl Control<'_> {
    pub(super) fn service_command(&mut self, name: &str, value: &Value) -> Option<Answer> {
        let done =
            |result: std::io::Result<()>| result.map(|()| Value::Null).map_err(|error| format!("{name}: {error}"));
        Some(match name {
            "stop" => {
                self.server.stop();
                Ok(Value::Null)
            }
            "start" => done(self.server.restart()),
            "close_connections" => {
                self.server.close_connections();
                Ok(Value::Null)
            }
            "stall_connects" => done(self.server.stall_connects(value.as_bool().unwrap_or(true))),
            "stalled_connect" => stalled_connect().map_err(|error| error.to_string()).map(|stalled| {
                let host_port = stalled.host_port();
                self.stalled.push(stalled);
                json!({ "host_port": host_port })
            }),
            "tls" => self.tls(value),
            "metadata" => self.metadata(value),
            "sts" => self.sts(value),
            "credentials" => self.credentials(value),
            "revoke" => value
                .as_str()
                .ok_or_else(|| "`revoke` wants a secret id".to_owned())
                .map(|id| json!({ "revoked": self.server.revoke(id) })),
            "revoke_all" => {
                self.server.revoke_all();
                Ok(Value::Null)
            }
            _ => return None,
        })
    }

    fn tls(&self, value: &Value) -> Answer {
        let json = object(value, "`tls`")?;
        only(json, &["certificate", "versions"])?;
        let certificate = optional(json, "certificate", text)?.unwrap_or("good");
        let certificate =
            Certificate::by_name(certificate).ok_or_else(|| format!("unknown certificate `{certificate}`"))?;
        let versions = match optional(json, "versions", text)?.unwrap_or("both") {
            "both" => Versions::Both,
            "1.2" => Versions::Only12,
            "1.3" => Versions::Only13,
            other => return Err(format!("`versions` is none of both, 1.2, 1.3: `{other}`")),
        };
        self.server.set_tls(certificate, versions).map_err(|error| error.to_string())?;
        Ok(Value::Null)
    }

    fn credentials(&self, value: &Value) -> Answer {
        let json = object(value, "`credentials`")?;
        only(json, &["secret_id", "secret_key", "token", "lifetime_ms"])?;
        let (id, key) = (text(json, "secret_id")?, text(json, "secret_key")?);
        let token = json.get("token").and_then(Value::as_str);
        match (optional(json, "lifetime_ms", number)?, token) {
            (None, token) => self.server.accept(id, key, token),
            (Some(lifetime), Some(token)) => {
                self.server.accept_for(Duration::from_millis(lifetime), id, key, token);
            }
            (Some(_), None) => return Err("`lifetime_ms` wants a `token`".to_owned()),
        }
        Ok(Value::Null)
    }

    fn metadata(&self, value: &Value) -> Answer {
        let json = object(value, "`metadata`")?;
        only(json, &["role", "lifetime_ms", "renew_before_ms", "delay_ms", "rotate", "revoke", "stop", "start"])?;
        let mut rules: MetadataRules = self.server.metadata_rules();
        if let Some(role) = json.get("role") {
            rules.role = role.as_str().map(str::to_owned);
        }
        let time = |name, old| Ok::<_, Mistake>(optional(json, name, number)?.map_or(old, Duration::from_millis));
        rules.lifetime = time("lifetime_ms", rules.lifetime)?;
        rules.renew_before = time("renew_before_ms", rules.renew_before)?;
        rules.delay = time("delay_ms", rules.delay)?;
        self.server.set_metadata(rules);
        if json.contains_key("rotate") {
            self.server.rotate_metadata();
        }
        if json.contains_key("revoke") {
            self.server.revoke_metadata();
        }
        if json.contains_key("stop") {
            self.server.stop_metadata();
        }
        if json.contains_key("start") {
            self.server.restart_metadata().map_err(|error| error.to_string())?;
        }
        Ok(Value::Null)
    }
}
