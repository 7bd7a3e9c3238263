//! The places that the vendor's SDKs look at, in their order: environment, profile, CVM role. The first that has
//! something is the one that is asked from then on.
//!
//! TKE's OIDC (`AssumeRoleWithWebIdentity`) comes last in that order and is not asked yet; see `oidc`.

use std::ffi::OsString;
use std::path::Path;
use std::sync::OnceLock;

use super::cvm_role::{CvmRole, TIMES_IN_CHAIN};
use super::environment;
use super::profile::Profile;
use crate::config::Options;
use crate::credentials::cache::{CachedProvider, Provider};
use crate::credentials::{Credentials, ExpiringCredentials, Lookup, NotFound};
use crate::error::{Error, ErrorKind, Result};
use crate::log::Level;
use crate::runtime::context::CallContext;

/// The variables that say which role a pod of TKE has.
const OIDC_VARIABLES: [&str; 4] = ["TKE_REGION", "TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN"];

/// What is left of the chain when neither environment nor profile had anything: that may change for the CVM role, when
/// the machine's role is set, or its metadata service is up.
struct Chain {
    /// Why the places before had nothing.
    reasons: Vec<String>,
    cvm_role: CvmRole,
    /// Why the places behind have nothing.
    reasons_behind: Vec<String>,
    found: OnceLock<()>,
}

/// Environment and files are looked at now, and `variable` is asked now only; the metadata service is asked by the first
/// query, within its time.
///
/// # Errors
/// `InvalidArgument` that names an option; `Credentials` where a place has something unusable.
pub fn credentials(
    io: &Options,
    variable: impl Fn(&str) -> Option<OsString>,
    system_file: &Path,
) -> Result<Credentials> {
    let cvm_role = CvmRole::new(None, io, TIMES_IN_CHAIN)?;
    let from = |name: &str| io.log.at(Level::Info, || format!("credentials come from {name}"));
    let mut reasons = Vec::new();
    match environment::lookup(&variable)? {
        Lookup::Found(found) => {
            from("the environment");
            return Ok(found);
        }
        Lookup::NotFound(nothing) => reasons.push(format!("environment: {}", nothing.why)),
    }
    match Profile::new(None, None, &variable, system_file).map_err(of_chain)?.load()? {
        Lookup::Found(loaded) => {
            from(&loaded.profile.name());
            return Ok(loaded.into_credentials(io.log.clone()));
        }
        Lookup::NotFound(nothing) => reasons.push(nothing.why),
    }
    let chain = Chain { reasons, cvm_role, reasons_behind: oidc(&variable), found: OnceLock::new() };
    Ok(Credentials::new(CachedProvider::unfetched(chain, io.log.clone())))
}

/// A variable that cannot be used is no argument of the caller's.
fn of_chain(error: Error) -> Error {
    if error.kind() == ErrorKind::InvalidArgument { Error::new(ErrorKind::Credentials, error.message()) } else { error }
}

fn oidc(variable: &impl Fn(&str) -> Option<OsString>) -> Vec<String> {
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.is_empty());
    match OIDC_VARIABLES.iter().find(|name| is_set(name)) {
        Some(name) => vec![format!("TKE OIDC: {name} is set, but this version does not ask STS")],
        None => Vec::new(),
    }
}

impl Provider for Chain {
    fn name(&self) -> String {
        if self.found.get().is_some() { self.cvm_role.name() } else { "default credentials".to_owned() }
    }

    fn fetch(&self, call: &CallContext) -> Result<ExpiringCredentials> {
        let (why, is_transient) = match self.cvm_role.lookup(call) {
            Ok(Lookup::Found(fetched)) => {
                let _ = self.found.set(());
                return Ok(fetched);
            }
            Ok(Lookup::NotFound(nothing)) => (nothing.why, nothing.is_transient),
            Err(error) if error.kind() == ErrorKind::Credentials => (error.message().to_owned(), true),
            Err(error) => return Err(error),
        };
        if self.found.get().is_some() {
            return Err(NotFound { why: format!("CVM role: {why}"), is_transient }.into_error());
        }
        let mut reasons = self.reasons.clone();
        reasons.push(format!("CVM role: {why}"));
        reasons.extend(self.reasons_behind.iter().cloned());
        let why = format!("no credentials found: {}", reasons.join("; "));
        Err(NotFound { why, is_transient }.into_error())
    }
}
