//! Connects that hang: connections of our own fill a listener's backlog, and the system drops whatever else arrives. That needs
//! no packet filter, which an emulator, a container or another system may not have.

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};

use crate::locked;

/// What connects while nothing stalls them.
pub(crate) const LENGTH: i32 = 1024;
/// The least that every system takes literally: BSD takes 0 for its default.
const SHORTEST: i32 = 1;
/// Systems add to a backlog, none so much.
const MOST_FILLERS: usize = 32;
/// A connect on loopback succeeds at once, or its packet was dropped.
const HANGS: Duration = Duration::from_millis(150);
/// For the accepting thread to be given the processor.
const LONGEST_TAKE: Duration = Duration::from_secs(10);

/// The connections that fill the backlog of a listener.
#[derive(Default)]
pub(crate) struct Backlog {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    fillers: Vec<Socket>,
    /// Whether the accepting thread has taken one and waits.
    is_accepting_held: bool,
    /// Addresses of fillers that are not accepted yet: they outlive the filler.
    unaccepted: HashSet<SocketAddr>,
}

impl Backlog {
    /// Fills it for a listener that nothing accepts from; returns once a connect has been seen to hang.
    pub fn fill(&self, listener: &TcpListener) -> io::Result<()> {
        SockRef::from(listener).listen(SHORTEST)?;
        for _ in 0..MOST_FILLERS {
            match self.add_filler(listener) {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(()),
                added => added?,
            }
        }
        Err(io::Error::other("connects do not hang although a backlog is full"))
    }

    /// The same for a listener whose thread asks `takes` about each connection.
    pub fn fill_amid_accepting(&self, listener: &TcpListener) -> io::Result<()> {
        if !locked(&self.state).fillers.is_empty() {
            return Ok(());
        }
        self.add_filler(listener)?;
        let is_held = |state: &mut State| !state.is_accepting_held;
        let waited = self.changed.wait_timeout_while(locked(&self.state), LONGEST_TAKE, is_held);
        if waited.unwrap_or_else(|poisoned| poisoned.into_inner()).1.timed_out() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.fill(listener)
    }

    /// Connects succeed again, those that hang at their next try.
    pub fn empty(&self, listener: &TcpListener) -> io::Result<()> {
        SockRef::from(listener).listen(LENGTH)?;
        locked(&self.state).fillers.clear();
        self.changed.notify_all();
        Ok(())
    }

    /// Whether an accepted connection is a filler; returns when connects shall succeed again.
    pub fn takes(&self, peer: SocketAddr) -> bool {
        let mut state = locked(&self.state);
        if !state.unaccepted.remove(&peer) {
            return false;
        }
        state.is_accepting_held = true;
        self.changed.notify_all();
        let waited = self.changed.wait_while(state, |state| !state.fillers.is_empty());
        waited.unwrap_or_else(|poisoned| poisoned.into_inner()).is_accepting_held = false;
        true
    }

    /// Its address is known before the accepting thread can see it.
    fn add_filler(&self, listener: &TcpListener) -> io::Result<()> {
        let filler = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        filler.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let own = filler.local_addr()?.as_socket().ok_or(io::ErrorKind::Unsupported)?;
        let same = filler.try_clone()?;
        let mut state = locked(&self.state);
        state.unaccepted.insert(own);
        state.fillers.push(filler);
        drop(state);
        let connected = same.connect_timeout(&SockAddr::from(listener.local_addr()?), HANGS);
        if connected.is_err() {
            let mut state = locked(&self.state);
            state.unaccepted.remove(&own);
            state.fillers.pop();
        }
        connected
    }
}
