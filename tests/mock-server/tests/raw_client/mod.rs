//! The simplest client there is: bytes out, bytes in, over plain HTTP or TLS.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tcdb_mock_server::signature::RawRequest;
use tcdb_mock_server::{MockServer, SECRET_ID, SECRET_KEY, clock};

pub const HOST: &str = "cdb.intl.tencentcloudapi.com";

/// A good request for this task.
pub fn ask(id: &str) -> Vec<u8> {
    let body = RawRequest::body_for(id);
    good_request(&body).to_bytes()
}

pub fn good_request(body: &str) -> RawRequest<'_> {
    RawRequest {
        host: HOST,
        secret_id: SECRET_ID,
        secret_key: SECRET_KEY,
        token: None,
        region: "ap-singapore",
        timestamp: clock::unix_seconds(),
        body,
        more_headers: "",
    }
}

pub fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream
}

/// Sends one request on a connection of its own.
pub fn exchange(server: &MockServer, request: &[u8]) -> String {
    exchange_at(server.http_port(), request)
}

pub fn exchange_at(port: u16, request: &[u8]) -> String {
    let mut stream = connect(port);
    stream.write_all(request).unwrap();
    read_reply(&mut stream).unwrap()
}

/// The body of the answer about this task.
pub fn answer(server: &MockServer, id: &str) -> String {
    body_of(&exchange(server, &ask(id)))
}

pub fn body_of(reply: &str) -> String {
    reply.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Reads one reply that has a Content-Length.
pub fn read_reply(from: &mut impl Read) -> std::io::Result<String> {
    let mut reply = Vec::new();
    let mut byte = [0];
    while !reply.ends_with(b"\r\n\r\n") {
        from.read_exact(&mut byte)?;
        reply.push(byte[0]);
    }
    let head = String::from_utf8(reply.clone()).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    from.read_exact(&mut body)?;
    reply.extend(body);
    Ok(String::from_utf8(reply).unwrap())
}

pub type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// A TLS connection that trusts the server's `ca.pem` and checks the name `localhost`.
pub fn connect_tls(server: &MockServer) -> Result<TlsStream, rustls::Error> {
    connect_tls_trusting(server, &server.ca_file())
}

pub fn connect_tls_trusting(server: &MockServer, ca_file: &Path) -> Result<TlsStream, rustls::Error> {
    connect_tls_with(server, &Arc::new(tls_config(ca_file)?))
}

pub fn tls_config(ca_file: &Path) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca_file).unwrap()).unwrap();
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Connections with the same configuration resume each other's sessions.
pub fn connect_tls_with(server: &MockServer, config: &Arc<ClientConfig>) -> Result<TlsStream, rustls::Error> {
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::clone(config), name)?;
    let mut stream = connect(server.https_port());
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut stream) {
            return Err(match error.downcast::<rustls::Error>() {
                Ok(error) => error,
                Err(error) => rustls::Error::General(error.to_string()),
            });
        }
    }
    Ok(StreamOwned::new(connection, stream))
}
