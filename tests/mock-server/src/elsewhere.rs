//! The host that redirects lead to: it records the requests, and answers so well that a client is fooled.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::connection::{Origin, Service};
use crate::content::JSON;
use crate::journal::Seen;
use crate::message::{Message, Reply};
use crate::misbehave::Deed;
use crate::request::Request;
use crate::tls::TlsConfigs;
use crate::{clock, locked};

pub(crate) struct Elsewhere {
    pub followers: Mutex<Vec<Seen>>,
    pub connections: AtomicU64,
    pub tls: TlsConfigs,
}

impl Service for Elsewhere {
    fn connected(&self) -> (u64, Option<Deed>) {
        (self.connections.fetch_add(1, Ordering::Relaxed) + 1, None)
    }

    fn answer(&self, request: Request, origin: Origin<'_>) -> (Duration, Reply) {
        locked(&self.followers).push(Seen::new(&request, origin));
        let fooled = r#"{"Response":{"Info":"A redirect was followed.","Status":"SUCCESS","RequestId":"00000000-0000-4000-8000-000000000000"}}"#;
        let date = clock::http_date(clock::unix_seconds());
        (Duration::ZERO, Reply::good(&Message::new(200, JSON, &date, fooled)))
    }

    fn tls(&self) -> TlsConfigs {
        self.tls.clone()
    }

    fn idle_timeout(&self) -> Duration {
        Duration::from_secs(60)
    }
}
