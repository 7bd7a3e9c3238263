//! Credentials that the program itself holds.

use std::sync::Arc;

use crate::credentials::{
    Credentials, CredentialsInfo, ProfileSettings, Refreshed, ResolveCredentials, SecretCredentials,
};
use crate::error::Result;
use crate::runtime::clock::Clock;
use crate::runtime::context::CallContext;

struct StaticKeys {
    credentials: Arc<SecretCredentials>,
    source: &'static str,
    settings: ProfileSettings,
}

impl ResolveCredentials for StaticKeys {
    fn credentials(&self, _call: &CallContext, _clock: &Clock) -> Result<Arc<SecretCredentials>> {
        Ok(self.credentials.clone())
    }

    fn cached(&self, _clock: &Clock) -> Result<Arc<SecretCredentials>> {
        Ok(self.credentials.clone())
    }

    fn refresh(&self, _stale: &Arc<SecretCredentials>, _call: &CallContext, _clock: &Clock) -> Refreshed {
        Refreshed::No
    }

    fn settings(&self) -> ProfileSettings {
        self.settings.clone()
    }

    fn info(&self) -> CredentialsInfo {
        CredentialsInfo { source: self.source.to_owned(), expires_at: None }
    }
}

/// # Errors
/// `InvalidArgument` that names the part that cannot be one.
pub fn credentials(secret_id: &str, secret_key: &str, token: Option<&str>) -> Result<Credentials> {
    Ok(named("static credentials", SecretCredentials::new(secret_id, secret_key, token)?, ProfileSettings::default()))
}

/// Those of another place that is read once.
pub(crate) fn named(source: &'static str, credentials: SecretCredentials, settings: ProfileSettings) -> Credentials {
    Credentials::new(StaticKeys { credentials: Arc::new(credentials), source, settings })
}
