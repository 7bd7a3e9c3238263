//! Accepting connections, a thread for each; stopping so that nothing lives on, and starting again on the same port.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::backlog::Backlog;
use crate::connection::{Scheme, Service, serve};
use crate::locked;
use crate::sys;

/// Enough for a TLS handshake in a debug build.
const STACK: usize = 512 << 10;

/// A thread that is stuck in a mistake of ours must not hang the tests.
const LONGEST_STOP: Duration = Duration::from_secs(5);

pub(crate) struct Listener {
    port: u16,
    scheme: Scheme,
    service: Arc<dyn Service>,
    live: Arc<Live>,
    state: Mutex<State>,
}

enum State {
    Listening {
        listener: Arc<TcpListener>,
        thread: JoinHandle<()>,
        backlog: Arc<Backlog>,
    },
    /// Bound, not listening: connects are refused and the port stays ours.
    Stopped(Option<sys::Reserved>),
}

/// The connections that are open.
#[derive(Default)]
struct Live {
    sockets: Mutex<HashMap<u64, Arc<TcpStream>>>,
    changed: Condvar,
}

impl Listener {
    /// Listens on a loopback port; 0 takes a free one.
    pub fn start(port: u16, scheme: Scheme, service: Arc<dyn Service>) -> io::Result<Listener> {
        let reserved = sys::reserve_port(port)?;
        let live = Arc::new(Live::default());
        let (state, port) = listening(reserved, scheme, &service, &live)?;
        Ok(Listener { port, scheme, service, live, state: Mutex::new(state) })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn live_connections(&self) -> usize {
        locked(&self.live.sockets).len()
    }

    /// Refuses connects and closes every connection; returns when all their threads have ended.
    pub fn stop(&self) {
        let mut state = locked(&self.state);
        if let State::Listening { listener, backlog, .. } = &*state {
            // So that the thread does not wait. An error means that it does not listen any more.
            let _ = backlog.empty(listener);
            sys::stop_listening(listener);
            if let State::Listening { listener, thread, .. } = std::mem::replace(&mut *state, State::Stopped(None)) {
                // The thread only ends by itself; a panic in it has been reported already.
                let _ = thread.join();
                drop(listener);
            }
            *state = State::Stopped(sys::reserve_port(self.port).ok());
        }
        self.wait_for_connections_to_end();
    }

    /// Listens again, on the same port.
    pub fn restart(&self) -> io::Result<()> {
        let mut state = locked(&self.state);
        if let State::Stopped(reserved) = &mut *state {
            let reserved = match reserved.take() {
                Some(reserved) => reserved,
                None => sys::reserve_port(self.port)?,
            };
            *state = listening(reserved, self.scheme, &self.service, &self.live)?.0;
        }
        Ok(())
    }

    /// Closes every connection, but goes on accepting.
    pub fn close_connections(&self) {
        shut_down(&locked(&self.live.sockets));
    }

    fn wait_for_connections_to_end(&self) {
        let end = Instant::now() + LONGEST_STOP;
        let mut sockets = locked(&self.live.sockets);
        while !sockets.is_empty() && Instant::now() < end {
            shut_down(&sockets);
            let waited = self.live.changed.wait_timeout(sockets, Duration::from_millis(100));
            sockets = waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
    }

    /// With true, connects hang until it is called with false.
    pub fn stall_connects(&self, stall: bool) -> io::Result<()> {
        match &*locked(&self.state) {
            State::Listening { listener, backlog, .. } if stall => backlog.fill_amid_accepting(listener),
            State::Listening { listener, backlog, .. } => backlog.empty(listener),
            State::Stopped(_) => Ok(()),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

fn shut_down(sockets: &HashMap<u64, Arc<TcpStream>>) {
    for socket in sockets.values() {
        // An error means that the connection is closed already.
        let _ = socket.shutdown(Shutdown::Both);
    }
}

fn listening(
    reserved: sys::Reserved,
    scheme: Scheme,
    service: &Arc<dyn Service>,
    live: &Arc<Live>,
) -> io::Result<(State, u16)> {
    let listener = Arc::new(sys::listen(reserved)?);
    let port = listener.local_addr()?.port();
    let backlog = Arc::new(Backlog::default());
    let (accepting, service, live) = (Arc::clone(&listener), Arc::clone(service), Arc::clone(live));
    let fillers = Arc::clone(&backlog);
    let thread = thread::Builder::new()
        .name(format!("accept-{port}"))
        .stack_size(STACK)
        .spawn(move || accept(&accepting, scheme, &service, &live, &fillers))?;
    Ok((State::Listening { listener, thread, backlog }, port))
}

/// Until `stop_listening`.
fn accept(listener: &TcpListener, scheme: Scheme, service: &Arc<dyn Service>, live: &Arc<Live>, backlog: &Backlog) {
    loop {
        match listener.accept() {
            Ok((_, peer)) if backlog.takes(peer) => {}
            Ok((socket, _)) => start_connection(socket, scheme, Arc::clone(service), Arc::clone(live)),
            // Descriptors are short: wait for some to be freed.
            Err(error) if sys::is_exhaustion(&error) => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) if sys::may_accept_on(&error) => {}
            Err(_) => return,
        }
    }
}

fn start_connection(socket: TcpStream, scheme: Scheme, service: Arc<dyn Service>, live: Arc<Live>) {
    let socket = Arc::new(socket);
    // A descriptor's number is unique among the sockets that are open.
    let key = sys::number(&socket);
    locked(&live.sockets).insert(key, Arc::clone(&socket));
    let ending = Ending { live, key };
    // If no thread can be had, dropping both handles closes the connection.
    let _ = thread::Builder::new().stack_size(STACK).spawn(move || {
        let ending = ending;
        // How a connection fails is the business of the client under test.
        let _ = serve(service.as_ref(), scheme, socket);
        drop(ending);
    });
}

/// Takes a connection off the list when its thread ends, in whatever way.
struct Ending {
    live: Arc<Live>,
    key: u64,
}

impl Drop for Ending {
    fn drop(&mut self) {
        locked(&self.live.sockets).remove(&self.key);
        self.live.changed.notify_all();
    }
}
