//! The API's JSON.

use serde_json::{Value, json};

use crate::life::{Member, Says};

/// The members of Response, in the API's order, each value as JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Response(pub Vec<(&'static str, String)>);

impl Response {
    pub fn of(says: &Says, request_id: &str) -> Response {
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
