//! Options that do not belong together, and options that need another one. Clap cannot say it for options that are
//! taken before and behind the command.

use crate::arguments::{Arguments, Command, Shared};

/// An option's name, and whether it is given.
type Given = (&'static str, bool);

/// # Errors
/// One line that names both options.
pub fn check(given: &Arguments) -> Result<(), String> {
    let shared = &given.shared;
    let status_only = match &given.command {
        Command::Query(query) => query.status_only,
        Command::Wait(wait) => wait.status_only,
        _ => false,
    };
    exclude(&[("--json", shared.json), ("--status-only", status_only)])?;
    exclude(&[("--quiet", shared.quiet), ("--verbose", shared.verbose)])?;
    check_source(shared)
}

fn check_source(shared: &Shared) -> Result<(), String> {
    let source = &shared.source;
    let profile = ("--profile", source.profile.is_some());
    let file = ("--credentials-file", source.credentials_file.is_some());
    let (env, tke) = (("--env", source.env), ("--tke", source.tke));
    let cvm = ("--cvm-role", source.cvm_role.is_some());
    let token_file = ("--web-identity-token-file", source.web_identity_token_file.is_some());
    let metadata = ("--metadata", source.metadata.is_some());
    let provider = ("--provider-id", source.provider_id.is_some());
    let role = ("--role", source.role.is_some());

    for named in [profile, file] {
        exclude(&[env, named, cvm, tke, token_file])?;
        exclude(&[metadata, named])?;
    }
    for other in [env, tke, token_file] {
        exclude(&[metadata, other])?;
    }
    require(token_file, &[provider, role])?;
    require(provider, &[token_file])?;
    for option in [
        ("--role-session-name", source.role_session_name.is_some()),
        ("--role-duration", source.role_duration.is_some()),
    ] {
        require(option, &[role])?;
    }
    for option in [
        ("--external-id", source.external_id.is_some()),
        ("--role-policy", source.role_policy.is_some()),
        ("--source-identity", source.source_identity.is_some()),
    ] {
        require(option, &[role])?;
        exclude(&[option, token_file])?;
    }
    Ok(())
}

/// Of these at most one may be given.
fn exclude(options: &[Given]) -> Result<(), String> {
    let mut given = options.iter().filter(|(_, is_given)| *is_given);
    match (given.next(), given.next()) {
        (Some((one, _)), Some((other, _))) => Err(format!("{one} and {other} cannot be used together")),
        _ => Ok(()),
    }
}

/// With the option all of these must be given.
fn require((option, is_given): Given, needed: &[Given]) -> Result<(), String> {
    match needed.iter().find(|(_, is_there)| is_given && !is_there) {
        Some((missing, _)) => Err(format!("{option} needs {missing}")),
        None => Ok(()),
    }
}
