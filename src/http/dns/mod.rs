//! Name lookup: cached, bounded by the call, shared by all clients of the process, one thread per name while it runs.
//!
//! The system's lookup cannot be interrupted. A call that gives up leaves the thread behind; the next call for the
//! same name joins it instead of starting another.

mod order;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::fork::ForkLocal;
use crate::runtime::sync::{InheritedOnce, Mutex, lock};
use crate::runtime::sys::{self, WakeFd};

const LIFETIME: Duration = Duration::from_secs(60);
/// Longer than addresses live: an address that was dead a minute ago still is, more often than not.
const PREFERENCE_LIFETIME: Duration = Duration::from_secs(600);
/// Modules of the host's name service run on it, and some want 300 KiB.
const STACK: usize = 1024 * 1024;
/// A process asks for a few names. Past this many those that have lapsed are dropped.
const MAX_NAMES: usize = 64;

/// In no order but the system's, the port unset.
type Addresses = Arc<Vec<SocketAddr>>;

#[derive(Default)]
struct Names(Mutex<HashMap<String, Name>>);

#[derive(Default)]
struct Name {
    state: State,
    /// The address that answered where others did not.
    preferred: Option<(IpAddr, Instant)>,
}

#[derive(Default)]
enum State {
    #[default]
    Unknown,
    Found(Addresses, Instant),
    InFlight(Arc<Lookup>),
}

enum Start {
    Found(Addresses),
    InFlight(Arc<Lookup>),
}

#[derive(Default)]
struct Lookup {
    outcome: Mutex<Option<std::result::Result<Addresses, String>>>,
    waiting: Mutex<Vec<Arc<WakeFd>>>,
}

impl Lookup {
    fn finish(&self, outcome: std::result::Result<Addresses, String>) {
        *lock(&self.outcome) = Some(outcome);
        for wake in lock(&self.waiting).drain(..) {
            wake.wake();
        }
    }

    /// A call that gave up may still be in the list: wakes are handed out again and again.
    fn wake_when_done(&self, wake: Arc<WakeFd>) {
        let mut waiting = lock(&self.waiting);
        if !waiting.iter().any(|known| Arc::ptr_eq(known, &wake)) {
            waiting.push(wake);
        }
    }

    fn outcome(&self) -> Option<std::result::Result<Addresses, String>> {
        lock(&self.outcome).clone()
    }
}

/// A lookup's thread does not survive a fork, so a child knows no name at first.
fn names() -> &'static Names {
    static NAMES: InheritedOnce<ForkLocal<Names>> = InheritedOnce::new();
    NAMES.get_or_init(|| ForkLocal::new(Names::default())).get(|_| Names::default())
}

/// The addresses of a host, at least one, in the order in which they are to be tried.
///
/// # Errors
/// `Resolve`; `System` where no thread or descriptor is to be had; the call's end.
pub fn look_up(context: &CallContext, host: &str, port: u16) -> Result<Vec<SocketAddr>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let names = names();
    let addresses = match names.start(host)? {
        Start::Found(addresses) => addresses,
        Start::InFlight(lookup) => {
            wait(context, host, &lookup)?;
            names.settle(host, &lookup)?
        }
    };
    Ok(order::by_turns(&addresses, names.preferred(host), port))
}

/// A connection to these addresses failed: the name may have moved.
pub fn forget(host: &str) {
    names().forget(host);
}

/// This address answered where those before it did not: it goes first for a while.
pub fn prefer(host: &str, address: IpAddr) {
    names().prefer(host, address);
}

fn wait(context: &CallContext, host: &str, lookup: &Lookup) -> Result<()> {
    let interrupted = |why| context.interrupted(&why, host);
    context.enter_phase("looking up the name");
    lookup.wake_when_done(context.open_wake().map_err(interrupted)?);
    let until = context.connect_deadline();
    if context.wait_woken(|| lookup.outcome().is_some(), until).map_err(interrupted)? {
        return Ok(());
    }
    Err(if until < context.deadline() {
        Error::new(ErrorKind::Resolve, format!("look up {host}: no answer within the connect timeout"))
    } else {
        context.interrupted(&Interrupt::Deadline, host)
    })
}

impl Names {
    fn forget(&self, host: &str) {
        let mut known = lock(&self.0);
        if matches!(known.get(host), Some(Name { state: State::Found(..), .. })) {
            known.remove(host);
        }
    }

    fn prefer(&self, host: &str, address: IpAddr) {
        if let Some(name) = lock(&self.0).get_mut(host) {
            name.preferred = Some((address, Instant::now() + PREFERENCE_LIFETIME));
        }
    }

    fn preferred(&self, host: &str) -> Option<IpAddr> {
        let (address, until) = lock(&self.0).get(host)?.preferred?;
        (until > Instant::now()).then_some(address)
    }

    fn start(&self, host: &str) -> Result<Start> {
        let mut known = lock(&self.0);
        match known.get(host).map(|name| &name.state) {
            Some(State::Found(addresses, until)) if *until > Instant::now() => {
                return Ok(Start::Found(addresses.clone()));
            }
            Some(State::InFlight(lookup)) if lookup.outcome().is_none() => {
                return Ok(Start::InFlight(lookup.clone()));
            }
            _ => {}
        }
        let lookup = Arc::new(Lookup::default());
        spawn(lookup.clone(), host.to_owned()).map_err(|e| {
            Error::new(ErrorKind::System, format!("thread for the lookup of {host}: {}", io_reason(&e)))
        })?;
        if known.len() >= MAX_NAMES {
            known.retain(|_, name| name.is_current());
        }
        known.entry(host.to_owned()).or_default().state = State::InFlight(lookup.clone());
        Ok(Start::InFlight(lookup))
    }

    fn settle(&self, host: &str, lookup: &Arc<Lookup>) -> Result<Addresses> {
        let outcome = lookup.outcome().ok_or_else(|| Error::internal("a lookup ends with an outcome"))?;
        if let Some(name) = lock(&self.0).get_mut(host) {
            name.settle(lookup, outcome.as_ref().ok());
        }
        outcome.map_err(|why| failed(host, &why))
    }
}

impl Name {
    /// Another lookup may have taken this one's place.
    fn settle(&mut self, lookup: &Arc<Lookup>, found: Option<&Addresses>) {
        if matches!(&self.state, State::InFlight(other) if Arc::ptr_eq(other, lookup)) {
            self.state =
                found.map_or(State::Unknown, |addresses| State::Found(addresses.clone(), Instant::now() + LIFETIME));
        }
    }

    fn is_current(&self) -> bool {
        match &self.state {
            State::Unknown => false,
            State::Found(_, until) => *until > Instant::now(),
            State::InFlight(_) => true,
        }
    }
}

fn spawn(lookup: Arc<Lookup>, host: String) -> io::Result<()> {
    let thread = thread::Builder::new().name("tcdb-lookup".to_owned()).stack_size(STACK);
    sys::with_signals_blocked(|| thread.spawn(move || lookup.finish(resolve(&host)))).map(drop)
}

fn resolve(host: &str) -> std::result::Result<Addresses, String> {
    let addresses: Vec<SocketAddr> = (host, 0).to_socket_addrs().map_err(|e| words(&e))?.collect();
    if addresses.is_empty() { Err("no address".to_owned()) } else { Ok(Arc::new(addresses)) }
}

fn words(error: &io::Error) -> String {
    let text = io_reason(error);
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    sys::lookup_words(text).map_or_else(|| text.to_ascii_lowercase(), str::to_owned)
}

/// The resolver says "try again" when it has no descriptor for its own files: look whether that is why.
fn failed(host: &str, why: &str) -> Error {
    match WakeFd::new() {
        Err(e) => Error::new(ErrorKind::System, format!("look up {host}: {}", io_reason(&e))),
        Ok(_) => Error::new(ErrorKind::Resolve, format!("look up {host}: {why}")),
    }
}
