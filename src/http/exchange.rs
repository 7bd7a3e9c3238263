//! One request and its reply on a connection, by the HTTP library's protocol.

use std::io;

use ureq_proto::BodyMode;
use ureq_proto::client::state::{RecvBody, RecvResponse, SendRequest};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};
use ureq_proto::http::{Request, response};

use super::connection::Connection;

pub enum Failure {
    /// Before the reply was whole.
    Closed,
    Io(io::Error),
    Protocol(ureq_proto::Error),
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
pub enum Coming {
    Body(Box<Call<RecvBody>>),
    Nothing { may_stay: bool },
}

/// Sends a request and reads the head of the reply.
pub fn send(connection: &mut Connection, request: Request<()>, body: &[u8]) -> Outcome<(response::Parts, Coming)> {
    let mut call = write(connection, Call::new(request)?.proceed(), body)?;
    let head = loop {
        let progress = connection.has_more()?;
        let (used, response) = call.try_response(connection.input(), false)?;
        connection.consume(used);
        match response {
            Some(response) => break response.into_parts().0,
            None if progress => {}
            None => return Err(Failure::Closed),
        }
    };
    let coming = match call.proceed() {
        Some(RecvResponseResult::RecvBody(call)) => Coming::Body(Box::new(call)),
        Some(RecvResponseResult::Redirect(call)) => Coming::Nothing { may_stay: !call.must_close_connection() },
        Some(RecvResponseResult::Cleanup(call)) => Coming::Nothing { may_stay: !call.must_close_connection() },
        None => return Err(Failure::Closed),
    };
    Ok((head, coming))
}

fn write(connection: &mut Connection, mut call: Call<SendRequest>, body: &[u8]) -> Outcome<Call<RecvResponse>> {
    let head = call.write(connection.output())?;
    connection.hold_head(head)?;
    match call.proceed()? {
        Some(SendRequestResult::SendBody(mut call)) => {
            let (_, written) = call.write(body, connection.output())?;
            connection.hold_body(written);
            call.proceed().ok_or(Failure::Io(io::ErrorKind::InvalidInput.into()))
        }
        Some(SendRequestResult::RecvResponse(call)) => Ok(call),
        _ => Err(Failure::Io(io::ErrorKind::InvalidInput.into())),
    }
}

/// Reads the body, one byte over `most` at most. True: the connection may carry another request.
pub fn receive(connection: &mut Connection, coming: Coming, body: &mut Vec<u8>, most: u64) -> Outcome<bool> {
    let mut call = match coming {
        Coming::Body(call) => call,
        Coming::Nothing { may_stay } => {
            body.clear();
            return Ok(may_stay);
        }
    };
    let mut filled = 0;
    let mut closed = false;
    while !is_whole(&call) {
        if filled == body.len() {
            if filled as u64 > most {
                return Ok(false);
            }
            let most = usize::try_from(most).unwrap_or(usize::MAX - 1);
            body.resize((filled * 2).min(most + 1), 0);
        }
        if !closed && connection.input().is_empty() {
            closed = !connection.has_more()?;
        }
        let (used, written) = call.read(connection.input(), body.get_mut(filled..).unwrap_or_default())?;
        connection.consume(used);
        filled += written;
        if used == 0 && written == 0 && !is_whole(&call) {
            if closed {
                break;
            }
            closed = !connection.has_more()?;
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
