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

/// A valid request: what it asks for, and the account that its rate counts for.
pub(super) struct Valid {
    operation: Operation,
    account: String,
}

enum Operation {
    Issue(Grant),
    Identify(Identity),
}

impl Sts {
    pub(super) fn carry_out(&self, request: &Request, rules: &StsRules, request_id: &str) -> Result<Answer, Refusal> {
        let Valid { operation, account } = self.validate(request, rules)?;
        self.admit(&account, rules.rate_limit)?;
        Ok(match operation {
            Operation::Issue(grant) => self.issue(&grant, rules, request_id),
            Operation::Identify(identity) => identify(&identity, request_id),
        })
    }

    pub(super) fn validate(&self, request: &Request, rules: &StsRules) -> Result<Valid, Refusal> {
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
            let grant = WebIdentity::parse(&request.body, rules)?.grant;
            // There is no signer: the role's account is the caller's.
            let account = grant.identity.account().to_owned();
            return Ok(Valid { operation: Operation::Issue(grant), account });
        }
        let signer = check_authorization(request, &context)?;
        check_headers(request, &context)?;
        let account = signer.identity.account().to_owned();
        let operation = if action == GET_CALLER_IDENTITY {
            parameters::check_none(&request.body)?;
            Operation::Identify(signer.identity.clone())
        } else {
            Operation::Issue(AssumeRole::parse(&request.body, rules)?.grant)
        };
        Ok(Valid { operation, account })
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
