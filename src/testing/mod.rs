//! For the fuzzers only: the readers of what holds secrets, each by its text alone. They return the id that was found.

use crate::api::excerpt::Redactor;
use crate::api::response::Reply;
use crate::api::sts::{self, CallerIdentity};
use crate::credentials::provider::cvm_role;
use crate::credentials::provider::profile::entry::{Entry, Keys};
use crate::credentials::provider::profile::{ini as ini_file, tccli};
use crate::credentials::{ExpiringCredentials, Lookup};
use crate::error::Error;
pub use crate::http::scripted;
use crate::http::trust;

type Found = Result<Option<String>, String>;

fn id_of(lookup: Lookup<Entry>) -> Option<String> {
    match lookup {
        Lookup::Found(Entry { keys: Keys::Held(fetched), .. }) => Some(fetched.credentials.secret_id().to_owned()),
        _ => None,
    }
}

fn id(lookup: Lookup<ExpiringCredentials>) -> Option<String> {
    match lookup {
        Lookup::Found(fetched) => Some(fetched.credentials.secret_id().to_owned()),
        Lookup::NotFound(_) => None,
    }
}

pub fn ini(text: &str, section: &str) -> Found {
    ini_file::read(text, section).map(id_of)
}

pub fn cli(text: &str) -> Found {
    tccli::read(text).map(|(lookup, _)| id_of(lookup))
}

/// The settings of a credential: the region.
pub fn configure(text: &str) -> Found {
    tccli::configure(text).map(|settings| settings.region)
}

pub fn role(body: &[u8]) -> Found {
    cvm_role::read(body).map(|fetched| id(Lookup::Found(fetched)))
}

/// A reply of STS to a request for credentials: their id.
///
/// # Errors
/// The refusal, or why the reply cannot be read.
pub fn sts(http_status: u16, body: &[u8], secrets: &[&str]) -> Result<String, Error> {
    let reply = Reply { http_status, body: body.to_vec(), ..Reply::default() };
    let issued = sts::read(&reply, &Redactor::new(secrets.iter().copied()))?;
    Ok(issued.credentials.secret_id().to_owned())
}

/// A reply of STS to the question whose credentials these are.
///
/// # Errors
/// As of `sts`.
pub fn identity(http_status: u16, body: &[u8], secrets: &[&str]) -> Result<CallerIdentity, Error> {
    let reply = Reply { http_status, body: body.to_vec(), ..Reply::default() };
    sts::read_identity(&reply, &Redactor::new(secrets.iter().copied()))
}

/// How many certificates of a file can be used.
pub fn certificates(text: &[u8]) -> Result<usize, String> {
    trust::count_usable(text)
}

/// A text with the secrets taken out, as a message shows it.
pub fn excerpt(text: &[u8], secrets: &[&str]) -> String {
    Redactor::new(secrets.iter().copied()).excerpt(text)
}

/// As `excerpt`, for an API's own refusal: the message of the error.
pub fn refusal(code: &str, message: &str, secrets: &[&str]) -> String {
    let redactor = Redactor::new(secrets.iter().copied());
    redactor.refused(code.to_owned(), message.to_owned(), None).message().to_owned()
}
