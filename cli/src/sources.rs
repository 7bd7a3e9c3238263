//! The credentials that the options choose.

use std::time::Duration;

use tcdb_async::{Credentials, Error, Options, Role};

use crate::arguments::{Shared, Source};
use crate::connection::{self, Log};
use crate::failure::{Failure, system_words};
use crate::terms;

/// As STS has it; the library counts in seconds, which were not given here.
const LONGEST_ROLE: Duration = Duration::from_secs(12 * 3600);

/// Credentials, and the places that come before them in the default chain, with why each had nothing.
pub struct Chosen {
    pub credentials: Credentials,
    pub passed_over: Vec<String>,
}

/// # Errors
/// What cannot be used, in the words of the command line.
pub fn choose(shared: &Shared, log: &Log) -> Result<Chosen, Failure> {
    let source = &shared.source;
    let io = options(shared, log);
    let role = role(source)?;
    let failed = |error: Error| Failure::of_error(&error, &terms::of_credentials(&error));
    if let (Some(file), Some(provider), Some(arn)) =
        (&source.web_identity_token_file, &source.provider_id, &source.role)
    {
        let credentials = Credentials::from_web_identity(arn, provider, file, &role, &io).map_err(failed)?;
        return Ok(Chosen { credentials, passed_over: Vec::new() });
    }
    let base = base(source, &io).map_err(failed)?;
    match &source.role {
        None => Ok(base),
        Some(arn) => {
            let credentials = base.credentials.assume_role(arn, &role, &io).map_err(failed)?;
            Ok(Chosen { credentials, ..base })
        }
    }
}

fn base(source: &Source, io: &Options) -> Result<Chosen, Error> {
    let credentials = if source.env {
        Credentials::from_env(io)?
    } else if source.profile.is_some() || source.credentials_file.is_some() {
        Credentials::from_profile(source.credentials_file.as_deref(), source.profile.as_deref(), io)?
    } else if let Some(name) = &source.cvm_role {
        Credentials::from_cvm_role(Some(name.as_str()).filter(|name| !name.is_empty()), io)?
    } else if source.tke {
        Credentials::from_tke(&Role::new(), io)?
    } else {
        let (credentials, passed_over) = Credentials::from_default_chain_with_reasons(io)?;
        return Ok(Chosen { credentials, passed_over });
    };
    Ok(Chosen { credentials, passed_over: Vec::new() })
}

/// Of the requests to STS and to the metadata service.
pub fn options(shared: &Shared, log: &Log) -> Options {
    let mut io = connection::of_all(shared, log);
    if let Some(url) = &shared.source.metadata {
        io = io.endpoint(url);
    }
    io
}

fn role(source: &Source) -> Result<Role, Failure> {
    let mut role = Role::new();
    if let Some(name) = &source.role_session_name {
        role = role.session_name(name);
    }
    if let Some(duration) = source.role_duration {
        if duration.subsec_nanos() != 0 || duration.is_zero() {
            return Err(Failure::usage("--role-duration must be whole seconds, at least one"));
        }
        if duration > LONGEST_ROLE {
            return Err(Failure::usage("--role-duration is more than 12h"));
        }
        role = role.duration(duration);
    }
    if let Some(id) = &source.external_id {
        role = role.external_id(id);
    }
    if let Some(file) = &source.role_policy {
        let policy = std::fs::read_to_string(file);
        let policy = policy
            .map_err(|why| Failure::usage(format!("--role-policy {}: {}", file.display(), system_words(&why))))?;
        role = role.policy(&policy);
    }
    if let Some(uin) = &source.source_identity {
        role = role.source_identity(uin);
    }
    Ok(role)
}
