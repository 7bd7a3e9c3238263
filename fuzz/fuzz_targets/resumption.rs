//! A server that resumes TLS sessions, or not, and whose bytes are changed on the way: whatever comes of that, the client
//! is as good as before.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tcdb_async::ffi::{TCDB_OK, tcdb_client_free, tcdb_live_objects};
use tcdb_async::testing::scripted;
use tcdb_async_fuzz::{Bytes, Edit, Server, Version, client, query};

const MOST_EDITS: usize = 4;

fuzz_target!(|input: &[u8]| {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(Server::new);
    let mut input = Bytes::new(input);
    let options = input.byte();
    let version = if options & 1 == 0 { Version::Tls13 } else { Version::Tls12 };
    // Whether the server still knows the session that the client offers.
    let remembers = options & 2 == 0;
    // Now and then the connection that hands out the sessions is changed as well.
    let first = if options & 4 == 0 { Vec::new() } else { edits(&mut input) };
    let second = edits(&mut input);

    scripted::reset();
    let client = client("https://localhost:1", None, Some(server.ca_file()));
    let is_first_good = first.is_empty();
    server.expect(version, true, first);
    let code = query(client);
    assert!(!is_first_good || code == TCDB_OK, "a good server failed: {code}");

    // A handshake that breaks when a session was offered is followed by another without one.
    let is_second_good = second.is_empty();
    scripted::reset();
    server.expect(version, remembers, second);
    server.expect(version, true, Vec::new());
    let code = query(client);
    assert!(!is_second_good || code == TCDB_OK, "a good server failed to resume: {code}");

    scripted::reset();
    server.expect(version, true, Vec::new());
    server.expect(version, true, Vec::new());
    assert_eq!(query(client), TCDB_OK, "a client is broken by what a server sent before");
    unsafe { tcdb_client_free(client) };
    scripted::reset();
    assert_eq!(tcdb_live_objects(), 0, "objects are left");
});

fn edits(input: &mut Bytes<'_>) -> Vec<Edit> {
    let count = usize::from(input.byte()) % (MOST_EDITS + 1);
    (0..count).map(|_| Edit::of(input)).collect()
}
