//! Commands in JSON, one a line, each answered by one line: how programs in other languages drive the endpoint.

use std::io::Read;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::endpoint::{Endpoint, StalledConnect, stalled_connect};
use crate::faults::Fault;
use crate::journal::Seen;
use crate::metadata::MetadataRules;
use crate::script::{self, Mistake, number, object, only, optional, text};
use crate::tls::{Certificate, Versions};

type Object = Map<String, Value>;
/// What is added to `{"ok":true}`.
type Answer = Result<Value, Mistake>;

/// Obeys commands on an endpoint.
pub struct Control<'a> {
    endpoint: &'a Endpoint,
    /// Addresses made for `stalled_connect` hang as long as these live.
    stalled: Vec<StalledConnect>,
}

impl<'a> Control<'a> {
    pub fn of(endpoint: &'a Endpoint) -> Control<'a> {
        Control { endpoint, stalled: Vec::new() }
    }

    /// Obeys one command. The answer is `{"ok":true,…}` or `{"ok":false,"error":"…"}`.
    pub fn obey(&mut self, line: &str) -> Value {
        let answer = serde_json::from_str(line)
            .map_err(|error| format!("the command is not JSON: {error}"))
            .and_then(|command: Value| self.carry_out(&command));
        match answer {
            Ok(Value::Object(mut members)) => {
                members.insert("ok".to_owned(), true.into());
                Value::Object(members)
            }
            Ok(_) => json!({ "ok": true }),
            Err(error) => json!({ "ok": false, "error": error }),
        }
    }

    /// Obeys a file of commands: any number of objects, or lists of them.
    pub fn obey_script(&mut self, script: impl Read) -> Result<(), Mistake> {
        for commands in serde_json::Deserializer::from_reader(script).into_iter::<Value>() {
            match commands.map_err(|error| format!("the script is not JSON: {error}"))? {
                Value::Array(commands) => commands.iter().try_for_each(|one| self.carry_out(one).map(drop))?,
                command => drop(self.carry_out(&command)?),
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, command: &Value) -> Answer {
        let command = object(command, "a command")?;
        let mut members = command.iter();
        let (Some((name, value)), None) = (members.next(), members.next()) else {
            return Err("a command is an object of exactly one member".to_owned());
        };
        let answer = self.task_command(name, value).or_else(|| self.service_command(name, value));
        let answer = answer.or_else(|| self.behaviour_command(name, value, command));
        let answer = answer.or_else(|| self.question(name, value));
        answer.unwrap_or_else(|| Err(format!("unknown command `{name}`")))
    }

    fn task_command(&self, name: &str, value: &Value) -> Option<Answer> {
        Some(match name {
            "put" => self.put(value),
            "put_many" => self.put_many(value),
            "remove" => value
                .as_str()
                .ok_or_else(|| "`remove` wants an id".to_owned())
                .map(|id| json!({ "removed": self.endpoint.remove(id) })),
            "tasks" => Ok(json!({ "tasks": self.endpoint.task_ids() })),
            "questions" => value
                .as_str()
                .ok_or_else(|| "`questions` wants an id".to_owned())
                .map(|id| json!({ "questions": self.endpoint.questions(id) })),
            _ => return None,
        })
    }

    fn put(&self, value: &Value) -> Answer {
        let tasks = match value {
            Value::Array(tasks) => tasks.iter().map(script::task).collect::<Result<Vec<_>, _>>()?,
            task => vec![script::task(task)?],
        };
        for (id, life) in tasks {
            self.endpoint.put(&id, life);
        }
        Ok(Value::Null)
    }

    fn put_many(&self, value: &Value) -> Answer {
        let json = object(value, "`put_many`")?;
        only(json, &["seed", "count", "shortest_ms", "longest_ms", "from"])?;
        let small = |name| u32::try_from(number(json, name)?).map_err(|_| format!("`{name}` is too large"));
        let (shortest, longest) = (number(json, "shortest_ms")?, number(json, "longest_ms")?);
        let starts = script::starts(json)?;
        let tasks = self.endpoint.put_many(small("seed")?, small("count")?, shortest, longest, starts);
        let tasks: Vec<Value> = tasks
            .iter()
            .map(|task| json!({ "id": task.id, "ends_after_ms": task.ends_after_ms, "ends_as": task.ends_as }))
            .collect();
        Ok(json!({ "tasks": tasks }))
    }

    fn service_command(&mut self, name: &str, value: &Value) -> Option<Answer> {
        let done =
            |result: std::io::Result<()>| result.map(|()| Value::Null).map_err(|error| format!("{name}: {error}"));
        Some(match name {
            "stop" => {
                self.endpoint.stop();
                Ok(Value::Null)
            }
            "start" => done(self.endpoint.restart()),
            "close_connections" => {
                self.endpoint.close_connections();
                Ok(Value::Null)
            }
            "stall_connects" => done(self.endpoint.stall_connects(value.as_bool().unwrap_or(true))),
            "stalled_connect" => stalled_connect().map_err(|error| error.to_string()).map(|stalled| {
                let host_port = stalled.host_port();
                self.stalled.push(stalled);
                json!({ "host_port": host_port })
            }),
            "tls" => self.tls(value),
            "metadata" => self.metadata(value),
            "credentials" => self.credentials(value),
            "revoke" => value
                .as_str()
                .ok_or_else(|| "`revoke` wants a secret id".to_owned())
                .map(|id| json!({ "revoked": self.endpoint.revoke(id) })),
            "revoke_all" => {
                self.endpoint.revoke_all();
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
        self.endpoint.set_tls(certificate, versions).map_err(|error| error.to_string())?;
        Ok(Value::Null)
    }

    fn credentials(&self, value: &Value) -> Answer {
        let json = object(value, "`credentials`")?;
        only(json, &["secret_id", "secret_key", "token", "lifetime_ms"])?;
        let (id, key) = (text(json, "secret_id")?, text(json, "secret_key")?);
        let token = json.get("token").and_then(Value::as_str);
        match (optional(json, "lifetime_ms", number)?, token) {
            (None, token) => self.endpoint.accept(id, key, token),
            (Some(lifetime), Some(token)) => {
                self.endpoint.accept_for(Duration::from_millis(lifetime), id, key, token);
            }
            (Some(_), None) => return Err("`lifetime_ms` wants a `token`".to_owned()),
        }
        Ok(Value::Null)
    }

    fn metadata(&self, value: &Value) -> Answer {
        let json = object(value, "`metadata`")?;
        only(json, &["role", "lifetime_ms", "renew_before_ms", "delay_ms", "rotate", "revoke", "stop", "start"])?;
        let mut rules: MetadataRules = self.endpoint.metadata_rules();
        if let Some(role) = json.get("role") {
            rules.role = role.as_str().map(str::to_owned);
        }
        let time = |name, old| Ok::<_, Mistake>(optional(json, name, number)?.map_or(old, Duration::from_millis));
        rules.lifetime = time("lifetime_ms", rules.lifetime)?;
        rules.renew_before = time("renew_before_ms", rules.renew_before)?;
        rules.delay = time("delay_ms", rules.delay)?;
        self.endpoint.set_metadata(rules);
        if json.contains_key("rotate") {
            self.endpoint.rotate_metadata();
        }
        if json.contains_key("revoke") {
            self.endpoint.revoke_metadata();
        }
        if json.contains_key("stop") {
            self.endpoint.stop_metadata();
        }
        if json.contains_key("start") {
            self.endpoint.restart_metadata().map_err(|error| error.to_string())?;
        }
        Ok(Value::Null)
    }

    fn behaviour_command(&self, name: &str, value: &Value, command: &Object) -> Option<Answer> {
        let answer = match name {
            "misbehave" => self.misbehave(value),
            "behave" => {
                if value.as_str() == Some("metadata") {
                    self.endpoint.behave_metadata();
                } else {
                    self.endpoint.behave();
                }
                Ok(())
            }
            "regions" => self.regions(value),
            "clock_offset" => value
                .as_i64()
                .ok_or_else(|| "`clock_offset` is not a whole number of seconds".to_owned())
                .map(|seconds| self.endpoint.set_clock_offset(seconds)),
            "rate_limit" => number(command, name).map(|limit| {
                self.endpoint.set_rate_limit(u32::try_from(limit).unwrap_or(u32::MAX));
            }),
            "delay_ms" => number(command, name).map(|ms| self.endpoint.set_delay(Duration::from_millis(ms))),
            "idle_ms" => number(command, name).map(|ms| self.endpoint.set_idle_timeout(Duration::from_millis(ms))),
            _ => return None,
        };
        Some(answer.map(|()| Value::Null))
    }

    fn misbehave(&self, value: &Value) -> Result<(), Mistake> {
        let json = object(value, "`misbehave`")?;
        let misbehaviour = script::misbehaviour(json)?;
        match optional(json, "on", text)? {
            None | Some("api") => self.endpoint.misbehave(misbehaviour),
            Some("metadata") => self.endpoint.misbehave_metadata(misbehaviour),
            Some(other) => return Err(format!("`on` is neither `api` nor `metadata`: `{other}`")),
        }
        Ok(())
    }

    fn regions(&self, value: &Value) -> Result<(), Mistake> {
        let regions = match value {
            Value::Null => None,
            Value::Array(names) => Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            _ => return Err("`regions` is neither a list nor null".to_owned()),
        };
        self.endpoint.set_regions(regions);
        Ok(())
    }

    fn question(&self, name: &str, value: &Value) -> Option<Answer> {
        let newest = |seen: Vec<Seen>| {
            let count = value.as_u64().map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX));
            let skipped = seen.len().saturating_sub(count);
            seen.iter().skip(skipped).map(seen_json).collect::<Vec<Value>>()
        };
        Some(Ok(match name {
            "stats" => self.stats(),
            "seen" => json!({ "seen": newest(self.endpoint.seen()) }),
            "metadata_seen" => json!({ "seen": newest(self.endpoint.metadata_seen()) }),
            "followers" => json!({ "seen": newest(self.endpoint.followers()) }),
            "clear" => {
                self.endpoint.clear();
                Value::Null
            }
            "faults" => {
                json!({ "faults": Fault::ALL.iter().map(|fault| fault_json(*fault)).collect::<Vec<_>>() })
            }
            _ => return None,
        }))
    }

    fn stats(&self) -> Value {
        let endpoint = self.endpoint;
        json!({
            "requests": endpoint.requests(),
            "connections": endpoint.connections(),
            "live_connections": endpoint.live_connections(),
            "max_in_any_second": endpoint.max_in_any_second(),
            "rate_refusals": endpoint.rate_refusals(),
            "misbehaviours_left": endpoint.misbehaviours_left(),
            "followers": endpoint.followers().len(),
            "metadata_requests": endpoint.metadata_requests(),
            "metadata_credentials": endpoint.metadata_credentials(),
        })
    }
}

fn seen_json(seen: &Seen) -> Value {
    json!({
        "ms_ago": u64::try_from(seen.at.elapsed().as_millis()).unwrap_or(u64::MAX),
        "connection": seen.connection,
        "number": seen.number,
        "over_tls": seen.over_tls,
        "head": String::from_utf8_lossy(&seen.head),
        "body": String::from_utf8_lossy(&seen.body),
        "refused": seen.refused,
        "treated": seen.treated,
    })
}

fn fault_json(fault: Fault) -> Value {
    let stage = format!("{:?}", fault.stage()).to_lowercase();
    json!({
        "name": fault.name(),
        "stage": stage,
        "effect": fault.effect().name(),
        "description": fault.description(),
    })
}
