//! Reads a small file that may hold secrets, whatever turns out to stand at its path.

#[cfg(unix)]
use std::fs;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::io_reason;
use crate::runtime::sys;

const LARGEST_TEXT: usize = 64 * 1024;

pub enum Contents {
    Text(Zeroizing<String>),
    /// Nothing there, or nothing that this user may read.
    NotFound(String),
}

/// Why there are no bytes, in one clause.
pub enum Unreadable {
    /// Nothing there, or nothing that this user may read.
    NotFound(String),
    Wrong(String),
}

impl Unreadable {
    pub fn into_reason(self) -> String {
        match self {
            Self::NotFound(why) | Self::Wrong(why) => why,
        }
    }
}

impl From<String> for Unreadable {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

/// The text of a regular file, without a byte-order mark.
///
/// # Errors
/// What is wrong with the file, in one clause.
pub fn read(path: &Path) -> Result<Contents, String> {
    let bytes = match read_bytes(path, LARGEST_TEXT) {
        Ok(bytes) => bytes,
        Err(Unreadable::NotFound(why)) => return Ok(Contents::NotFound(why)),
        Err(Unreadable::Wrong(why)) => return Err(why),
    };
    let text = std::str::from_utf8(&bytes).map_err(|e| format!("is not UTF-8 (at byte {})", e.valid_up_to()))?;
    Ok(Contents::Text(Zeroizing::new(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())))
}

/// The bytes of a regular file of at most so many.
///
/// # Errors
/// What is wrong with the file.
pub fn read_bytes(path: &Path, largest: usize) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let file = match open(path) {
        Ok(file) => file,
        Err(e) if is_absence(&e) => return Err(Unreadable::NotFound(io_reason(&e))),
        Err(e) => return Err(format!("cannot be opened ({})", io_reason(&e)).into()),
    };
    let not_regular = || Unreadable::Wrong("is not a regular file".to_owned());
    let length = sys::regular_length(&file).map_err(|e| format!("cannot be examined ({})", io_reason(&e)))?;
    Ok(bounded(file, length.ok_or_else(not_regular)?, largest)?)
}

/// Non-blocking, so that a FIFO without a writer does not hang; it is refused later, as not a regular file.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    sys::open_without_waiting(&mut options);
    options.open(path)
}

fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | NotADirectory | PermissionDenied)
}

/// One buffer that never grows, so that no copy is left behind.
fn bounded(mut file: File, length: u64, largest: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    let too_large = || format!("is larger than {largest} bytes");
    // A file whose length is not known, as in /proc, has 0 here; one byte more than the bound shows that it is too large.
    let length = usize::try_from(length).map_err(|_| too_large())?.max(LARGEST_TEXT).min(largest) + 1;
    let mut bytes = Zeroizing::new(vec![0; length]);
    let mut filled = 0;
    while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
        match file.read(room) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(format!("cannot be read ({})", io_reason(&e))),
        }
    }
    if filled == length {
        return Err(too_large());
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// How others than the owner can reach the file, in one clause; None: they cannot. Its folders count: a file in a
/// folder that others may not enter is out of their reach, and who may write to the folder can replace the file.
#[cfg(unix)]
pub fn reachable_by_others(path: &Path) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    let path = fs::canonicalize(path).ok()?;
    let mode = |path: &Path| fs::metadata(path).ok().map(|about| about.mode());
    let folders: Vec<u32> = path.ancestors().skip(1).map(mode).collect::<Option<_>>()?;
    reach(mode(&path)?, &folders)
}

/// Lists of access rights are not looked at.
#[cfg(windows)]
pub fn reachable_by_others(_: &Path) -> Option<&'static str> {
    None
}

/// By the modes of the file and of its folders, the innermost first.
#[cfg(unix)]
pub(crate) fn reach(file: u32, folders: &[u32]) -> Option<&'static str> {
    let folder = *folders.first()?;
    let can_enter = |bit: u32| folders.iter().all(|folder| folder & bit != 0);
    // In a sticky folder only the owner replaces a file.
    let can_replace = |bit: u32| folder & bit != 0 && folder & 0o1000 == 0;
    let (group, everybody) = (can_enter(0o010), can_enter(0o001));
    if group && file & 0o060 != 0 {
        Some("it can be read or written to by its group")
    } else if everybody && file & 0o006 != 0 {
        Some("it can be read or written to by all users")
    } else if group && can_replace(0o020) {
        Some("its folder can be written to by its group")
    } else if everybody && can_replace(0o002) {
        Some("its folder can be written to by all users")
    } else {
        None
    }
}
