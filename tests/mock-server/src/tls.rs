//! The TLS configurations of the listeners.

use std::io;
use std::sync::Arc;

use base64::Engine;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};

use crate::certificates::{Authorities, Certificate, Chain};

/// The TLS versions offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versions {
    #[default]
    Both,
    Only12,
    Only13,
}

/// How connections are served from now on.
#[derive(Clone)]
pub(crate) struct TlsConfigs {
    pub usual: Arc<ServerConfig>,
    /// The same, but for clients with a certificate alone.
    pub wanting_certificate: Arc<ServerConfig>,
    /// The server's own certificate.
    pub certificate_pem: String,
}

impl TlsConfigs {
    pub fn make(authorities: &Authorities, certificate: Certificate, versions: Versions) -> io::Result<TlsConfigs> {
        let chain = authorities.chain(certificate)?;
        let mut roots = RootCertStore::empty();
        roots.add(authorities.trusted_der()).map_err(io::Error::other)?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()))
            .build()
            .map_err(io::Error::other)?;
        Ok(TlsConfigs {
            usual: server_config(&chain, versions, WebPkiClientVerifier::no_client_auth())?,
            wanting_certificate: server_config(&chain, versions, verifier)?,
            certificate_pem: chain.certificates.first().map(|own| pem(own)).unwrap_or_default(),
        })
    }
}

fn pem(der: &[u8]) -> String {
    let lines: Vec<String> =
        der.chunks(48).map(|line| base64::engine::general_purpose::STANDARD.encode(line)).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn server_config(
    chain: &Chain,
    versions: Versions,
    verifier: Arc<dyn ClientCertVerifier>,
) -> io::Result<Arc<ServerConfig>> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(chain.key.serialize_der()));
    // Not `with_single_cert`, which would parse the certificate and refuse the odd ones.
    let certified = CertifiedKey::new(chain.certificates.clone(), any_supported_type(&key).map_err(io::Error::other)?);
    let versions = match versions {
        Versions::Both => [&TLS13, &TLS12].to_vec(),
        Versions::Only12 => vec![&TLS12],
        Versions::Only13 => vec![&TLS13],
    };
    // The provider is named, never installed: a test may be one process with a client that installs its own.
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&versions)
        .map_err(io::Error::other)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    // Tickets rather than ids for TLS 1.2 too: an offer to resume can then be seen in a client's first message.
    config.ticketer = Ticketer::new().map_err(io::Error::other)?;
    Ok(Arc::new(config))
}
