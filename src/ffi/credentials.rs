//! Where the secret comes from: one constructor a source.

use std::ffi::c_char;

use super::codes::tcdb_code;
use super::error::tcdb_error;
use super::{guard, handle};
use crate::credentials::{Credentials, environment, fixed};

/// The right to ask. One may serve many clients and threads at once; a client keeps what it needs of it, so it may be
/// freed before the client.
pub struct tcdb_credentials(pub(super) Credentials);

/// Credentials that the program holds itself.
///
/// secret_id, secret_key: 1 to 256 bytes. token_or_null: of temporary credentials, 1 to 8,192 bytes; NULL: none.
/// All three: printable ASCII without blanks. Copied; the library's copies are wiped when they are dropped.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcdb_credentials_static(
    secret_id: *const c_char,
    secret_key: *const c_char,
    token_or_null: *const c_char,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for strings, `out` and `error`.
    unsafe {
        guard::code(out, error, || {
            let secret_id = handle::utf8("secret_id", secret_id)?;
            let secret_key = handle::utf8("secret_key", secret_key)?;
            let token = handle::optional_utf8("token_or_null", token_or_null)?;
            fixed::credentials(secret_id, secret_key, token).map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// Credentials from the environment, read once, now: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, and for temporary
/// ones a token in TENCENTCLOUD_TOKEN, TENCENTCLOUD_SESSION_TOKEN or TENCENTCLOUD_SECURITY_TOKEN. An empty variable is
/// an unset one. Two token variables that differ are an error that names both.
///
/// Fails with TCDB_ERR_CREDENTIALS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcdb_credentials_env(
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for `out` and `error`.
    unsafe {
        guard::code(out, error, || {
            environment::credentials(|name| std::env::var_os(name)).map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// Frees credentials. NULL: nothing. Clients made with them go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcdb_credentials_free(credentials: *mut tcdb_credentials) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(credentials) });
}
