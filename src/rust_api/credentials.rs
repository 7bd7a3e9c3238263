//! Where credentials come from.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::options::Options;
use super::role::Role;
use crate::api::sts::CallerIdentity;
use crate::credentials::provider::callback::{self, Answer, Fetch};
use crate::credentials::provider::environment::{self, Roles};
use crate::credentials::provider::{
    assume_role, caller_identity, cvm_role, default_chain, profile, static_keys, web_identity,
};
use crate::credentials::{self, CredentialsInfo};
use crate::error::Result;

/// A credentials provider. Cheap to clone; clients share what it has fetched.
#[derive(Clone)]
pub struct Credentials(pub(super) credentials::Credentials);

impl Credentials {
    /// Keys that the program holds itself. `token` belongs to temporary ones.
    ///
    /// # Errors
    /// `InvalidArgument` that names the part that cannot be used.
    pub fn from_keys(secret_id: &str, secret_key: &str, token: Option<&str>) -> Result<Self> {
        static_keys::credentials(secret_id, secret_key, token).map(Self)
    }

    /// From the environment, read once, now: `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY`, and for temporary ones
    /// `TENCENTCLOUD_TOKEN`; or what a cloud function's runtime sets. A role that the environment names is assumed with it, by
    /// STS: see [`assume_role`](Self::assume_role) for `io`.
    ///
    /// # Errors
    /// `Credentials` that names the variable.
    pub fn from_env(io: &Options) -> Result<Self> {
        environment::credentials(&variable, Roles::Assumed(&io.0)).map(Self)
    }

    /// From a profile in a file of the vendor's tools: of the command line (`*.credential`), or INI. Without a path the
    /// usual places are looked at, without a name `TENCENTCLOUD_PROFILE`, `TCCLI_PROFILE` or `default` is taken. A role that the
    /// profile names is assumed: see [`assume_role`](Self::assume_role) for `io`.
    ///
    /// # Errors
    /// `InvalidArgument` for the name; `Credentials` with every place and why it has nothing.
    pub fn from_profile(path: Option<&Path>, name: Option<&str>, io: &Options) -> Result<Self> {
        let path = path.map(|path| path.as_os_str().as_encoded_bytes());
        profile::credentials(path, name, &variable, profile::SYSTEM_FILE.as_ref(), Roles::Assumed(&io.0)).map(Self)
    }

    /// The role of this CVM instance, fetched from the metadata service by the first query. Of `io` the endpoint (of the
    /// metadata service), the timeouts and the log count.
    ///
    /// # Errors
    /// `InvalidArgument` that names the parameter or option.
    pub fn from_cvm_role(role: Option<&str>, io: &Options) -> Result<Self> {
        cvm_role::credentials(role, &io.0).map(Self)
    }

    /// The first of the usual places that has credentials: environment, cloud function, profile, a pod of TKE, CVM role; with
    /// the role that the environment names. `io` as for [`from_cvm_role`](Self::from_cvm_role) and
    /// [`assume_role`](Self::assume_role).
    ///
    /// # Errors
    /// `Credentials` where a place has something unusable.
    pub fn from_default_chain(io: &Options) -> Result<Self> {
        default_chain::credentials(&io.0, &variable, profile::SYSTEM_FILE.as_ref()).map(Self)
    }

    /// As [`from_default_chain`](Self::from_default_chain), with the places that come before the chosen one and why each has
    /// nothing, for people.
    ///
    /// # Errors
    /// As [`from_default_chain`](Self::from_default_chain).
    pub fn from_default_chain_with_reasons(io: &Options) -> Result<(Self, Vec<String>)> {
        let chosen = default_chain::choose(&io.0, &variable, profile::SYSTEM_FILE.as_ref())?;
        Ok((Self(chosen.credentials), chosen.passed_over))
    }

    /// A role that is assumed with these credentials, by STS; roles may be assumed over roles, four deep. Of `io` the STS
    /// endpoint, the timeouts, proxy, CA file and log count. Fetched by the first query and kept fresh.
    ///
    /// # Errors
    /// `InvalidArgument` that names the parameter or option; `Tls` where the system has no store of certificates.
    pub fn assume_role(&self, role_arn: &str, role: &Role, io: &Options) -> Result<Self> {
        assume_role::credentials(&self.0, role_arn, &role.0, &io.0).map(Self)
    }

    /// A role that a token in a file gives a right to; the file is read at every fetch. `io` as for
    /// [`assume_role`](Self::assume_role).
    ///
    /// # Errors
    /// As [`assume_role`](Self::assume_role).
    pub fn from_web_identity(
        role_arn: &str,
        provider_id: &str,
        token_file: &Path,
        role: &Role,
        io: &Options,
    ) -> Result<Self> {
        let file = token_file.as_os_str().as_encoded_bytes();
        web_identity::credentials(role_arn, provider_id, file, &role.0, &io.0).map(Self)
    }

    /// The role of the pod of TKE that this process runs in, by its four variables, read now.
    ///
    /// # Errors
    /// `Credentials` that names a variable that is missing.
    pub fn from_tke(role: &Role, io: &Options) -> Result<Self> {
        web_identity::tke(&role.0, &io.0, &variable).map(Self)
    }

    /// What a function fetches: on the thread of the query that finds it due, one call at a time, and never here. Of `io` the
    /// log counts, and the total timeout bounds [`Answer::left`].
    ///
    /// # Errors
    /// `InvalidArgument` that names the parameter.
    pub fn from_callback(
        name: &str,
        function: impl Fn(&mut Answer) + Send + Sync + 'static,
        io: &Options,
    ) -> Result<Self> {
        callback::credentials(name.as_bytes(), Box::new(Function(function)), &io.0).map(Self)
    }

    /// Fetches now what the first query would fetch, unless something valid is held: a check at start-up.
    ///
    /// # Errors
    /// `Credentials` as a query has it; `RequestTimeout`.
    pub fn fetch(&self, timeout: Duration) -> Result<()> {
        self.0.fetch(timeout)
    }

    /// Asks STS whose credentials these are; fetches them first where that is due. `io` as for
    /// [`assume_role`](Self::assume_role).
    ///
    /// # Errors
    /// `InvalidArgument` that names the option; `Credentials` where there are none, or STS refuses them.
    pub fn caller_identity(&self, io: &Options, timeout: Duration) -> Result<CallerIdentity> {
        caller_identity::caller_identity(&self.0, &io.0, timeout)
    }

    /// Where the credentials come from and when those held end; never a secret.
    #[must_use]
    pub fn info(&self) -> CredentialsInfo {
        self.0.resolver().info()
    }
}

struct Function<F>(F);

impl<F: Fn(&mut Answer) + Send + Sync> Fetch for Function<F> {
    fn fetch(&self, answer: &mut Answer) {
        (self.0)(answer);
    }
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}
