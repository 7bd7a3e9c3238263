//! Where credentials come from.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use super::options::Options;
use crate::credentials;
use crate::credentials::provider::{cvm_role, default_chain, environment, profile, static_keys};
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
    /// `TENCENTCLOUD_TOKEN`.
    ///
    /// # Errors
    /// `Credentials` that names the variable.
    pub fn from_env() -> Result<Self> {
        environment::credentials(variable).map(Self)
    }

    /// From a profile in a file of the vendor's tools: of the command line (`*.credential`), or INI. Without a path the
    /// usual places are looked at, without a name `TCCLI_PROFILE` or `default` is taken.
    ///
    /// # Errors
    /// `InvalidArgument` for the name; `Credentials` with every place and why it has nothing.
    pub fn from_profile(path: Option<&Path>, name: Option<&str>) -> Result<Self> {
        let path = path.map(|path| path.as_os_str().as_encoded_bytes());
        profile::credentials(path, name, variable, profile::SYSTEM_FILE.as_ref()).map(Self)
    }

    /// The role of this CVM instance, fetched from the metadata service by the first query. Of `io` the endpoint (of the
    /// metadata service), the timeouts and the log count.
    ///
    /// # Errors
    /// `InvalidArgument` that names the parameter or option.
    pub fn from_cvm_role(role: Option<&str>, io: &Options) -> Result<Self> {
        cvm_role::credentials(role, &io.0).map(Self)
    }

    /// The first of the usual places that has credentials: environment, profile, CVM role. `io` as for
    /// [`from_cvm_role`](Self::from_cvm_role).
    ///
    /// # Errors
    /// `Credentials` where a place has something unusable.
    pub fn from_default_chain(io: &Options) -> Result<Self> {
        default_chain::credentials(&io.0, variable, profile::SYSTEM_FILE.as_ref()).map(Self)
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
