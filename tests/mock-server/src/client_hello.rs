//! What a TLS client offers in its first message.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::sys;

const RECORD_HEADER: usize = 5;
const SESSION_TICKET: u16 = 35;
const PRE_SHARED_KEY: u16 = 41;
/// How long the rest of a first record is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Whether the client offers to resume a session by a ticket (TLS 1.2) or a pre-shared key (TLS 1.3). Consumes nothing.
pub(crate) fn offers_resumption(socket: &TcpStream) -> io::Result<bool> {
    let record = peek_record(socket)?;
    let offers = |(kind, data): (u16, &[u8])| kind == PRE_SHARED_KEY || kind == SESSION_TICKET && !data.is_empty();
    Ok(extensions(&record).is_some_and(|extensions| extensions.into_iter().any(offers)))
}

/// The first record without its header, or what came of it.
fn peek_record(socket: &TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 16_384 + RECORD_HEADER];
    let begun = Instant::now();
    loop {
        let length = sys::peek(socket, &mut bytes)?;
        let whole = match bytes.get(..length) {
            Some([_, _, _, high, low, ..]) => RECORD_HEADER + usize::from(u16::from_be_bytes([*high, *low])),
            _ => RECORD_HEADER,
        };
        if length == 0 || length >= whole || begun.elapsed() > LONGEST_WAIT {
            return Ok(bytes.get(RECORD_HEADER..length.min(whole)).unwrap_or_default().to_vec());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The extensions of a ClientHello. None: it is malformed, or another message.
fn extensions(record: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let mut rest = record;
    let rest = &mut rest;
    let kind = *take(rest, 1)?.first()?;
    let _length = take(rest, 3)?;
    let _version_and_random = take(rest, 2 + 32)?;
    let _session_id = counted(rest, 1)?;
    let _cipher_suites = counted(rest, 2)?;
    let _compression_methods = counted(rest, 1)?;
    let mut list = counted(rest, 2)?;
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let kind = number(take(&mut list, 2)?);
        extensions.push((u16::try_from(kind).ok()?, counted(&mut list, 2)?));
    }
    (kind == 1).then_some(extensions)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

/// A field behind its length, which has so many bytes.
fn counted<'a>(rest: &mut &'a [u8], bytes_of_length: usize) -> Option<&'a [u8]> {
    let length = number(take(rest, bytes_of_length)?);
    take(rest, length)
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}
