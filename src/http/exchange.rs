//! One request and its reply on a connection, by ureq's protocol crate.

use std::io;

use ureq_proto::BodyMode;
use ureq_proto::client::state::{RecvBody, RecvResponse, SendRequest};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};
use ureq_proto::http::{Request, response};

use super::connection::Connection;
use crate::runtime::context::CallContext;

pub enum Failure {
    /// Before the reply was whole.
    Closed,
    Io(io::Error),
    Protocol(ureq_proto::Error),
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
        let (used, response) = call.try_response(connection.input(), false)?;
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
    let mut filled = 0;
    let mut closed = false;
    while !is_whole(&call) {
        if filled == body.len() {
            if filled > max {
                return Ok(false);
            }
            body.resize((filled * 2).clamp(1, max + 1), 0);
        }
        if !closed && connection.input().is_empty() {
            closed = !connection.has_more(context)?;
        }
        let Some(room) = body.get_mut(filled..) else { return Err(Failure::Internal("a body has room to grow")) };
        let (used, written) = call.read(connection.input(), room)?;
        connection.consume(used);
        filled += written;
        if used == 0 && written == 0 && !is_whole(&call) {
            if closed {
                break;
            }
            closed = !connection.has_more(context)?;
        }
    }
    body.truncate(filled);
    // A server may close right after its last chunk, in the place of a line's end, but not within that.
    if !call.can_proceed() && (!call.is_ended_chunked() || !connection.input().is_empty()) {
        return Err(Failure::Closed);
    }
    Ok(match call.proceed() {
        Some(RecvBodyResult::Redirect(call)) => !call.must_close_connection(),
        Some(RecvBodyResult::Cleanup(call)) => !call.must_close_connection(),
        None => false,
    })
}

/// By its length or its last chunk; a body that ends with its connection is never known to be whole before.
fn is_whole(call: &Call<RecvBody>) -> bool {
    call.body_mode() != BodyMode::CloseDelimited && call.can_proceed()
}
