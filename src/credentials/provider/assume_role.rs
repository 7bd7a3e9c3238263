//! Credentials of a role that is assumed with other credentials, from STS.

use super::role::{Role, RoleOptions};
use super::sts_client::{Proof, Question, StsClient};
use crate::api::sts::{self, ASSUME_ROLE, REGION};
use crate::config::Options;
use crate::credentials::cache::{CachedProvider, Provider, Refresh};
use crate::credentials::{Credentials, ExpiringCredentials};
use crate::error::{Error, ErrorKind, Result};

/// Roles over roles.
const MAX_DEPTH: usize = 4;

struct AssumeRole {
    base: Credentials,
    role: Role,
    sts: StsClient,
}

/// The role's credentials, fetched by the first request that needs them and kept fresh.
///
/// # Errors
/// `InvalidArgument` that names the parameter or option; `Tls` where the system has no store of certificates.
pub fn credentials(base: &Credentials, role_arn: &str, role: &RoleOptions, io: &Options) -> Result<Credentials> {
    over(base, Role::validate("role_arn", role_arn, role)?, io)
}

/// # Errors
/// As `credentials`.
pub(crate) fn over(base: &Credentials, role: Role, io: &Options) -> Result<Credentials> {
    if base.resolver().depth() >= MAX_DEPTH {
        let roles = MAX_DEPTH + 1;
        return Err(Error::invalid(format!("role_arn would make a chain of {roles} roles; at most {MAX_DEPTH}")));
    }
    let provider = AssumeRole { base: base.clone(), role, sts: StsClient::new(io)? };
    let cached = CachedProvider::unfetched(Box::new(provider), io.log.clone());
    Ok(Credentials::new(cached.with_settings(base.resolver().settings())))
}

impl Provider for AssumeRole {
    fn name(&self) -> String {
        format!("role {}", self.role.arn)
    }

    fn source(&self) -> String {
        format!("{} from {}", self.name(), self.base.resolver().info().source)
    }

    fn depth(&self) -> usize {
        self.base.resolver().depth() + 1
    }

    fn fetch(&self, refresh: &Refresh<'_>) -> Result<ExpiringCredentials> {
        let session_name = self.role.session_name();
        let parameters = sts::AssumeRole {
            role_arn: &self.role.arn,
            role_session_name: &session_name,
            duration_seconds: self.role.duration_s,
            policy: self.role.policy.as_deref(),
            external_id: self.role.external_id.as_deref(),
            source_identity: self.role.source_identity.as_deref(),
        };
        let body = sts::body(&parameters, self.role.size())?;
        let proof = Proof::Signature(&self.base);
        let question = Question { action: ASSUME_ROLE, region: REGION, body: &body, proof };
        let issued = self.sts.issue(&question, refresh).map_err(|e| named(&self.name(), e))?;
        Ok(ExpiringCredentials { credentials: issued.credentials, expires_at: Some(issued.expires_at) })
    }
}

/// The same failure, with the name of what could not be fetched.
pub(super) fn named(name: &str, failure: Error) -> Error {
    if failure.kind() != ErrorKind::Credentials {
        return failure;
    }
    let retryable = failure.is_retryable();
    let message = format!("{name}: {}", failure.message());
    Error::new(ErrorKind::Credentials, message).caused_by(Some(&failure)).retryable(retryable)
}
