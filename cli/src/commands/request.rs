//! `tcdb request`: what a query would send, for the day a signature is refused.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;
use tcdb_async::{SignedRequest, UnixSeconds};

use crate::arguments::{Request, Shared};
use crate::connection::{self, Log};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::{ids, json, screen, sources, terms};

/// As long as a query has by default.
const TIMEOUT: Duration = Duration::from_secs(30);
const SIGNATURE: &str = "Signature=";

#[derive(Serialize)]
struct Shown<'a> {
    async_request_id: &'a str,
    method: &'static str,
    url: &'a str,
    headers: Vec<(&'a str, String)>,
    body: &'a str,
    canonical_request: &'a str,
    string_to_sign: &'a str,
}

/// # Errors
/// What ended it before each id had its outcome.
pub fn run(shared: &Shared, given: &Request) -> Result<Exit, Failure> {
    let ids = ids::given(&given.ids.ids)?;
    let screen = Screen::new(shared.quiet, None);
    let log = Log::new(shared, &screen);
    let credentials = sources::choose(shared, &log)?.credentials;
    let client = connection::client(shared, &credentials, &log)?;
    let fetched = credentials.fetch(shared.request_timeout.unwrap_or(TIMEOUT));
    fetched.map_err(|error| Failure::of_error(&error, &terms::of_credentials(&error)))?;
    for id in &ids {
        let signed = client.sign(id, given.time.map(UnixSeconds));
        let signed = signed.map_err(|e| Failure::of_error(&e, &screen::about(id, &terms::of_client(&e))))?;
        let shown = shown(id, &signed, given.with_secrets);
        screen.result(&if shared.json { json::line(&shown) } else { text(&shown) })?;
    }
    Ok(Exit::AllSucceeded)
}

fn shown<'a>(id: &'a str, signed: &'a SignedRequest, with_secrets: bool) -> Shown<'a> {
    let header = |name, value: &str| if with_secrets { value.to_owned() } else { cut(name, value) };
    Shown {
        async_request_id: id,
        method: "POST",
        url: signed.url(),
        headers: signed.headers().map(|(name, value)| (name, header(name, value))).collect(),
        body: signed.body(),
        canonical_request: signed.canonical_request(),
        string_to_sign: signed.string_to_sign(),
    }
}

/// A header's value without what is secret in it.
fn cut(name: &str, value: &str) -> String {
    match (name, value.split_once(SIGNATURE)) {
        ("Authorization", Some((scope, _))) => format!("{scope}{SIGNATURE}(cut)"),
        ("Authorization" | "X-TC-Token", _) => format!("(cut, {} bytes)", value.len()),
        _ => value.to_owned(),
    }
}

fn text(shown: &Shown<'_>) -> String {
    let mut text = format!("{} {}\n", shown.method, shown.url);
    for (name, value) in &shown.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    let _ = writeln!(text, "\n{}\n", shown.body);
    let _ = writeln!(text, "canonical request:\n{}\n", shown.canonical_request);
    let _ = writeln!(text, "string to sign:\n{}", shown.string_to_sign);
    text
}
