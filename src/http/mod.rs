//! HTTP/1.1 over a connection of ours, by ureq's protocol crate: POST and GET, connection pool, proxies, TLS.
//!
//! The only place that knows `ureq_proto` and rustls. It knows nothing of the API: `post` and `get` serve the API, STS
//! and the metadata service alike. `docs/internals/http.md` says why it is built like this.

mod chunked;
mod client;
mod connection;
mod connector;
mod crypto;
mod dns;
mod exchange;
mod http_connect;
mod lenient_head;
mod pool;
mod proxy_error;
mod race;
mod retry_after;
#[cfg(feature = "testing")]
pub mod scripted;
mod session_store;
mod socks5;
mod stream;
mod tls;
mod tls_io;
mod tls_words;
#[cfg(not(feature = "testing"))]
mod trust;
#[cfg(feature = "testing")]
pub mod trust;

pub use client::{HttpClient, HttpConfig, HttpError, Response, Reuse};
pub use trust::TrustStore;
