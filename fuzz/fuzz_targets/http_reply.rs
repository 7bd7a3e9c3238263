//! Whatever a server may send in answer to a request, through the transport and the HTTP library, and once more on the
//! connection if it was kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::ffi::tcdb_client;
use tcdb_async_fuzz::{client, query, query_over};

thread_local! {
    static CLIENT: *mut tcdb_client = client("http://127.0.0.1:1", None, None);
}

fuzz_target!(|bytes: &[u8]| {
    CLIENT.with(|client| {
        query_over(*client, bytes);
        query(*client);
    });
});
