//! What is known of credentials, without a secret.

use std::ffi::c_char;

use super::codes::tcdb_code;
use super::credentials::tcdb_credentials;
use super::error::tcdb_error;
use super::handle::{self, Text};
use super::{guard, outcome};
use crate::credentials::CredentialsInfo;
use crate::unix_time::UnixSeconds;

/// A snapshot of credentials: their source and expiry at one moment. It never holds a secret. Yours to free with
/// tcdb_credentials_info_free. Many threads may read one at once.
pub struct tcdb_credentials_info {
    source: Text,
    expires_unix_s: i64,
}

impl tcdb_credentials_info {
    fn new(info: &CredentialsInfo) -> Self {
        let expires_unix_s = info.expires_at.map_or(0, |UnixSeconds(seconds)| seconds);
        Self { source: Text::new(info.source.replace('\0', " ")), expires_unix_s }
    }
}

/// Takes a snapshot of credentials. Does no I/O.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT.
///
/// \param credentials The credentials; not NULL.
/// \param out Receives the snapshot, yours to free with tcdb_credentials_info_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_info_new(
    credentials: *const tcdb_credentials,
    out: *mut *mut tcdb_credentials_info,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let credentials = handle::need("credentials", credentials)?;
            Ok(Some(tcdb_credentials_info::new(&credentials.0.resolver().info())))
        })
    }
}

/// Where the credentials come from, for people and logs: `environment`, `profile "prod" in FILE`, `role ARN from CVM
/// role NAME`, `callback "vault"`. What a service has not returned yet, like the name of a CVM instance's role, is left
/// out until it is known. Never NULL; "" for NULL.
///
/// \param info The snapshot, or NULL.
/// \return The source, owned by the snapshot; "" for NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_info_source(info: *const tcdb_credentials_info) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(c"".as_ptr(), || unsafe { handle::get(info) }.map_or(c"".as_ptr(), |info| info.source.as_ptr()))
}

/// When the cached credentials expire, in Unix seconds. 0: never, or none are cached; and for NULL.
///
/// \param info The snapshot, or NULL.
/// \return Unix seconds, or 0.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_info_expires_unix_s(info: *const tcdb_credentials_info) -> i64 {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(info) }.map_or(0, |info| info.expires_unix_s))
}

/// Frees a snapshot. NULL: nothing.
///
/// \param info The snapshot, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_info_free(info: *mut tcdb_credentials_info) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(info) });
}
