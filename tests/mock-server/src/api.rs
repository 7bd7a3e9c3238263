//! The service that plays the API: validates a request, looks the task up, spoils the answer where a fault says so.

use std::fs::File;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::connection::{Origin, Service};
use crate::content::Occasion;
use crate::credentials::Credentials;
use crate::demo_tasks::splitmix64;
use crate::faults::Stage;
use crate::journal::{Journal, RateLimit, Seen};
use crate::life::{Says, Step};
use crate::message::Reply;
use crate::misbehave::{Deed, Misbehaviours};
use crate::request::Request;
use crate::signature::{Claim, SERVICE};
use crate::tasks::Tasks;
use crate::tls::TlsConfigs;
use crate::validate::{self, Context, Query, Refusal};
use crate::{clock, echo, locked, reply};

const ACTION: &str = "DescribeAsyncRequestInfo";
const VERSION: &str = "2017-03-20";

pub(crate) struct Api {
    pub tasks: Mutex<Tasks>,
    pub credentials: Mutex<Credentials>,
    pub misbehaviours: Mutex<Misbehaviours>,
    pub journal: Mutex<Journal>,
    pub rate_limit: Mutex<RateLimit>,
    pub regions: Mutex<Option<Vec<String>>>,
    pub tls: Mutex<TlsConfigs>,
    pub clock_offset: AtomicI64,
    pub delay_ms: AtomicU64,
    pub idle_ms: AtomicU64,
    pub connections: AtomicU64,
    pub elsewhere_port: AtomicU64,
    pub log: Mutex<Option<File>>,
    pub answers: AtomicU64,
}

impl Api {
    pub fn server_seconds(&self) -> i64 {
        clock::unix_seconds() + self.clock_offset.load(Ordering::Relaxed)
    }

    /// A fresh RequestId in the API's form.
    fn request_id(&self) -> String {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        let (high, low) = (splitmix64(number), splitmix64(!number));
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// Where a redirect leads: the other name of this machine, another port.
    fn elsewhere(&self, over_tls: bool) -> String {
        let port = self.elsewhere_port.load(Ordering::Relaxed);
        if over_tls { format!("https://127.0.0.1:{port}/") } else { format!("http://localhost:{port}/") }
    }

    pub fn occasion(&self, over_tls: bool) -> Occasion {
        Occasion {
            server_seconds: self.server_seconds(),
            request_id: self.request_id(),
            elsewhere: self.elsewhere(over_tls),
        }
    }

    /// What an echo of this request gives away.
    pub fn secrets_in(&self, request: &Request) -> Vec<String> {
        let claim = request.header("authorization").and_then(Claim::parse);
        let credentials = locked(&self.credentials);
        let signer = claim.and_then(|claim| credentials.get(&claim.secret_id));
        echo::secrets_in(request, signer.map(|signer| signer.secret_key.as_str()))
    }

    fn validate(&self, request: &Request) -> Result<Query, Refusal> {
        let regions = locked(&self.regions).clone();
        let credentials = locked(&self.credentials);
        let context = Context {
            service: SERVICE,
            version: VERSION,
            actions: &[ACTION],
            credentials: &credentials,
            server_seconds: self.server_seconds(),
            regions: regions.as_deref(),
        };
        validate::check_query(request, &context)
    }

    fn admit(&self, account: &str) -> Result<(), Refusal> {
        let mut rate_limit = locked(&self.rate_limit);
        rate_limit.admit(account, Instant::now()).or_else(|in_a_second| {
            locked(&self.journal).rate_refusals += 1;
            validate::too_many(in_a_second, rate_limit.limit)
        })
    }

    /// The step of life that answers, or the refusal.
    fn step(&self, request: &Request, counts: bool) -> Result<Step, Refusal> {
        let query = self.validate(request)?;
        self.admit(&query.account)?;
        locked(&self.tasks).ask(&query.task_id, Instant::now(), counts).ok_or_else(validate::unknown_id)
    }

    pub fn log(&self, seen: &Seen) {
        if let Some(file) = &mut *locked(&self.log) {
            let line = serde_json::json!({
                "unix_seconds": clock::unix_seconds(),
                "connection": seen.connection,
                "number": seen.number,
                "action": seen.action(),
                "async_request_id": seen.async_request_id(),
                "refused": seen.refused,
                "treated": seen.treated,
            });
            // A full disk must not end the service.
            let _ = writeln!(file, "{line}");
        }
    }
}

impl Service for Api {
    fn connected(&self) -> (u64, Option<Deed>) {
        let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        (number, locked(&self.misbehaviours).for_connection())
    }

    fn answer(&self, request: Request, origin: Origin<'_>) -> (Duration, Reply) {
        let mut seen = Seen::new(&request, origin);
        let deed = chosen_deed(&self.misbehaviours, origin);
        let step = self.step(&request, deed.as_ref().is_none_or(lets_the_answer_through));
        seen.refused = step.as_ref().err().map(|refusal| refusal.code.to_owned());
        let step = step.unwrap_or_else(|refusal| Step::error(refusal.code, &refusal.message));
        seen.treated = treatment(&step, deed.as_ref(), seen.refused.is_some());
        self.log(&seen);
        locked(&self.journal).record(seen);
        let occasion = self.occasion(origin.over_tls);
        let reply = match &deed {
            Some(Deed::Echo(echo)) => Reply::good(&echo.message(&self.secrets_in(&request), &occasion)),
            Some(Deed::Says(says)) => reply::saying(says, None, &occasion),
            Some(Deed::Fault(fault)) => reply::saying(&step.says, Some(*fault), &occasion),
            None => reply::saying(&step.says, step.through, &occasion),
        };
        (Duration::from_millis(self.delay_ms.load(Ordering::Relaxed)), reply)
    }

    fn tls(&self) -> TlsConfigs {
        locked(&self.tls).clone()
    }

    fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_ms.load(Ordering::Relaxed).max(1))
    }
}

/// What this request meets: what its connection was chosen for, else what is in force for requests.
pub(crate) fn chosen_deed(misbehaviours: &Mutex<Misbehaviours>, origin: Origin<'_>) -> Option<Deed> {
    let of_connection = origin.deed.filter(|deed| match deed {
        Deed::Fault(fault) if fault.needs_a_kept_connection() => origin.number > 1,
        Deed::Fault(fault) => fault.stage() != Stage::Handshake,
        Deed::Says(_) | Deed::Echo(_) => true,
    });
    of_connection.cloned().or_else(|| locked(misbehaviours).for_request(origin.number))
}

fn lets_the_answer_through(deed: &Deed) -> bool {
    matches!(deed, Deed::Fault(fault) if fault.brings_the_answer())
}

/// What is done in place of answering well. A refusal alone is not a treatment.
fn treatment(step: &Step, deed: Option<&Deed>, refused: bool) -> Option<&'static str> {
    if let Some(deed) = deed {
        return Some(deed.name()).filter(|_| !refused || matches!(deed, Deed::Fault(_)));
    }
    match (step.through, &step.says) {
        (Some(fault), _) => Some(fault.name()),
        _ if refused => None,
        (None, Says::Error { .. }) => Some("error"),
        (None, Says::Raw { .. }) => Some("raw"),
        (None, Says::Status { .. }) => None,
    }
}
