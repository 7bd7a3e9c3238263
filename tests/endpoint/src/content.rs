//! What is said: the good message, and the faults that say something else.

use crate::clock;
use crate::faults::Fault;
use crate::gzip::gzip;
use crate::life::Says;
use crate::message::Message;
use crate::response::{Response, error_json};

pub(crate) const JSON: &str = "application/json";
const HTML: &str = "text/html";
const TEXT: &str = "text/plain";

/// What a message needs to know beside what it says.
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

<<<<<<< HEAD
/// The members of Response, in the API's order, each value as JSON text.
#[derive(Debug, Clone)]
struct Response(Vec<(&'static str, String)>);

impl Response {
    fn of(says: &Says, request_id: &str) -> Response {
        let mut members = Vec::new();
        match says {
            Says::Status { status, info } => {
                members.extend(member_json(info).map(|info| ("Info", info)));
                members.extend(member_json(status).map(|status| ("Status", status)));
            }
            Says::Error { code, message, .. } => members.push(("Error", error_json(code, message))),
            Says::Raw { .. } => {}
        }
        members.push(("RequestId", Value::from(request_id).to_string()));
        Response(members)
    }

    fn set(mut self, name: &'static str, json: &str) -> Response {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = json.to_owned(),
            None => self.0.insert(0, (name, json.to_owned())),
        }
        self
    }

    fn without(mut self, name: &str) -> Response {
        self.0.retain(|(known, _)| *known != name);
        self
    }

    fn members_json(&self) -> String {
        let members: Vec<String> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        members.join(",")
    }

    fn to_json(&self) -> String {
        format!("{{\"Response\":{{{}}}}}", self.members_json())
    }
}

=======
>>>>>>> endpoint
/// The good message. Raw answers have none and never come here.
pub(crate) fn good(says: &Says, occasion: &Occasion) -> Message {
    let status = if let Says::Error { http, .. } = says { *http } else { 200 };
    occasion.message(status, JSON, Response::of(says, &occasion.request_id).to_json())
}

/// The message of a fault of stage `Content`, made from what the API would have said.
pub(crate) fn spoiled(says: &Says, occasion: &Occasion, fault: Fault) -> Message {
    without_json(occasion, fault)
        .or_else(|| redirect(occasion, fault))
        .or_else(|| error_with_status(occasion, fault))
        .or_else(|| other_members(says, occasion, fault))
        .unwrap_or_else(|| wrapped(good(says, occasion), fault))
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
        Fault::Http500Empty => occasion.message(500, TEXT, ""),
        Fault::Http503Empty => occasion.message(503, TEXT, ""),
        Fault::Http503RetryAfter => occasion.message(503, TEXT, "Busy.\n").with("Retry-After", "1"),
        Fault::Http429RetryAfterSeconds => busy("1"),
        Fault::Http429RetryAfterDate => busy(&clock::http_date(occasion.server_seconds + 2)),
        Fault::Http429RetryAfterHour => busy("3600"),
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
        _ => return None,
    };
    let says = Says::Error { code: code.to_owned(), message: text.to_owned(), http };
    let mut message = good(&says, occasion);
    match fault {
        Fault::Http429Json => message.set("Retry-After", "1"),
        Fault::ErrorCharset => {
            message.status = 200;
            message.set("Content-Type", "application/json; charset=utf-8");
        }
        _ => {}
    }
    Some(message)
}

fn other_members(says: &Says, occasion: &Occasion, fault: Fault) -> Option<Message> {
    let response = Response::of(says, &occasion.request_id);
    let json = match fault {
        Fault::UnknownMembers => response.set("TaskType", "{\"Since\":[2026,null,1.5e3]}").to_json(),
        Fault::NoRequestId => response.without("RequestId").to_json(),
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
<<<<<<< HEAD

fn member_json(member: &Member) -> Option<String> {
    match member {
        Member::Text(text) => Some(Value::from(text.as_str()).to_string()),
        Member::Null => Some("null".to_owned()),
        Member::Missing => None,
    }
}

fn error_json(code: &str, message: &str) -> String {
    json!({ "Code": code, "Message": message }).to_string()
}

/// A gzip file with its one block stored, which every reader takes. For bodies below 64 KiB.
fn gzip(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(0);
    let data = data.iter().copied().take(usize::from(length)).collect::<Vec<u8>>();
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&(!length).to_le_bytes());
    file.extend_from_slice(&data);
    file.extend_from_slice(&crc32(&data).to_le_bytes());
    file.extend_from_slice(&u32::from(length).to_le_bytes());
    file
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
=======
>>>>>>> endpoint
