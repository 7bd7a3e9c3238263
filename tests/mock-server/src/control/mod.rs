//! Commands in JSON, one a line, each answered by one line: how programs in other languages drive the server.

mod questions;
mod services;
mod sts;

use std::io::Read;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::script::{self, Mistake, number, object, only, optional, text};
use crate::server::MockServer;
use crate::stalled_connect::StalledConnect;

type Object = Map<String, Value>;
/// What is added to `{"ok":true}`.
type Answer = Result<Value, Mistake>;

/// Obeys commands on an server.
pub struct Control<'a> {
    server: &'a MockServer,
    /// Addresses made for `stalled_connect` hang as long as these live.
    stalled: Vec<StalledConnect>,
}

impl<'a> Control<'a> {
    pub fn of(server: &'a MockServer) -> Control<'a> {
        Control { server, stalled: Vec::new() }
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
                .map(|id| json!({ "removed": self.server.remove(id) })),
            "tasks" => Ok(json!({ "tasks": self.server.task_ids() })),
            "questions" => value
                .as_str()
                .ok_or_else(|| "`questions` wants an id".to_owned())
                .map(|id| json!({ "questions": self.server.questions(id) })),
            _ => return None,
        })
    }

    fn put(&self, value: &Value) -> Answer {
        let tasks = match value {
            Value::Array(tasks) => tasks.iter().map(script::task).collect::<Result<Vec<_>, _>>()?,
            task => vec![script::task(task)?],
        };
        for (id, life) in tasks {
            self.server.put(&id, life);
        }
        Ok(Value::Null)
    }

    fn put_many(&self, value: &Value) -> Answer {
        let json = object(value, "`put_many`")?;
        only(json, &["seed", "count", "shortest_ms", "longest_ms", "from"])?;
        let small = |name| u32::try_from(number(json, name)?).map_err(|_| format!("`{name}` is too large"));
        let (shortest, longest) = (number(json, "shortest_ms")?, number(json, "longest_ms")?);
        let starts = script::starts(json)?;
        let tasks = self.server.put_many(small("seed")?, small("count")?, shortest, longest, starts);
        let tasks: Vec<Value> = tasks
            .iter()
            .map(|task| json!({ "id": task.id, "ends_after_ms": task.ends_after_ms, "ends_as": task.ends_as }))
            .collect();
        Ok(json!({ "tasks": tasks }))
    }

    fn behaviour_command(&self, name: &str, value: &Value, command: &Object) -> Option<Answer> {
        let answer = match name {
            "misbehave" => self.misbehave(value),
            "behave" => {
                match value.as_str() {
                    Some("metadata") => self.server.behave_metadata(),
                    Some("sts") => self.server.behave_sts(),
                    _ => self.server.behave(),
                }
                Ok(())
            }
            "regions" => self.regions(value),
            "clock_offset" => value
                .as_i64()
                .ok_or_else(|| "`clock_offset` is not a whole number of seconds".to_owned())
                .map(|seconds| self.server.set_clock_offset(seconds)),
            "rate_limit" => number(command, name).map(|limit| {
                self.server.set_rate_limit(u32::try_from(limit).unwrap_or(u32::MAX));
            }),
            "delay_ms" => number(command, name).map(|ms| self.server.set_delay(Duration::from_millis(ms))),
            "idle_ms" => number(command, name).map(|ms| self.server.set_idle_timeout(Duration::from_millis(ms))),
            _ => return None,
        };
        Some(answer.map(|()| Value::Null))
    }

    fn misbehave(&self, value: &Value) -> Result<(), Mistake> {
        let json = object(value, "`misbehave`")?;
        let misbehaviour = script::misbehaviour(json)?;
        match optional(json, "on", text)? {
            None | Some("api") => self.server.misbehave(misbehaviour),
            Some("metadata") => self.server.misbehave_metadata(misbehaviour),
            Some("sts") => self.server.misbehave_sts(misbehaviour),
            Some(other) => return Err(format!("`on` is none of `api`, `metadata`, `sts`: `{other}`")),
        }
        Ok(())
    }

    fn regions(&self, value: &Value) -> Result<(), Mistake> {
        let regions = match value {
            Value::Null => None,
            Value::Array(names) => Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            _ => return Err("`regions` is neither a list nor null".to_owned()),
        };
        self.server.set_regions(regions);
        Ok(())
    }
}
