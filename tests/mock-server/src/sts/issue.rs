//! Temporary credentials: made up, accepted by the API side from then on, and counted.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Sts, StsRules};
use crate::credentials::{Credential, Identity};
use crate::demo_tasks::splitmix64;
use crate::response::Answer;
use crate::{clock, locked};

/// A role that may be assumed, and for how long.
pub(super) struct Grant {
    pub identity: Identity,
    pub duration: Duration,
}

/// What was issued so far.
#[derive(Default)]
pub(crate) struct Issued {
    count: u64,
    ids: Vec<String>,
}

impl Issued {
    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn ids(&self) -> Vec<String> {
        self.ids.clone()
    }

    pub(super) fn take_ids(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ids)
    }
}

impl Sts {
    pub(super) fn issue(&self, grant: &Grant, rules: &StsRules, request_id: &str) -> Answer {
        let lifetime = rules.lifetime.unwrap_or(grant.duration);
        let number = {
            let mut issued = locked(&self.issued);
            issued.count += 1;
            issued.count
        };
        let id = random_text(&format!("AKIDFAKESTS{number}x"), number, rules.id_bytes);
        let key = random_text("", !number, rules.key_bytes);
        let token = random_text(&format!("fake-sts-token-{number}-"), number << 32, rules.token_bytes);
        let credential = Credential {
            secret_key: key.clone(),
            token: Some(token.clone()),
            expires: Some(Instant::now() + lifetime),
            identity: grant.identity.clone(),
        };
        locked(&self.api.credentials).insert(&id, credential);
        let ends = self.api.server_seconds() + lifetime.as_secs_f64().round() as i64;
        let credentials = json!({ "Token": token, "TmpSecretId": id, "TmpSecretKey": key });
        locked(&self.issued).ids.push(id);
        Answer::good(
            [
                ("Credentials", credentials),
                ("ExpiredTime", json!(ends)),
                ("Expiration", Value::from(clock::iso_time(ends))),
            ],
            request_id,
        )
    }
}

/// `start`, continued by letters and digits to the wanted length; the same for the same seed.
fn random_text(start: &str, seed: u64, bytes: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let letter = |place: u64| {
        let drawn = splitmix64(splitmix64(seed).wrapping_add(place)) % LETTERS.len() as u64;
        LETTERS.get(drawn as usize).map_or('x', |byte| char::from(*byte))
    };
    start.chars().chain((0..).map(letter)).take(bytes).collect()
}
