//! One query over scripted connections.

use std::ptr;

use tcdb_async::testing::scripted;
use tcdb_async::ffi::{tcdb_client, tcdb_code, tcdb_query};

use crate::validate;

/// The peer says `bytes` on the first connection and nothing on a second.
pub fn query_over(client: *const tcdb_client, bytes: &[u8]) -> tcdb_code {
    scripted::reset();
    scripted::script(bytes);
    query(client)
}

pub fn query(client: *const tcdb_client) -> tcdb_code {
    let (mut result, mut error) = (ptr::null_mut(), ptr::null_mut());
    let code = unsafe { tcdb_query(client, c"f96e4f3c-8fc96c86".as_ptr(), &mut result, &mut error) };
    validate(code, result, error)
}
