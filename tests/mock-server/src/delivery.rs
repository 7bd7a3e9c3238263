//! Faults of delivery: how a good message is brought, or not.

use std::time::Duration;

use crate::clock::{self, LAST_DATE};
use crate::faults::Fault;
use crate::message::{Act, Message, Reply, Then};

/// Where endless answers end after all.
const ENDLESS: u64 = 64 << 20;

/// Brings the message through a fault of stage `Delivery`; any other brings it well.
pub(crate) fn deliver(message: Message, fault: Fault) -> Reply {
    broken_off(&message, fault)
        .or_else(|| slow(&message, fault))
        .or_else(|| endless(&message, fault))
        .or_else(|| framed_otherwise(&message, fault))
        .or_else(|| informational_first(&message, fault))
        .or_else(|| something_afterwards(&message, fault))
        .unwrap_or_else(|| other_headers(message, fault))
}

fn broken_off(message: &Message, fault: Fault) -> Option<Reply> {
    let (head, body) = (message.head(), &message.body);
    let half_of_head = || Act::Send(first_half(&head));
    let half_of_body = || Act::Send([head.as_slice(), &first_half(body)].concat());
    let moment = Act::Pause(Duration::from_millis(20));
    Some(match fault {
        Fault::StallReply | Fault::StallAtUse => Reply::new([Act::Stall], Then::Close),
        Fault::StallInHead => Reply::new([half_of_head(), Act::Stall], Then::Close),
        Fault::StallInBody => Reply::new([half_of_body(), Act::Stall], Then::Close),
        Fault::ResetBeforeFirstByte | Fault::ResetAtUse => Reply::new([], Then::Reset),
        Fault::ResetAfterFirstByte => Reply::new([Act::Send(b"H".to_vec()), moment], Then::Reset),
        Fault::ResetInBody => Reply::new([half_of_body(), moment], Then::Reset),
        Fault::CloseBeforeFirstByte | Fault::CloseAtUse => Reply::new([], Then::Close),
        Fault::CutBeforeFirstByte => Reply::new([], Then::Cut),
        Fault::CloseInHead => Reply::new([half_of_head()], Then::Close),
        Fault::CloseInBody => Reply::new([half_of_body()], Then::Close),
        Fault::CutInBody => Reply::new([half_of_body()], Then::Cut),
        _ => return None,
    })
}

fn slow(message: &Message, fault: Fault) -> Option<Reply> {
    let (head, body) = (message.head(), message.body.clone());
    let acts = match fault {
        Fault::DripHead => vec![Act::Drip(head), Act::Send(body)],
        Fault::DripBody => vec![Act::Send(head), Act::Drip(body)],
        Fault::OneByteRecords => vec![Act::Singles(message.to_bytes())],
        _ => return None,
    };
    Some(Reply::new(acts, Then::Keep))
}

fn endless(message: &Message, fault: Fault) -> Option<Reply> {
    let repeat = |piece: &[u8]| Act::Repeat { piece: piece.repeat(16_384 / piece.len()), bytes: ENDLESS };
    let acts = match fault {
        Fault::EndlessBody => {
            let head = message.clone().with("Content-Length", "10000000000").head();
            vec![Act::Send(head), repeat(b" ")]
        }
        Fault::EndlessChunks => {
            vec![Act::Send(chunked_head(message)), repeat(b"10\r\n                \r\n")]
        }
        Fault::EndlessHead => vec![Act::Send(open_head(message)), repeat(b"X-Endless: 0123456789\r\n")],
        Fault::EndlessHeaderLine => {
            let head = [open_head(message).as_slice(), b"X-Endless: "].concat();
            vec![Act::Send(head), repeat(b"x")]
        }
        Fault::EndlessInformational => vec![repeat(b"HTTP/1.1 102 Processing\r\n\r\n")],
        _ => return None,
    };
    Some(Reply::new(acts, Then::Close))
}

fn framed_otherwise(message: &Message, fault: Fault) -> Option<Reply> {
    let unframed = || message.clone().without("Content-Length").with("Connection", "close").to_bytes();
    let length = message.body.len();
    let (bytes, then) = match fault {
        Fault::NoLengthThenClose => (unframed(), Then::Close),
        Fault::NoLengthThenCut => (unframed(), Then::Cut),
        Fault::Chunked => {
            let end = b"0\r\nX-Trailer: seen\r\n\r\n";
            ([&chunked_head(message), &chunks(&message.body), end.as_slice()].concat(), Then::Keep)
        }
        Fault::ChunkedCutShort => ([chunked_head(message), chunks(&message.body)].concat(), Then::Close),
        Fault::ChunkedMalformed => {
            let malformed = b"zz\r\nnot a chunk\r\n0\r\n\r\n";
            ([&chunked_head(message), malformed.as_slice()].concat(), Then::Close)
        }
        Fault::ChunkSizePadded => (one_chunk(message, &format!("{length:032x}")), Then::Keep),
        Fault::ChunkExtensionLong => (one_chunk(message, &format!("{length:x};name={}", "x".repeat(1000))), Then::Keep),
        Fault::ChunkSizePlus => (one_chunk(message, &format!("+{length:x}")), Then::Close),
        Fault::LengthTwice => {
            let mut twice = message.clone();
            twice.add("Content-Length", &(message.body.len() / 2).to_string());
            (twice.to_bytes(), Then::Close)
        }
        Fault::LengthNoNumber => (message.clone().with("Content-Length", "many").to_bytes(), Then::Close),
        Fault::LengthAndChunked => {
            let head = message.clone().with("Transfer-Encoding", "chunked").head();
            ([&head, &chunks(&message.body), b"0\r\n\r\n".as_slice()].concat(), Then::Close)
        }
        Fault::BytesAfterBody => ([&message.to_bytes(), b"stray bytes".as_slice()].concat(), Then::Keep),
        _ => return None,
    };
    Some(Reply::new([Act::Send(bytes)], then))
}

fn informational_first(message: &Message, fault: Fault) -> Option<Reply> {
    let first: &[u8] = match fault {
        Fault::Http100First => b"HTTP/1.1 100 Continue\r\n\r\n",
        Fault::Http100WithHeader => b"HTTP/1.1 100 Continue\r\nX-Wait: a moment\r\n\r\n",
        Fault::Http102First => b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
        Fault::Http103First => b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
        _ => return None,
    };
    Some(Reply::new([Act::Send([first, &message.to_bytes()].concat())], Then::Keep))
}

fn something_afterwards(message: &Message, fault: Fault) -> Option<Reply> {
    let whole = Act::Send(message.to_bytes());
    let moment = Act::Pause(Duration::from_millis(30));
    Some(match fault {
        Fault::CloseAfterReply => Reply::new([whole], Then::Close),
        Fault::ResetAfterReply => Reply::new([whole, moment], Then::Reset),
        Fault::AnswerTwice => Reply::new([whole.clone(), moment, whole], Then::Keep),
        Fault::ConnectionClose => {
            Reply::new([Act::Send(message.clone().with("Connection", "close").to_bytes())], Then::Close)
        }
        Fault::Http10 => {
            let mut old = message.clone().without("Connection");
            old.version = "HTTP/1.0";
            Reply::new([Act::Send(old.to_bytes())], Then::Close)
        }
        Fault::StatusLineGarbled => {
            let rest = message.to_bytes().split_off("HTTP/1.1 ".len());
            Reply::new([Act::Send([b"HTTQ/9.9 ".as_slice(), &rest].concat())], Then::Close)
        }
        _ => return None,
    })
}

fn other_headers(mut message: Message, fault: Fault) -> Reply {
    match fault {
        Fault::LowerCaseHeaders => rename(&mut message, str::to_lowercase),
        Fault::UpperCaseHeaders => rename(&mut message, str::to_uppercase),
        Fault::Headers150 => add_headers(&mut message, 150, 8),
        Fault::Header10k => add_headers(&mut message, 1, 10_000),
        Fault::Head100k => add_headers(&mut message, 100, 1000),
        Fault::DateMissing => message.remove("Date"),
        Fault::DateGarbled => message.set("Date", "yesterday, about noon"),
        Fault::Date9999 => message.set("Date", LAST_DATE),
        Fault::DateHoursOff => {
            message.set("Date", &clock::http_date(clock::unix_seconds() + 3 * 3600));
        }
        _ => {}
    }
    Reply::good(&message)
}

fn rename(message: &mut Message, change: fn(&str) -> String) {
    for (name, _) in &mut message.headers {
        *name = change(name);
    }
}

fn add_headers(message: &mut Message, count: u32, length: usize) {
    for number in 0..count {
        message.add(&format!("X-More-{number}"), &"x".repeat(length));
    }
}

/// The head without the empty line that would end it.
fn open_head(message: &Message) -> Vec<u8> {
    let mut head = message.head();
    head.truncate(head.len() - 2);
    head
}

fn chunked_head(message: &Message) -> Vec<u8> {
    message.clone().without("Content-Length").with("Transfer-Encoding", "chunked").head()
}

/// The body in one chunk behind this line.
fn one_chunk(message: &Message, size_line: &str) -> Vec<u8> {
    [&chunked_head(message), size_line.as_bytes(), b"\r\n", &message.body, b"\r\n0\r\n\r\n"].concat()
}

/// The body in chunks of up to 20 bytes, the first with an extension, without the last empty one.
fn chunks(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, chunk) in body.chunks(20).enumerate() {
        let extension = if number == 0 { ";name=value" } else { "" };
        bytes.extend_from_slice(format!("{:x}{extension}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn first_half(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().take(bytes.len() / 2).collect()
}
