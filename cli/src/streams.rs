//! Which standard streams were closed when the program was started (`>&-`). Before `main` Rust's runtime opens /dev/null in
//! their place, where results would vanish without an error; so this looks earlier still. With `signals` the files that have
//! unsafe code.

use std::sync::atomic::{AtomicBool, Ordering};

static STDIN_WAS_CLOSED: AtomicBool = AtomicBool::new(false);
static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

pub fn stdin_was_closed() -> bool {
    STDIN_WAS_CLOSED.load(Ordering::Relaxed)
}

pub fn stdout_was_closed() -> bool {
    STDOUT_WAS_CLOSED.load(Ordering::Relaxed)
}

#[cfg(unix)]
#[allow(unsafe_code)]
mod before_main {
    use super::{Ordering, STDIN_WAS_CLOSED, STDOUT_WAS_CLOSED};

    extern "C" fn look() {
        // SAFETY: F_GETFD touches no memory and changes nothing, whatever the number.
        let is_closed = |descriptor| unsafe { libc::fcntl(descriptor, libc::F_GETFD) } == -1;
        STDIN_WAS_CLOSED.store(is_closed(libc::STDIN_FILENO), Ordering::Relaxed);
        STDOUT_WAS_CLOSED.store(is_closed(libc::STDOUT_FILENO), Ordering::Relaxed);
    }

    // SAFETY: the section has the functions that the loader calls before `main`; this one needs nothing of Rust's runtime.
    #[used]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
    #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
    static LOOK: extern "C" fn() = look;
}
