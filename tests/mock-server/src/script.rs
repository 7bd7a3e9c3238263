//! Lives and misbehaviours written as JSON, as the crate's documentation describes them.

use serde_json::{Map, Value};

use crate::echo::{Echo, Place, Spelling};
use crate::faults::{Fault, Stage};
use crate::life::{Lasts, Life, Member, Says, Starts, Step};
use crate::misbehave::{Deed, Misbehaviour, Whom};

/// What is wrong with the JSON, in one line.
pub type Mistake = String;

type Object = Map<String, Value>;

/// `{"id":"…","life":[…],"from":"put"}`.
pub(crate) fn task(json: &Value) -> Result<(String, Life), Mistake> {
    let json = object(json, "a task")?;
    only(json, &["id", "life", "from"])?;
    let id = text(json, "id")?.to_owned();
    let steps = match json.get("life") {
        Some(Value::Array(steps)) if !steps.is_empty() => steps,
        _ => return Err("`life` is not a list of steps".to_owned()),
    };
    let steps: Vec<Step> = steps.iter().map(step).collect::<Result<_, _>>()?;
    if let Some(at) = steps.iter().position(|step| step.lasts == Lasts::Forever).filter(|at| at + 1 < steps.len()) {
        let number = at + 1;
        return Err(format!(
            "step {number} of `{id}` lasts for ever, and {} more follow: give it `times` or `ms`",
            steps.len() - number
        ));
    }
    Ok((id, Life { steps, starts: starts(json)? }))
}

/// When a life's clock starts: `"from":"put"` or `"from":"first_question"`, which is the default.
pub(crate) fn starts(json: &Object) -> Result<Starts, Mistake> {
    match optional(json, "from", text)? {
        None | Some("first_question") => Ok(Starts::AtFirstQuestion),
        Some("put") => Ok(Starts::AtPut),
        Some(other) => Err(format!("`from` is neither `put` nor `first_question`: `{other}`")),
    }
}

/// One phase: what is said, through which fault, for how long.
pub(crate) fn step(json: &Value) -> Result<Step, Mistake> {
    let json = object(json, "a step")?;
    only(json, &["status", "info", "missing", "error", "http", "raw", "raw_hex", "close", "fault", "times", "ms"])?;
    let through = optional(json, "fault", fault)?;
    if let Some(fault) = through.filter(|fault| fault.stage() == Stage::Handshake) {
        return Err(format!("`{}` strikes connections, not tasks: use `misbehave`", fault.name()));
    }
    let says = match says(json)? {
        Some(says) => says,
        None if json.contains_key("status") || json.contains_key("missing") => status(json)?,
        None if through.is_some() => Step::status("RUNNING").says,
        None => {
            return Err("a step has none of `status`, `missing`, `error`, `raw`, `fault`".to_owned());
        }
    };
    let lasts = match (optional(json, "times", number)?, optional(json, "ms", number)?) {
        (None, None) => Lasts::Forever,
        (Some(0), None) => return Err("`times` is 0".to_owned()),
        (Some(times), None) => Lasts::Questions(u32::try_from(times).unwrap_or(u32::MAX)),
        (None, Some(ms)) => Lasts::Time(std::time::Duration::from_millis(ms)),
        (Some(_), Some(_)) => return Err("a step has both `times` and `ms`".to_owned()),
    };
    Ok(Step { says, through, lasts })
}

/// `{"fault":"…"}`, `{"error":{…},"http":500}` or `{"raw":"…"}`, and whom it meets.
pub(crate) fn misbehaviour(json: &Object) -> Result<Misbehaviour, Mistake> {
    only(
        json,
        &[
            "fault",
            "echo",
            "error",
            "http",
            "raw",
            "raw_hex",
            "close",
            "next_requests",
            "next_connections",
            "share",
            "on",
        ],
    )?;
    let deed = match (optional(json, "fault", fault)?, optional(json, "echo", echo)?, says(json)?) {
        (Some(fault), None, None) => Deed::Fault(fault),
        (None, Some(echo), None) => Deed::Echo(echo),
        (None, None, Some(says)) => Deed::Says(says),
        _ => {
            return Err("a misbehaviour wants one of `fault`, `echo`, `error`, `raw`, `raw_hex`".to_owned());
        }
    };
    let count = |name| {
        let count = optional(json, name, number)?;
        Ok::<_, Mistake>(count.map(|count| u32::try_from(count).unwrap_or(u32::MAX)))
    };
    let whom = match (count("next_requests")?, count("next_connections")?, optional(json, "share", share)?) {
        (None, None, None) => Whom::All,
        (Some(requests), None, None) => Whom::NextRequests(requests),
        (None, Some(connections), None) => Whom::NextConnections(connections),
        (None, None, Some(share)) => Whom::Share(share),
        _ => {
            return Err("`next_requests`, `next_connections` and `share` exclude each other".to_owned());
        }
    };
    Ok(Misbehaviour { deed, whom })
}

/// An error or raw bytes; None: the JSON has neither.
fn says(json: &Object) -> Result<Option<Says>, Mistake> {
    let close = json.get("close").and_then(Value::as_bool).unwrap_or(false);
    if let Some(raw) = optional(json, "raw", text)? {
        return Ok(Some(Says::Raw { bytes: raw.as_bytes().to_vec(), close }));
    }
    if let Some(bytes) = optional(json, "raw_hex", hex)? {
        return Ok(Some(Says::Raw { bytes, close }));
    }
    let Some(error) = json.get("error") else {
        return Ok(None);
    };
    let error = object(error, "`error`")?;
    only(error, &["code", "message"])?;
    let http = optional(json, "http", number)?.unwrap_or(200);
    Ok(Some(Says::Error {
        code: text(error, "code")?.to_owned(),
        message: optional(error, "message", text)?.unwrap_or("An error made for a test.").to_owned(),
        http: u16::try_from(http).map_err(|_| "`http` is not an HTTP status".to_owned())?,
    }))
}

fn status(json: &Object) -> Result<Says, Mistake> {
    let missing: Vec<&str> = match json.get("missing") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(_) => return Err("`missing` is not a list of names".to_owned()),
        None => Vec::new(),
    };
    let usual = match json.get("status") {
        Some(Value::String(status)) => Step::status(status),
        _ => Step::raw_status(Member::Null, Member::Null),
    };
    let Says::Status { status, info } = usual.says else {
        return Err("`status` is not a status".to_owned());
    };
    let info = optional(json, "info", member)?.unwrap_or(info);
    let present = |name: &str, member| {
        if missing.contains(&name) { Member::Missing } else { member }
    };
    Ok(Says::Status { status: present("status", status), info: present("info", info) })
}

fn member(json: &Object, name: &str) -> Result<Member, Mistake> {
    match json.get(name) {
        Some(Value::String(text)) => Ok(Member::Text(text.clone())),
        Some(Value::Null) => Ok(Member::Null),
        _ => Err(format!("`{name}` is neither a text nor null")),
    }
}

fn fault(json: &Object, name: &str) -> Result<Fault, Mistake> {
    let name = text(json, name)?;
    Fault::by_name(name).ok_or_else(|| format!("unknown fault `{name}`; --list-faults lists them"))
}

/// `{"place":"…","spelling":"…","bytes":N}`, at the HTTP status of the misbehaviour.
fn echo(misbehaviour: &Object, name: &str) -> Result<Echo, Mistake> {
    let json = misbehaviour.get(name).and_then(Value::as_object).ok_or_else(|| format!("`{name}` is not an object"))?;
    only(json, &["place", "spelling", "bytes"])?;
    let (place, spelling) = (text(json, "place")?, optional(json, "spelling", text)?.unwrap_or("plain"));
    let place = Place::by_name(place).ok_or_else(|| format!("unknown place `{place}`"))?;
    let spelling = Spelling::by_name(spelling).ok_or_else(|| format!("unknown spelling `{spelling}`"))?;
    let http = optional(misbehaviour, "http", number)?.unwrap_or(200);
    let bytes = optional(json, "bytes", number)?.unwrap_or(0);
    Ok(Echo {
        place,
        spelling,
        http: u16::try_from(http).map_err(|_| "`http` is not an HTTP status".to_owned())?,
        bytes: usize::try_from(bytes).map_err(|_| "`bytes` is too large".to_owned())?,
    })
}

fn share(json: &Object, name: &str) -> Result<f64, Mistake> {
    let share = json.get(name).and_then(Value::as_f64);
    share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| format!("`{name}` is not between 0 and 1"))
}

fn hex(json: &Object, name: &str) -> Result<Vec<u8>, Mistake> {
    let digits: Vec<u32> = text(json, name)?.chars().filter_map(|digit| digit.to_digit(16)).collect();
    if digits.len() != text(json, name)?.len() || digits.len() % 2 != 0 {
        return Err(format!("`{name}` is not an even number of hex digits"));
    }
    Ok(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8)).collect())
}

// What commands and scripts share in reading JSON.

pub(crate) fn object<'a>(json: &'a Value, what: &str) -> Result<&'a Object, Mistake> {
    json.as_object().ok_or_else(|| format!("{what} is not a JSON object"))
}

pub(crate) fn text<'a>(json: &'a Object, name: &str) -> Result<&'a str, Mistake> {
    json.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` is not a text"))
}

pub(crate) fn number(json: &Object, name: &str) -> Result<u64, Mistake> {
    json.get(name).and_then(Value::as_u64).ok_or_else(|| format!("`{name}` is not a whole number from 0"))
}

/// None if the name is not there; what is there must be right.
pub(crate) fn optional<'a, T>(
    json: &'a Object,
    name: &str,
    read: impl Fn(&'a Object, &str) -> Result<T, Mistake>,
) -> Result<Option<T>, Mistake> {
    if json.contains_key(name) { read(json, name).map(Some) } else { Ok(None) }
}

/// A misspelt name must not pass for a default.
pub(crate) fn only(json: &Object, known: &[&str]) -> Result<(), Mistake> {
    match json.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(format!("unknown name `{unknown}`; known are {}", known.join(", "))),
        None => Ok(()),
    }
}
