//! What the fuzz targets have in common: input cut into pieces, and the C API's outcomes checked.

mod bytes;
mod exchange;
mod outcome;
mod reading;
mod text;
mod tls_server;

pub use bytes::Bytes;
pub use exchange::{query, query_over, script_reply};
pub use outcome::{TOKEN, client, credentials, validate, validate_redacted};
pub use reading::validate_reading;
pub use text::Text;
pub use tls_server::{Edit, Server, Version};
