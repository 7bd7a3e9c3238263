//! An HTTP answer as parts, and what is done with it on the wire.

use std::time::Duration;

/// Status, headers and body, not yet bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub version: &'static str,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    pub fn new(status: u16, content_type: &str, date: &str, body: impl Into<Vec<u8>>) -> Message {
        let body = body.into();
        let mut message = Message { version: "HTTP/1.1", status, headers: Vec::new(), body };
        message.set("Server", "tcdb-mock-server");
        message.set("Date", date);
        message.set("Content-Type", content_type);
        message.set("Content-Length", &message.body.len().to_string());
        message.set("Connection", "keep-alive");
        message
    }

    /// Replaces a header, or adds it at the end.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.headers.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value.to_owned(),
            None => self.add(name, value),
        }
    }

    /// Adds a header, even one that is there already.
    pub fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| known != name);
    }

    pub fn with(mut self, name: &str, value: &str) -> Message {
        self.set(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Message {
        self.remove(name);
        self
    }

    /// Another body, with the Content-Length that belongs to it.
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Message {
        self.body = body.into();
        self.set("Content-Length", &self.body.len().to_string());
        self
    }

    /// Status line, headers and the empty line.
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} {}\r\n", self.version, self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// One thing done on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// In one write.
    Send(Vec<u8>),
    /// One byte every 50 ms.
    Drip(Vec<u8>),
    /// One byte a write, without a pause.
    Singles(Vec<u8>),
    /// This piece again and again, until the peer closes or so many bytes are sent.
    Repeat {
        piece: Vec<u8>,
        bytes: u64,
    },
    Pause(Duration),
    /// Until the peer closes.
    Stall,
}

/// What becomes of the connection afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Keep,
    /// In order: TLS's close_notify, then the end.
    Close,
    /// The end without close_notify.
    Cut,
    Reset,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub acts: Vec<Act>,
    pub then: Then,
}

impl Reply {
    pub fn new(acts: impl IntoIterator<Item = Act>, then: Then) -> Reply {
        Reply { acts: acts.into_iter().collect(), then }
    }

    pub fn good(message: &Message) -> Reply {
        let closes = message.headers.iter().any(|(name, value)| name == "Connection" && value == "close");
        Reply::new([Act::Send(message.to_bytes())], if closes { Then::Close } else { Then::Keep })
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        204 => "No Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Time-out",
        413 => "Payload Too Large",
        421 => "Misdirected Request",
        425 => "Too Early",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Time-out",
        _ => "Other",
    }
}
