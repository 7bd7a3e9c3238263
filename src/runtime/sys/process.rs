//! Which process this is: a forked child has to know that it is not its parent.

#[cfg(all(test, unix))]
pub(super) mod tests;
#[cfg(target_os = "linux")]
mod wiped_page;

/// Names a process for as long as this library is loaded: a child in a PID namespace of its own may have its parent's
/// number, so forks are counted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessId {
    number: u32,
    forks: u64,
}

#[cfg(unix)]
pub fn process_id() -> ProcessId {
    use std::sync::atomic::{AtomicBool, Ordering};
    static IS_REGISTERED: AtomicBool = AtomicBool::new(false);
    // Not a `Once`, on which a child would wait for ever if the process forked in the middle: registered twice, the
    // handlers do the same.
    if !IS_REGISTERED.load(Ordering::SeqCst) {
        register_fork_handlers();
        IS_REGISTERED.store(true, Ordering::SeqCst);
    }
    // A query looks about twenty times, so it is not to be a system call each time.
    #[cfg(target_os = "linux")]
    if let Some(forks) = wiped_page::forks() {
        return ProcessId { number: 0, forks };
    }
    by_number()
}

/// Where the kernel wipes no page in a child. A clone() that runs no fork handlers is known by its number alone.
#[cfg(unix)]
fn by_number() -> ProcessId {
    ProcessId { number: std::process::id(), forks: FORKS.load(std::sync::atomic::Ordering::SeqCst) }
}

#[cfg(unix)]
static FORKS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

#[cfg(unix)]
fn register_fork_handlers() {
    use super::gate;
    extern "C" fn child_begins() {
        FORKS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        gate::child_begins();
    }
    // SAFETY: the handlers are atomics, a look at the clock and short sleeps, so they may run around any fork(); they are
    // never unloaded, since the library is linked so that it stays. Where memory is short, the process number alone has
    // to do.
    unsafe { libc::pthread_atfork(Some(gate::fork_begins), Some(gate::fork_ends), Some(child_begins)) };
}

/// There is no fork here.
#[cfg(windows)]
pub fn process_id() -> ProcessId {
    ProcessId { number: 0, forks: 0 }
}
