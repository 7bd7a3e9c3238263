//! One query over scripted connections.

use std::ptr;

use tcdb_async::testing::scripted;
use tcdb_async::ffi::{tcdb_client, tcdb_code, tcdb_query};

use crate::{Bytes, validate_redacted};

/// The peer says `bytes` on the first connection and nothing on a second.
pub fn query_over(client: *const tcdb_client, bytes: &[u8]) -> tcdb_code {
    scripted::reset();
    scripted::script(bytes);
    query(client)
}

pub fn query(client: *const tcdb_client) -> tcdb_code {
    let (mut result, mut error) = (ptr::null_mut(), ptr::null_mut());
    let code = unsafe { tcdb_query(client, c"f96e4f3c-8fc96c86".as_ptr(), &mut result, &mut error) };
    validate_redacted(code, result, error)
}

/// What the next connection receives: a whole reply, the beginning of one and the input's own bytes, or nothing.
pub fn script_reply(input: &mut Bytes<'_>) {
    let head = [
        "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n{\"Response\":{\"Status\":\"RUNNING\",\"Info\":null,\"RequestId\":\"5eed5eed-5eed-5eed\"}}",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"Response\":{\"Status\":\"SUCCESS\",\"RequestId\":\"5eed5eed-5eed-5eed\"}}",
        "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 05:00:00 GMT\r\n\r\n{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.SignatureExpire\",\"Message\":\"\"}}}",
        "HTTP/1.1 200 OK\r\n\r\n{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.TokenFailure\",\"Message\":\"\"}}}",
        "HTTP/1.1 200 OK\r\n\r\n",
        "",
    ];
    let chosen = usize::from(input.byte()) % (head.len() + 1);
    if let Some(head) = head.get(chosen) {
        let mut bytes = head.as_bytes().to_vec();
        if chosen >= 4 {
            bytes.extend_from_slice(input.piece());
        }
        scripted::script(&bytes);
    }
}
