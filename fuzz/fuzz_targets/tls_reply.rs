//! Whatever may come in answer to TLS's first message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::ffi::{TCDB_OK, tcdb_client};
use tcdb_async_fuzz::{client, query_over};

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/authority.pem");

thread_local! {
    static CLIENT: *mut tcdb_client = client("https://localhost:1", None, Some(AUTHORITY));
}

fuzz_target!(|bytes: &[u8]| {
    CLIENT.with(|client| assert_ne!(query_over(*client, bytes), TCDB_OK));
});
