//! The actions: validation of the whole request, then what it asks for.

use serde_json::json;

use super::issue::Grant;
use super::parameters::{self, AssumeRole, WebIdentity};
use super::{ACTIONS, ASSUME_ROLE_WITH_WEB_IDENTITY, GET_CALLER_IDENTITY, Sts, StsRules, VERSION};
use crate::credentials::Identity;
use crate::locked;
use crate::request::Request;
use crate::response::Answer;
use crate::signature::STS_SERVICE;
use crate::validate::{
    Context, Refusal, check_authorization, check_authorization_is_skipped, check_headers, check_method,
};

/// What a valid request asks for.
pub(super) enum Operation {
    Issue(Grant),
    Identify(Identity),
}

impl Operation {
    fn account(&self) -> &str {
        match self {
            Operation::Issue(grant) => grant.identity.account(),
            Operation::Identify(identity) => identity.account(),
        }
    }
}

impl Sts {
    pub(super) fn carry_out(&self, request: &Request, rules: &StsRules, request_id: &str) -> Result<Answer, Refusal> {
        let operation = self.validate(request, rules)?;
        self.admit(operation.account(), rules.rate_limit)?;
        Ok(match operation {
            Operation::Issue(grant) => self.issue(&grant, rules, request_id),
            Operation::Identify(identity) => identify(&identity, request_id),
        })
    }

    pub(super) fn validate(&self, request: &Request, rules: &StsRules) -> Result<Operation, Refusal> {
        check_method(request)?;
        let credentials = locked(&self.api.credentials);
        let context = Context {
            service: STS_SERVICE,
            version: VERSION,
            actions: ACTIONS,
            credentials: &credentials,
            server_seconds: self.api.server_seconds(),
            // Roles are the same in all regions, and the SDKs send a constant.
            regions: None,
        };
        let action = request.header("x-tc-action").unwrap_or_default();
        if action == ASSUME_ROLE_WITH_WEB_IDENTITY {
            check_authorization_is_skipped(request)?;
            check_headers(request, &context)?;
            return WebIdentity::parse(&request.body, rules).map(|asked| Operation::Issue(asked.grant));
        }
        let signer = check_authorization(request, &context)?;
        check_headers(request, &context)?;
        if action == GET_CALLER_IDENTITY {
            parameters::check_none(&request.body)?;
            return Ok(Operation::Identify(signer.identity.clone()));
        }
        AssumeRole::parse(&request.body, rules).map(|asked| Operation::Issue(asked.grant))
    }
}

fn identify(identity: &Identity, request_id: &str) -> Answer {
    let account = identity.account();
    let (arn, user, kind) = match identity {
        Identity::Account => (format!("qcs::cam::uin/{account}:uin/{account}"), account.to_owned(), "CAMUser"),
        Identity::Role { id, session, .. } => {
            (format!("qcs::sts:{account}:assumed-role/{id}"), format!("{id}:{session}"), "CAMRole")
        }
    };
    Answer::good(
        [
            ("Arn", json!(arn)),
            ("AccountId", json!(account)),
            ("UserId", json!(user)),
            ("PrincipalId", json!(account)),
            ("Type", json!(kind)),
        ],
        request_id,
    )
}
