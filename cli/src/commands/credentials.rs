//! `tcdb credentials`: where they come from, until when they hold, and, asked of STS, whose they are.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tcdb_async::CallerIdentity;

use crate::arguments::{Credentials, Shared};
use crate::connection::Log;
use crate::escape::printable;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::{durations, json, sources, terms};

/// As long as a query has by default.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Shown<'a> {
    source: &'a str,
    passed_over: &'a [String],
    /// In Unix seconds.
    expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<Identity<'a>>,
}

#[derive(Serialize)]
struct Identity<'a> {
    arn: &'a str,
    account_id: &'a str,
    user_id: &'a str,
    r#type: &'a str,
}

/// # Errors
/// Why there are none, or why STS does not take them.
pub fn run(shared: &Shared, given: &Credentials) -> Result<Exit, Failure> {
    let screen = Screen::new(shared.quiet, None);
    let log = Log::new(shared, &screen);
    let chosen = sources::choose(shared, &log)?;
    let identity = if given.check {
        let io = sources::options(shared, &log);
        let identity = chosen.credentials.caller_identity(&io, shared.request_timeout.unwrap_or(TIMEOUT));
        Some(identity.map_err(|error| Failure::of_error(&error, &terms::of_credentials(&error)))?)
    } else {
        None
    };
    let info = chosen.credentials.info();
    let shown = Shown {
        source: &info.source,
        passed_over: &chosen.passed_over,
        expires_at: info.expires_at.map(|time| time.0),
        identity: identity.as_ref().map(Identity::of),
    };
    screen.result(&if shared.json { json::line(&shown) } else { text(&shown) })?;
    Ok(Exit::AllSucceeded)
}

impl<'a> Identity<'a> {
    fn of(identity: &'a CallerIdentity) -> Self {
        let CallerIdentity { arn, account_id, user_id, kind, .. } = identity;
        Self { arn, account_id, user_id, r#type: kind }
    }
}

fn text(shown: &Shown<'_>) -> String {
    let mut text = format!("source: {}\n", printable(shown.source));
    let _ = writeln!(text, "expires: {}", expiry(shown));
    if let Some(identity) = &shown.identity {
        let _ = writeln!(text, "identity: {} ({})", printable(identity.arn), printable(identity.r#type));
        let _ = writeln!(text, "account: {}", printable(identity.account_id));
    }
    for place in shown.passed_over {
        let _ = writeln!(text, "passed over: {}", printable(place));
    }
    text
}

fn expiry(shown: &Shown<'_>) -> String {
    match (shown.expires_at, &shown.identity) {
        (Some(seconds), _) => time(seconds),
        (None, Some(_)) => "never".to_owned(),
        (None, None) => "never, or not fetched yet (--check fetches)".to_owned(),
    }
}

fn time(unix_seconds: i64) -> String {
    let at = u64::try_from(unix_seconds).ok().and_then(|s| UNIX_EPOCH.checked_add(Duration::from_secs(s)));
    let Some(at) = at else { return unix_seconds.to_string() };
    let left = at.duration_since(SystemTime::now());
    let left = left.map_or_else(|_| "in the past".to_owned(), |left| format!("in {}", durations::words(left)));
    format!("{} ({left})", humantime::format_rfc3339_seconds(at))
}
