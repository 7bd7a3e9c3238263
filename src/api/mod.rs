//! The API's requests and replies. Pure: bytes in and bytes out.

pub mod excerpt;
pub mod external;
pub mod request;
pub mod response;
pub mod secret;
pub mod sts;
pub mod tc3;
mod text;
