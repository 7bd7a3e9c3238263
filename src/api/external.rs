//! Reads a reply that the program's own HTTP stack received. Pure.

use crate::api::excerpt::Redactor;
use crate::api::response::{self, MAX_BODY, Reply};
use crate::error::{Error, ErrorKind, Result};
use crate::info::AsyncRequestInfo;

/// # Errors
/// As `response::read`; `InvalidArgument` for a status that HTTP does not have.
pub fn read(http_status: i32, body: &[u8]) -> Result<AsyncRequestInfo> {
    let Some(http_status) = u16::try_from(http_status).ok().filter(|status| (100..=999).contains(status)) else {
        return Err(Error::invalid(format!("http_status is {http_status}; it must be 100 to 999")));
    };
    if body.len() > MAX_BODY {
        let message = format!("HTTP {http_status} with a body over {MAX_BODY} bytes");
        return Err(Error::new(ErrorKind::BadResponse, message).with_http_status(http_status));
    }
    // Whose request it was is not known here.
    response::read(&Reply { http_status, body: body.to_vec(), ..Reply::default() }, Redactor::of_marked)
}

#[cfg(test)]
mod tests;
