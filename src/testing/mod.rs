//! For the fuzzers only: the readers of what holds secrets, each by its text alone. They tell the id that was found.

use crate::credentials::provider::cvm_role;
use crate::credentials::provider::profile::{ini as ini_file, tccli};
use crate::credentials::{Fetched, Look};
pub use crate::http::scripted;

type Found = Result<Option<String>, String>;

fn id(look: Look<Fetched>) -> Option<String> {
    match look {
        Look::Found(fetched) => Some(fetched.identity.secret_id().to_owned()),
        Look::Nothing(_) => None,
    }
}

pub fn ini(text: &str, section: &str) -> Found {
    ini_file::read(text, section).map(id)
}

pub fn cli(text: &str) -> Found {
    tccli::read(text).map(id)
}

/// What stands beside a credential: the region.
pub fn configure(text: &str) -> Found {
    tccli::configure(text).map(|beside| beside.region)
}

pub fn role(body: &[u8]) -> Found {
    cvm_role::read(body).map(|fetched| id(Look::Found(fetched)))
}
