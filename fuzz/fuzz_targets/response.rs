//! The response reader, as another HTTP stack hands replies over: a status, then the body.
#![no_main]

use std::ptr;

use libfuzzer_sys::fuzz_target;
use tcdb_async::ffi::tcdb_response_parse;
use tcdb_async_fuzz::{Bytes, validate};

fuzz_target!(|input: &[u8]| {
    let mut input = Bytes::new(input);
    // Mostly what comes in life.
    let status = match input.byte() {
        0 => i32::from(input.number()),
        n => [200, 200, 200, 204, 302, 401, 404, 429, 500, 503][usize::from(n) % 10],
    };
    let body = input.rest();
    let (mut result, mut error) = (ptr::null_mut(), ptr::null_mut());
    let code = unsafe { tcdb_response_parse(status, body.as_ptr().cast(), body.len(), &mut result, &mut error) };
    validate(code, result, error);
});
