//! hyper's pooled client, on a runtime of the calling thread.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use tokio::runtime::{Builder, Runtime};

use crate::sign;

pub struct Client {
    url: String,
    tls: Arc<ClientConfig>,
}

pub struct Thread {
    runtime: Runtime,
    client: Pooled<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: String,
    host: String,
}

impl Client {
    pub fn new(url: &str, tls: Arc<ClientConfig>, _: bool, _: &str) -> Self {
        Self { url: url.to_owned(), tls }
    }

    pub fn thread(&self) -> Thread {
        let config = ClientConfig::clone(&self.tls);
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        Thread {
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            client: Pooled::builder(TokioExecutor::new()).build(connector),
            host: self.url.split("://").nth(1).unwrap().to_owned(),
            url: self.url.clone(),
        }
    }
}

impl Thread {
    pub fn query(&mut self, id: &str) -> Result<String, String> {
        let (fields, body) = sign::request(&self.host, id);
        let mut request = Request::post(&self.url);
        for (name, value) in fields {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|e| e.to_string())?;
        self.runtime.block_on(async {
            let reply = self.client.request(request).await.map_err(|e| e.to_string())?;
            let reply = reply.into_body().collect().await.map_err(|e| e.to_string())?;
            sign::status(&reply.to_bytes())
        })
    }
}
