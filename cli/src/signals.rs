//! SIGINT and SIGTERM. Has unsafe code: no crate asks for a signal's disposition without it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use tcdb_async::Error;

use crate::exit_code::Exit;

/// What has arrived, for whoever asks. Cheap to clone.
#[derive(Clone, Default)]
pub struct Interruption(Arc<AtomicU8>);

impl Interruption {
    /// The exit code of the signal that has arrived.
    pub fn exit(&self) -> Option<Exit> {
        [Exit::Interrupted, Exit::Terminated].into_iter().find(|exit| exit.number() == self.0.load(Ordering::SeqCst))
    }

    /// Whether it is why a call has failed.
    pub fn has_ended(&self, error: &Error) -> bool {
        Exit::of_error(error) == Exit::Interrupted && self.exit().is_some()
    }

    fn arrived(&self, signal: i32) {
        let exit = if signal == SIGINT { Exit::Interrupted } else { Exit::Terminated };
        self.0.store(exit.number(), Ordering::SeqCst);
    }
}

/// From now on the first signal calls `end`, on a thread of its own, and a second one ends the process at once. One that
/// was ignored at the start (nohup, a background job of a script) stays ignored.
///
/// # Errors
/// The system's, where a handler cannot be installed.
pub fn handle(end: impl Fn() + Send + 'static) -> io::Result<Interruption> {
    let interruption = Interruption::default();
    let signals: Vec<i32> = [SIGINT, SIGTERM].into_iter().filter(|&signal| !is_ignored(signal)).collect();
    let has_arrived = Arc::new(AtomicBool::new(false));
    for &signal in &signals {
        let exit = if signal == SIGINT { Exit::Interrupted } else { Exit::Terminated };
        signal_hook::flag::register_conditional_shutdown(signal, exit.number().into(), has_arrived.clone())?;
        signal_hook::flag::register(signal, has_arrived.clone())?;
    }
    watch(signals, interruption.clone(), end)?;
    Ok(interruption)
}

#[cfg(unix)]
fn watch(signals: Vec<i32>, interruption: Interruption, end: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut arriving = signal_hook::iterator::Signals::new(signals)?;
    let body = move || {
        if let Some(signal) = arriving.forever().next() {
            interruption.arrived(signal);
            end();
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(body).map(drop)
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn is_ignored(signal: i32) -> bool {
    // SAFETY: all zeros is a valid sigaction, and with a null pointer for the new one the call only writes the old one.
    unsafe {
        let mut present: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut present) == 0 && present.sa_sigaction == libc::SIG_IGN
    }
}

/// Windows has no iterator of signals, and nothing is ignored there.
#[cfg(windows)]
fn watch(signals: Vec<i32>, interruption: Interruption, end: impl Fn() + Send + 'static) -> io::Result<()> {
    use std::time::Duration;

    let mut flags = Vec::new();
    for signal in signals {
        let flag = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal, flag.clone())?;
        flags.push((signal, flag));
    }
    let body = move || {
        loop {
            if let Some((signal, _)) = flags.iter().find(|(_, flag)| flag.load(Ordering::SeqCst)) {
                interruption.arrived(*signal);
                return end();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(body).map(drop)
}

#[cfg(windows)]
fn is_ignored(_signal: i32) -> bool {
    false
}
