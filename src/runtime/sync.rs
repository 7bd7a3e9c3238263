//! What several threads share is built of these, so that the models under `tests/loom` can put theirs in their place.

pub use std::sync::{Arc, Mutex};
pub use std::time::Instant;
