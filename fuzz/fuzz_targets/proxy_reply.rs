//! Whatever a proxy may answer: the first byte chooses CONNECT or SOCKS5, with a login or without.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::ffi::tcdb_client;
use tcdb_async_fuzz::{Bytes, client, query_over};

const PROXIES: [&str; 4] =
    ["http://127.0.0.1:1", "http://user:word@127.0.0.1:1", "socks5://127.0.0.1:1", "socks5://user:word@127.0.0.1:1"];

thread_local! {
    static CLIENTS: [*mut tcdb_client; 4] = PROXIES.map(|proxy| client("http://127.0.0.1:1", Some(proxy), None));
}

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes::new(bytes);
    let chosen = usize::from(bytes.byte()) % PROXIES.len();
    CLIENTS.with(|clients| query_over(clients[chosen], bytes.rest()));
});
