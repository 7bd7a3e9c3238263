//! Answers that echo the client's secrets: at any place of a reply, in the spellings that gateways and proxies write.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::content::{HTML, JSON, Occasion};
use crate::message::Message;
use crate::request::Request;
use crate::response::Response;

/// Where the secrets are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A page of HTML.
    Page,
    /// A body that is one JSON text.
    JsonText,
    /// `{"Response":"…"}`.
    Response,
    Code,
    Message,
    Status,
    Info,
    RequestId,
    /// The `Location` header.
    Location,
}

/// How each secret is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    Plain,
    /// `\/`
    EscapedSlash,
    /// `\u003d` for what is neither letter nor digit.
    UnicodeSigns,
    /// `\u0041` for everything.
    UnicodeAll,
    /// `%2F`
    Percent,
    /// `%2f`
    PercentLower,
    /// `%252F`
    PercentTwice,
    /// `&#x2F;`
    HtmlHex,
    /// `&#47;`
    HtmlDecimal,
    UpperCase,
    LowerCase,
    Base64,
    Hex,
    /// `%u002F`
    PercentUnicode,
    /// `=2F`, as mail writes it.
    QuotedPrintable,
    /// `\057`, as a shell prints it.
    Octal,
    /// `\u{2f}`, as newer languages write it.
    UnicodeBraces,
    /// `\u005cu002f`: an escape that has been escaped itself.
    EscapedTwice,
    /// A blank after every fourth sign.
    Blanks,
    /// A line end and a blank after every tenth sign, as headers are folded.
    Folded,
    /// The `<wbr>` that lets a page break a long word.
    BreakTags,
    /// Zero-width spaces between the signs.
    ZeroWidth,
    /// `4a:4b:4c`
    HexColons,
    /// `4A 4B 4C`
    HexBlanks,
    /// Base64 of a text in which something comes before the secret, as in `Basic`.
    Base64Within,
    /// Base64 in the alphabet of URLs.
    Base64Url,
    /// Base64 in lines of 19 signs.
    Base64Wrapped,
    /// Base64 with `%3D` for its signs.
    Base64Percent,
    /// Full-width letters and digits.
    FullWidth,
}

/// A reply that echoes secrets: those in the request, and the key that signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo {
    pub place: Place,
    pub spelling: Spelling,
    pub http: u16,
    /// The text is filled up to so many bytes.
    pub bytes: usize,
}

const PLACES: &[(Place, &str)] = &[
    (Place::Page, "page"),
    (Place::JsonText, "json_text"),
    (Place::Response, "response"),
    (Place::Code, "code"),
    (Place::Message, "message"),
    (Place::Status, "status"),
    (Place::Info, "info"),
    (Place::RequestId, "request_id"),
    (Place::Location, "location"),
];

const SPELLINGS: &[(Spelling, &str)] = &[
    (Spelling::Plain, "plain"),
    (Spelling::EscapedSlash, "escaped_slash"),
    (Spelling::UnicodeSigns, "unicode_signs"),
    (Spelling::UnicodeAll, "unicode_all"),
    (Spelling::Percent, "percent"),
    (Spelling::PercentLower, "percent_lower"),
    (Spelling::PercentTwice, "percent_twice"),
    (Spelling::HtmlHex, "html_hex"),
    (Spelling::HtmlDecimal, "html_decimal"),
    (Spelling::UpperCase, "upper_case"),
    (Spelling::LowerCase, "lower_case"),
    (Spelling::Base64, "base64"),
    (Spelling::Hex, "hex"),
    (Spelling::PercentUnicode, "percent_unicode"),
    (Spelling::QuotedPrintable, "quoted_printable"),
    (Spelling::Octal, "octal"),
    (Spelling::UnicodeBraces, "unicode_braces"),
    (Spelling::EscapedTwice, "escaped_twice"),
    (Spelling::Blanks, "blanks"),
    (Spelling::Folded, "folded"),
    (Spelling::BreakTags, "break_tags"),
    (Spelling::ZeroWidth, "zero_width"),
    (Spelling::HexColons, "hex_colons"),
    (Spelling::HexBlanks, "hex_blanks"),
    (Spelling::Base64Within, "base64_within"),
    (Spelling::Base64Url, "base64_url"),
    (Spelling::Base64Wrapped, "base64_wrapped"),
    (Spelling::Base64Percent, "base64_percent"),
    (Spelling::FullWidth, "full_width"),
];

impl Place {
    pub fn all() -> impl Iterator<Item = Place> {
        PLACES.iter().map(|(place, _)| *place)
    }

    pub fn name(self) -> &'static str {
        PLACES.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    pub fn by_name(name: &str) -> Option<Place> {
        PLACES.iter().find(|(_, known)| *known == name).map(|(place, _)| *place)
    }
}

impl Spelling {
    pub fn all() -> impl Iterator<Item = Spelling> {
        SPELLINGS.iter().map(|(spelling, _)| *spelling)
    }

    pub fn name(self) -> &'static str {
        SPELLINGS.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    pub fn by_name(name: &str) -> Option<Spelling> {
        SPELLINGS.iter().find(|(_, known)| *known == name).map(|(spelling, _)| *spelling)
    }

    /// The secret as this spelling writes it. Those of JSON are the inside of a JSON text.
    pub fn write(self, secret: &str) -> String {
        let signs = |write: fn(u8) -> String| each(secret, |byte| byte.is_ascii_alphanumeric(), write);
        match self {
            Spelling::Plain => secret.to_owned(),
            Spelling::EscapedSlash => secret.replace('/', "\\/"),
            Spelling::UnicodeSigns => signs(|byte| format!("\\u{byte:04x}")),
            Spelling::UnicodeAll => each(secret, |_| false, |byte| format!("\\u{byte:04x}")),
            Spelling::Percent => signs(|byte| format!("%{byte:02X}")),
            Spelling::PercentLower => signs(|byte| format!("%{byte:02x}")),
            Spelling::PercentTwice => signs(|byte| format!("%25{byte:02X}")),
            Spelling::HtmlHex => signs(|byte| format!("&#x{byte:02X};")),
            Spelling::HtmlDecimal => signs(|byte| format!("&#{byte};")),
            Spelling::UpperCase => secret.to_uppercase(),
            Spelling::LowerCase => secret.to_lowercase(),
            Spelling::Base64 => STANDARD.encode(secret),
            Spelling::Hex => each(secret, |_| false, |byte| format!("{byte:02x}")),
            Spelling::PercentUnicode => signs(|byte| format!("%u{byte:04X}")),
            Spelling::QuotedPrintable => signs(|byte| format!("={byte:02X}")),
            Spelling::Octal => signs(|byte| format!("\\{byte:03o}")),
            Spelling::UnicodeBraces => signs(|byte| format!("\\u{{{byte:x}}}")),
            Spelling::EscapedTwice => signs(|byte| format!("\\u005cu{byte:04x}")),
            Spelling::Blanks => in_pieces(secret, 4, " "),
            Spelling::Folded => in_pieces(secret, 10, "\r\n "),
            Spelling::BreakTags => in_pieces(secret, 8, "<wbr>"),
            Spelling::ZeroWidth => in_pieces(secret, 1, "\u{200b}"),
            Spelling::HexColons => in_pieces(&hex(secret), 2, ":"),
            Spelling::HexBlanks => in_pieces(&hex(secret).to_uppercase(), 2, " "),
            Spelling::Base64Within => STANDARD.encode(format!("x:{secret}")),
            Spelling::Base64Url => URL_SAFE_NO_PAD.encode(secret),
            Spelling::Base64Wrapped => in_pieces(&STANDARD.encode(secret), 19, "\n"),
            Spelling::Base64Percent => Spelling::Percent.write(&STANDARD.encode(secret)),
            Spelling::FullWidth => secret.chars().map(full_width).collect(),
        }
    }

    fn is_of_json(self) -> bool {
        use Spelling::{EscapedSlash, EscapedTwice, UnicodeAll, UnicodeSigns};
        matches!(self, EscapedSlash | UnicodeSigns | UnicodeAll | EscapedTwice)
    }
}

fn in_pieces(text: &str, size: usize, between: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    signs.chunks(size).map(|piece| piece.iter().collect::<String>()).collect::<Vec<_>>().join(between)
}

fn hex(secret: &str) -> String {
    Spelling::Hex.write(secret)
}

fn full_width(sign: char) -> char {
    let wide = sign.is_ascii_graphic().then(|| char::from_u32(u32::from(sign) + 0xfee0)).flatten();
    wide.unwrap_or(sign)
}

fn each(secret: &str, keeps: fn(u8) -> bool, write: fn(u8) -> String) -> String {
    secret.bytes().map(|byte| if keeps(byte) { char::from(byte).to_string() } else { write(byte) }).collect()
}

/// What a client keeps secret in its request: the signature, the token, the key, a web identity token.
pub(crate) fn secrets_in(request: &Request, secret_key: Option<&str>) -> Vec<String> {
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    let web_identity = body.as_ref().and_then(|body| body.get("WebIdentityToken")).and_then(Value::as_str);
    let headers = ["authorization", "x-tc-token"].map(|name| request.header(name));
    headers.into_iter().chain([secret_key, web_identity]).flatten().map(str::to_owned).collect()
}

impl Echo {
    pub fn new(place: Place, spelling: Spelling) -> Echo {
        Echo { place, spelling, http: 200, bytes: 0 }
    }

    pub fn http(self, status: u16) -> Echo {
        Echo { http: status, ..self }
    }

    pub fn bytes(self, bytes: usize) -> Echo {
        Echo { bytes, ..self }
    }

    pub(crate) fn message(self, secrets: &[String], occasion: &Occasion) -> Message {
        let text = self.text(secrets);
        let json =
            if self.spelling.is_of_json() { format!("\"{text}\"") } else { Value::from(text.as_str()).to_string() };
        let respond =
            |members: Vec<(&'static str, String)>| occasion.message(self.http, JSON, Response(members).to_json());
        let id = || Value::from(occasion.request_id.as_str()).to_string();
        let error = |code: &str, message: &str| format!("{{\"Code\":{code},\"Message\":{message}}}");
        match self.place {
            Place::Page => occasion.message(self.http, HTML, format!("<html><pre>{text}</pre></html>")),
            Place::JsonText => occasion.message(self.http, JSON, json),
            Place::Response => occasion.message(self.http, JSON, format!("{{\"Response\":{json}}}")),
            Place::Code => respond(vec![("Error", error(&json, "\"Refused.\"")), ("RequestId", id())]),
            Place::Message => respond(vec![("Error", error("\"InternalError\"", &json)), ("RequestId", id())]),
            Place::Status => respond(vec![("Info", "\"\"".to_owned()), ("Status", json), ("RequestId", id())]),
            Place::Info => respond(vec![("Info", json), ("Status", "\"RUNNING\"".to_owned()), ("RequestId", id())]),
            Place::RequestId => {
                respond(vec![("Error", error("\"InternalError\"", "\"Refused.\"")), ("RequestId", json)])
            }
            Place::Location => {
                let page = occasion.message(self.http, HTML, "<html>moved</html>");
                page.with("Location", &format!("{}?{}", occasion.elsewhere, text.replace(' ', "&")))
            }
        }
    }

    fn text(self, secrets: &[String]) -> String {
        let written: Vec<String> = secrets.iter().map(|secret| self.spelling.write(secret)).collect();
        let mut text = written.join(" ");
        text.push_str(&"x".repeat(self.bytes.saturating_sub(text.len())));
        text
    }
}
