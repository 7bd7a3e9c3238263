//! The crate ureq as it comes: an Agent, which threads share.

use std::sync::Arc;

use rustls::ClientConfig;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::sign;

pub struct Client {
    agent: ureq::Agent,
    url: String,
}

pub struct Thread {
    agent: ureq::Agent,
    url: String,
    host: String,
}

impl Client {
    pub fn new(url: &str, _: Arc<ClientConfig>, plain: bool, _: &str) -> Self {
        let mut tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        if !plain {
            let pem = std::fs::read(std::env::args().skip_while(|argument| argument != "--ca").nth(1).unwrap()).unwrap();
            tls = tls.root_certs(RootCerts::from(Certificate::from_pem(&pem).into_iter().map(|c| c.to_owned())));
        }
        let agent = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_idle_connections_per_host(64)
            .build()
            .new_agent();
        Self { agent, url: url.to_owned() }
    }

    pub fn thread(&self) -> Thread {
        let host = self.url.split("://").nth(1).unwrap().to_owned();
        Thread { agent: self.agent.clone(), url: self.url.clone(), host }
    }
}

impl Thread {
    pub fn query(&mut self, id: &str) -> Result<String, String> {
        let (fields, body) = sign::request(&self.host, id);
        let mut request = self.agent.post(&self.url);
        for (name, value) in &fields {
            request = request.header(*name, value);
        }
        let mut reply = request.send(&body).map_err(|e| e.to_string())?;
        let reply = reply.body_mut().read_to_vec().map_err(|e| e.to_string())?;
        sign::status(&reply)
    }
}
