//! Credentials that the program itself holds.

use std::sync::Arc;

use crate::credentials::{Credentials, ResolveCredentials, SecretCredentials};
use crate::error::Result;
use crate::runtime::clock::Clock;
use crate::runtime::context::CallContext;

struct StaticKeys(Arc<SecretCredentials>);

impl ResolveCredentials for StaticKeys {
    fn credentials(&self, _call: &CallContext, _clock: &Clock) -> Result<Arc<SecretCredentials>> {
        Ok(self.0.clone())
    }

    fn cached(&self, _clock: &Clock) -> Result<Arc<SecretCredentials>> {
        Ok(self.0.clone())
    }

    fn refresh(&self, _stale: &Arc<SecretCredentials>, _call: &CallContext, _clock: &Clock) -> bool {
        false
    }
}

/// # Errors
/// `InvalidArgument` that names the part that cannot be one.
pub fn credentials(secret_id: &str, secret_key: &str, token: Option<&str>) -> Result<Credentials> {
    Ok(from_credentials(SecretCredentials::new(secret_id, secret_key, token)?))
}

pub(crate) fn from_credentials(credentials: SecretCredentials) -> Credentials {
    Credentials::new(StaticKeys(Arc::new(credentials)))
}
