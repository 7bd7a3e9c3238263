//! Which process this is: a forked child has to know that it is not its parent.

/// Names a process for as long as this library is loaded: a child in a PID namespace of its own may have its parent's
/// number, so forks are counted too; a clone() that runs no fork handlers is known by its number alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessId {
    number: u32,
    forks: u64,
}

#[cfg(unix)]
pub fn process_id() -> ProcessId {
    use std::sync::Once;
    use std::sync::atomic::{AtomicU64, Ordering};
    static HANDLER: Once = Once::new();
    static FORKS: AtomicU64 = AtomicU64::new(0);
    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::SeqCst);
    }
    HANDLER.call_once(|| {
        // SAFETY: `count` is an atomic addition, so it may run between fork() and exec(); it is never unloaded, since
        // the library is linked so that it stays. Where memory is short, the process number alone has to do.
        unsafe { libc::pthread_atfork(None, None, Some(count)) };
    });
    ProcessId { number: std::process::id(), forks: FORKS.load(Ordering::SeqCst) }
}

/// There is no fork here.
#[cfg(windows)]
pub fn process_id() -> ProcessId {
    ProcessId { number: 0, forks: 0 }
}
