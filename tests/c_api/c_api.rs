//! The C API as the tests call it: the exported functions themselves, with owners that free what they were handed.
#![allow(dead_code, unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;
use std::ptr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tcdb_async::ffi::*;
use tcdb_mock_server::MockServer;

use crate::machine;

pub const REGION: &str = "ap-guangzhou";

/// An error object, read out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub code: tcdb_code,
    pub message: String,
    pub server_code: Option<String>,
    pub server_message: Option<String>,
    pub request_id: Option<String>,
    pub http_status: i32,
    pub attempts: u32,
    pub is_retryable: bool,
    pub last: Option<Found>,
}

/// A result object, read out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub status: tcdb_status,
    pub status_text: String,
    pub info: Option<Vec<u8>>,
    pub request_id: Option<String>,
}

fn text(pointer: *const c_char) -> Option<String> {
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().expect("UTF-8").to_owned())
}

fn bytes(pointer: *const c_char, len: usize) -> Option<Vec<u8>> {
    (!pointer.is_null()).then(|| unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), len) }.to_vec())
}

/// Reads a result out and frees it.
pub fn found(result: *mut tcdb_result) -> Option<Found> {
    if result.is_null() {
        return None;
    }
    unsafe {
        let found = Found {
            status: tcdb_result_status(result),
            status_text: text(tcdb_result_status_text(result)).expect("never NULL"),
            info: bytes(tcdb_result_info(result), tcdb_result_info_len(result)),
            request_id: text(tcdb_result_request_id(result)),
        };
        tcdb_result_free(result);
        Some(found)
    }
}

/// Reads an error out and frees it.
pub fn failure(code: tcdb_code, error: *mut tcdb_error) -> Failure {
    assert!(!error.is_null(), "code {code} without an error object");
    unsafe {
        let message = tcdb_error_server_message(error);
        let failure = Failure {
            code: tcdb_error_code(error),
            message: text(tcdb_error_message(error)).expect("never NULL"),
            server_code: text(tcdb_error_server_code(error)),
            server_message: bytes(message, tcdb_error_server_message_len(error))
                .map(|b| String::from_utf8(b).expect("UTF-8")),
            request_id: text(tcdb_error_request_id(error)),
            http_status: tcdb_error_http_status(error),
            attempts: tcdb_error_attempts(error),
            is_retryable: tcdb_error_is_retryable(error) == 1,
            last: found(tcdb_error_last_result(error)),
        };
        tcdb_error_free(error);
        assert_eq!(failure.code, code, "the object's code is the function's: {failure:?}");
        assert!(!failure.message.is_empty() && !failure.message.contains('\n'), "one line: {failure:?}");
        failure
    }
}

/// What a function with `out` and `error` gave.
pub fn outcome<T>(code: tcdb_code, out: *mut T, error: *mut tcdb_error) -> Result<*mut T, Failure> {
    if code == TCDB_OK {
        assert!(error.is_null());
        return Ok(out);
    }
    assert!(out.is_null(), "code {code} with an object");
    Err(failure(code, error))
}

/// Like "TCDB_ERR_TLS".
pub fn text_of_code(code: tcdb_code) -> String {
    text(tcdb_code_name(code)).expect("never NULL")
}

pub fn c(text: &str) -> CString {
    CString::new(text).expect("no NUL")
}

/// Lines that the library logged.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<(tcdb_log_level, String)>>>);

impl Lines {
    pub fn all(&self) -> Vec<(tcdb_log_level, String)> {
        self.0.lock().unwrap().clone()
    }

    /// How many logs may still write to it.
    pub fn logs(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }

    pub fn contains(&self, part: &str) -> bool {
        self.all().iter().any(|(_, line)| line.contains(part))
    }
}

unsafe extern "system" fn keep_line(level: tcdb_log_level, line: *const c_char, user_data: *mut c_void) {
    let lines = unsafe { &*user_data.cast::<Lines>() };
    lines.0.lock().unwrap().push((level, text(line).expect("a line")));
}

unsafe extern "system" fn drop_lines(user_data: *mut c_void) {
    drop(unsafe { Box::from_raw(user_data.cast::<Lines>()) });
}

pub struct Options(pub *mut tcdb_options);

impl Options {
    pub fn new() -> Self {
        Self(tcdb_options_new())
    }

    /// For the mock server over TLS, with its CA, without pacing, and timeouts short enough for tests.
    pub fn to(server: &MockServer) -> Self {
        Self::within(server, machine::ms(10_000))
    }

    pub fn within(server: &MockServer, total: Duration) -> Self {
        Self::new().endpoint(&server.https_url()).ca_file(&server.ca_file()).requests_per_second(0).total(total)
    }

    pub fn endpoint(self, server: &str) -> Self {
        unsafe { tcdb_options_set_endpoint(self.0, c(server).as_ptr()) };
        self
    }

    pub fn sts(self, endpoint: &str) -> Self {
        unsafe { tcdb_options_set_sts_endpoint(self.0, c(endpoint).as_ptr()) };
        self
    }

    pub fn ca_file(self, path: &Path) -> Self {
        unsafe { tcdb_options_set_ca_file(self.0, c(path.to_str().unwrap()).as_ptr()) };
        self
    }

    pub fn proxy(self, url: &str) -> Self {
        unsafe { tcdb_options_set_proxy(self.0, c(url).as_ptr()) };
        self
    }

    pub fn language(self, language: Option<&str>) -> Self {
        let language = language.map(c);
        unsafe { tcdb_options_set_language(self.0, language.as_ref().map_or(ptr::null(), |l| l.as_ptr())) };
        self
    }

    pub fn total(self, time: Duration) -> Self {
        unsafe { tcdb_options_set_total_timeout_ms(self.0, time.as_millis().try_into().unwrap()) };
        self
    }

    pub fn connect(self, time: Duration) -> Self {
        unsafe { tcdb_options_set_connect_timeout_ms(self.0, time.as_millis().try_into().unwrap()) };
        self
    }

    pub fn attempts(self, attempts: u32) -> Self {
        unsafe { tcdb_options_set_max_attempts(self.0, attempts) };
        self
    }

    pub fn requests_per_second(self, requests: u32) -> Self {
        unsafe { tcdb_options_set_max_requests_per_second(self.0, requests) };
        self
    }

    pub fn clock_correction(self, on: bool) -> Self {
        unsafe { tcdb_options_set_clock_correction(self.0, on.into()) };
        self
    }

    pub fn log(self, level: tcdb_log_level, lines: &Lines) -> Self {
        let user_data = Box::into_raw(Box::new(lines.clone()));
        unsafe { tcdb_options_set_log(self.0, level, Some(keep_line), user_data.cast(), Some(drop_lines)) };
        self
    }

    pub fn client(&self, credentials: &Credentials) -> Result<Client, Failure> {
        self.client_in(credentials, Some(REGION))
    }

    pub fn client_in(&self, credentials: &Credentials, region: Option<&str>) -> Result<Client, Failure> {
        let region = region.map(c);
        let region = region.as_ref().map_or(ptr::null(), |r| r.as_ptr());
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_client_new(credentials.0, region, self.0, &mut out, &mut error) };
        outcome(code, out, error).map(Client)
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        unsafe { tcdb_options_free(self.0) };
    }
}

/// How a role is assumed.
pub struct Role(pub *mut tcdb_role);

impl Role {
    pub fn new() -> Self {
        Self(tcdb_role_new())
    }

    pub fn session(self, name: &str) -> Self {
        unsafe { tcdb_role_set_session_name(self.0, c(name).as_ptr()) };
        self
    }

    pub fn seconds(self, seconds: u32) -> Self {
        unsafe { tcdb_role_set_duration_s(self.0, seconds) };
        self
    }

    pub fn external_id(self, id: &str) -> Self {
        unsafe { tcdb_role_set_external_id(self.0, c(id).as_ptr()) };
        self
    }

    pub fn policy(self, json: &str) -> Self {
        unsafe { tcdb_role_set_policy(self.0, c(json).as_ptr()) };
        self
    }

    pub fn source_identity(self, uin: &str) -> Self {
        unsafe { tcdb_role_set_source_identity(self.0, c(uin).as_ptr()) };
        self
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        unsafe { tcdb_role_free(self.0) };
    }
}

/// What a callback was given, for its call.
pub struct Answer(*mut tcdb_credentials_answer);

impl Answer {
    pub fn set(&self, id: &str, key: &str, token: Option<&str>, expires_at: i64) {
        let (id, key, token) = (c(id), c(key), token.map(c));
        let token = token.as_ref().map_or(ptr::null(), |t| t.as_ptr());
        unsafe { tcdb_credentials_answer_set(self.0, id.as_ptr(), key.as_ptr(), token, expires_at) };
    }

    pub fn fail(&self, reason: &str, retryable: bool) {
        unsafe { tcdb_credentials_answer_fail(self.0, c(reason).as_ptr(), retryable.into()) };
    }

    pub fn was_refused(&self) -> bool {
        unsafe { tcdb_credentials_answer_was_refused(self.0) == 1 }
    }

    pub fn left(&self) -> Duration {
        Duration::from_millis(unsafe { tcdb_credentials_answer_ms_left(self.0) }.try_into().unwrap())
    }
}

type Function = Box<dyn Fn(&Answer) + Send + Sync>;

/// What the library holds of a callback.
pub struct Callback {
    function: Function,
    destroyed: Arc<Mutex<u32>>,
}

unsafe extern "system" fn call_back(answer: *mut tcdb_credentials_answer, user_data: *mut c_void) {
    let callback = unsafe { &*user_data.cast::<Callback>() };
    (callback.function)(&Answer(answer));
}

unsafe extern "system" fn drop_callback(user_data: *mut c_void) {
    let callback = unsafe { Box::from_raw(user_data.cast::<Callback>()) };
    *callback.destroyed.lock().unwrap() += 1;
}

pub struct Credentials(pub *mut tcdb_credentials);

// The header: credentials may be used by many threads at once.
unsafe impl Send for Credentials {}
unsafe impl Sync for Credentials {}

impl Credentials {
    pub fn fixed(secret_id: &str, secret_key: &str, token: Option<&str>) -> Result<Self, Failure> {
        let (id, key, token) = (c(secret_id), c(secret_key), token.map(c));
        let token = token.as_ref().map_or(ptr::null(), |t| t.as_ptr());
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_credentials_static(id.as_ptr(), key.as_ptr(), token, &mut out, &mut error) };
        outcome(code, out, error).map(Self)
    }

    pub fn profile(path: &Path, profile: Option<&str>) -> Result<Self, Failure> {
        let (path, profile) = (c(path.to_str().unwrap()), profile.map(c));
        let profile = profile.as_ref().map_or(ptr::null(), |p| p.as_ptr());
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_credentials_profile(path.as_ptr(), profile, &mut out, &mut error) };
        outcome(code, out, error).map(Self)
    }

    /// Of a metadata service that `io` names: never the real one.
    pub fn cvm_role(role: Option<&str>, io: &Options) -> Result<Self, Failure> {
        let role = role.map(c);
        let role = role.as_ref().map_or(ptr::null(), |r| r.as_ptr());
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_credentials_cvm_role(role, io.0, &mut out, &mut error) };
        outcome(code, out, error).map(Self)
    }

    pub fn assume_role(&self, arn: &str, role: &Role, io: &Options) -> Result<Self, Failure> {
        let arn = c(arn);
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_credentials_assume_role(self.0, arn.as_ptr(), role.0, io.0, &mut out, &mut error) };
        outcome(code, out, error).map(Self)
    }

    pub fn web_identity(arn: &str, file: &Path, role: &Role, io: &Options) -> Result<Self, Failure> {
        let (arn, provider, file) = (c(arn), c("OIDC"), c(file.to_str().unwrap()));
        let (arn, provider, file) = (arn.as_ptr(), provider.as_ptr(), file.as_ptr());
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_credentials_web_identity(arn, provider, file, role.0, io.0, &mut out, &mut error) };
        outcome(code, out, error).map(Self)
    }

    /// And how often it was destroyed.
    pub fn callback(
        name: &str,
        function: impl Fn(&Answer) + Send + Sync + 'static,
    ) -> (Result<Self, Failure>, Arc<Mutex<u32>>) {
        Self::callback_with(name, function, &Options::new())
    }

    pub fn callback_with(
        name: &str,
        function: impl Fn(&Answer) + Send + Sync + 'static,
        io: &Options,
    ) -> (Result<Self, Failure>, Arc<Mutex<u32>>) {
        let destroyed = Arc::new(Mutex::new(0));
        let callback = Callback { function: Box::new(function), destroyed: destroyed.clone() };
        let user_data = Box::into_raw(Box::new(callback)).cast();
        let name = c(name);
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let (call, destroy) = (Some(call_back as _), Some(drop_callback as _));
        let code =
            unsafe { tcdb_credentials_callback(name.as_ptr(), call, user_data, destroy, io.0, &mut out, &mut error) };
        (outcome(code, out, error).map(Self), destroyed)
    }

    pub fn fetch(&self, timeout: Duration) -> Result<(), Failure> {
        let mut error = ptr::null_mut();
        let ms = timeout.as_millis().try_into().unwrap();
        let code = unsafe { tcdb_credentials_fetch(self.0, ms, &mut error) };
        if code == TCDB_OK { Ok(()) } else { Err(failure(code, error)) }
    }

    /// Source, and end in Unix seconds.
    pub fn info(&self) -> (String, i64) {
        let mut info = ptr::null_mut();
        let code = unsafe { tcdb_credentials_info_new(self.0, &mut info, ptr::null_mut()) };
        assert_eq!(code, TCDB_OK);
        unsafe {
            let source = text(tcdb_credentials_info_source(info)).unwrap();
            let read = (source, tcdb_credentials_info_expires_unix_s(info));
            tcdb_credentials_info_free(info);
            read
        }
    }

    /// The ones that a fresh endpoint accepts.
    pub fn accepted() -> Self {
        Self::fixed(tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY, None).unwrap()
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        unsafe { tcdb_credentials_free(self.0) };
    }
}

pub struct Client(pub *mut tcdb_client);

// The header: a client may be used by many threads at once.
unsafe impl Send for Client {}
unsafe impl Sync for Client {}

impl Client {
    /// For the mock server over TLS with what it accepts.
    pub fn of(server: &MockServer) -> Self {
        Options::to(server).client(&Credentials::accepted()).unwrap()
    }

    pub fn query(&self, async_request_id: &str) -> Result<Found, Failure> {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_query(self.0, c(async_request_id).as_ptr(), &mut out, &mut error) };
        outcome(code, out, error).map(|result| found(result).expect("a result"))
    }

    pub fn wait(&self, async_request_id: &str, timeout: Duration) -> Result<Found, Failure> {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let timeout = timeout.as_millis().try_into().unwrap();
        let code = unsafe { tcdb_wait(self.0, c(async_request_id).as_ptr(), timeout, &mut out, &mut error) };
        outcome(code, out, error).map(|result| found(result).expect("a result"))
    }

    pub fn set_credentials(&self, credentials: &Credentials) {
        let code = unsafe { tcdb_client_set_credentials(self.0, credentials.0, ptr::null_mut()) };
        assert_eq!(code, TCDB_OK);
    }

    pub fn clock_offset(&self) -> i64 {
        unsafe { tcdb_client_clock_offset_ms(self.0) }
    }

    pub fn shut_down(&self) {
        unsafe { tcdb_client_shutdown(self.0) };
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        unsafe { tcdb_client_free(self.0) };
    }
}

/// What progress was called with: status of the latest answer, answers, milliseconds.
pub type Progressed = (Option<tcdb_status>, u32, u64);

pub struct Waiter(pub *mut tcdb_waiter);

// The header: a waiter locks itself.
unsafe impl Send for Waiter {}
unsafe impl Sync for Waiter {}

unsafe extern "system" fn on_progress<F: Fn(Progressed) -> bool>(
    latest: *const tcdb_result,
    answers: u32,
    elapsed_ms: u64,
    user_data: *mut c_void,
) -> i32 {
    let listener = unsafe { &*user_data.cast::<F>() };
    let status = (!latest.is_null()).then(|| unsafe { tcdb_result_status(latest) });
    listener((status, answers, elapsed_ms)).into()
}

impl Waiter {
    /// `None`: for ever.
    pub fn new(client: &Client, async_request_id: &str, timeout: Option<Duration>) -> Result<Self, Failure> {
        let timeout = timeout.map_or(u64::MAX, |time| time.as_millis().try_into().unwrap());
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_waiter_new(client.0, c(async_request_id).as_ptr(), timeout, &mut out, &mut error) };
        outcome(code, out, error).map(Self)
    }

    /// The quickest that is allowed: 250 ms, constant.
    pub fn quick(client: &Client, async_request_id: &str, timeout: Duration) -> Self {
        Self::new(client, async_request_id, Some(timeout)).unwrap().interval(250, 250)
    }

    pub fn interval(self, first_ms: u32, longest_ms: u32) -> Self {
        unsafe { tcdb_waiter_set_interval_ms(self.0, first_ms, longest_ms) };
        self
    }

    pub fn stop_on(self, status: tcdb_status) -> Self {
        unsafe { tcdb_waiter_set_stop_on(self.0, status) };
        self
    }

    pub fn run(&self) -> Result<Found, Failure> {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_waiter_run(self.0, None, ptr::null_mut(), &mut out, &mut error) };
        outcome(code, out, error).map(|result| found(result).expect("a result"))
    }

    /// `listener` returns true to stop.
    pub fn run_with_progress<F: Fn(Progressed) -> bool>(&self, listener: F) -> Result<Found, Failure> {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let user_data = (&raw const listener).cast_mut().cast();
        let code = unsafe { tcdb_waiter_run(self.0, Some(on_progress::<F>), user_data, &mut out, &mut error) };
        outcome(code, out, error).map(|result| found(result).expect("a result"))
    }

    /// `None`: not ended.
    pub fn step(&self, max_sleep: Duration) -> Result<Option<Found>, Failure> {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let ms = max_sleep.as_millis().try_into().unwrap();
        let code = unsafe { tcdb_waiter_step(self.0, ms, &mut out, &mut error) };
        outcome(code, out, error).map(found)
    }

    pub fn cancel(&self) {
        unsafe { tcdb_waiter_cancel(self.0) };
    }

    pub fn latest(&self) -> Option<Found> {
        found(unsafe { tcdb_waiter_latest(self.0) })
    }

    pub fn answers(&self) -> u32 {
        unsafe { tcdb_waiter_answers(self.0) }
    }

    pub fn elapsed(&self) -> Duration {
        Duration::from_millis(unsafe { tcdb_waiter_elapsed_ms(self.0) })
    }

    /// `None`: ended.
    pub fn due_in(&self) -> Option<Duration> {
        let ms = unsafe { tcdb_waiter_due_in_ms(self.0) };
        (ms != u64::MAX).then(|| Duration::from_millis(ms))
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        unsafe { tcdb_waiter_free(self.0) };
    }
}
