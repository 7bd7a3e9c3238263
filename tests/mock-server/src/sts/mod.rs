//! STS: takes a role's place for whoever may, and issues temporary credentials that the API side accepts until they expire.

mod actions;
mod codes;
mod issue;
mod parameters;
mod policy;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub use codes::{STS_ERROR_CODES, StsErrorCode};
pub(crate) use issue::Issued;

use crate::api::{Api, chosen_deed};
use crate::connection::{Origin, Service};
use crate::credentials::WEB_IDENTITY_TOKEN;
use crate::journal::{Journal, RateLimit, Seen};
use crate::locked;
use crate::message::Reply;
use crate::misbehave::{Deed, Misbehaviours};
use crate::reply;
use crate::request::Request;
use crate::response::Answer;
use crate::tls::TlsConfigs;
use crate::validate::{Refusal, too_many};

pub(crate) const VERSION: &str = "2018-08-13";
const ASSUME_ROLE: &str = "AssumeRole";
const ASSUME_ROLE_WITH_WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";
const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";
const ACTIONS: &[&str] = &[ASSUME_ROLE, ASSUME_ROLE_WITH_WEB_IDENTITY, GET_CALLER_IDENTITY];

/// How STS issues credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsRules {
    /// The ARNs of the roles that exist. None: all of them.
    pub roles: Option<Vec<String>>,
    /// The `ExternalId` that AssumeRole requires. None: any or none.
    pub external_id: Option<String>,
    /// The `ProviderId` that exists. None: any.
    pub provider_id: Option<String>,
    /// The `WebIdentityToken` that is valid now; surrounding white space counts.
    pub web_identity_token: String,
    /// The longest session that the roles permit; `DurationSeconds` above it is refused.
    pub longest_session: Duration,
    /// How long a credential is valid, whatever `DurationSeconds` says. None: as it says, or two hours.
    pub lifetime: Option<Duration>,
    /// The length in bytes of the ids, keys and tokens that are issued; the API documents 1,024, 1,024 and 4,096 at most.
    pub id_bytes: usize,
    pub key_bytes: usize,
    pub token_bytes: usize,
    /// Requests served in any second; 0 disables the limit. The API's own is 600 for AssumeRole, 20 for the others.
    pub rate_limit: u32,
    /// The wait before each reply.
    pub delay: Duration,
}

impl Default for StsRules {
    fn default() -> StsRules {
        StsRules {
            roles: None,
            external_id: None,
            provider_id: None,
            web_identity_token: WEB_IDENTITY_TOKEN.to_owned(),
            longest_session: Duration::from_secs(43_200),
            lifetime: None,
            id_bytes: 52,
            key_bytes: 44,
            token_bytes: 300,
            rate_limit: 0,
            delay: Duration::ZERO,
        }
    }
}

pub(crate) struct Sts {
    pub api: Arc<Api>,
    pub rules: Mutex<StsRules>,
    pub misbehaviours: Mutex<Misbehaviours>,
    pub journal: Mutex<Journal>,
    pub rate_limit: Mutex<RateLimit>,
    pub connections: AtomicU64,
    pub issued: Mutex<Issued>,
}

impl Sts {
    pub fn new(rules: StsRules, keep_seen: usize, api: &Arc<Api>) -> Sts {
        Sts {
            api: Arc::clone(api),
            rate_limit: Mutex::new(RateLimit::of(rules.rate_limit)),
            rules: Mutex::new(rules),
            misbehaviours: Mutex::default(),
            journal: Mutex::new(Journal::new(keep_seen)),
            connections: AtomicU64::new(0),
            issued: Mutex::default(),
        }
    }

    /// Whether a request that arrived at the API's own ports is for STS: by its host, its version or its action.
    pub fn is_addressed_by(request: &Request) -> bool {
        let header = |name| request.header(name).unwrap_or_default();
        header("host").starts_with("sts.")
            || header("x-tc-version") == VERSION
            || ACTIONS.contains(&header("x-tc-action"))
    }

    /// None of the credentials issued so far is accepted any more.
    pub fn revoke(&self) {
        let mut accepted = locked(&self.api.credentials);
        for id in locked(&self.issued).take_ids() {
            accepted.revoke(&id);
        }
    }

    fn admit(&self, account: &str, limit: u32) -> Result<(), Refusal> {
        let mut rate_limit = locked(&self.rate_limit);
        rate_limit.limit = limit;
        rate_limit.admit(account, Instant::now()).or_else(|in_a_second| {
            locked(&self.journal).rate_refusals += 1;
            too_many(in_a_second, limit)
        })
    }
}

impl Service for Sts {
    fn connected(&self) -> (u64, Option<Deed>) {
        let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        (number, locked(&self.misbehaviours).for_connection())
    }

    fn answer(&self, request: Request, origin: Origin<'_>) -> (Duration, Reply) {
        let rules = locked(&self.rules).clone();
        let mut seen = Seen::new(&request, origin);
        let deed = chosen_deed(&self.misbehaviours, origin);
        let occasion = self.api.occasion(origin.over_tls);
        let outcome = match &deed {
            // What is said in place of the answer issues nothing.
            Some(Deed::Says(_) | Deed::Echo(_)) => self.validate(&request, &rules).map(|_| Answer::empty()),
            _ => self.carry_out(&request, &rules, &occasion.request_id),
        };
        seen.refused = outcome.as_ref().err().map(|refusal| refusal.code.to_owned());
        seen.treated = deed.as_ref().map(Deed::name);
        self.api.log(&seen);
        locked(&self.journal).record(seen);
        let secrets = self.api.secrets_in(&request);
        let answer = outcome.unwrap_or_else(|refusal| Answer::refusal(&refusal, &occasion.request_id));
        (rules.delay, reply::through_deed(&answer, deed.as_ref(), &secrets, &occasion))
    }

    fn tls(&self) -> TlsConfigs {
        self.api.tls()
    }

    fn idle_timeout(&self) -> Duration {
        self.api.idle_timeout()
    }
}
