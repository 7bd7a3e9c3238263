//! A proxy of the tests' own: HTTP CONNECT and SOCKS5, good or set to misbehave. Real ones are in `tests/interop`.

use std::io::{self, Read, Write};
use std::net::{Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What it does with a connection.
#[derive(Debug, Clone)]
pub enum Manner {
    /// Tunnels, after this user and password if any.
    Http(Option<(&'static str, &'static str)>),
    /// The same, over TLS by a certificate for localhost.
    Https(Option<(&'static str, &'static str)>),
    /// Tunnels, after this reply to CONNECT.
    HttpSaying(&'static [u8]),
    Socks(Option<(&'static str, &'static str)>),
    /// Tunnels, after this reply to the request for a connection.
    SocksSaying(&'static [u8]),
    /// Reads and never answers.
    Stall,
    /// One byte of this every 50 ms.
    Drip(&'static [u8]),
    /// Reads a request, says this, closes.
    Say(&'static [u8]),
}

pub struct OwnProxy {
    port: u16,
    shared: Arc<Shared>,
}

/// Its certificate, and how it shows it.
pub struct Tls {
    pub config: Arc<rustls::ServerConfig>,
    pub pem: String,
}

impl Tls {
    pub fn make() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        Self { config: Arc::new(config), pem: certificate.pem() }
    }
}

struct Shared {
    manner: Manner,
    tls: Tls,
    ended: AtomicBool,
    connections: AtomicUsize,
    /// What was asked for: `host:port`.
    targets: Mutex<Vec<String>>,
    /// What it says next outside of TLS, in the midst of it.
    interjection: Mutex<Option<&'static [u8]>>,
}

impl OwnProxy {
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (ended, connections) = (AtomicBool::new(false), AtomicUsize::new(0));
        let shared = Arc::new(Shared {
            manner,
            tls: Tls::make(),
            ended,
            connections,
            targets: Mutex::default(),
            interjection: Mutex::default(),
        });
        let accepting = shared.clone();
        thread::spawn(move || accepting.accept(&listener));
        Self { port, shared }
    }

    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// A file with its certificate and what another file holds.
    pub fn trusted_with(&self, ca_file: &Path) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tcdb-proxy-{}-{}.pem", std::process::id(), self.port));
        std::fs::write(&path, std::fs::read_to_string(ca_file).unwrap() + &self.shared.tls.pem).unwrap();
        path
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// On a connection over TLS that is open: these bytes, which are not TLS. Returns once they are sent.
    pub fn interject(&self, bytes: &'static [u8]) {
        *self.shared.interjection.lock().unwrap() = Some(bytes);
        while self.shared.interjection.lock().unwrap().is_some() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    pub fn targets(&self) -> Vec<String> {
        self.shared.targets.lock().unwrap().clone()
    }
}

impl Drop for OwnProxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, SeqCst);
        // ClientWakes the accepting thread.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.ended.load(SeqCst) {
                return;
            }
            let Ok(stream) = stream else { return };
            self.connections.fetch_add(1, SeqCst);
            let shared = self.clone();
            // How a connection ends is the business of the client under test.
            thread::spawn(move || drop(shared.serve(stream)));
        }
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        match &self.manner {
            Manner::Http(login) => {
                self.connect(stream, *login, b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            }
            Manner::HttpSaying(reply) => self.connect(stream, None, reply),
            Manner::Https(login) => self.serve_tls(stream, *login),
            // Bound to a name, to see that one is read over.
            Manner::Socks(login) => self.socks(stream, *login, b"\x05\x00\x00\x03\x05bound\x00\x50"),
            Manner::SocksSaying(reply) => self.socks(stream, None, reply),
            Manner::Stall => io::copy(&mut stream, &mut io::sink()).map(drop),
            Manner::Drip(bytes) => bytes.iter().try_for_each(|byte| {
                thread::sleep(Duration::from_millis(50));
                stream.write_all(&[*byte])
            }),
            Manner::Say(bytes) => {
                stream.read(&mut [0; 4096])?;
                stream.write_all(bytes)?;
                stream.shutdown(Shutdown::Write)
            }
        }
    }

    /// Takes TLS off, and talks to itself as an HTTP proxy behind it.
    fn serve_tls(&self, stream: TcpStream, login: Option<(&str, &str)>) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let inner = TcpStream::connect(listener.local_addr()?)?;
        let plain = listener.accept()?.0;
        let tls = rustls::ServerConnection::new(self.tls.config.clone()).map_err(io::Error::other)?;
        thread::scope(|scope| {
            scope.spawn(|| drop(self.carry_tls(tls, stream, plain)));
            self.connect(inner, login, b"HTTP/1.1 200 OK\r\n\r\n")
        })
    }

    fn connect(&self, mut stream: TcpStream, login: Option<(&str, &str)>, reply: &[u8]) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(byte(&mut stream)?);
        }
        let head = String::from_utf8(head).map_err(io::Error::other)?;
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        if let Some((user, password)) = login {
            use base64::Engine;
            let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            if !head.contains(&format!("\r\nProxy-Authorization: Basic {encoded}\r\n")) {
                let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
                return stream.write_all(refusal);
            }
        }
        let upstream = self.reach(&target)?;
        stream.write_all(reply)?;
        carry(stream, upstream)
    }

    fn socks(&self, mut stream: TcpStream, login: Option<(&str, &str)>, reply: &[u8]) -> io::Result<()> {
        let methods = [byte(&mut stream)?, byte(&mut stream)?][1];
        let methods = bytes(&mut stream, methods)?;
        let wanted = if login.is_some() { 2 } else { 0 };
        if !methods.contains(&wanted) {
            return stream.write_all(&[5, 0xff]);
        }
        stream.write_all(&[5, wanted])?;
        if let Some((user, password)) = login {
            let _version = byte(&mut stream)?;
            let (user_length, given_user) = counted(&mut stream)?;
            let (_, given_password) = counted(&mut stream)?;
            let right = given_user == user.as_bytes() && given_password == password.as_bytes() && user_length > 0;
            stream.write_all(&[1, u8::from(!right)])?;
            if !right {
                return Ok(());
            }
        }
        let kind = *bytes(&mut stream, 4)?.last().unwrap_or(&0);
        let host = match kind {
            1 => bytes(&mut stream, 4)?.iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
            3 => String::from_utf8(counted(&mut stream)?.1).map_err(io::Error::other)?,
            4 => format!("[{}]", Ipv6Addr::from(<[u8; 16]>::try_from(bytes(&mut stream, 16)?).unwrap())),
            _ => return stream.write_all(&[5, 8, 0, 1, 0, 0, 0, 0, 0, 0]),
        };
        let port = u16::from_be_bytes([byte(&mut stream)?, byte(&mut stream)?]);
        match self.reach(&format!("{host}:{port}")) {
            Ok(upstream) => {
                stream.write_all(reply)?;
                carry(stream, upstream)
            }
            Err(_) => stream.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
        }
    }

    /// Both ways by one thread: each side is looked at for a moment in turn.
    fn carry_tls(
        &self,
        mut tls: rustls::ServerConnection,
        mut outer: TcpStream,
        mut plain: TcpStream,
    ) -> io::Result<()> {
        for stream in [&outer, &plain] {
            stream.set_read_timeout(Some(Duration::from_millis(2)))?;
        }
        let is_idle = |e: &io::Error| matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
        let mut buffer = [0; 16 * 1024];
        loop {
            let mut interjection = self.interjection.lock().unwrap();
            if let Some(bytes) = *interjection {
                outer.write_all(bytes)?;
                *interjection = None;
            }
            drop(interjection);
            match tls.read_tls(&mut outer) {
                Ok(0) => return plain.shutdown(Shutdown::Write),
                Ok(_) => {
                    let processed = tls.process_new_packets();
                    while tls.wants_write() {
                        tls.write_tls(&mut outer)?;
                    }
                    processed.map_err(io::Error::other)?;
                }
                Err(e) if is_idle(&e) => {}
                Err(e) => return Err(e),
            }
            loop {
                match tls.reader().read(&mut buffer) {
                    Ok(0) => return plain.shutdown(Shutdown::Write),
                    Ok(n) => plain.write_all(&buffer[..n])?,
                    Err(e) if is_idle(&e) => break,
                    Err(e) => return Err(e),
                }
            }
            if !tls.is_handshaking() {
                match plain.read(&mut buffer) {
                    Ok(0) => {
                        tls.send_close_notify();
                        tls.write_tls(&mut outer)?;
                        return outer.shutdown(Shutdown::Write);
                    }
                    Ok(n) => tls.writer().write_all(&buffer[..n])?,
                    Err(e) if is_idle(&e) => {}
                    Err(e) => return Err(e),
                }
            }
            while tls.wants_write() {
                tls.write_tls(&mut outer)?;
            }
        }
    }

    fn reach(&self, target: &str) -> io::Result<TcpStream> {
        self.targets.lock().unwrap().push(target.to_owned());
        TcpStream::connect(target)
    }
}

fn byte(stream: &mut TcpStream) -> io::Result<u8> {
    let mut one = [0];
    stream.read_exact(&mut one)?;
    Ok(one[0])
}

fn bytes(stream: &mut TcpStream, count: u8) -> io::Result<Vec<u8>> {
    let mut some = vec![0; count.into()];
    stream.read_exact(&mut some)?;
    Ok(some)
}

fn counted(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let count = byte(stream)?;
    Ok((count, bytes(stream, count)?))
}

fn carry(one: TcpStream, other: TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (one.try_clone()?, other.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut from, mut to) = (other, one);
    io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Write)
}
