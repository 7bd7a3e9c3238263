//! Tables of cases, run by several threads at once; all that fail are reported.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

const THREADS: usize = 16;

/// Runs `check` on every case. Panics with the names and words of those that failed.
pub fn each<C: Send>(cases: impl IntoIterator<Item = (String, C)>, check: impl Fn(C) + Sync) {
    let queue = Mutex::new(cases.into_iter().collect::<Vec<_>>().into_iter());
    let failed = Mutex::new(Vec::new());
    let next = || queue.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((name, case)) = next() {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(case))) {
                        let said = panic.downcast_ref::<String>().cloned();
                        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                        failed.lock().unwrap().push(format!("{name}: {}", said.unwrap_or_default()));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}
