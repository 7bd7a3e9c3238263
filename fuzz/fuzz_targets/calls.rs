//! Calls of the C API in any order, on objects of any age, over connections whose replies the input holds too. At the
//! end everything is freed, and nothing may be left.
#![no_main]

use std::ffi::{c_char, c_void};
use std::ptr;

use libfuzzer_sys::fuzz_target;
use tcdb_async::testing::scripted;
use tcdb_async::ffi::*;
use tcdb_async_fuzz::{Bytes, Text, script_reply, validate};

const MOST_CALLS: usize = 200;
const MOST_OBJECTS: usize = 8;

#[derive(Default)]
struct World {
    options: Vec<*mut tcdb_options>,
    credentials: Vec<*mut tcdb_credentials>,
    clients: Vec<*mut tcdb_client>,
    waiters: Vec<*mut tcdb_waiter>,
    requests: Vec<*mut tcdb_request>,
}

/// An object by number; NULL now and then, and where there is none.
fn pick<T>(objects: &[*mut T], number: u8) -> *mut T {
    if number % 16 == 15 || objects.is_empty() {
        return ptr::null_mut();
    }
    objects[usize::from(number) % objects.len()]
}

/// Keeps an object; beyond the bound it takes the place of one, which is handed back to be freed.
fn keep<T>(objects: &mut Vec<*mut T>, made: *mut T) -> *mut T {
    if made.is_null() {
        return ptr::null_mut();
    }
    objects.push(made);
    if objects.len() > MOST_OBJECTS { objects.remove(0) } else { ptr::null_mut() }
}

fn take<T>(objects: &mut Vec<*mut T>, number: u8) -> *mut T {
    if objects.is_empty() { ptr::null_mut() } else { objects.swap_remove(usize::from(number) % objects.len()) }
}

unsafe extern "system" fn log(_: tcdb_log_level, line: *const c_char, _: *mut c_void) {
    let line = unsafe { std::ffi::CStr::from_ptr(line) }.to_str().expect("UTF-8");
    assert!(!line.contains('\n') && !line.contains("FUZZKEY"), "{line:?}");
}

unsafe extern "system" fn fetch(answer: *mut tcdb_credentials_answer, _: *mut c_void) {
    unsafe {
        if tcdb_credentials_answer_was_refused(answer) == 1 || tcdb_credentials_answer_ms_left(answer) == 0 {
            tcdb_credentials_answer_fail(answer, c"no more FUZZ".as_ptr(), 1);
        } else {
            tcdb_credentials_answer_set(answer, c"FUZZID".as_ptr(), c"FUZZKEY".as_ptr(), ptr::null(), 0);
        }
    }
}

unsafe extern "system" fn progress(_: *const tcdb_result, answers: u32, _: u64, _: *mut c_void) -> i32 {
    i32::from(answers > 1)
}

impl World {
    fn call(&mut self, input: &mut Bytes<'_>) {
        match input.byte() % 13 {
            0 => self.make_options(input),
            1 => self.set_option(input),
            2 if input.byte() % 4 == 3 => self.find_credentials(input),
            2 => self.make_credentials(input),
            3 => self.make_client(input),
            4 => self.query(input),
            5 => self.make_waiter(input),
            6 => self.use_waiter(input),
            7 => self.swap_credentials(input),
            8 => self.make_request(input),
            9 => self.read_request(input),
            10 => self.free_one(input),
            11 => self.issue_credentials(input),
            _ => self.ask_client(input),
        }
    }

    fn make_options(&mut self, input: &mut Bytes<'_>) {
        let made = if input.byte() % 8 == 0 { tcdb_options_from_env() } else { tcdb_options_new() };
        unsafe {
            // Never the default host, never a pause, never the system's store read a thousand times.
            tcdb_options_set_endpoint(made, c"http://127.0.0.1:1".as_ptr());
            tcdb_options_set_max_attempts(made, 1);
            tcdb_options_set_max_requests_per_second(made, 0);
            tcdb_options_free(keep(&mut self.options, made));
        }
    }

    fn set_option(&mut self, input: &mut Bytes<'_>) {
        let options = pick(&self.options, input.byte());
        let number = u32::from(input.number());
        unsafe {
            match input.byte() % 11 {
                10 => tcdb_options_set_sts_endpoint(options, Text::of(input, &["http://127.0.0.1:1"]).as_ptr()),
                0 => tcdb_options_set_language(options, Text::of(input, &["en-US", "zh-CN"]).as_ptr()),
                1 => tcdb_options_set_connect_timeout_ms(options, number),
                2 => tcdb_options_set_total_timeout_ms(options, number),
                3 => tcdb_options_set_max_attempts(options, if number < 2 { number } else { 11 }),
                4 => tcdb_options_set_proxy(options, Text::of(input, &["http://u:p@127.0.0.1:1", "socks5://127.0.0.1:1"]).as_ptr()),
                5 => tcdb_options_set_ca_file(options, Text::of(input, &["/nonexistent"]).as_ptr()),
                6 => tcdb_options_set_clock_correction(options, number as i32 % 3),
                7 => tcdb_options_set_request_client(options, Text::of(input, &["me-1.0"]).as_ptr()),
                8 => tcdb_options_set_log(options, number as i32 % 6, Some(log), ptr::null_mut(), None),
                _ => tcdb_options_set_endpoint(options, Text::of(input, &["http://127.0.0.1:1", "http://[::1]:2"]).as_ptr()),
            }
        }
    }

    fn make_credentials(&mut self, input: &mut Bytes<'_>) {
        let (id, key) = (Text::of(input, &["FUZZID"]), Text::of(input, &["FUZZKEY"]));
        let token = Text::of(input, &["FUZZTOKEN"]);
        let (mut made, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            let code = tcdb_credentials_static(id.as_ptr(), key.as_ptr(), token.as_ptr(), &mut made, &mut error);
            validate(code, ptr::null_mut(), error);
            assert_eq!(code == TCDB_OK, !made.is_null());
            tcdb_credentials_free(keep(&mut self.credentials, made));
        }
    }

    /// Every other source of credentials: all of them find nothing here, sooner or later.
    fn find_credentials(&mut self, input: &mut Bytes<'_>) {
        let name = Text::of(input, &["default", "role"]);
        let options = tcdb_options_new();
        let (mut made, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            tcdb_options_set_endpoint(options, c"http://127.0.0.1:2".as_ptr());
            // No time to ask the metadata service a second time.
            tcdb_options_set_total_timeout_ms(options, 1);
            tcdb_options_set_sts_endpoint(options, c"http://127.0.0.1:2".as_ptr());
            let code = match input.byte() % 7 {
                4 => tcdb_credentials_env_with(options, &mut made, &mut error),
                5 => tcdb_credentials_profile_with(c"/nonexistent".as_ptr(), name.as_ptr(), options, &mut made, &mut error),
                6 => tcdb_credentials_tke(ptr::null(), options, &mut made, &mut error),
                0 => tcdb_credentials_env(&mut made, &mut error),
                1 => tcdb_credentials_profile(c"/nonexistent".as_ptr(), name.as_ptr(), &mut made, &mut error),
                2 => tcdb_credentials_cvm_role(name.as_ptr(), options, &mut made, &mut error),
                _ => tcdb_credentials_default(options, &mut made, &mut error),
            };
            validate(code, ptr::null_mut(), error);
            tcdb_options_free(options);
            tcdb_credentials_free(keep(&mut self.credentials, made));
        }
    }

    /// Roles over what there is, web identities, callbacks; and what is known of them.
    fn issue_credentials(&mut self, input: &mut Bytes<'_>) {
        let base = pick(&self.credentials, input.byte());
        let arn = Text::of(input, &["qcs::cam::uin/1:roleName/r", "qcs::x"]);
        let text = Text::of(input, &["session", "{\"version\":\"2.0\"}", "x:/y"]);
        let (role, options) = (tcdb_role_new(), tcdb_options_new());
        let (mut made, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            tcdb_options_set_sts_endpoint(options, c"http://127.0.0.1:2".as_ptr());
            tcdb_options_set_total_timeout_ms(options, 1);
            match input.byte() % 6 {
                0 => tcdb_role_set_session_name(role, text.as_ptr()),
                1 => tcdb_role_set_duration_s(role, input.number().into()),
                2 => tcdb_role_set_external_id(role, text.as_ptr()),
                3 => tcdb_role_set_policy(role, text.as_ptr()),
                4 => tcdb_role_set_source_identity(role, text.as_ptr()),
                _ => {}
            }
            let code = match input.byte() % 3 {
                0 => tcdb_credentials_assume_role(base, arn.as_ptr(), role, options, &mut made, &mut error),
                1 => tcdb_credentials_web_identity(
                    arn.as_ptr(), text.as_ptr(), c"/nonexistent".as_ptr(), role, options, &mut made, &mut error),
                _ => tcdb_credentials_callback(
                    text.as_ptr(), Some(fetch), ptr::null_mut(), None, options, &mut made, &mut error),
            };
            validate(code, ptr::null_mut(), error);
            tcdb_role_free(role);
            tcdb_options_free(options);
            let (mut info, mut failed) = (ptr::null_mut(), ptr::null_mut());
            let known = tcdb_credentials_info_new(base, &mut info, &mut failed);
            validate(known, ptr::null_mut(), failed);
            let source = std::ffi::CStr::from_ptr(tcdb_credentials_info_source(info)).to_str().expect("UTF-8");
            assert!(!source.contains("FUZZKEY") && tcdb_credentials_info_expires_unix_s(info) >= 0, "{source:?}");
            tcdb_credentials_info_free(info);
            if input.byte() % 4 == 0 {
                let mut failed = ptr::null_mut();
                let code = tcdb_credentials_fetch(made, 1, &mut failed);
                validate(code, ptr::null_mut(), failed);
            }
            tcdb_credentials_free(keep(&mut self.credentials, made));
        }
    }

    fn make_client(&mut self, input: &mut Bytes<'_>) {
        // NULL options are the defaults, for the real host: the script replaces it, but its store is read.
        let options = self.options.get(usize::from(input.byte()) % self.options.len().max(1)).copied();
        let Some(options) = options else { return };
        let credentials = pick(&self.credentials, input.byte());
        let region = Text::of(input, &["ap-guangzhou"]);
        let (mut made, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            let code = tcdb_client_new(credentials, region.as_ptr(), options, &mut made, &mut error);
            validate(code, ptr::null_mut(), error);
            tcdb_client_free(keep(&mut self.clients, made));
        }
    }

    fn query(&mut self, input: &mut Bytes<'_>) {
        let client = pick(&self.clients, input.byte());
        script_reply(input);
        let id = Text::of(input, &["f96e4f3c-8fc96c86"]);
        let (mut result, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            let code = match input.byte() % 4 {
                0 => tcdb_wait(client, id.as_ptr(), 0, &mut result, &mut error),
                _ => tcdb_query(client, id.as_ptr(), &mut result, &mut error),
            };
            validate(code, result, error);
        }
    }

    fn make_waiter(&mut self, input: &mut Bytes<'_>) {
        let client = pick(&self.clients, input.byte());
        let id = Text::of(input, &["f96e4f3c-8fc96c86"]);
        let timeout = [0, 1, 60_000, u64::MAX][usize::from(input.byte()) % 4];
        let (mut made, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            let code = tcdb_waiter_new(client, id.as_ptr(), timeout, &mut made, &mut error);
            validate(code, ptr::null_mut(), error);
            tcdb_waiter_free(keep(&mut self.waiters, made));
        }
    }

    fn use_waiter(&mut self, input: &mut Bytes<'_>) {
        let waiter = pick(&self.waiters, input.byte());
        let (mut result, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            match input.byte() % 8 {
                0 => tcdb_waiter_set_interval_ms(waiter, input.number().into(), input.number().into()),
                1 => tcdb_waiter_set_stop_on(waiter, i32::from(input.byte() as i8)),
                2 => tcdb_waiter_cancel(waiter),
                3 => {
                    validate(TCDB_OK, tcdb_waiter_latest(waiter), ptr::null_mut());
                    tcdb_waiter_answers(waiter);
                    tcdb_waiter_elapsed_ms(waiter);
                    tcdb_waiter_due_in_ms(waiter);
                }
                4 => {
                    // To its end, which is near: it was cancelled.
                    tcdb_waiter_cancel(waiter);
                    let code = tcdb_waiter_run(waiter, Some(progress), ptr::null_mut(), &mut result, &mut error);
                    validate(code, result, error);
                }
                _ => {
                    script_reply(input);
                    let code = tcdb_waiter_step(waiter, 0, &mut result, &mut error);
                    validate(code, result, error);
                }
            }
        }
    }

    fn swap_credentials(&mut self, input: &mut Bytes<'_>) {
        let (client, credentials) = (pick(&self.clients, input.byte()), pick(&self.credentials, input.byte()));
        let mut error = ptr::null_mut();
        unsafe {
            let code = tcdb_client_set_credentials(client, credentials, &mut error);
            validate(code, ptr::null_mut(), error);
        }
    }

    fn make_request(&mut self, input: &mut Bytes<'_>) {
        let client = pick(&self.clients, input.byte());
        let id = Text::of(input, &["f96e4f3c-8fc96c86"]);
        let time = [0, 1, -1, i64::MAX, 1_539_084_154][usize::from(input.byte()) % 5];
        let (mut made, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            let code = tcdb_request_new(client, id.as_ptr(), time, &mut made, &mut error);
            validate(code, ptr::null_mut(), error);
            tcdb_request_free(keep(&mut self.requests, made));
        }
    }

    fn read_request(&mut self, input: &mut Bytes<'_>) {
        let request = pick(&self.requests, input.byte());
        unsafe {
            let count = tcdb_request_header_count(request);
            assert!(tcdb_request_header_name(request, count).is_null());
            for i in 0..count {
                assert!(!tcdb_request_header_name(request, i).is_null());
                assert!(!tcdb_request_header_value(request, i).is_null());
            }
            for text in [
                tcdb_request_url(request),
                tcdb_request_body(request),
                tcdb_request_canonical(request),
                tcdb_request_string_to_sign(request),
            ] {
                assert!(!text.is_null());
            }
            tcdb_request_body_len(request);
        }
    }

    fn free_one(&mut self, input: &mut Bytes<'_>) {
        let number = input.byte();
        unsafe {
            match input.byte() % 5 {
                0 => tcdb_options_free(take(&mut self.options, number)),
                1 => tcdb_credentials_free(take(&mut self.credentials, number)),
                2 => tcdb_client_free(take(&mut self.clients, number)),
                3 => tcdb_waiter_free(take(&mut self.waiters, number)),
                _ => tcdb_request_free(take(&mut self.requests, number)),
            }
        }
    }

    fn ask_client(&mut self, input: &mut Bytes<'_>) {
        let client = pick(&self.clients, input.byte());
        unsafe {
            match input.byte() % 8 {
                0 => tcdb_client_shutdown(client),
                1 => assert!(!tcdb_version().is_null() && tcdb_abi_version() > 0),
                _ => assert!(tcdb_client_clock_offset_ms(client).abs() < i64::MAX / 2),
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        unsafe {
            self.options.drain(..).for_each(|o| tcdb_options_free(o));
            self.credentials.drain(..).for_each(|o| tcdb_credentials_free(o));
            self.clients.drain(..).for_each(|o| tcdb_client_free(o));
            self.waiters.drain(..).for_each(|o| tcdb_waiter_free(o));
            self.requests.drain(..).for_each(|o| tcdb_request_free(o));
        }
    }
}

fuzz_target!(|input: &[u8]| {
    scripted::reset();
    let mut input = Bytes::new(input);
    let mut world = World::default();
    // Most inputs begin with what nothing goes without.
    if input.byte() % 8 != 0 {
        world.make_options(&mut Bytes::new(&[1]));
        world.make_credentials(&mut Bytes::new(&[0, 0, 255]));
        world.make_client(&mut Bytes::new(&[]));
    }
    for _ in 0..MOST_CALLS {
        if input.is_empty() {
            break;
        }
        world.call(&mut input);
    }
    drop(world);
    assert_eq!(tcdb_live_objects(), 0, "objects are left");
});
