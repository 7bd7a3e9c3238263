//! Roles: how one is assumed, and credentials that STS issues for one.

use std::borrow::Cow;
use std::ffi::c_char;

use super::codes::tcdb_code;
use super::credentials::tcdb_credentials;
use super::error::tcdb_error;
use super::options::tcdb_options;
use super::{guard, handle, options, outcome};
use crate::config::RawText;
use crate::credentials::provider::role::RoleOptions;
use crate::credentials::provider::{assume_role, web_identity};

/// The options of an assumed role. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing. What
/// uses it validates it and names the parameter that is wrong; it copies what it needs.
pub struct tcdb_role(RoleOptions);

/// The defaults. Yours to free with tcdb_role_free. Never NULL, except after a defect of this library.
///
/// \return The options of the role, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_role_new() -> *mut tcdb_role {
    guard::value(std::ptr::null_mut(), || handle::make(tcdb_role(RoleOptions::default())))
}

/// What the role says, or the defaults for NULL.
unsafe fn or_defaults<'a>(role: *const tcdb_role) -> Cow<'a, RoleOptions> {
    // SAFETY: the header's rule for roles.
    unsafe { handle::get(role) }.map_or_else(|| Cow::Owned(RoleOptions::default()), |role| Cow::Borrowed(&role.0))
}

/// Runs a setter on a role that may be NULL.
unsafe fn set(role: *mut tcdb_role, setter: impl FnOnce(&mut RoleOptions)) {
    guard::value((), || {
        // SAFETY: the header's rule for roles: one thread, not freed.
        if let Some(role) = unsafe { handle::get_mut(role) } {
            setter(&mut role.0);
        }
    });
}

/// Copies a string; NULL is none.
unsafe fn copied(text: *const c_char) -> RawText {
    // SAFETY: the header's rule for strings.
    unsafe { handle::bytes(text) }.map(<[u8]>::to_vec)
}

/// The name of the session in the vendor's audit log: 2 to 128 letters, digits and _+=,.@-. NULL: "tcdb-async-" and the
/// process id.
///
/// \param role The role, or NULL.
/// \param session_name The name, or NULL for the default.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_role_set_session_name(role: *mut tcdb_role, session_name: *const c_char) {
    // SAFETY: the header's rules for roles and strings.
    unsafe { set(role, |r| r.session_name = copied(session_name)) }
}

/// The lifetime of the credentials in seconds: 1 to 43,200, or less by the role's own limit. 0: 7,200.
///
/// \param role The role, or NULL.
/// \param seconds The duration, or 0 for the default.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_role_set_duration_s(role: *mut tcdb_role, seconds: u32) {
    // SAFETY: the header's rule for roles.
    unsafe { set(role, |r| r.duration_s = seconds) }
}

/// The id that the role's owner requires from those that assume it: 2 to 128 letters, digits and _+=,.@:/-. NULL: none.
///
/// \param role The role, or NULL.
/// \param external_id The id, or NULL for none.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_role_set_external_id(role: *mut tcdb_role, external_id: *const c_char) {
    // SAFETY: the header's rules for roles and strings.
    unsafe { set(role, |r| r.external_id = copied(external_id)) }
}

/// A policy that restricts the session: a JSON object in CAM's policy language, not percent-encoded; this library
/// encodes it. NULL: none.
///
/// \param role The role, or NULL.
/// \param json The policy, or NULL for none.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_role_set_policy(role: *mut tcdb_role, json: *const c_char) {
    // SAFETY: the header's rules for roles and strings.
    unsafe { set(role, |r| r.policy = copied(json)) }
}

/// The uin of the person or program behind the session, for the audit log. NULL: none.
///
/// \param role The role, or NULL.
/// \param source_identity The uin, or NULL for none.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_role_set_source_identity(role: *mut tcdb_role, source_identity: *const c_char) {
    // SAFETY: the header's rules for roles and strings.
    unsafe { set(role, |r| r.source_identity = copied(source_identity)) }
}

/// Frees a role. NULL: nothing. Credentials made with it stay valid.
///
/// \param role The role, or NULL.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_role_free(role: *mut tcdb_role) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(role) });
}

/// Credentials of a role that is assumed with other credentials, by AssumeRole of STS. Opens no connection; the first
/// query fetches them, and they are refreshed as tcdb_credentials_cvm_role says.
///
/// If STS refuses the base as unknown or expired, the base is fetched again once and STS asked again. If the API
/// refuses the role's credentials, those alone are fetched again. A transient failure is retried twice, after 0.2 s and
/// more, and after one to two seconds where STS has received too many requests, so that programs that start together
/// spread out.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT, and TCDB_ERR_TLS where the system has no store of certificates. A query fails
/// with TCDB_ERR_CREDENTIALS, "role <ARN>: " and the reason; tcdb_error_server_code has the code of STS, if it refused;
/// tcdb_error_is_retryable is 1 where the failure is transient.
///
/// \param base What signs the request to STS, not NULL: any credentials, another role's too, at most four roles deep.
///   May be freed afterwards.
/// \param role_arn The role, like "qcs::cam::uin/100000000001:roleName/reader".
/// \param role_or_null The options of the role. NULL: the defaults.
/// \param io_or_null Options for the requests to STS, validated here and copied; not those of the client. NULL: the
///   defaults.
///     STS endpoint: sts.intl.tencentcloudapi.com (tcdb_options_set_sts_endpoint). The endpoint is not used.
///     connect, total timeout: of one fetch, its repetitions included. 0: 2,000 and 5,000 ms
///     proxy, CA file, language, clock correction, request client, log: as for a client
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_assume_role(
    base: *const tcdb_credentials,
    role_arn: *const c_char,
    role_or_null: *const tcdb_role,
    io_or_null: *const tcdb_options,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let base = handle::need("base", base)?;
            let role_arn = handle::utf8("role_arn", role_arn)?;
            let role = or_defaults(role_or_null);
            let io = options::or_defaults(io_or_null);
            assume_role::credentials(&base.0, role_arn, &role, &io).map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// Credentials of a role that a token in a file allows to assume, by AssumeRoleWithWebIdentity of STS. Opens no
/// connection; the first query fetches them, and they are refreshed as tcdb_credentials_cvm_role says. That request is
/// not signed.
///
/// Fails as tcdb_credentials_assume_role; the messages of a query begin with "role <ARN> by web identity: ".
///
/// \param role_arn As of tcdb_credentials_assume_role.
/// \param provider_id The name of the identity provider in CAM, 1 to 128 bytes.
/// \param token_file A file that holds the token alone, at most 65,536 bytes; read at every fetch, since Kubernetes
///   replaces it. If STS refuses the token, the file is read again: another token is tried, the same one is the
///   failure.
/// \param role_or_null Session name and duration; anything else in it is refused. NULL: the defaults.
/// \param io_or_null As of tcdb_credentials_assume_role.
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_web_identity(
    role_arn: *const c_char,
    provider_id: *const c_char,
    token_file: *const c_char,
    role_or_null: *const tcdb_role,
    io_or_null: *const tcdb_options,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let role_arn = handle::utf8("role_arn", role_arn)?;
            let provider_id = handle::utf8("provider_id", provider_id)?;
            let token_file = handle::needed_bytes("token_file", token_file)?;
            let role = or_defaults(role_or_null);
            let io = options::or_defaults(io_or_null);
            web_identity::credentials(role_arn, provider_id, token_file, &role, &io)
                .map(|made| Some(tcdb_credentials(made)))
        })
    }
}

/// As tcdb_credentials_web_identity, for the pod of TKE that this process runs in: TKE_ROLE_ARN, TKE_PROVIDER_ID,
/// TKE_WEB_IDENTITY_TOKEN_FILE and TKE_REGION are read now, and all four are needed.
///
/// Fails as tcdb_credentials_web_identity, and with TCDB_ERR_CREDENTIALS where a variable is missing or cannot be used:
///   TKE: TKE_ROLE_ARN is not set
/// The messages of a query begin with "role <ARN> by TKE: ".
///
/// \param role_or_null As of tcdb_credentials_web_identity.
/// \param io_or_null As of tcdb_credentials_assume_role.
/// \param out Receives the credentials, yours to free with tcdb_credentials_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_credentials_tke(
    role_or_null: *const tcdb_role,
    io_or_null: *const tcdb_options,
    out: *mut *mut tcdb_credentials,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let role = or_defaults(role_or_null);
            let io = options::or_defaults(io_or_null);
            web_identity::tke(&role, &io, &options::variable).map(|made| Some(tcdb_credentials(made)))
        })
    }
}
