//! The credentials the API side accepts; they may come, change and go while it runs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::demo_tasks::splitmix64;

/// The account that every credential belongs to but those of roles of other accounts.
pub const ACCOUNT: &str = "100000000001";

/// The web identity token that STS takes unless another is set.
pub const WEB_IDENTITY_TOKEN: &str = "fake.web-identity.token";

/// Whose credential it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    Account,
    Role { account: String, id: String, session: String },
}

impl Identity {
    /// A session of a role. The role's id is made of its ARN.
    pub fn of_role(account: &str, arn: &str, session: &str) -> Identity {
        let number = arn.bytes().fold(0, |mixed, byte| splitmix64(mixed ^ u64::from(byte)));
        Identity::Role {
            account: account.to_owned(),
            id: format!("46116860{:010}", number % 10_000_000_000),
            session: session.to_owned(),
        }
    }

    pub fn account(&self) -> &str {
        match self {
            Identity::Account => ACCOUNT,
            Identity::Role { account, .. } => account,
        }
    }
}

/// What belongs to a secret id.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    pub secret_key: String,
    pub token: Option<String>,
    pub expires: Option<Instant>,
    pub identity: Identity,
}

impl Credential {
    pub fn has_expired(&self) -> bool {
        self.expires.is_some_and(|end| Instant::now() >= end)
    }
}

#[derive(Default)]
pub(crate) struct Credentials {
    by_id: HashMap<String, Credential>,
}

impl Credentials {
    pub fn get(&self, secret_id: &str) -> Option<&Credential> {
        self.by_id.get(secret_id)
    }

    /// Accepts a credential of the account; one of the same id is replaced.
    pub fn accept(&mut self, secret_id: &str, secret_key: &str, token: Option<&str>, lifetime: Option<Duration>) {
        let credential = Credential {
            secret_key: secret_key.to_owned(),
            token: token.map(str::to_owned),
            expires: lifetime.map(|time| Instant::now() + time),
            identity: Identity::Account,
        };
        self.insert(secret_id, credential);
    }

    pub fn insert(&mut self, secret_id: &str, credential: Credential) {
        self.by_id.insert(secret_id.to_owned(), credential);
    }

    pub fn revoke(&mut self, secret_id: &str) -> bool {
        self.by_id.remove(secret_id).is_some()
    }

    pub fn revoke_all(&mut self) {
        self.by_id.clear();
    }
}
