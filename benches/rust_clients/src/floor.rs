//! rustls on a kept socket with bytes prepared beforehand: what TLS by rustls costs when the client does nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

pub struct Client {
    host: String,
    request: Vec<u8>,
    tls: Arc<ClientConfig>,
}

pub struct Thread {
    stream: StreamOwned<ClientConnection, TcpStream>,
    request: Vec<u8>,
    reply: [u8; 4096],
    length: usize,
}

impl Client {
    pub fn new(url: &str, tls: Arc<ClientConfig>, _: bool, id: &str) -> Self {
        let host = url.split("://").nth(1).unwrap().to_owned();
        let body = format!("{{\"AsyncRequestId\":\"{id}\"}}");
        let authorization = format!(
            "TC3-HMAC-SHA256 Credential=AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE1234/2023-11-14/cdb/tc3_request, \
             SignedHeaders=content-type;host, Signature={:064}",
            0
        );
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nX-TC-Action: DescribeAsyncRequestInfo\r\n\
             X-TC-Version: 2017-03-20\r\nX-TC-Region: ap-guangzhou\r\nX-TC-Timestamp: 1700000000\r\n\
             Authorization: {authorization}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self { host, request: request.into_bytes(), tls }
    }

    pub fn thread(&self) -> Thread {
        let socket = TcpStream::connect(&self.host).unwrap();
        socket.set_nodelay(true).unwrap();
        let name = ServerName::try_from(self.host.split(':').next().unwrap().to_owned()).unwrap();
        let tls = ClientConnection::new(self.tls.clone(), name).unwrap();
        Thread { stream: StreamOwned::new(tls, socket), request: self.request.clone(), reply: [0; 4096], length: 0 }
    }
}

impl Thread {
    /// The reply is always the same: its length is learnt from the first one.
    pub fn query(&mut self, _: &str) -> Result<String, String> {
        self.stream.write_all(&self.request).map_err(|e| e.to_string())?;
        let mut got = 0;
        while self.length == 0 || got < self.length {
            got += match self.stream.read(&mut self.reply[got..]).map_err(|e| e.to_string())? {
                0 => return Err("closed".to_owned()),
                n => n,
            };
            if self.length == 0 {
                self.length = whole_reply(&self.reply[..got]).filter(|length| *length <= got).unwrap_or(0);
            }
        }
        Ok("200".to_owned())
    }
}

fn whole_reply(reply: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(reply).ok()?;
    let head = text.find("\r\n\r\n")? + 4;
    let lower = text.to_ascii_lowercase();
    let length = lower.split("content-length:").nth(1)?.split("\r\n").next()?.trim().parse::<usize>().ok()?;
    Some(head + length)
}
