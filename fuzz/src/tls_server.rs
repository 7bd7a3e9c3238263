//! A TLS server that takes its turn when the client waits, and whose bytes are changed on their way.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::ServerSessionMemoryCache;
use rustls::{ServerConfig, ServerConnection, version};
use tcdb_async::testing::scripted;

use crate::Bytes;

const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 69\r\n\r\n\
    {\"Response\":{\"Status\":\"SUCCESS\",\"Info\":null,\"RequestId\":\"5eed-5eed\"}}";
/// More than the server sends.
const LAST_PLACE: usize = 2048;

#[derive(Debug, Clone, Copy)]
pub enum Version {
    Tls12,
    Tls13,
}

/// What happens to the server's bytes from a place on.
pub enum Edit {
    Flip(usize, u8),
    Insert(usize, Vec<u8>),
    Drop(usize, usize),
    Cut(usize),
}

impl Edit {
    pub fn of(input: &mut Bytes<'_>) -> Self {
        let (what, place) = (input.byte(), usize::from(input.number()) % LAST_PLACE);
        match what % 8 {
            0 => Self::Insert(place, input.piece().to_vec()),
            1 => Self::Drop(place, 1 + usize::from(input.byte())),
            2 => Self::Cut(place),
            _ => Self::Flip(place, input.byte().max(1)),
        }
    }
}

pub struct Server {
    ca_file: String,
    /// One that the client resumes with, and one that has never seen its session: of TLS 1.2, then of 1.3.
    configs: [[Arc<ServerConfig>; 2]; 2],
}

impl Server {
    pub fn new() -> Self {
        // A client that has gone away is an error here, not the end of the fuzzer.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let ca_file = std::env::temp_dir().join(format!("tcdb-fuzz-{}.pem", std::process::id()));
        std::fs::write(&ca_file, made.cert.pem()).expect("a file of certificates");
        let config = |version| {
            let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
            let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
            let builder = builder.with_protocol_versions(&[version]).expect("a version").with_no_client_auth();
            let mut config = builder.with_single_cert(vec![made.cert.der().clone()], key.into()).expect("a key");
            config.session_storage = ServerSessionMemoryCache::new(64);
            Arc::new(config)
        };
        let configs = [&version::TLS12, &version::TLS13].map(|version| [config(version), config(version)]);
        Self { ca_file: ca_file.to_str().expect("UTF-8").to_owned(), configs }
    }

    pub fn ca_file(&self) -> &str {
        &self.ca_file
    }

    /// Serves the next connection that has no script yet.
    pub fn expect(&self, version: Version, remembers: bool, edits: Vec<Edit>) {
        let config = self.configs[version as usize][usize::from(!remembers)].clone();
        let tls = ServerConnection::new(config).expect("a server");
        let mut serving = Serving { tls, request: Vec::new(), has_replied: false, sent: 0, edits };
        scripted::serve(move |stream| serving.turn(stream).unwrap_or(false));
    }
}

/// One connection.
struct Serving {
    tls: ServerConnection,
    request: Vec<u8>,
    has_replied: bool,
    sent: usize,
    edits: Vec<Edit>,
}

impl Serving {
    /// Answers one request. False: nothing was sent, so both would wait for ever.
    fn turn(&mut self, stream: &mut UnixStream) -> io::Result<bool> {
        let mut stream = Edited { stream, sent: &mut self.sent, delivered: 0, edits: &self.edits };
        loop {
            match self.tls.read_tls(&mut stream) {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) => return Err(e),
            }
            if let Err(e) = self.tls.process_new_packets() {
                // The alert.
                self.tls.write_tls(&mut stream)?;
                return Err(io::Error::other(e));
            }
            // More may follow.
            let _ = self.tls.reader().read_to_end(&mut self.request);
        }
        if self.request.ends_with(b"}") && !self.has_replied {
            self.has_replied = true;
            self.tls.writer().write_all(REPLY)?;
            self.tls.send_close_notify();
        }
        while self.tls.wants_write() {
            self.tls.write_tls(&mut stream)?;
        }
        Ok(stream.delivered > 0)
    }
}

struct Edited<'a> {
    stream: &'a mut UnixStream,
    sent: &'a mut usize,
    /// What the edits have left of it.
    delivered: usize,
    edits: &'a [Edit],
}

impl Read for Edited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Edited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut changed = bytes.to_vec();
        let (start, end) = (*self.sent, *self.sent + bytes.len());
        let mut is_cut = false;
        for edit in self.edits {
            let place = match edit {
                Edit::Flip(place, _) | Edit::Insert(place, _) | Edit::Drop(place, _) | Edit::Cut(place) => *place,
            };
            if !(start..end).contains(&place) {
                continue;
            }
            let at = (place - start).min(changed.len());
            match edit {
                Edit::Flip(_, bits) => changed.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits),
                Edit::Insert(_, piece) => drop(changed.splice(at..at, piece.iter().copied())),
                Edit::Drop(_, count) => drop(changed.drain(at..(at + count).min(changed.len()))),
                Edit::Cut(_) => {
                    changed.truncate(at);
                    is_cut = true;
                }
            }
        }
        *self.sent = end;
        self.stream.write_all(&changed)?;
        self.delivered += changed.len();
        if is_cut { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
