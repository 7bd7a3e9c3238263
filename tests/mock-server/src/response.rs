//! The API's JSON.

use serde_json::{Value, json};

use crate::life::{Member, Says};
use crate::validate::Refusal;

/// The members of Response, in the API's order, each value as JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Response(pub Vec<(&'static str, String)>);

impl Response {
    fn of(says: &Says, request_id: &str) -> Response {
        let mut members = Vec::new();
        match says {
            Says::Status { status, info } => {
                members.extend(member_json(info).map(|info| ("Info", info)));
                members.extend(member_json(status).map(|status| ("Status", status)));
            }
            Says::Error { code, message, .. } => members.push(("Error", error_json(code, message))),
            Says::Raw { .. } => {}
        }
        members.push(("RequestId", Value::from(request_id).to_string()));
        Response(members)
    }

    pub fn set(mut self, name: &'static str, json: &str) -> Response {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = json.to_owned(),
            None => self.0.insert(0, (name, json.to_owned())),
        }
        self
    }

    pub fn without(mut self, name: &str) -> Response {
        self.0.retain(|(known, _)| *known != name);
        self
    }

    pub fn members_json(&self) -> String {
        let members: Vec<String> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        members.join(",")
    }

    pub fn to_json(&self) -> String {
        format!("{{\"Response\":{{{}}}}}", self.members_json())
    }
}

/// What a service answers, before a fault spoils it.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub http: u16,
    pub response: Response,
}

impl Answer {
    /// Raw bytes have no answer; their callers send them as they are.
    pub fn of(says: &Says, request_id: &str) -> Answer {
        let http = if let Says::Error { http, .. } = says { *http } else { 200 };
        Answer { http, response: Response::of(says, request_id) }
    }

    /// These members, then the RequestId.
    pub fn good(members: impl IntoIterator<Item = (&'static str, Value)>, request_id: &str) -> Answer {
        let request_id = ("RequestId", Value::from(request_id));
        let members = members.into_iter().chain([request_id]).map(|(name, value)| (name, value.to_string()));
        Answer { http: 200, response: Response(members.collect()) }
    }

    pub fn refusal(refusal: &Refusal, request_id: &str) -> Answer {
        let says = Says::Error { code: refusal.code.to_owned(), message: refusal.message.clone(), http: 200 };
        Answer::of(&says, request_id)
    }

    pub fn empty() -> Answer {
        Answer { http: 200, response: Response(Vec::new()) }
    }
}

fn member_json(member: &Member) -> Option<String> {
    match member {
        Member::Text(text) => Some(Value::from(text.as_str()).to_string()),
        Member::Null => Some("null".to_owned()),
        Member::Missing => None,
    }
}

/// The value of an `Error` member.
pub(crate) fn error_json(code: &str, message: &str) -> String {
    json!({ "Code": code, "Message": message }).to_string()
}
