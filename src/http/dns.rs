//! Name lookup: cached, bounded by the call, one thread per name while it runs.
//!
//! The system's lookup cannot be interrupted. A call that gives up leaves the thread behind; the next call for the
//! same name joins it instead of starting another.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::sync::{Mutex, lock};
use crate::runtime::sys::{self, WakeFd};

const LIFETIME: Duration = Duration::from_secs(60);
/// A lookup needs little; a small stack keeps a thread that hangs cheap.
const STACK: usize = 256 * 1024;

type Addresses = Arc<Vec<SocketAddr>>;

#[derive(Default)]
pub struct Resolver {
    known: Mutex<HashMap<(String, u16), Entry>>,
}

enum Entry {
    Found(Addresses, Instant),
    UnderWay(Arc<Lookup>),
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

    /// A call that gave up may still stand in the list: wakes are handed out again and again.
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

impl Resolver {
    /// The addresses of a host, at least one.
    ///
    /// # Errors
    /// `Resolve`; `System` where no thread or descriptor is to be had; the call's end.
    pub fn look_up(&self, context: &CallContext, host: &str, port: u16) -> Result<Addresses> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(Arc::new(vec![SocketAddr::new(ip, port)]));
        }
        let lookup = match self.start(host, port)? {
            Entry::Found(addresses, _) => return Ok(addresses),
            Entry::UnderWay(lookup) => lookup,
        };
        lookup.wake_when_done(context.wake());
        let until = context.connect_deadline();
        context.enter_phase("looking up the name");
        if !context.wait_woken(|| lookup.outcome().is_some(), until).map_err(|why| context.interrupted(&why, host))? {
            return Err(timed_out(context, host, until));
        }
        self.settle(host, port, &lookup)
    }

    /// A connection to these addresses failed: the name may have moved.
    pub fn forget(&self, host: &str, port: u16) {
        let mut known = lock(&self.known);
        let key = (host.to_owned(), port);
        if matches!(known.get(&key), Some(Entry::Found(..))) {
            known.remove(&key);
        }
    }

    /// This address answered where those before it did not: it goes first from now on.
    pub fn prefer(&self, host: &str, port: u16, address: &SocketAddr) {
        let mut known = lock(&self.known);
        if let Some(Entry::Found(addresses, _)) = known.get_mut(&(host.to_owned(), port)) {
            let rest = addresses.iter().filter(|other| *other != address);
            *addresses = Arc::new(std::iter::once(address).chain(rest).copied().collect());
        }
    }

    fn start(&self, host: &str, port: u16) -> Result<Entry> {
        let mut known = lock(&self.known);
        let key = (host.to_owned(), port);
        match known.get(&key) {
            Some(Entry::Found(addresses, until)) if *until > Instant::now() => {
                return Ok(Entry::Found(addresses.clone(), *until));
            }
            Some(Entry::UnderWay(lookup)) if lookup.outcome().is_none() => return Ok(Entry::UnderWay(lookup.clone())),
            _ => {}
        }
        let lookup = Arc::new(Lookup::default());
        spawn(lookup.clone(), key.clone()).map_err(|e| {
            Error::new(ErrorKind::System, format!("thread for the lookup of {host}: {}", io_reason(&e)))
        })?;
        known.insert(key, Entry::UnderWay(lookup.clone()));
        Ok(Entry::UnderWay(lookup))
    }

    fn settle(&self, host: &str, port: u16, lookup: &Arc<Lookup>) -> Result<Addresses> {
        let mut known = lock(&self.known);
        let key = (host.to_owned(), port);
        let is_ours = matches!(known.get(&key), Some(Entry::UnderWay(other)) if Arc::ptr_eq(other, lookup));
        match lookup.outcome() {
            Some(Ok(addresses)) => {
                if is_ours {
                    known.insert(key, Entry::Found(addresses.clone(), Instant::now() + LIFETIME));
                }
                Ok(addresses)
            }
            Some(Err(why)) => {
                if is_ours {
                    known.remove(&key);
                }
                Err(failed(host, &why))
            }
            None => Err(Error::new(ErrorKind::Internal, "a lookup ended without an outcome")),
        }
    }
}

fn spawn(lookup: Arc<Lookup>, name: (String, u16)) -> io::Result<()> {
    let thread = thread::Builder::new().name("tcdb-lookup".to_owned()).stack_size(STACK);
    sys::with_signals_blocked(|| thread.spawn(move || lookup.finish(resolve(&name)))).map(drop)
}

fn resolve(name: &(String, u16)) -> std::result::Result<Addresses, String> {
    let addresses: Vec<SocketAddr> = name.to_socket_addrs().map_err(|e| words(&e))?.collect();
    if addresses.is_empty() { Err("no address".to_owned()) } else { Ok(Arc::new(addresses)) }
}

fn words(error: &io::Error) -> String {
    let text = io_reason(error);
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_lowercase()
}

/// The resolver says "try again" when it has no descriptor for its own files: look whether that is why.
fn failed(host: &str, why: &str) -> Error {
    match WakeFd::new() {
        Err(e) => Error::new(ErrorKind::System, format!("look up {host}: {}", io_reason(&e))),
        Ok(_) => Error::new(ErrorKind::Resolve, format!("look up {host}: {why}")),
    }
}

fn timed_out(context: &CallContext, host: &str, until: Instant) -> Error {
    if until < context.deadline() {
        Error::new(ErrorKind::Resolve, format!("look up {host}: no answer within the connect timeout"))
    } else {
        context.interrupted(&Interrupt::Deadline, host)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::{Entry, LIFETIME, Resolver};
    use crate::runtime::sync::lock;

    fn known(resolver: &Resolver) -> Option<Vec<String>> {
        match lock(&resolver.known).get(&("host".to_owned(), 443)) {
            Some(Entry::Found(addresses, _)) => Some(addresses.iter().map(ToString::to_string).collect()),
            _ => None,
        }
    }

    #[test]
    fn an_address_that_answers_goes_first_and_one_that_does_not_is_looked_up_anew() {
        let resolver = Resolver::default();
        let addresses = ["[2001:db8::1]:443", "192.0.2.1:443", "192.0.2.2:443"].map(|text| text.parse().unwrap());
        let entry = Entry::Found(Arc::new(addresses.to_vec()), Instant::now() + LIFETIME);
        lock(&resolver.known).insert(("host".to_owned(), 443), entry);
        resolver.prefer("host", 443, &addresses[1]);
        assert_eq!(known(&resolver).unwrap(), ["192.0.2.1:443", "[2001:db8::1]:443", "192.0.2.2:443"]);
        resolver.forget("host", 443);
        assert_eq!(known(&resolver), None);
    }
}
