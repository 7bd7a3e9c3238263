//! The folder with the CA file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::sys;

/// The folder of `ca.pem` and `certificate.pem`; one of our own is removed in the end.
pub(crate) struct Folder {
    path: PathBuf,
    ours: bool,
}

impl Folder {
    pub fn make(given: Option<&Path>) -> io::Result<Folder> {
        if let Some(given) = given {
            fs::create_dir_all(given)?;
            return Ok(Folder { path: given.to_owned(), ours: false });
        }
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let nanoseconds =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
        let name = format!("tcdb-mock-server-{}-{number}-{nanoseconds:08x}", std::process::id());
        let path = std::env::temp_dir().join(name);
        sys::make_private(&path)?;
        Ok(Folder { path, ours: true })
    }

    pub fn certificate_file(&self) -> PathBuf {
        self.path.join("certificate.pem")
    }

    pub fn ca_file(&self) -> PathBuf {
        self.path.join("ca.pem")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.ours {
            // A folder that is gone already needs no removing.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
