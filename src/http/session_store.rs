//! TLS sessions of one server to resume, so that a new connection costs one round trip less.
//!
//! Written here and not taken from rustls, whose own store is unusable for good once a thread has panicked in it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

use crate::runtime::sync::{Mutex, lock};

/// Servers hand out two to four at a time, and each is used once.
const MAX_TICKETS: usize = 8;
/// How long a server that has refused to resume is not asked to again.
const REFUSAL_LIFETIME: Duration = Duration::from_secs(300);

#[derive(Default)]
struct Sessions {
    group: Option<NamedGroup>,
    tls12: Option<Tls12ClientSessionValue>,
    tls13: VecDeque<Tls13ClientSessionValue>,
    refused_until: Option<Instant>,
}

impl Sessions {
    fn are_refused(&self) -> bool {
        self.refused_until.is_some_and(|until| Instant::now() < until)
    }
}

/// A client talks to one server, so the server's name is not looked at.
#[derive(Default)]
pub struct SessionStore(Mutex<Sessions>);

impl SessionStore {
    pub fn has_any(&self) -> bool {
        let sessions = lock(&self.0);
        sessions.tls12.is_some() || !sessions.tls13.is_empty()
    }

    /// The server has refused to resume one: all are forgotten, and for a while no new ones are kept.
    pub fn refused(&self) {
        let mut sessions = lock(&self.0);
        sessions.tls12 = None;
        sessions.tls13.clear();
        sessions.refused_until = Some(Instant::now() + REFUSAL_LIFETIME);
    }
}

impl std::fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionStore(…)")
    }
}

impl ClientSessionStore for SessionStore {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        lock(&self.0).group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        lock(&self.0).group
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        let mut sessions = lock(&self.0);
        if !sessions.are_refused() {
            sessions.tls12 = Some(value);
        }
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        lock(&self.0).tls12.clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        lock(&self.0).tls12 = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut sessions = lock(&self.0);
        if sessions.are_refused() {
            return;
        }
        let tickets = &mut sessions.tls13;
        if tickets.len() == MAX_TICKETS {
            tickets.pop_front();
        }
        tickets.push_back(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        lock(&self.0).tls13.pop_back()
    }
}

#[cfg(test)]
mod tests;
