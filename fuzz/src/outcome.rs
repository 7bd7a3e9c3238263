//! Every outcome of a call is held against the header's rules.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use tcdb_async::ffi::*;

const SECRET_ID: &str = "FUZZIDFUZZIDFUZZIDFUZZID";
const SECRET_KEY: &str = "FUZZKEYFUZZKEYFUZZKEYFUZZKEY";
pub const TOKEN: &str = "FUZZTOKENFUZZTOKENFUZZTOKEN";

/// One line that says something. The token was in the request: it may not be in what quotes a reply, even where a gateway
/// echoes it. (What the API itself says comes as it is.)
fn validate_message(message: &str, quotes_a_reply: bool) {
    assert!(!message.is_empty(), "an empty message");
    assert!(!message.contains(['\n', '\r']), "more than a line: {message:?}");
    assert!(!quotes_a_reply || !message.contains(TOKEN), "the token in {message:?}");
}

fn text(pointer: *const c_char) -> Option<String> {
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().expect("UTF-8").to_owned())
}

/// Reads all of an outcome, holds it against the rules, and frees it. Returns the code.
pub fn validate(code: tcdb_code, result: *mut tcdb_result, error: *mut tcdb_error) -> tcdb_code {
    validate_with(code, result, error, false)
}

/// The same for a client that signs with `TOKEN`. One that does not knows no secret in a reply that says so.
pub fn validate_redacted(code: tcdb_code, result: *mut tcdb_result, error: *mut tcdb_error) -> tcdb_code {
    validate_with(code, result, error, true)
}

fn validate_with(code: tcdb_code, result: *mut tcdb_result, error: *mut tcdb_error, has_token: bool) -> tcdb_code {
    unsafe {
        if code == TCDB_OK {
            assert!(error.is_null(), "success with an error");
            validate_result(result);
            return code;
        }
        assert!(result.is_null() && !error.is_null(), "code {code} without an error alone");
        assert_eq!(tcdb_error_code(error), code);
        assert_ne!(code, TCDB_ERR_INTERNAL, "{:?}", text(tcdb_error_message(error)));
        assert!(!CStr::from_ptr(tcdb_code_name(code)).is_empty());
        let quotes_a_reply = has_token && tcdb_error_attempts(error) > 0 && tcdb_error_server_code(error).is_null();
        validate_message(&text(tcdb_error_message(error)).expect("never NULL"), quotes_a_reply);
        let server_message = text(tcdb_error_server_message(error));
        assert!(server_message.map_or(0, |m| m.len()) <= tcdb_error_server_message_len(error));
        text(tcdb_error_server_code(error));
        text(tcdb_error_request_id(error));
        tcdb_error_http_status(error);
        tcdb_error_attempts(error);
        tcdb_error_is_retryable(error);
        validate_result(tcdb_error_last_result(error));
        tcdb_error_free(error);
    }
    code
}

/// NULL: a step that is not the last.
fn validate_result(result: *mut tcdb_result) {
    if result.is_null() {
        return;
    }
    unsafe {
        let status = tcdb_result_status(result);
        let status_text = text(tcdb_result_status_text(result)).expect("never NULL");
        assert!((0..=8).contains(&status));
        assert_eq!(tcdb_status_is_success(status) == 1, status_text == "SUCCESS");
        assert!(tcdb_status_is_terminal(status) == 1 || status_text != "FAILED");
        let info = tcdb_result_info(result);
        let len = tcdb_result_info_len(result);
        assert!(!info.is_null() || len == 0);
        if !info.is_null() {
            let bytes = std::slice::from_raw_parts(info.cast::<u8>(), len + 1);
            assert_eq!(bytes.last(), Some(&0));
        }
        text(tcdb_result_request_id(result));
        tcdb_result_free(result);
    }
}

/// Of `TOKEN`, for a client whose outcomes are held to `validate_redacted`.
pub fn credentials() -> *mut tcdb_credentials {
    let [id, key, token] = [SECRET_ID, SECRET_KEY, TOKEN].map(|text| CString::new(text).expect("no NUL"));
    let (mut made, mut error) = (ptr::null_mut(), ptr::null_mut());
    let code = unsafe { tcdb_credentials_static(id.as_ptr(), key.as_ptr(), token.as_ptr(), &mut made, &mut error) };
    assert_eq!(code, TCDB_OK);
    made
}

/// A client for this endpoint that asks once and never waits in a queue.
pub fn client(endpoint: &str, proxy: Option<&str>, ca_file: Option<&str>) -> *mut tcdb_client {
    let c = |text: &str| CString::new(text).expect("no NUL");
    unsafe {
        let options = tcdb_options_new();
        tcdb_options_set_endpoint(options, c(endpoint).as_ptr());
        if let Some(proxy) = proxy {
            tcdb_options_set_proxy(options, c(proxy).as_ptr());
        }
        if let Some(ca_file) = ca_file {
            tcdb_options_set_ca_file(options, c(ca_file).as_ptr());
        }
        tcdb_options_set_max_attempts(options, 1);
        tcdb_options_set_max_requests_per_second(options, 0);
        // No peer here keeps silent: only a busy machine takes this long.
        tcdb_options_set_total_timeout_ms(options, 8000);
        let (mut made, mut error) = (ptr::null_mut(), ptr::null_mut());
        let credentials = credentials();
        let code = tcdb_client_new(credentials, c("ap-guangzhou").as_ptr(), options, &mut made, &mut error);
        assert_eq!(code, TCDB_OK);
        tcdb_credentials_free(credentials);
        tcdb_options_free(options);
        made
    }
}
