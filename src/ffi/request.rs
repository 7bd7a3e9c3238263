//! The signed request without sending it, the reply without receiving it.

use std::ffi::{c_char, c_void};

use zeroize::Zeroizing;

use super::client::tcdb_client;
use super::codes::tcdb_code;
use super::error::tcdb_error;
use super::result::tcdb_result;
use super::{guard, handle, outcome};
use crate::api::{external, tc3};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::unix_time::UnixSeconds;

/// A signed request that has not been sent: for programs that send through an HTTP stack of their own, and to examine a
/// signature that the API refuses. The only object that shows a token and a signature; it is wiped when it is freed.
/// Many threads may read one at once.
pub struct tcdb_request {
    url: Wiped,
    headers: Vec<(Wiped, Wiped)>,
    body: Wiped,
    canonical: Wiped,
    string_to_sign: Wiped,
}

/// A text for callers, with a NUL behind it, wiped when dropped. Sized at once: growing would leave a copy behind.
struct Wiped(Zeroizing<Vec<u8>>);

impl Wiped {
    fn new(text: &str) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + 1));
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        Self(bytes)
    }

    fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    /// Without the NUL behind it.
    fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

impl tcdb_request {
    fn sign(client: &Client, async_request_id: &str, unix_seconds: i64) -> Result<Self> {
        let time = (unix_seconds != 0).then_some(UnixSeconds(unix_seconds));
        if time.is_some_and(|time| tc3::date_of(time).is_err()) {
            let why = format!("unix_seconds_or_0 is {unix_seconds}; it must be in the years 0 to 9999");
            return Err(Error::invalid(why));
        }
        let (signed, body) = client.sign(async_request_id, time)?;
        let common = client.template().headers();
        let common = common.iter().map(|(name, value)| (Wiped::new(name), Wiped::new(value)));
        let own = signed.headers().map(|(name, value)| (Wiped::new(name), Wiped::new(value)));
        Ok(Self {
            url: Wiped::new(&client.url()),
            headers: common.chain(own).collect(),
            body: Wiped::new(&body),
            canonical: Wiped::new(&client.template().canonical_request(&body)?),
            string_to_sign: Wiped::new(&signed.string_to_sign),
        })
    }
}

/// Signs one request without sending it: POST tcdb_request_body to tcdb_request_url with every header. Does no I/O and
/// takes no permit of the client's rate limiter. The API accepts a signature for five minutes around its time.
///
/// Give the reply to tcdb_response_parse. The client's proxy, CA file and timeouts do not apply: the program that sends
/// sets its own.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT, and with TCDB_ERR_CREDENTIALS where credentials would have to be fetched
/// first: call tcdb_credentials_fetch before.
///
/// \param client The client; not NULL.
/// \param async_request_id As of tcdb_query.
/// \param unix_seconds_or_0 The time to sign for, in the years 0 to 9999. 0: now, by the corrected clock.
/// \param out Receives the request, yours to free with tcdb_request_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_new(
    client: *const tcdb_client,
    async_request_id: *const c_char,
    unix_seconds_or_0: i64,
    out: *mut *mut tcdb_request,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for objects, strings, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let client = handle::need("client", client)?;
            let async_request_id = handle::utf8("async_request_id", async_request_id)?;
            tcdb_request::sign(&client.0, async_request_id, unix_seconds_or_0).map(Some)
        })
    }
}

/// The URL to POST to, like "https://cdb.intl.tencentcloudapi.com/". Never NULL; "" for NULL.
///
/// \param request The request, or NULL.
/// \return The URL, owned by the request; "" for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_url(request: *const tcdb_request) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(c"".as_ptr(), || unsafe { handle::get(request) }.map_or(c"".as_ptr(), |r| r.url.as_ptr()))
}

/// How many headers there are; 0 for NULL. All are needed, Host as it is here, port included. The program that sends
/// adds Content-Length and the headers of the connection.
///
/// \param request The request, or NULL.
/// \return The number of headers; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_header_count(request: *const tcdb_request) -> usize {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(request) }.map_or(0, |r| r.headers.len()))
}

/// The name of a header, like "X-TC-Action", in the order in which this library sends them. NULL from the count on, and
/// for NULL.
///
/// \param request The request, or NULL.
/// \param index The header's index, from 0 on.
/// \return The name, owned by the request, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_header_name(request: *const tcdb_request, index: usize) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the header's rule for objects.
        let header = unsafe { handle::get(request) }.and_then(|r| r.headers.get(index));
        header.map_or(std::ptr::null(), |(name, _)| name.as_ptr())
    })
}

/// The value of a header. NULL from the count on, and for NULL. The values of Authorization (the signature) and
/// X-TC-Token are secret.
///
/// \param request The request, or NULL.
/// \param index The header's index, from 0 on.
/// \return The value, owned by the request, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_header_value(request: *const tcdb_request, index: usize) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the header's rule for objects.
        let header = unsafe { handle::get(request) }.and_then(|r| r.headers.get(index));
        header.map_or(std::ptr::null(), |(_, value)| value.as_ptr())
    })
}

/// The body, to be sent byte for byte. Never NULL; "" for NULL.
///
/// \param request The request, or NULL.
/// \return The body, owned by the request; "" for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_body(request: *const tcdb_request) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(c"".as_ptr(), || unsafe { handle::get(request) }.map_or(c"".as_ptr(), |r| r.body.as_ptr()))
}

/// Bytes in tcdb_request_body; 0 for NULL.
///
/// \param request The request, or NULL.
/// \return The number of bytes; 0 for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_body_len(request: *const tcdb_request) -> usize {
    // SAFETY: the header's rule for objects.
    guard::value(0, || unsafe { handle::get(request) }.map_or(0, |r| r.body.len()))
}

/// The canonical request of the signature, several lines, to compare with what a server reports. It holds no secret.
/// Never NULL; "" for NULL.
///
/// \param request The request, or NULL.
/// \return The text, owned by the request; "" for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_canonical(request: *const tcdb_request) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(c"".as_ptr(), || unsafe { handle::get(request) }.map_or(c"".as_ptr(), |r| r.canonical.as_ptr()))
}

/// The string to sign, four lines: algorithm, time, credential scope, hash of the canonical request. It holds no
/// secret. Never NULL; "" for NULL.
///
/// \param request The request, or NULL.
/// \return The text, owned by the request; "" for NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_string_to_sign(request: *const tcdb_request) -> *const c_char {
    // SAFETY: the header's rule for objects.
    guard::value(c"".as_ptr(), || unsafe { handle::get(request) }.map_or(c"".as_ptr(), |r| r.string_to_sign.as_ptr()))
}

/// Wipes and frees a request. NULL: nothing.
///
/// \param request The request, or NULL.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_request_free(request: *mut tcdb_request) {
    // SAFETY: the header's rule for `_free`.
    guard::value((), || unsafe { handle::free(request) });
}

/// Parses a reply that another HTTP stack received, as tcdb_query parses one: TCDB_OK with the API's answer, or its
/// refusal, or what is wrong with the reply, with every part of the error except attempts, which is 0. Does no I/O and
/// retries nothing.
///
/// Fails with TCDB_ERR_INVALID_ARGUMENT, TCDB_ERR_BAD_RESPONSE, and any code of a refusal by the API.
///
/// \param http_status The status of the final reply, 100 to 999. A redirect is refused: do not follow one.
/// \param body body_len bytes, decoded from Content-Encoding and Transfer-Encoding; NULL only if body_len is 0. More
///   than 1 MiB is refused.
/// \param body_len The number of bytes in body.
/// \param out Receives the result, yours to free with tcdb_result_free.
/// \param error NULL, or receives the error, yours to free with tcdb_error_free.
/// \return TCDB_OK, or why it failed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "system" fn tcdb_response_parse(
    http_status: i32,
    body: *const c_void,
    body_len: usize,
    out: *mut *mut tcdb_result,
    error: *mut *mut tcdb_error,
) -> tcdb_code {
    // SAFETY: the header's rules for bytes with a length, `out` and `error`.
    unsafe {
        outcome::code(out, error, || {
            let body = handle::sized("body", body, body_len)?;
            external::read(http_status, body).map(|answer| Some(tcdb_result::new(answer)))
        })
    }
}
