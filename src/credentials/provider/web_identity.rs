//! Credentials of a role that a token in a file gives a right to: a pod's, in TKE. The request to STS is not signed.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Variables;
use super::assume_role::named;
use super::role::{Role, RoleOptions, validate_provider_id};
use super::sts_client::{Proof, Question, StsClient};
use crate::api::sts::{self, Issued, REGION, WEB_IDENTITY};
use crate::config::Options;
use crate::config::validate::{path_of, text_of};
use crate::credentials::cache::{CachedProvider, Provider, Refresh};
use crate::credentials::{Credentials, ExpiringCredentials};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::file::{self, Contents};

/// What the webhook of TKE puts into a pod.
pub const TKE_REGION: &str = "TKE_REGION";
pub const TKE_PROVIDER_ID: &str = "TKE_PROVIDER_ID";
pub const TKE_TOKEN_FILE: &str = "TKE_WEB_IDENTITY_TOKEN_FILE";
pub const TKE_ROLE_ARN: &str = "TKE_ROLE_ARN";
pub const TKE_VARIABLES: [&str; 4] = [TKE_REGION, TKE_PROVIDER_ID, TKE_TOKEN_FILE, TKE_ROLE_ARN];
const TOKEN_ERROR: &str = "InvalidParameter.WebIdentityTokenError";
const MAX_REGION: usize = 64;

struct WebIdentity {
    role: Role,
    provider_id: String,
    token_file: PathBuf,
    region: String,
    /// "web identity" or "TKE", for messages.
    kind: &'static str,
    sts: StsClient,
}

/// The role's credentials. The file is read at every fetch: Kubernetes replaces it.
///
/// # Errors
/// `InvalidArgument` that names the parameter or option.
pub fn credentials(
    role_arn: &str,
    provider_id: &str,
    token_file: &[u8],
    role: &RoleOptions,
    io: &Options,
) -> Result<Credentials> {
    validate_provider_id("provider_id", provider_id)?;
    if token_file.is_empty() {
        return Err(Error::invalid("token_file is empty"));
    }
    let provider = WebIdentity {
        role: Role::validate("role_arn", role_arn, role)?,
        provider_id: provider_id.to_owned(),
        token_file: path_of("token_file", token_file)?,
        region: REGION.to_owned(),
        kind: "web identity",
        sts: StsClient::new(io)?,
    };
    provider.into_credentials(io)
}

/// The role of the pod that this process runs in, by the four variables of TKE, read now.
///
/// # Errors
/// `Credentials` that names the variable that is missing or cannot be used; `InvalidArgument` for the options.
pub fn tke(role: &RoleOptions, io: &Options, variable: Variables<'_>) -> Result<Credentials> {
    let wrong = |why: String| Error::new(ErrorKind::Credentials, why);
    let value = |name: &str| {
        let value = variable(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| wrong(format!("TKE: {name} is not set")))
    };
    let utf8 = |name: &str| {
        let value = value(name)?.into_string().map_err(|_| wrong(format!("TKE: {name} is not UTF-8")))?;
        text_of(name, value.trim_end_matches(['\r', '\n']).as_bytes())
            .map(str::to_owned)
            .map_err(|e| wrong(format!("TKE: {}", e.message())))
    };
    let of_variable = |e: Error| wrong(format!("TKE: {}", e.message()));
    let (region, provider_id, arn) = (utf8(TKE_REGION)?, utf8(TKE_PROVIDER_ID)?, utf8(TKE_ROLE_ARN)?);
    crate::config::validate::header_text(TKE_REGION, &region, MAX_REGION).map_err(of_variable)?;
    validate_provider_id(TKE_PROVIDER_ID, &provider_id).map_err(of_variable)?;
    Role::validate(TKE_ROLE_ARN, &arn, &RoleOptions::default()).map_err(of_variable)?;
    let provider = WebIdentity {
        role: Role::validate(TKE_ROLE_ARN, &arn, role)?,
        provider_id,
        token_file: PathBuf::from(value(TKE_TOKEN_FILE)?),
        region,
        kind: "TKE",
        sts: StsClient::new(io)?,
    };
    provider.into_credentials(io)
}

impl WebIdentity {
    fn into_credentials(self, io: &Options) -> Result<Credentials> {
        self.role.refuse_signed_parameters()?;
        Ok(Credentials::new(CachedProvider::unfetched(Box::new(self), io.log.clone())))
    }

    fn ask(&self, token: &str, refresh: &Refresh<'_>) -> Result<Issued> {
        let session_name = self.role.session_name();
        let parameters = sts::WebIdentity {
            provider_id: &self.provider_id,
            web_identity_token: token,
            role_arn: &self.role.arn,
            role_session_name: &session_name,
            duration_seconds: self.role.duration_s,
        };
        let size = self.role.size() + self.provider_id.len() + token.len();
        let body = sts::body(&parameters, size)?;
        let question = Question { action: WEB_IDENTITY, region: &self.region, body: &body, proof: Proof::Token(token) };
        self.sts.issue(&question, refresh)
    }
}

impl Provider for WebIdentity {
    fn name(&self) -> String {
        format!("role {} by {}", self.role.arn, self.kind)
    }

    fn source(&self) -> String {
        format!("{} token {}", self.name(), self.token_file.display())
    }

    fn depth(&self) -> usize {
        1
    }

    fn fetch(&self, refresh: &Refresh<'_>) -> Result<ExpiringCredentials> {
        let with_name = |e: Error| named(&self.name(), e);
        let token = token_in(&self.token_file).map_err(with_name)?;
        let issued = match self.ask(&token, refresh) {
            // The file may have been replaced a moment after it was read.
            Err(refused) if refused.server_code() == Some(TOKEN_ERROR) => {
                let again = token_in(&self.token_file).map_err(with_name)?;
                if *again == *token { Err(of_token(&refused, &self.token_file)) } else { self.ask(&again, refresh) }
            }
            outcome => outcome,
        };
        let Issued { credentials, expires_at } = issued.map_err(with_name)?;
        Ok(ExpiringCredentials { credentials, expires_at: Some(expires_at) })
    }
}

fn of_token(refused: &Error, file: &Path) -> Error {
    let message = format!("{}; the token is that of {}", refused.message(), file.display());
    Error::new(ErrorKind::Credentials, message).caused_by(Some(refused)).retryable(false)
}

/// # Errors
/// `Credentials` with the file and what is wrong with it.
fn token_in(path: &Path) -> Result<Zeroizing<String>> {
    let wrong = |why: &str, may_pass: bool| {
        let message = format!("token file {}: {why}", path.display());
        Error::new(ErrorKind::Credentials, message).retryable(may_pass)
    };
    let text = match file::read(path).map_err(|why| wrong(&why, false))? {
        Contents::Text(text) => text,
        Contents::NotFound(why) => return Err(wrong(&why, true)),
    };
    let token = text.trim();
    if token.is_empty() {
        return Err(wrong("is empty", true));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("holds a space or something other than ASCII", false));
    }
    Ok(Zeroizing::new(token.to_owned()))
}
