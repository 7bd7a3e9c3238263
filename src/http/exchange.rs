//! One request and its reply on a connection, by ureq's protocol crate.

use std::io;

use ureq_proto::BodyMode;
use ureq_proto::client::state::{RecvBody, RecvResponse, SendRequest};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};
use ureq_proto::http::{Request, response};

use super::chunked::{Decoder, Malformed};
use super::connection::Connection;
use super::lenient_head::{self, Mended};
use crate::runtime::context::CallContext;

pub enum Failure {
    /// Before the reply was whole.
    Closed,
    Io(io::Error),
    Protocol(ureq_proto::Error),
    Chunks(Malformed),
    /// What was assumed and is not so.
    Internal(&'static str),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ureq_proto::Error> for Failure {
    fn from(error: ureq_proto::Error) -> Self {
        Self::Protocol(error)
    }
}

/// The end of a chunked body without trailers.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

type Outcome<T> = Result<T, Failure>;

/// What follows a head: perhaps a body, and whether the connection may carry another request.
pub enum Rest {
    Body(Box<Call<RecvBody>>),
    Nothing { may_stay: bool },
}

/// Sends a request and reads the head of the reply.
pub fn send(
    context: &CallContext,
    connection: &mut Connection,
    request: Request<()>,
    lines: &[&str],
    body: &[u8],
) -> Outcome<(response::Parts, Rest)> {
    let mut call = write(connection, Call::new(request)?.proceed(), lines, body)?;
    let head = loop {
        let progress = connection.has_more(context)?;
        if let Some(length) = informational(connection.input()) {
            connection.consume(length);
            continue;
        }
        let (used, response) = match call.try_response(connection.input(), false) {
            Ok(found) => found,
            Err(refusal @ ureq_proto::Error::HttpParseFail(_)) => match lenient_head::mend(connection.input()) {
                lenient_head::Outcome::Whole(Mended { head, length }) => {
                    (length, call.try_response(&head, false).map_err(|_| refusal)?.1)
                }
                // The rest of it decides.
                lenient_head::Outcome::Unfinished => (0, None),
                lenient_head::Outcome::NotHttp => return Err(refusal.into()),
            },
            Err(refusal) => return Err(refusal.into()),
        };
        connection.consume(used);
        match response {
            Some(response) => break response.into_parts().0,
            None if progress => {}
            None => return Err(Failure::Closed),
        }
    };
    let rest = match call.proceed() {
        Some(RecvResponseResult::RecvBody(call)) => Rest::Body(Box::new(call)),
        Some(RecvResponseResult::Redirect(call)) => Rest::Nothing { may_stay: !call.must_close_connection() },
        Some(RecvResponseResult::Cleanup(call)) => Rest::Nothing { may_stay: !call.must_close_connection() },
        None => return Err(Failure::Closed),
    };
    Ok((head, rest))
}

fn write(
    connection: &mut Connection,
    mut call: Call<SendRequest>,
    lines: &[&str],
    body: &[u8],
) -> Outcome<Call<RecvResponse>> {
    let head = call.write(connection.output())?;
    connection.hold_head(head, lines)?;
    match call.proceed()? {
        Some(SendRequestResult::SendBody(mut call)) => {
            let (_, written) = call.write(body, connection.output())?;
            connection.hold_body(written);
            call.proceed().ok_or(Failure::Internal("a body of the announced length is complete"))
        }
        Some(SendRequestResult::RecvResponse(call)) => Ok(call),
        _ => Err(Failure::Internal("a request is followed by its body or by the reply")),
    }
}

/// Reads the body, one byte over `max` at most. True: the connection may carry another request.
pub fn receive(
    context: &CallContext,
    connection: &mut Connection,
    rest: Rest,
    body: &mut Vec<u8>,
    max: usize,
) -> Outcome<bool> {
    let mut call = match rest {
        Rest::Body(call) => call,
        Rest::Nothing { may_stay } => {
            body.clear();
            return Ok(may_stay);
        }
    };
    if call.body_mode() == BodyMode::Chunked {
        receive_chunks(context, connection, body, max)?;
        if body.len() > max {
            return Ok(false);
        }
        // The protocol crate learns of the end alone, and says whether the connection may stay.
        call.read(LAST_CHUNK, &mut [])?;
    } else if !receive_plain(context, connection, &mut call, body, max)? {
        return Ok(false);
    }
    if !call.can_proceed() {
        return Err(Failure::Closed);
    }
    Ok(match call.proceed() {
        Some(RecvBodyResult::Redirect(call)) => !call.must_close_connection(),
        Some(RecvBodyResult::Cleanup(call)) => !call.must_close_connection(),
        None => false,
    })
}

/// A body of a known length, or up to the connection's end. False: it is over `max`.
fn receive_plain(
    context: &CallContext,
    connection: &mut Connection,
    call: &mut Call<RecvBody>,
    body: &mut Vec<u8>,
    max: usize,
) -> Outcome<bool> {
    let mut filled = 0;
    while !is_whole(call) {
        if filled == body.len() {
            if filled > max {
                return Ok(false);
            }
            grow(body, max);
        }
        if connection.input().is_empty() && !connection.has_more(context)? {
            break;
        }
        let Some(room) = body.get_mut(filled..) else { return Err(Failure::Internal("a body has room to grow")) };
        let (used, written) = call.read(connection.input(), room)?;
        connection.consume(used);
        filled += written;
        if used == 0 {
            return Err(Failure::Internal("a body is read as long as there is input and room"));
        }
    }
    body.truncate(filled);
    Ok(true)
}

/// A chunked body, one byte over `max` at most.
fn receive_chunks(context: &CallContext, connection: &mut Connection, body: &mut Vec<u8>, max: usize) -> Outcome<()> {
    let mut decoder = Decoder::default();
    let mut filled = 0;
    while !decoder.is_ended() {
        if filled == body.len() {
            if filled > max {
                return Ok(());
            }
            grow(body, max);
        }
        let Some(room) = body.get_mut(filled..) else { return Err(Failure::Internal("a body has room to grow")) };
        let (used, written) = decoder.decode(connection.input(), room).map_err(Failure::Chunks)?;
        connection.consume(used);
        filled += written;
        // A server may close right after its last chunk, in the place of a line's end, but not within that.
        if (used, written) == (0, 0) && !connection.has_more(context)? {
            if decoder.has_last_chunk() && connection.input().is_empty() {
                break;
            }
            return Err(Failure::Closed);
        }
    }
    body.truncate(filled);
    Ok(())
}

fn grow(body: &mut Vec<u8>, max: usize) {
    body.resize((body.len() * 2).clamp(1, max + 1), 0);
}

/// How long the informational reply is that the input begins with. They say nothing here, whatever header fields they have;
/// the protocol crate takes none in a 100. Of 101 it knows that it ends HTTP.
fn informational(input: &[u8]) -> Option<usize> {
    let status = input.strip_prefix(b"HTTP/1.")?.get(2..5)?;
    let is_informational = status.starts_with(b"1") && status != b"101" && status.iter().all(u8::is_ascii_digit);
    if !is_informational {
        return None;
    }
    let mut length = 0;
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        if matches!(line, b"\r\n" | b"\n") {
            return Some(length);
        }
    }
    None
}

/// By its length or its last chunk; a body that ends with its connection is never known to be whole before.
fn is_whole(call: &Call<RecvBody>) -> bool {
    call.body_mode() != BodyMode::CloseDelimited && call.can_proceed()
}
