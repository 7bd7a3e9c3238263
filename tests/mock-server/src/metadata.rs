//! The CVM instance-role metadata service, whose credentials the API side accepts until they expire.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::api::{Api, chosen_deed};
use crate::connection::{Origin, Service};
use crate::content::{JSON, Occasion};
use crate::credentials::{ACCOUNT, Credential, Identity};
use crate::delivery::deliver;
use crate::demo_tasks::splitmix64;
use crate::faults::Stage;
use crate::journal::{Journal, Seen};
use crate::life::{Member, Says};
use crate::message::{Message, Reply};
use crate::misbehave::{Deed, Misbehaviours};
use crate::request::Request;
use crate::tls::TlsConfigs;
use crate::{clock, locked, reply};

pub(crate) const PATH: &str = "/latest/meta-data/cam/security-credentials/";

/// How the metadata service hands out credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataRules {
    /// None: the instance has no role, 404.
    pub role: Option<String>,
    /// How long a credential is valid.
    pub lifetime: Duration,
    /// A new one is handed out when the old has no longer than this to live.
    pub renew_before: Duration,
    /// The wait before each reply.
    pub delay: Duration,
}

impl Default for MetadataRules {
    fn default() -> MetadataRules {
        MetadataRules {
            role: Some("tcdb-demo-role".to_owned()),
            lifetime: Duration::from_secs(7200),
            renew_before: Duration::from_secs(600),
            delay: Duration::ZERO,
        }
    }
}

pub(crate) struct Metadata {
    pub api: Arc<Api>,
    pub rules: Mutex<MetadataRules>,
    pub misbehaviours: Mutex<Misbehaviours>,
    pub journal: Mutex<Journal>,
    pub connections: AtomicU64,
    pub handed_out: Mutex<HandedOut>,
}

/// What was handed out so far.
#[derive(Default)]
pub(crate) struct HandedOut {
    count: u64,
    latest: Option<Temporary>,
    all_ids: Vec<String>,
}

#[derive(Clone)]
struct Temporary {
    id: String,
    key: String,
    token: String,
    ends: Instant,
}

impl Temporary {
    fn credential(&self, rules: &MetadataRules) -> Credential {
        let role = rules.role.clone().unwrap_or_default();
        Credential {
            secret_key: self.key.clone(),
            token: Some(self.token.clone()),
            expires: Some(self.ends),
            identity: Identity::of_role(ACCOUNT, &format!("qcs::cam::uin/{ACCOUNT}:roleName/{role}"), "ins-fake0001"),
        }
    }
}

impl HandedOut {
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The next question gets a new credential; the old ones live on.
    pub fn rotate(&mut self) {
        self.latest = None;
    }
}

impl Metadata {
    /// None of the credentials handed out is accepted any more.
    pub fn revoke(&self) {
        let mut handed_out = locked(&self.handed_out);
        let mut accepted = locked(&self.api.credentials);
        for id in handed_out.all_ids.drain(..) {
            accepted.revoke(&id);
        }
        handed_out.latest = None;
    }

    fn message(&self, request: &Request, occasion: &Occasion) -> Message {
        let rules = locked(&self.rules).clone();
        let asked = request.target.strip_prefix(PATH.trim_end_matches('/'));
        match (asked.map(|rest| rest.trim_start_matches('/')), rules.role.as_deref()) {
            (Some(""), Some(role)) if request.method == "GET" => occasion.message(200, "text/plain", role),
            (Some(asked), Some(role)) if asked == role && request.method == "GET" => {
                occasion.message(200, JSON, self.credential_json(&rules))
            }
            _ => occasion.message(404, "text/html", "<html><h1>404 Not Found</h1></html>\n"),
        }
    }

    /// Of the credential in force, which a client may hold.
    fn latest_secrets(&self) -> Vec<String> {
        let handed_out = locked(&self.handed_out);
        handed_out.latest.iter().flat_map(|latest| [latest.key.clone(), latest.token.clone()]).collect()
    }

    fn credential_json(&self, rules: &MetadataRules) -> String {
        let temporary = self.temporary(rules);
        let left = temporary.ends.saturating_duration_since(Instant::now());
        let ends = self.api.server_seconds() + left.as_secs_f64().round() as i64;
        json!({
            "TmpSecretId": temporary.id,
            "TmpSecretKey": temporary.key,
            "Token": temporary.token,
            "ExpiredTime": ends,
            "Expiration": clock::iso_time(ends),
            "Code": "Success",
        })
        .to_string()
    }

    /// The credential in force, or a new one that the API side accepts from now on.
    fn temporary(&self, rules: &MetadataRules) -> Temporary {
        let mut handed_out = locked(&self.handed_out);
        let now = Instant::now();
        if let Some(latest) = &handed_out.latest {
            if latest.ends.saturating_duration_since(now) > rules.renew_before.min(rules.lifetime / 2) {
                return latest.clone();
            }
        }
        handed_out.count += 1;
        let number = handed_out.count;
        let fresh = Temporary {
            id: format!("AKIDFAKETEMPORARY{number:019}"),
            key: format!("FakeTemporaryKey{:016x}", splitmix64(number)),
            token: format!("fake-token-{number}-{:016x}{:016x}", splitmix64(!number), splitmix64(number)),
            ends: now + rules.lifetime,
        };
        locked(&self.api.credentials).insert(&fresh.id, fresh.credential(rules));
        handed_out.all_ids.push(fresh.id.clone());
        handed_out.latest = Some(fresh.clone());
        fresh
    }
}

impl Service for Metadata {
    fn connected(&self) -> (u64, Option<Deed>) {
        let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        (number, locked(&self.misbehaviours).for_connection())
    }

    fn answer(&self, request: Request, origin: Origin<'_>) -> (Duration, Reply) {
        let mut seen = Seen::new(&request, origin);
        let deed = chosen_deed(&self.misbehaviours, origin);
        seen.treated = deed.as_ref().map(Deed::name);
        locked(&self.journal).record(seen);
        let occasion = self.api.occasion(origin.over_tls);
        let reply = match deed {
            Some(Deed::Echo(echo)) => Reply::good(&echo.message(&self.latest_secrets(), &occasion)),
            Some(Deed::Says(says)) => reply::saying(&says, None, &occasion),
            // Faults of content change the API's JSON; here they bring an answer that is not a credential.
            Some(Deed::Fault(fault)) if fault.stage() == Stage::Content => {
                let says = Says::Status { status: Member::Null, info: "no credentials".into() };
                reply::saying(&says, Some(fault), &occasion)
            }
            Some(Deed::Fault(fault)) => deliver(self.message(&request, &occasion), fault),
            None => Reply::good(&self.message(&request, &occasion)),
        };
        (locked(&self.rules).delay, reply)
    }

    fn tls(&self) -> TlsConfigs {
        self.api.tls()
    }

    fn idle_timeout(&self) -> Duration {
        self.api.idle_timeout()
    }
}
