//! The API's own ports: requests for STS that arrive there are passed on to it.

use std::sync::Arc;
use std::time::Duration;

use crate::api::Api;
use crate::connection::{Origin, Service};
use crate::message::Reply;
use crate::misbehave::Deed;
use crate::request::Request;
use crate::sts::Sts;
use crate::tls::TlsConfigs;

pub(crate) struct Entrance {
    pub api: Arc<Api>,
    pub sts: Arc<Sts>,
}

impl Service for Entrance {
    fn connected(&self) -> (u64, Option<Deed>) {
        self.api.connected()
    }

    fn answer(&self, request: Request, origin: Origin<'_>) -> (Duration, Reply) {
        if Sts::is_addressed_by(&request) { self.sts.answer(request, origin) } else { self.api.answer(request, origin) }
    }

    fn tls(&self) -> TlsConfigs {
        self.api.tls()
    }

    fn idle_timeout(&self) -> Duration {
        self.api.idle_timeout()
    }
}
