//! Panics never cross: every exported body runs in here.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::runtime::sync::InheritedOnce;
use crate::runtime::sys::keep_loaded;

#[cfg(panic = "abort")]
compile_error!("tcdb-async turns panics into TCDB_ERR_INTERNAL; build it with panic = \"unwind\"");

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The hook is silent inside the guard alone and passes everything else to the one before it. It and a lookup's thread
/// live on after the last call, so the library must not be unloaded.
fn install_silent_hook() {
    static INSTALLED: InheritedOnce<()> = InheritedOnce::new();
    INSTALLED.get_or_init(|| {
        keep_loaded();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !INSIDE.try_with(Cell::get).unwrap_or(false) {
                before(info);
            }
        }));
    });
}

pub(super) fn caught<T>(body: impl FnOnce() -> T) -> std::result::Result<T, Box<dyn Any + Send>> {
    install_silent_hook();
    let before = INSIDE.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(feature = "panic-test")]
        panic_test::strike();
        body()
    }));
    INSIDE.set(before);
    outcome
}

/// For a function that cannot fail: a panic gives the neutral value.
pub fn value<T>(neutral: T, body: impl FnOnce() -> T) -> T {
    caught(body).unwrap_or(neutral)
}

/// For a function that a signal handler may call: no hook, no allocation, no lock. Its body is atomics and system calls,
/// which cannot panic; a panic would abort the process rather than cross.
pub fn in_signal_handler(body: impl FnOnce()) {
    #[cfg(feature = "panic-test")]
    return value((), body);
    #[cfg(not(feature = "panic-test"))]
    body();
}

/// Panics inside the next exported function of this thread, for the test that none of them lets one out.
#[cfg(feature = "panic-test")]
pub mod panic_test {
    use std::cell::Cell;

    thread_local! {
        static ARMED: Cell<bool> = const { Cell::new(false) };
    }

    /// Not in the header: for the test alone.
    #[unsafe(no_mangle)]
    pub extern "system" fn tcdb_panic_test_arm() {
        ARMED.set(true);
    }

    /// 1: no function has panicked since. Disarms.
    #[unsafe(no_mangle)]
    pub extern "system" fn tcdb_panic_test_disarm() -> i32 {
        ARMED.replace(false).into()
    }

    #[allow(clippy::panic)]
    pub(super) fn strike() {
        if ARMED.replace(false) {
            panic!("struck by the panic test");
        }
    }
}
