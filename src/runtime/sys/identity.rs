//! Which file a descriptor refers to: a number that the host has closed may be another file's by now.

pub use os::{Identity, identity};

#[cfg(unix)]
mod os {
    use crate::runtime::sys::handle::{AsSocket, handle};

    /// Linux has one for all of the kernel's anonymous files, such as the wake's.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Identity(libc::dev_t, libc::ino_t);

    /// `None`: nothing has this number, the host has closed it.
    pub fn identity(descriptor: &impl AsSocket) -> Option<Identity> {
        let mut about = std::mem::MaybeUninit::<libc::stat>::uninit();
        // SAFETY: asks about a number; a wrong one fails. What it writes to has the room of a `stat`.
        if unsafe { libc::fstat(handle(descriptor), about.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: a call that succeeds has filled it.
        let about = unsafe { about.assume_init() };
        Some(Identity(about.st_dev, about.st_ino))
    }
}

#[cfg(windows)]
mod os {
    use crate::runtime::sys::handle::AsSocket;

    /// A socket that the host has closed is not looked for here: closing it again fails and does no harm.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Identity;

    pub fn identity(_: &impl AsSocket) -> Option<Identity> {
        Some(Identity)
    }
}
