//! Reading one request off a connection, keeping the bytes as they came.

use std::io::{self, Read};

const LONGEST_HEAD: usize = 64 << 10;
const LONGEST_BODY: usize = 1 << 20;

#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// Request line and headers with the empty line, as received.
    pub head: Vec<u8>,
    pub body: Vec<u8>,
    pub method: String,
    pub target: String,
    /// Names in lower case, values trimmed, in the order received.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The value of the first header of this name (given in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// How reading a request ended.
pub(crate) enum Received {
    Request(Request),
    /// The peer closed, or was silent for too long.
    End,
    /// Not HTTP, or too large.
    Unreadable,
}

/// Reads the next request. What came after it stays in `buffer` for the next call.
pub(crate) fn read_request(from: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<Received> {
    loop {
        match parse_head(buffer) {
            Ok(Some((mut request, head_length))) => {
                let body_length = match request.header("content-length").map(str::parse::<usize>) {
                    None => 0,
                    Some(Ok(length)) if length <= LONGEST_BODY => length,
                    Some(_) => return Ok(Received::Unreadable),
                };
                let whole = head_length + body_length;
                while buffer.len() < whole {
                    if !read_more(from, buffer)? {
                        return Ok(Received::End);
                    }
                }
                request.head = buffer.drain(..head_length).collect();
                request.body = buffer.drain(..body_length).collect();
                return Ok(Received::Request(request));
            }
            Ok(None) if buffer.len() < LONGEST_HEAD => {}
            _ => return Ok(Received::Unreadable),
        }
        if !read_more(from, buffer)? {
            return Ok(Received::End);
        }
    }
}

fn parse_head(bytes: &[u8]) -> Result<Option<(Request, usize)>, httparse::Error> {
    let mut slots = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut slots);
    let httparse::Status::Complete(length) = parsed.parse(bytes)? else {
        return Ok(None);
    };
    let headers = parsed
        .headers
        .iter()
        .map(|header| {
            let value = String::from_utf8_lossy(header.value).trim().to_owned();
            (header.name.to_ascii_lowercase(), value)
        })
        .collect();
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers,
        ..Request::default()
    };
    Ok(Some((request, length)))
}

/// False: the peer closed.
fn read_more(from: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut piece = [0; 4096];
    let length = from.read(&mut piece)?;
    buffer.extend(piece.iter().take(length));
    Ok(length > 0)
}
