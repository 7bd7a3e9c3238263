//! The places in their order: environment, cloud function, profile, a pod of TKE, CVM role. The first that has something is
//! the one that is asked from then on; a role that the environment names is assumed with it.
//!
//! The vendor's SDKs ask the CVM instance before the pod, so that a pod acts as its node. Here the four variables of a pod
//! are taken as the wish that they are.

use std::path::Path;

use super::Variables;
use super::assume_role;
use super::cvm_role::{CvmRole, TIMES_IN_CHAIN};
use super::environment::{self, AskedRole, Roles};
use super::profile::{CAM_ROLE_NAME, Profile};
use super::role::RoleOptions;
use super::web_identity::{self, TKE_VARIABLES};
use crate::config::Options;
use crate::credentials::cache::{CachedProvider, Provider, Refresh};
use crate::credentials::{Credentials, ExpiringCredentials, Lookup, NotFound};
use crate::error::{Error, ErrorKind, Result};
use crate::log::Level;
use crate::runtime::sync::InheritedOnce;

/// What is left of the chain when no place before had anything: that may change for the CVM role, when the machine's role
/// is set, or its metadata service is up.
struct Chain {
    /// Why the places before had nothing.
    reasons: Vec<String>,
    cvm_role: CvmRole,
    found: InheritedOnce<()>,
}

/// What the chain came to.
pub struct Chosen {
    pub credentials: Credentials,
    /// The places before, each with why it had nothing.
    pub passed_over: Vec<String>,
}

/// Environment and files are looked at now, and `variable` is asked now only; STS and the metadata service are asked by the
/// first request that needs credentials, within its time.
///
/// # Errors
/// `InvalidArgument` that names an option; `Credentials` where a place has something unusable.
pub fn credentials(io: &Options, variable: Variables<'_>, system_file: &Path) -> Result<Credentials> {
    choose(io, variable, system_file).map(|chosen| chosen.credentials)
}

/// As `credentials`, with the places that were passed over.
///
/// # Errors
/// As `credentials`.
pub fn choose(io: &Options, variable: Variables<'_>, system_file: &Path) -> Result<Chosen> {
    let asked = environment::role(variable)?;
    let mut passed_over = Vec::new();
    let base = base(io, variable, system_file, asked.is_some(), &mut passed_over)?;
    let from = |source: &str| io.log.at(Level::Info, || format!("credentials come from {source}"));
    let credentials = match asked {
        None => {
            from(&base.resolver().info().source);
            base
        }
        Some(AskedRole { role, place }) => {
            let made = assume_role::over(&base, role, io)?;
            from(&format!("{}, as {place} says", made.resolver().info().source));
            made
        }
    };
    Ok(Chosen { credentials, passed_over })
}

fn base(
    io: &Options,
    variable: Variables<'_>,
    system_file: &Path,
    has_role: bool,
    reasons: &mut Vec<String>,
) -> Result<Credentials> {
    let name = cam_role_name(variable)?;
    let cvm_role = CvmRole::new(CAM_ROLE_NAME, name.as_deref(), io, TIMES_IN_CHAIN).map_err(of_variable)?;
    match environment::lookup(variable, &io.log)? {
        Lookup::Found(found) => return Ok(found),
        Lookup::NotFound(nothing) => reasons.push(format!("environment: {}", nothing.why)),
    }
    let profile = Profile::new(None, None, variable, system_file).map_err(of_chain)?;
    let is_named = profile.is_named();
    match profile.load()? {
        // A role of the environment's replaces the profile's, as it does for the vendor's command line.
        Lookup::Found(loaded) => return loaded.without_role(has_role).into_credentials(Roles::Assumed(io)),
        Lookup::NotFound(nothing) if is_named => return Err(nothing.into_error()),
        Lookup::NotFound(nothing) => reasons.push(nothing.why),
    }
    match tke_variables(variable).as_slice() {
        [] => return web_identity::tke(&RoleOptions::default(), io, variable),
        [missing] => {
            let message = format!("TKE: {missing} is not set, though the other three variables of a pod are");
            return Err(Error::new(ErrorKind::Credentials, message));
        }
        missing if missing.len() < TKE_VARIABLES.len() => {
            reasons.push(format!("TKE: {} are not set", missing.join(" and ")));
        }
        _ => {}
    }
    let chain = Chain { reasons: reasons.clone(), cvm_role, found: InheritedOnce::new() };
    Ok(Credentials::new(CachedProvider::unfetched(Box::new(chain), io.log.clone())))
}

/// Those that are not set.
fn tke_variables(variable: Variables<'_>) -> Vec<&'static str> {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    TKE_VARIABLES.into_iter().filter(|name| !is_set(name)).collect()
}

fn cam_role_name(variable: Variables<'_>) -> Result<Option<String>> {
    let Some(value) = variable(CAM_ROLE_NAME).filter(|value| !value.is_empty()) else { return Ok(None) };
    let text = value.into_string();
    let text = text.map_err(|_| Error::new(ErrorKind::Credentials, format!("{CAM_ROLE_NAME} is not UTF-8")))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A variable that cannot be used is not an argument of the caller's.
fn of_chain(error: Error) -> Error {
    if error.kind() == ErrorKind::InvalidArgument { Error::new(ErrorKind::Credentials, error.message()) } else { error }
}

/// As `of_chain`, where an option of the caller's can be wrong as well.
fn of_variable(error: Error) -> Error {
    if error.message().starts_with(CAM_ROLE_NAME) { of_chain(error) } else { error }
}

impl Provider for Chain {
    fn name(&self) -> String {
        if self.found.get().is_some() { self.cvm_role.name() } else { "default credentials".to_owned() }
    }

    fn source(&self) -> String {
        if self.found.get().is_some() { self.cvm_role.source() } else { "the CVM role, if there is one".to_owned() }
    }

    fn fetch(&self, refresh: &Refresh<'_>) -> Result<ExpiringCredentials> {
        let (why, is_transient) = match self.cvm_role.lookup(refresh.context) {
            Ok(Lookup::Found(fetched)) => {
                self.found.set(());
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
        let why = format!("no credentials found: {}", reasons.join("; "));
        Err(NotFound { why, is_transient }.into_error())
    }
}
