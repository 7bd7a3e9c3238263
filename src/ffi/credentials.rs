//! Where the secret comes from: one constructor a source.

use std::ffi::c_char;
use std::time::Duration;

use super::codes::tcdb_code;
use super::error::tcdb_error;
use super::options::tcdb_options;
use super::{guard, handle, options, outcome};
use crate::config::DEFAULT_TOTAL_TIMEOUT_MS;
use crate::credentials::Credentials;
use crate::credentials::provider::environment::Roles;
use crate::credentials::provider::{cvm_role, default_chain, environment, profile, static_keys};

/// A credentials provider. One may serve many clients and threads at once; a client keeps what it needs of it, so it
/// may be freed before the client.
pub struct tcdb_credentials(pub(super) Credentials);

/// Credentials that the program holds itself. All three values are printable ASCII without blanks. They are copied; the
/// library's copies are wiped when they are dropped.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT.
///
/// \param secret_id The id, 1 to 1,024 bytes.
/// \param secret_key The key, 1 to 1,024 bytes.
/// \param token_or_null The token of temporary credentials, 1 to 8,192 bytes; NULL: none.
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_static(
    secret_id: *const c_char,
    secret_key: *const c_char,
    token_or_null: *const c_char,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let secret_id = handle::utf8("secret_id", secret_id)?;
            let secret_key = handle::utf8("secret_key", secret_key)?;
            let token = handle::optional_utf8("token_or_null", token_or_null)?;
            static_keys::credentials(secret_id, secret_key, token).map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// Credentials from the environment, which is read once, now. An empty variable is an unset one; the end of a line at
/// the end of a value is not part of it. First the pair, then what a cloud function's runtime sets; the two are never
/// mixed:
///   TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, and for temporary ones a token in TENCENTCLOUD_TOKEN,
///     TENCENTCLOUD_SESSION_TOKEN or TENCENTCLOUD_SECURITY_TOKEN. Each may be in a file, as Docker and Kubernetes mount
///     secrets, of which the name is in TENCENTCLOUD_SECRET_ID_FILE, TENCENTCLOUD_SECRET_KEY_FILE, TENCENTCLOUD_TOKEN_FILE or
///     TENCENTCLOUD_SESSION_TOKEN_FILE; files are read again when the API refuses what they had
///   TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY and TENCENTCLOUD_SESSIONTOKEN
/// Two variables for one thing that differ are an error that names both.
///
/// A role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN names is an error here, since there are no options
/// for STS: tcdb_credentials_env_with assumes it.
///
/// Fails with TCDB_ERR_CREDENTIALS:
///   TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set
///   TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is       (and the other way round)
///   TENCENTCLOUD_TOKEN and TENCENTCLOUD_SECURITY_TOKEN are both set and differ
///   TENCENTCLOUD_TOKEN is not UTF-8
///   TENCENTCLOUD_SECRET_KEY holds a space or something other than ASCII        (or is in quotes, is over 1,024 bytes long, ...)
///   TENCENTCLOUD_ROLE_ARN asks to assume a role, which tcdb_credentials_env_with can
///
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_env(
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let roles = Roles::Refused("which tcdb_credentials_env_with can");
            environment::credentials(&options::variable, roles).map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// Credentials from a profile, that is from a file that the vendor's tools read or wrote.
///
/// INI: the section [<profile>] with `secret_id = ...`, `secret_key = ...` and for temporary ones `token = ...`; for a
/// role `role_arn` and perhaps `role_session_name`. Read as Python's configparser reads it: values are taken as they
/// are, quotes, ; and # included. Comments are lines that begin with ; or #. A line that is not a comment, header or
/// pair is an error.
///
/// JSON: an object with "secretId", "secretKey" and perhaps "token" and "expiresAt" (Unix seconds), "role-arn" and
/// "role-session-name". "type": "cvm-role" is tcdb_credentials_cvm_role; "oauth" and "sso" are logins that expire: then
/// the message names the command that logs in again. Region and language come from "region" and "language" of
/// "_sys_param" in <profile>.configure in the same folder; they are used where neither tcdb_client_new nor the options
/// name others. The endpoint named there is not used.
///
/// Both: regular files of at most 65,536 bytes, in UTF-8, with a byte-order mark or without.
///
/// The environment is read now and not later. The file is read now, and again when the API no longer knows the
/// credentials (AuthFailure.TokenFailure, AuthFailure.SecretIdNotFound) or "expiresAt" comes near. A file that others
/// than its owner can reach is used, and a TCDB_LOG_WARN in the client's log reports it.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT, which names the parameter or variable, and TCDB_ERR_CREDENTIALS:
///   profile "default" not found: <place>: <why>; ...
///                                         every place, with "no such file or directory", "permission denied",
///                                         "no section [default]", "no secret_id and secret_key in [default]",
///                                         "no secretId and secretKey", "HOME is not set"
///   <file>: <what is wrong>               a place that has something unusable ends the search: "is not a regular file",
///                                         "is larger than 65536 bytes", "is not UTF-8 (at byte N)", "is not an INI file
///                                         (line N: ...)", "is not JSON (...)", "has a secret_id without a secret_key in
///                                         [default]", "has secret_key twice in [default]", ...
///   profile "p" (role-arn in <file>) asks to assume a role, which tcdb_credentials_profile_with can
///   profile "p" (sso): the login expired 3600 s ago; run "tccli sso login --profile p"
///
/// \param path_or_null The file. A name that ends in ".credential" is read as the JSON of the vendor's command line,
///   any other as INI. NULL: the file that TENCENTCLOUD_CREDENTIALS_FILE names, else the first of these that has the
///   profile:
///     $HOME/.tencentcloud/credentials       INI
///     /etc/tencentcloud/credentials         INI
///     $HOME/.tccli/<profile>.credential     JSON
///   The folder of the last is TENCENTCLOUD_SHARED_CREDENTIALS_DIR, if that is set.
/// \param profile_or_null The profile's name, 1 to 128 bytes. NULL: TENCENTCLOUD_PROFILE or TCCLI_PROFILE where no path
///   is given, else "default".
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_profile(
    path_or_null: *const c_char,
    profile_or_null: *const c_char,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let path = handle::bytes(path_or_null);
            let name = handle::optional_utf8("profile_or_null", profile_or_null)?;
            let roles = Roles::Refused("which tcdb_credentials_profile_with can");
            profile::credentials(path, name, &options::variable, profile::SYSTEM_FILE.as_ref(), roles)
                .map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// As tcdb_credentials_env, with options for STS: a role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN
/// names is assumed with what the environment has. TENCENTCLOUD_ROLE_SESSION_NAME or
/// TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME, TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION, _EXTERNAL_ID and _SOURCE_IDENTITY
/// say how.
///
/// Fails as tcdb_credentials_env, and with TCDB_ERR_INVALID_ARGUMENT for an option.
///
/// \param io_or_null As of tcdb_credentials_assume_role.
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_env_with(
    io_or_null: *const tcdb_options,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let io = options::or_defaults(io_or_null);
            environment::credentials(&options::variable, Roles::Assumed(&io)).map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// As tcdb_credentials_profile, with options for STS: a role that the profile names is assumed with the profile's keys.
///
/// Fails as tcdb_credentials_profile.
///
/// \param path_or_null As of tcdb_credentials_profile.
/// \param profile_or_null As of tcdb_credentials_profile.
/// \param io_or_null As of tcdb_credentials_assume_role; for a profile of the CVM role as of tcdb_credentials_cvm_role.
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_profile_with(
    path_or_null: *const c_char,
    profile_or_null: *const c_char,
    io_or_null: *const tcdb_options,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let path = handle::bytes(path_or_null);
            let name = handle::optional_utf8("profile_or_null", profile_or_null)?;
            let io = options::or_defaults(io_or_null);
            profile::credentials(path, name, &options::variable, profile::SYSTEM_FILE.as_ref(), Roles::Assumed(&io))
                .map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// Credentials of the role that this CVM instance has: temporary ones, from the machine's metadata service. Opens no
/// connection; the first query fetches them, and they are refreshed from then on.
///
/// The requests are for /latest/meta-data/cam/security-credentials/, which returns the role's name, and for the same
/// path followed by the name, which returns a JSON object with "TmpSecretId", "TmpSecretKey", "Token", "ExpiredTime"
/// (Unix seconds) and "Code" ("Success"). Redirects are refused; a reply is at most 16,384 bytes.
///
/// Refresh: five minutes before they expire (at nine tenths of a lifetime of under fifty minutes), give or take a
/// fifth, one thread fetches new ones while the others continue with the old. If that fails the old ones are used as
/// long as they are valid, and the next fetch waits at least 5 s, then 10, 20, 40, 60 s, but no longer than a quarter
/// of the time left. Once none are valid the threads wait for one fetch, each within its own timeout; if it fails,
/// queries fail with its reason and without another fetch for at least 5 s, then 10, then 20 s. Every pause is up to a
/// quarter longer by chance. Credentials that the API no longer knows are fetched again once in a query. A callback,
/// log or progress function that runs while its own thread fetches cannot wait for that: a query there fails at once
/// with TCDB_ERR_CREDENTIALS, "<source>: this thread is the one that fetches these credentials".
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT. A query fails with TCDB_ERR_CREDENTIALS:
///   CVM role: the instance has no role            CVM role: the instance has no role <name>
///   CVM role: connect to <host>:<port>: ...       CVM role: look up <host>: ...         CVM role: <host>:<port>: ...
///   metadata service <host>:<port>: <why>         "role <name>: the reply has no Token", "role <name>: the reply has the
///                                                 Code <word>", "role <name>: the reply is not JSON (...)", "returned
///                                                 HTTP 302; redirects are refused", ...
/// tcdb_error_is_retryable is 1 where the failure is transient.
///
/// \param role_or_null The role's name, 1 to 128 letters, digits and +=,.@_-. NULL: the service is asked for it.
/// \param io_or_null Options of the provider itself, validated here and copied; not those of the client. NULL: the
///   defaults.
///     endpoint: http://metadata.tencentyun.com, or http:// to localhost or a loopback address, with a port if need be
///     connect, total timeout: of one fetch, its repetitions included. 0: 1,000 and 3,000 ms
///     log: reports fetches and failures
///   All others are passed over: the service is never asked through a proxy.
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_cvm_role(
    role_or_null: *const c_char,
    io_or_null: *const tcdb_options,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let role = handle::optional_utf8("role_or_null", role_or_null)?;
            let io = options::or_defaults(io_or_null);
            cvm_role::credentials(role, &io).map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// Credentials from the first of these places that has some:
///   1. the environment's pair, then a cloud function's variables, as tcdb_credentials_env
///   2. a profile, as tcdb_credentials_profile(NULL, NULL)
///   3. a pod of TKE, as tcdb_credentials_tke, if its four variables are set; three of them are an error
///   4. the CVM instance's role, as tcdb_credentials_cvm_role(NULL); TENCENTCLOUD_CAM_ROLE_NAME may name it
///
/// A role that TENCENTCLOUD_ROLE_ARN or TENCENTCLOUD_ASSUME_ROLE_ARN names is then assumed with these credentials, in
/// place of a role that the profile names. The vendor's SDKs ask the instance before the pod, so that a pod acts as its
/// node.
///
/// Places 1 to 3 are examined now. Only if they have nothing does the first query ask the metadata service, for at most
/// a second (then not again for at least 5 s). A place that has something invalid ends the search with an error, and so
/// does a profile or file that a variable names and that has nothing: a later place could be of another account. The
/// first place that had something is used from then on, and is logged at TCDB_LOG_INFO.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT, and TCDB_ERR_CREDENTIALS for something invalid in places 1 to 3. A query fails
/// with TCDB_ERR_CREDENTIALS where no place had anything; the message lists them all:
///   no credentials found: environment: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set; profile "default"
///   not found: <place>: <why>; ...; CVM role: <why>
///
/// \param io_or_null For the metadata service as of tcdb_credentials_cvm_role, but 0 for the timeouts means 500 and
///   1,000 ms; for STS as of tcdb_credentials_assume_role.
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_default(
    io_or_null: *const tcdb_options,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let io = options::or_defaults(io_or_null);
            default_chain::credentials(&io, &options::variable, profile::SYSTEM_FILE.as_ref())
                .map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// Fetches now what the first query would fetch, unless valid credentials are cached: to check at start-up, or before
/// tcdb_request_new. Validity is by this machine's clock. Nothing but
/// timeout_ms ends it early.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT, TCDB_ERR_CREDENTIALS as a query does, TCDB_ERR_REQUEST_TIMEOUT.
///
/// \param credentials The credentials; not NULL.
/// \param timeout_ms How long it may take, in milliseconds; 0: 30,000.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_fetch(
    credentials: *const tcdb_credentials,
    timeout_ms: u32,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects and `error`.
    unsafe {
        outcome::code_only(error, || {
            let timeout_ms = if timeout_ms == 0 { DEFAULT_TOTAL_TIMEOUT_MS } else { timeout_ms };
            let credentials = handle::need("credentials", credentials)?;
            credentials.0.fetch(Duration::from_millis(timeout_ms.into()))
        })
    }
}

/// Frees credentials. NULL: nothing. Clients made with them stay valid.
///
/// \param credentials The credentials, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_free(credentials: *mut tcdb_credentials) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(credentials) });
}
