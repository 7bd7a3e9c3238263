use super::*;

/// Runs `child` in a process that `fork` makes, which a signal ends if it waits for ever; true: `child` returned true.
fn run_in(fork: impl Fn() -> libc::pid_t, child: impl Fn() -> bool) -> bool {
    let mut status = 0;
    // SAFETY: the child runs `child` alone and leaves by _exit; the parent waits for it.
    let waited = unsafe {
        match fork() {
            0 => {
                libc::alarm(5);
                libc::_exit(i32::from(!child()));
            }
            pid => pid > 0 && libc::waitpid(pid, &raw mut status, 0) == pid,
        }
    };
    waited && status == 0
}

pub fn run_in_fork(child: impl Fn() -> bool) -> bool {
    // SAFETY: `run_in` says what the child does.
    run_in(|| unsafe { libc::fork() }, child)
}

#[test]
fn a_process_keeps_its_id_and_each_of_a_line_of_children_has_another() {
    let parent = process_id();
    assert!(run_in_fork(|| {
        let child = process_id();
        child != parent && run_in_fork(|| ![parent, child].contains(&process_id())) && child == process_id()
    }));
    assert_eq!(process_id(), parent);
}

#[test]
fn threads_of_a_child_that_look_at_once_agree() {
    let parent = process_id();
    let all_agree = || {
        let ids: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(process_id)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        ids.iter().all(|id| *id == process_id() && *id != parent)
    };
    for _ in 0..20 {
        assert!(run_in_fork(all_agree));
    }
}

#[test]
fn without_a_wiped_page_number_and_handlers_name_a_child() {
    let (_, parent) = (process_id(), by_number());
    assert!(run_in_fork(|| {
        let child = by_number();
        // One, or as many as tests whose first looks met have registered handlers.
        let by_a_fork = child.forks - parent.forks;
        let is_counted_again = || by_number() != child && by_number().forks == child.forks + by_a_fork;
        child.number != parent.number && by_a_fork > 0 && run_in_fork(is_counted_again) && by_number() == child
    }));
    assert_eq!(by_number(), parent);
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;

    /// Runs no fork handlers. The flags' place among the arguments is the first on all but s390x.
    fn raw_clone() -> libc::pid_t {
        let flags = libc::c_long::from(libc::SIGCHLD);
        let (first, second) = if cfg!(target_arch = "s390x") { (0, flags) } else { (flags, 0) };
        // SAFETY: a copy of the process, as fork() makes it; `run_in` says what it does.
        unsafe { libc::syscall(libc::SYS_clone, first, second, 0, 0, 0) as libc::pid_t }
    }

    #[test]
    fn a_clone_that_runs_no_fork_handlers_is_noticed() {
        let (parent, numbered) = (process_id(), by_number());
        assert!(run_in(raw_clone, || process_id() != parent && by_number().forks == numbered.forks));
    }

    #[test]
    fn the_page_is_made_once_and_what_another_thread_made_meanwhile_is_given_back() {
        let page = wiped_page::forks();
        assert_eq!(wiped_page::publish_again(), page);
        assert_eq!(wiped_page::forks(), page);
    }
}

#[test]
fn what_a_process_owns_shows_as_itself_in_messages() {
    use crate::runtime::sys::{Owned, WakeFd};
    assert_eq!(format!("{:?}", Owned::new("a value")), "\"a value\"");
    let wake = WakeFd::new().unwrap();
    assert!(format!("{wake:?}").contains(&format!("fd: {}", wake.descriptor().unwrap())), "{wake:?}");
}

#[test]
fn more_sockets_than_a_wait_has_room_for_are_refused() {
    use crate::runtime::sys::{self, Socket, Want};
    let wait = |count| {
        let mut sockets: Vec<_> = (0..count).map(|_| Socket::new(&-1, Want::Input)).collect();
        sys::wait(&mut sockets, None, std::time::Duration::ZERO).map_err(|e| e.kind())
    };
    assert_eq!(wait(sys::MAX_SOCKETS), Ok(false));
    assert_eq!(wait(sys::MAX_SOCKETS + 1), Err(std::io::ErrorKind::InvalidInput));
}
