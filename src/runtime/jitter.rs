//! Chance for jitter. Not for secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

/// In 0..1. A forked child's numbers differ from its parent's: the process id is mixed in.
#[must_use]
pub fn jitter() -> f64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    // 32 bits fit a f64 exactly.
    let [a, b, c, d, ..] = hasher.finish().to_be_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}
