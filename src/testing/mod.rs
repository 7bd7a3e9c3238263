//! For the fuzzers only: the readers of what holds secrets, each by its text alone. They tell the id that was found.

use crate::credentials::provider::cvm_role;
use crate::credentials::provider::profile::{ini as ini_file, tccli};
use crate::credentials::{ExpiringCredentials, Lookup};
pub use crate::http::scripted;

type Found = Result<Option<String>, String>;

fn id(lookup: Lookup<ExpiringCredentials>) -> Option<String> {
    match lookup {
        Lookup::Found(fetched) => Some(fetched.credentials.secret_id().to_owned()),
        Lookup::NotFound(_) => None,
    }
}

pub fn ini(text: &str, section: &str) -> Found {
    ini_file::read(text, section).map(id)
}

pub fn cli(text: &str) -> Found {
    tccli::read(text).map(id)
}

/// What stands settings a credential: the region.
pub fn configure(text: &str) -> Found {
    tccli::configure(text).map(|settings| settings.region)
}

pub fn role(body: &[u8]) -> Found {
    cvm_role::read(body).map(|fetched| id(Lookup::Found(fetched)))
}
