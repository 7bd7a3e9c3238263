//! What STS may answer when it is asked for credentials, or whose credentials these are: a status, then the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::error::Error;
use tcdb_async::testing as readers;
use tcdb_async_fuzz::{Bytes, TOKEN, validate_reading};

fuzz_target!(|input: &[u8]| {
    let mut input = Bytes::new(input);
    let status = [200, 200, 200, 302, 401, 429, 500][usize::from(input.byte()) % 7];
    let body = input.rest();
    match readers::sts(status, body, &[TOKEN]) {
        Err(why) if why.server_code().is_some() => validate_refusal(&why),
        read => validate_reading(read.map(Some).map_err(|why| why.message().to_owned())),
    }
    match readers::identity(status, body, &[TOKEN]) {
        Ok(identity) => assert_eq!(status, 200, "{identity:?}"),
        Err(why) => validate_refusal(&why),
    }
});

/// Its own words are quoted, without the secrets of the request.
fn validate_refusal(why: &Error) {
    let message = why.message();
    assert!(!message.is_empty() && !message.contains(['\n', '\r']) && !message.contains(TOKEN), "{message:?}");
}
