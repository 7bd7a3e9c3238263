//! What is said: the good message, and the faults that say something else.

use crate::clock::{self, LAST_DATE};
use crate::faults::Fault;
use crate::gzip::gzip;
use crate::life::Says;
use crate::message::Message;
use crate::response::{Answer, Response, error_json};

pub(crate) const JSON: &str = "application/json";
pub(crate) const HTML: &str = "text/html";
const TEXT: &str = "text/plain";

/// What a message needs to know besides its content.
#[derive(Debug, Clone)]
pub(crate) struct Occasion {
    pub server_seconds: i64,
    pub request_id: String,
    /// Where redirects lead.
    pub elsewhere: String,
}

impl Occasion {
    pub fn date(&self) -> String {
        clock::http_date(self.server_seconds)
    }

    /// A message that is dated now.
    pub fn message(&self, status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Message {
        Message::new(status, content_type, &self.date(), body)
    }
}

/// The good message.
pub(crate) fn good(answer: &Answer, occasion: &Occasion) -> Message {
    occasion.message(answer.http, JSON, answer.response.to_json())
}

/// The message of a fault of stage `Content`, made from what the API would have said.
pub(crate) fn spoiled(answer: &Answer, occasion: &Occasion, fault: Fault) -> Message {
    without_json(occasion, fault)
        .or_else(|| redirect(occasion, fault))
        .or_else(|| error_with_status(occasion, fault))
        .or_else(|| other_members(&answer.response, occasion, fault))
        .unwrap_or_else(|| wrapped(good(answer, occasion), fault))
}

fn without_json(occasion: &Occasion, fault: Fault) -> Option<Message> {
    let page = |status: u16, title: &str| {
        let title = format!("{status} {title}");
        let html = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
        );
        occasion.message(status, HTML, html)
    };
    let busy = |after: &str| occasion.message(429, TEXT, "Too many requests.\n").with("Retry-After", after);
    Some(match fault {
        Fault::Http204 => occasion.message(204, JSON, "").without("Content-Length").without("Content-Type"),
        Fault::EmptyBody => occasion.message(200, JSON, ""),
        Fault::Html200 => page(200, "Welcome"),
        Fault::Html404 => page(404, "Not Found"),
        Fault::Html500 => page(500, "Internal Server Error"),
        Fault::Html502 => page(502, "Bad Gateway"),
        Fault::Html504 => page(504, "Gateway Time-out"),
        Fault::TextGatewayTimeout => occasion.message(200, TEXT, "Gateway Time-out"),
        Fault::Http300 => page(300, "Multiple Choices"),
        Fault::Http302NoLocation => page(302, "Found"),
        Fault::Http304 => occasion.message(304, JSON, "").without("Content-Length").without("Content-Type"),
        Fault::Http408AtUse => page(408, "Request Time-out").with("Connection", "close"),
        Fault::Http421AtUse => page(421, "Misdirected Request"),
        Fault::Http425AtUse => page(425, "Too Early"),
        Fault::Http501Empty => occasion.message(501, TEXT, ""),
        Fault::Http500Empty => occasion.message(500, TEXT, ""),
        Fault::Http503Empty => occasion.message(503, TEXT, ""),
        Fault::Http503RetryAfter => occasion.message(503, TEXT, "Busy.\n").with("Retry-After", "1"),
        Fault::Http429RetryAfterSeconds => busy("1"),
        Fault::Http429RetryAfterDate => busy(&clock::http_date(occasion.server_seconds + 2)),
        Fault::Http429RetryAfterHour => busy("3600"),
        Fault::Http429RetryAfterDay => busy("86400"),
        Fault::Http429RetryAfterGarbled => busy("soon"),
        _ => return None,
    })
}

fn redirect(occasion: &Occasion, fault: Fault) -> Option<Message> {
    let status = match fault {
        Fault::Redirect301 => 301,
        Fault::Redirect302 => 302,
        Fault::Redirect307 => 307,
        Fault::Redirect308 => 308,
        _ => return None,
    };
    Some(occasion.message(status, HTML, "<html>moved</html>").with("Location", &occasion.elsewhere))
}

fn error_with_status(occasion: &Occasion, fault: Fault) -> Option<Message> {
    let (http, code, text) = match fault {
        Fault::Http429Json => (429, "RequestLimitExceeded", "The number of requests exceeds the frequency limit."),
        Fault::Http401Json => (401, "AuthFailure.SignatureFailure", "Invalid signature."),
        Fault::Http403Json => (
            403,
            "OperationDenied.UserHasNoStrategy",
            "This account is not authorized to access the requested resource.",
        ),
        Fault::Http500Json | Fault::ErrorCharset => (500, "InternalError", "Internal error."),
        Fault::Http502Json => (502, "InternalError", "Internal error."),
        Fault::Http503Json => (503, "ServiceUnavailable", "Service is unavailable now."),
        Fault::Http504Json => (504, "InternalError", "Internal error."),
        Fault::ExpiredDate9999 => (200, "AuthFailure.SignatureExpire", "Signature expired."),
        _ => return None,
    };
    let says = Says::Error { code: code.to_owned(), message: text.to_owned(), http };
    let mut message = good(&Answer::of(&says, &occasion.request_id), occasion);
    match fault {
        Fault::Http429Json => message.set("Retry-After", "1"),
        Fault::ExpiredDate9999 => message.set("Date", LAST_DATE),
        Fault::ErrorCharset => {
            message.status = 200;
            message.set("Content-Type", "application/json; charset=utf-8");
        }
        _ => {}
    }
    Some(message)
}

fn other_members(response: &Response, occasion: &Occasion, fault: Fault) -> Option<Message> {
    let response = response.clone();
    let json = match fault {
        Fault::UnknownMembers => response.set("TaskType", "{\"Since\":[2026,null,1.5e3]}").to_json(),
        Fault::NoRequestId => response.without("RequestId").to_json(),
        Fault::RequestIdNumber => response.set("RequestId", "20261126").to_json(),
        Fault::RequestIdNull => response.set("RequestId", "null").to_json(),
        Fault::ErrorNull => response.set("Error", "null").to_json(),
        Fault::ErrorWithoutRequestId => {
            let denied = error_json("OperationDenied", "Operation denied.");
            Response(vec![("Error", denied)]).to_json()
        }
        Fault::ErrorEmpty => response.set("Error", "{}").to_json(),
        Fault::ErrorText => response.set("Error", "\"InternalError\"").to_json(),
        Fault::ResponseNull => "{\"Response\":null}".to_owned(),
        Fault::ResponseMissing => format!("{{{}}}", response.members_json()),
        Fault::ResponseArray => format!("{{\"Response\":[{{{}}}]}}", response.members_json()),
        Fault::ResponseEmpty => "{\"Response\":{}}".to_owned(),
        Fault::TopLevelEmpty => "{}".to_owned(),
        Fault::TopLevelArray => format!("[{}]", response.to_json()),
        Fault::TopLevelText => "\"SUCCESS\"".to_owned(),
        Fault::StatusNumber => response.set("Status", "2").to_json(),
        Fault::InfoObject => response.set("Info", "{\"Text\":\"Executed successfully.\"}").to_json(),
        Fault::InfoWithNul => response.set("Info", "\"a\\u0000b\"").to_json(),
        Fault::InfoChinese => response.set("Info", "\"任务\\u6267\\u884c \\ud83d\\ude00 成功\"").to_json(),
        Fault::InfoLoneSurrogate => response.set("Info", "\"half \\ud83d of a pair\"").to_json(),
        Fault::InfoHuge => response.set("Info", &format!("\"{}\"", "long ".repeat(40_000))).to_json(),
        Fault::DeepNesting => "[".repeat(100_000) + &"]".repeat(100_000),
        Fault::DeepUnknownMember => response.set("Deep", &("[".repeat(1000) + &"]".repeat(1000))).to_json(),
        Fault::DuplicateKeys => {
            let members = response.members_json();
            format!("{{\"Response\":{{\"Status\":\"RUNNING\",{members}}}}}")
        }
        _ => return None,
    };
    Some(occasion.message(200, JSON, json))
}

/// The good JSON under other headers, or with something around it.
fn wrapped(message: Message, fault: Fault) -> Message {
    let body = message.body.clone();
    match fault {
        Fault::ContentTypeText => message.with("Content-Type", "text/html; charset=iso-8859-1"),
        Fault::ContentTypeCharset => message.with("Content-Type", "application/json; charset=utf-8"),
        Fault::ContentTypeMissing => message.without("Content-Type"),
        Fault::ByteOrderMark => message.with_body([b"\xef\xbb\xbf".as_slice(), &body].concat()),
        Fault::BlankAroundJson => message.with_body([b" \r\n\t ".as_slice(), &body, b"\r\n \n"].concat()),
        Fault::InfoCutInCharacter => message.with_body(with_half_a_character_after_info(&body)),
        Fault::InvalidUtf8 => message.with_body(with_bytes_in_a_text(&body, b"\xff\xfe\x80")),
        Fault::JsonCutShort => {
            let half = body.len() / 2;
            message.with_body(body.into_iter().take(half).collect::<Vec<u8>>())
        }
        Fault::JsonThenGarbage => message.with_body([body.as_slice(), b"}"].concat()),
        Fault::UnannouncedGzip => message.with("Content-Encoding", "gzip").with_body(gzip(&body)),
        _ => message,
    }
}

/// Two of the three bytes of a character at the end of Info's text, or somewhere in an answer without Info.
fn with_half_a_character_after_info(body: &[u8]) -> Vec<u8> {
    let half = b"\xe7\x9a";
    match find(body, b"\",\"Status\":") {
        Some(end) => {
            let (before, after) = body.split_at(end);
            [before, half.as_slice(), after].concat()
        }
        None => with_bytes_in_a_text(body, half),
    }
}

/// Puts bytes at the start of the RequestId's text, or of Info's.
fn with_bytes_in_a_text(body: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mark = b"\"Info\":\"".as_slice();
    let mark = if find(body, mark).is_some() { mark } else { b"\"RequestId\":\"".as_slice() };
    let at = find(body, mark).map_or(0, |start| start + mark.len());
    let (before, after) = body.split_at(at);
    [before, bytes, after].concat()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
