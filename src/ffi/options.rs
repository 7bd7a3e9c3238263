//! The options' builder: setters copy and cannot fail; `tcdb_client_new` validates.

use std::borrow::Cow;
use std::ffi::{CString, OsString, c_char, c_void};
use std::sync::Arc;

use super::codes::{TCDB_LOG_DEBUG, TCDB_LOG_ERROR, TCDB_LOG_INFO, TCDB_LOG_WARN, tcdb_log_level};
use super::{guard, handle};
use crate::config::{Options, RawText, Sourced};
use crate::log::{Level, Log, Sink};

/// The options of a client. Belongs to one thread at a time. Setters copy; a setter on NULL does nothing. What uses the
/// options validates them and names the one that is wrong.
pub struct tcdb_options(pub(super) Options);

/// Log callback. Called with one line, without a newline and without any secret. Called inside library calls, on their
/// thread, by several threads at once. The line is valid during the call. It must return normally.
pub type tcdb_log_fn =
    Option<unsafe extern "system" fn(level: tcdb_log_level, line: *const c_char, user_data: *mut c_void)>;

/// Called once with a user_data that the library no longer uses, on the thread that ends its last use. For a log: after
/// the last object that may log is freed, on the thread that frees it.
pub type tcdb_destroy_fn = Option<unsafe extern "system" fn(user_data: *mut c_void)>;

/// The defaults; nothing comes from the environment. Yours to free with tcdb_options_free. Never NULL, except after a
/// defect of this library.
///
/// \return The options, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_options_new() -> *mut tcdb_options {
    guard::value(std::ptr::null_mut(), || handle::make(tcdb_options(Options::default())))
}

/// The defaults, and what the environment says now: TENCENTCLOUD_REGION; HTTPS_PROXY, else ALL_PROXY, unless NO_PROXY
/// names the host (these three also in lower case, which goes first); SSL_CERT_FILE, and SSL_CERT_DIR as a list of
/// folders, in place of the system's store, and TCDB_ASYNC_CA_FILE in place of these two; TCDB_ASYNC_ENDPOINT, never
/// that of the metadata service, and TCDB_ASYNC_STS_ENDPOINT. An empty variable is an unset one. NO_PROXY is a list of
/// names (each with all below it), addresses, networks like 10.0.0.0/8, each perhaps with a port, or `*`; commas and
/// blanks separate. A variable is validated only where it is used; messages name it. No credentials are read: see
/// tcdb_credentials_env.
///
/// \return The options, yours to free with tcdb_options_free, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_options_from_env() -> *mut tcdb_options {
    let variable = |name: &str| variable(name).map(OsString::into_encoded_bytes);
    guard::value(std::ptr::null_mut(), || handle::make(tcdb_options(Options::from_env(variable))))
}

/// Reads the environment, for the functions whose names say that they do.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// What the options say, or the defaults for NULL.
///
/// # Safety
/// NULL or options that live through the call, as the header says.
pub(super) unsafe fn or_defaults<'a>(options: *const tcdb_options) -> Cow<'a, Options> {
    // SAFETY: passed on from the caller.
    unsafe { handle::get(options) }.map_or_else(|| Cow::Owned(Options::default()), |options| Cow::Borrowed(&options.0))
}

/// Runs a setter on options that may be NULL.
unsafe fn set(options: *mut tcdb_options, setter: impl FnOnce(&mut Options)) {
    guard::value((), || {
        // SAFETY: the header's rule for options: one thread, not freed.
        if let Some(options) = unsafe { handle::get_mut(options) } {
            setter(&mut options.0);
        }
    });
}

/// Copies a string; NULL is none.
unsafe fn copied(text: *const c_char) -> RawText {
    // SAFETY: the header's rule for strings.
    unsafe { handle::bytes(text) }.map(<[u8]>::to_vec)
}

/// As `copied`, with the option's name.
///
/// # Safety
/// As of `copied`.
unsafe fn sourced(name: &'static str, text: *const c_char) -> Option<Sourced> {
    // SAFETY: passed on from the caller.
    unsafe { copied(text) }.map(|text| Sourced::new(name, text))
}

/// Where requests go: `host`, `host:port` or `https://host[:port]`. `http://` only for localhost and loopback
/// addresses. NULL: TCDB_ENDPOINT_INTL. Accounts of the mainland site: TCDB_ENDPOINT_MAINLAND.
///
/// \param options The options, or NULL.
/// \param endpoint The host, or NULL for the default.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_endpoint(options: *mut tcdb_options, endpoint: *const c_char) {
    // SAFETY: the header's rules for options and strings.
    unsafe { set(options, |o| o.endpoint = sourced("endpoint", endpoint)) }
}

/// The host of STS, which issues the credentials of roles, in options for credentials: as an endpoint. NULL:
/// sts.intl.tencentcloudapi.com. A client does not use it.
///
/// \param options The options, or NULL.
/// \param endpoint The host, or NULL for the default.
/// \since 0.2.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_sts_endpoint(options: *mut tcdb_options, endpoint: *const c_char) {
    // SAFETY: the header's rules for options and strings.
    unsafe { set(options, |o| o.sts_endpoint = sourced("sts_endpoint", endpoint)) }
}

/// The language of the API's messages: "en-US", the default, or "zh-CN". NULL: none is requested.
///
/// \param options The options, or NULL.
/// \param language "en-US", "zh-CN", or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_language(options: *mut tcdb_options, language: *const c_char) {
    // SAFETY: the header's rules for options and strings.
    unsafe { set(options, |o| o.language = Some(copied(language))) }
}

/// The timeout of lookup, proxy, TCP and TLS of one attempt together, in milliseconds. 0: 5,000.
///
/// \param options The options, or NULL.
/// \param milliseconds The timeout, or 0 for the default.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_connect_timeout_ms(options: *mut tcdb_options, milliseconds: u32) {
    // SAFETY: the header's rule for options.
    unsafe { set(options, |o| o.connect_timeout_ms = milliseconds) }
}

/// The timeout of a query as a whole, in milliseconds: rate limiter, credentials, every attempt, every pause. In a wait
/// it bounds each attempt. 0: 30,000.
///
/// \param options The options, or NULL.
/// \param milliseconds The timeout, or 0 for the default.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_total_timeout_ms(options: *mut tcdb_options, milliseconds: u32) {
    // SAFETY: the header's rule for options.
    unsafe { set(options, |o| o.total_timeout_ms = milliseconds) }
}

/// The maximum number of attempts of a query, 1 to 10. 0: 3. One more request after a correction of the clock or a
/// refresh of the credentials does not count. The pause between two attempts is 0.1 to 0.2 s and doubles, up to 5 s;
/// after the API's limit it is at least 1 to 1.5 s; it is at least what Retry-After says, up to five minutes.
///
/// \param options The options, or NULL.
/// \param attempts The number of attempts, or 0 for the default.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_max_attempts(options: *mut tcdb_options, attempts: u32) {
    // SAFETY: the header's rule for options.
    unsafe { set(options, |o| o.max_attempts = attempts) }
}

/// The maximum number of requests that the client sends in any second, over all its threads. Default 40, the API's
/// limit for an account. Where other clients use the account too, and the API refuses requests, it sends fewer, and
/// then more again. 0 disables rate limiting, also where the API refuses requests.
///
/// \param options The options, or NULL.
/// \param requests The number of requests a second, or 0 for no limit.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_max_requests_per_second(options: *mut tcdb_options, requests: u32) {
    // SAFETY: the header's rule for options.
    unsafe { set(options, |o| o.max_requests_per_second = requests) }
}

/// A proxy: `http://[user:password@]host[:port]` (CONNECT), `https://…` (the same within TLS, which is verified) or
/// `socks5://…` (the proxy looks the name up). Port: 80, 443, 1080. User and password percent-encoded. It is used
/// whatever NO_PROXY says. NULL: none.
///
/// \param options The options, or NULL.
/// \param url The proxy's URL, or NULL for no proxy.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_proxy(options: *mut tcdb_options, url: *const c_char) {
    // SAFETY: the header's rules for options and strings.
    unsafe {
        set(options, |o| {
            o.proxy = sourced("proxy", url);
            o.no_proxy = None;
        });
    }
}

/// A PEM file of roots to trust in place of the system's store. A file name is bytes, as for open(2). Read once, in
/// tcdb_client_new. NULL: the system's store. Verification cannot be turned off.
///
/// \param options The options, or NULL.
/// \param path The file, or NULL for the system's store.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_ca_file(options: *mut tcdb_options, path: *const c_char) {
    // SAFETY: the header's rules for options and strings.
    unsafe {
        set(options, |o| {
            o.ca_file = sourced("ca_file", path);
            o.ca_dirs.clear();
        });
    }
}

/// Whether to sign by the API's clock after the API has refused this machine's. Default 1; 0: off.
///
/// \param options The options, or NULL.
/// \param on 1: correct the clock; 0: do not.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_clock_correction(options: *mut tcdb_options, on: i32) {
    // SAFETY: the header's rule for options.
    unsafe { set(options, |o| o.clock_correction = on != 0) }
}

/// The name of the calling program, sent to the API in X-TC-RequestClient: letters, digits and -_,;. up to 128 bytes.
/// NULL: tcdb-async and its version.
///
/// \param options The options, or NULL.
/// \param request_client The program's name, or NULL for the default.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_request_client(
    options: *mut tcdb_options,
    request_client: *const c_char,
) {
    // SAFETY: the header's rules for options and strings.
    unsafe { set(options, |o| o.request_client = copied(request_client)) }
}

/// Sets the log function, which is called with each line up to a level, TCDB_LOG_ERROR to TCDB_LOG_DEBUG. NULL: no log.
/// A second call replaces the first.
///
/// \param options The options, or NULL.
/// \param max_level The most detailed level that is logged.
/// \param log The function, or NULL.
/// \param user_data Passed to log with each line.
/// \param destroy Called once with user_data, when nothing can log to it any more; NULL: nothing.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_set_log(
    options: *mut tcdb_options,
    max_level: tcdb_log_level,
    log: tcdb_log_fn,
    user_data: *mut c_void,
    destroy: tcdb_destroy_fn,
) {
    let sink = HostLog { log, user_data, destroy };
    // SAFETY: the header's rule for options.
    unsafe { set(options, move |o| (o.log, o.unknown_log_level) = sink.into_log(max_level)) }
}

/// Frees options. NULL: nothing. Clients made with them stay valid.
///
/// \param options The options, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_options_free(options: *mut tcdb_options) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(options) });
}

struct HostLog {
    log: tcdb_log_fn,
    user_data: *mut c_void,
    destroy: tcdb_destroy_fn,
}

// SAFETY: the header says that the log function is called by several threads at once, and destroy on any of them.
unsafe impl Send for HostLog {}
// SAFETY: as above.
unsafe impl Sync for HostLog {}

impl HostLog {
    /// The log, and a level that is none, which the user of the options reports.
    fn into_log(self, max_level: tcdb_log_level) -> (Log, Option<i32>) {
        if self.log.is_none() {
            return (Log::default(), None);
        }
        let max = match max_level {
            TCDB_LOG_ERROR => Level::Error,
            TCDB_LOG_WARN => Level::Warn,
            TCDB_LOG_INFO => Level::Info,
            TCDB_LOG_DEBUG => Level::Debug,
            other => return (Log::new(Level::Error, Arc::new(self)), Some(other)),
        };
        (Log::new(max, Arc::new(self)), None)
    }
}

impl Sink for HostLog {
    fn line(&self, level: Level, line: &str) {
        let Ok(line) = CString::new(line.replace('\0', " ")) else { return };
        if let Some(log) = self.log {
            // SAFETY: the host gave this function for these arguments; the line lives through the call.
            unsafe { log(level as tcdb_log_level, line.as_ptr(), self.user_data) };
        }
    }
}

impl Drop for HostLog {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the host gave this function for its own user_data; dropped once.
            unsafe { destroy(self.user_data) };
        }
    }
}

#[cfg(test)]
mod tests;
