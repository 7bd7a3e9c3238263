//! Where the certificates to trust are. Pure: nothing is opened here.

use std::path::PathBuf;

use super::sourced::Sourced;
use super::validate::{path_of, wrong};
use crate::error::Result;

/// What separates the folders of a list.
#[cfg(unix)]
const SEPARATOR: u8 = b':';
#[cfg(not(unix))]
const SEPARATOR: u8 = b';';

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    System,
    /// A PEM file, folders of PEM files, or both: in place of the system's store.
    Custom {
        file: Option<TrustFile>,
        dirs: Vec<TrustFile>,
    },
}

/// A path, and the option or variable that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustFile {
    pub name: &'static str,
    pub path: PathBuf,
}

impl Roots {
    /// # Errors
    /// `InvalidArgument` that names the option or the variable.
    pub fn validate(file: Option<&Sourced>, dirs: &[Sourced]) -> Result<Self> {
        let file = file.map(trust_file).transpose()?;
        let dirs: Vec<_> = dirs.iter().map(trust_file).collect::<Result<_>>()?;
        Ok(if file.is_none() && dirs.is_empty() { Self::System } else { Self::Custom { file, dirs } })
    }
}

/// The folders of a list, as `SSL_CERT_DIR` is one; empty entries are passed over.
#[must_use]
pub fn entries(list: &Sourced) -> Vec<Sourced> {
    let entries = list.bytes.split(|byte| *byte == SEPARATOR).filter(|entry| !entry.is_empty());
    entries.map(|entry| Sourced::new(list.name, entry)).collect()
}

/// File names are bytes, as for open(2).
fn trust_file(Sourced { bytes, name }: &Sourced) -> Result<TrustFile> {
    if bytes.is_empty() {
        return Err(wrong(name, "is empty"));
    }
    Ok(TrustFile { name, path: path_of(name, bytes)? })
}
