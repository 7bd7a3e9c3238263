//! A page that Linux fills with zeros in every child with memory of its own, also in that of a clone() which runs no fork
//! handlers (MADV_WIPEONFORK, since 4.14). What a process has written there says that it is still the same.

use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering::SeqCst};

/// No advice has this number. Emulators that accept every advice wipe nothing.
const NO_ADVICE: libc::c_int = -1;

/// The page, once it is made; the address of `NONE` where the kernel makes none.
static PAGE: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());
static NONE: AtomicU64 = AtomicU64::new(0);
/// The last number that this process or one of those it comes from has taken.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Another number in each process of a line of ancestors; None: no page is wiped here. Async-signal-safe.
pub fn forks() -> Option<u64> {
    let mut page = PAGE.load(SeqCst);
    if page.is_null() {
        page = publish(make());
    }
    if ptr::eq(page, &raw const NONE) {
        return None;
    }
    // SAFETY: a page that was made for this is never unmapped, and holds nothing else.
    Some(number(unsafe { &*page }))
}

/// As a thread does that has made a page at the same time as another.
#[cfg(test)]
pub fn publish_again() -> Option<u64> {
    publish(make());
    forks()
}

/// What is written there; the first time in each process a new number.
fn number(written: &AtomicU64) -> u64 {
    match written.load(SeqCst) {
        0 => {
            let next = LAST.fetch_add(1, SeqCst) + 1;
            // Another thread may have been faster: then its number counts.
            written.compare_exchange(0, next, SeqCst, SeqCst).map_or_else(|other| other, |_| next)
        }
        number => number,
    }
}

/// The first page that a thread has made is the one for all.
fn publish(made: Option<NonNull<AtomicU64>>) -> *mut AtomicU64 {
    let page = made.map_or((&raw const NONE).cast_mut(), NonNull::as_ptr);
    match PAGE.compare_exchange(ptr::null_mut(), page, SeqCst, SeqCst) {
        Ok(_) => page,
        Err(other) => {
            if let Some(page) = made {
                // SAFETY: nothing else knows this page.
                unsafe { libc::munmap(page.as_ptr().cast(), size()) };
            }
            other
        }
    }
}

fn make() -> Option<NonNull<AtomicU64>> {
    // SAFETY: a new mapping of its own; a failure is looked for. Advice about it concerns nothing else.
    unsafe {
        let page = libc::mmap(
            ptr::null_mut(),
            size(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if page == libc::MAP_FAILED {
            return None;
        }
        // The odd one last: where the first is refused, as in a sandbox, it is not asked for.
        if libc::madvise(page, size(), libc::MADV_WIPEONFORK) != 0 || libc::madvise(page, size(), NO_ADVICE) == 0 {
            libc::munmap(page, size());
            return None;
        }
        NonNull::new(page.cast())
    }
}

fn size() -> usize {
    // SAFETY: asks for a number. It is positive; were it not, the mapping would fail.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(0)
}
