//! Chance for jitter. Not for secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

/// In 0..1. A forked child's numbers differ from its parent's: the process id is mixed in.
#[must_use]
pub fn jitter() -> f64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    // The upper 32 bits fit a f64 exactly.
    f64::from(u32::try_from(hasher.finish() >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}
