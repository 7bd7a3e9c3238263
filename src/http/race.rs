//! One connection out of several addresses: a connect every 250 ms, the first that succeeds wins (RFC 8305, section 5).

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, Socket as RawSocket, Type};

use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::sys::{self, MAX_SOCKETS, Socket, Want};

/// How long one address is alone before the next one is tried as well.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

pub enum Failure {
    /// Every address has failed; the last one's reason.
    Io(io::Error),
    NoAddress,
    Interrupt(Interrupt),
}

impl From<Interrupt> for Failure {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
}

/// The first connection, and the address that it is to. The others are closed.
///
/// # Errors
/// Why there is none.
pub fn connect(context: &CallContext, addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), Failure> {
    let mut race =
        Race { waiting: addresses.iter(), runners: Vec::new(), next_start: Instant::now(), last_error: None };
    loop {
        race.start_those_due();
        if race.runners.is_empty() {
            return Err(race.last_error.map_or(Failure::NoAddress, Failure::Io));
        }
        race.wait(context)?;
        if let Some(winner) = race.winner() {
            return Ok(winner);
        }
    }
}

struct Race<'a> {
    /// Not tried yet.
    waiting: std::slice::Iter<'a, SocketAddr>,
    runners: Vec<Runner>,
    next_start: Instant,
    last_error: Option<io::Error>,
}

struct Runner {
    socket: RawSocket,
    address: SocketAddr,
    is_ready: bool,
}

impl Race<'_> {
    fn has_next(&self) -> bool {
        self.waiting.len() > 0 && self.runners.len() < MAX_SOCKETS
    }

    /// The next address at its time, or at once where no other is being tried.
    fn start_those_due(&mut self) {
        while self.has_next() && (self.runners.is_empty() || Instant::now() >= self.next_start) {
            let Some(address) = self.waiting.next() else { return };
            match start(address) {
                Ok(runner) => {
                    self.runners.push(runner);
                    self.next_start = Instant::now() + ATTEMPT_DELAY;
                }
                // One more socket than this machine has is not a reason to give up those that are being tried.
                Err(e) => self.last_error = Some(e),
            }
        }
    }

    /// Until one is decided, or the next may start.
    fn wait(&mut self, context: &CallContext) -> Result<(), Failure> {
        let mut sockets: Vec<Socket> = self.runners.iter().map(|it| Socket::new(&it.socket, Want::Output)).collect();
        let until = if self.has_next() { self.next_start } else { context.connect_deadline() };
        context.wait_any_until(&mut sockets, until)?;
        for (runner, socket) in self.runners.iter_mut().zip(sockets) {
            runner.is_ready |= socket.is_ready;
        }
        Ok(())
    }

    /// Of those decided; one that failed lets the next start at once.
    fn winner(&mut self) -> Option<(TcpStream, SocketAddr)> {
        while let Some(decided) = self.runners.iter().position(|runner| runner.is_ready) {
            let Runner { socket, address, .. } = self.runners.remove(decided);
            match socket.take_error() {
                Ok(None) => return Some((socket.into(), address)),
                Ok(Some(e)) | Err(e) => self.last_error = Some(e),
            }
            self.next_start = Instant::now();
        }
        None
    }
}

fn start(address: &SocketAddr) -> io::Result<Runner> {
    let socket = RawSocket::new(Domain::for_address(*address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    match socket.connect(&SockAddr::from(*address)) {
        Ok(()) => Ok(Runner { socket, address: *address, is_ready: true }),
        Err(e) if sys::is_connecting(&e) => Ok(Runner { socket, address: *address, is_ready: false }),
        Err(e) => Err(e),
    }
}
