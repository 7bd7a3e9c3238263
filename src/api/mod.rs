//! The API's requests and replies. Pure: bytes in and bytes out.

pub mod external;
pub mod request;
pub mod response;
pub mod secret;
pub mod tc3;
