//! How a role is assumed.

use std::time::Duration;

use crate::credentials::provider::role::RoleOptions;

/// How a role is assumed; what uses it validates it.
#[derive(Debug, Clone, Default)]
pub struct Role(pub(super) RoleOptions);

impl Role {
    /// The defaults: a session named after the process, for two hours.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the session is called in the audit log: 2 to 128 letters, digits and `_+=,.@-`.
    #[must_use]
    pub fn session_name(mut self, name: &str) -> Self {
        self.0.session_name = Some(name.as_bytes().to_vec());
        self
    }

    /// How long the credentials are valid: whole seconds, up to twelve hours.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.0.duration_s = u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        self
    }

    /// What the role's owner requires of whoever assumes it.
    #[must_use]
    pub fn external_id(mut self, id: &str) -> Self {
        self.0.external_id = Some(id.as_bytes().to_vec());
        self
    }

    /// A policy that narrows the session: plain JSON, encoded here.
    #[must_use]
    pub fn policy(mut self, json: &str) -> Self {
        self.0.policy = Some(json.as_bytes().to_vec());
        self
    }

    /// The uin of the person or program behind the session.
    #[must_use]
    pub fn source_identity(mut self, uin: &str) -> Self {
        self.0.source_identity = Some(uin.as_bytes().to_vec());
        self
    }
}
