//! A value and where it came from.

/// A text as it was given, and where: an option's name, or a variable's, for messages.
#[derive(Clone)]
pub struct Sourced {
    pub bytes: Vec<u8>,
    pub name: &'static str,
}

impl Sourced {
    #[must_use]
    pub fn new(name: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), name }
    }
}

impl std::fmt::Debug for Sourced {
    /// A proxy's URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sourced({})", self.name)
    }
}
