//! Certificates made at start, and the TLS configurations that use them rightly or wrongly.

use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::{TLS12, TLS13};

/// What the endpoint shows to those who connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Certificate {
    /// For localhost, 127.0.0.1 and ::1, by the authority of `ca_file`.
    #[default]
    Good,
    /// Good but for the name: other.example.
    OtherName,
    /// Ended in 2021.
    Expired,
    /// Begins in 2090.
    NotYetValid,
    /// By an authority that is not in `ca_file`.
    UnknownAuthority,
    SelfSigned,
}

impl Certificate {
    pub const ALL: &'static [Certificate] = &[
        Certificate::Good,
        Certificate::OtherName,
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::UnknownAuthority,
        Certificate::SelfSigned,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Certificate::Good => "good",
            Certificate::OtherName => "other_name",
            Certificate::Expired => "expired",
            Certificate::NotYetValid => "not_yet_valid",
            Certificate::UnknownAuthority => "unknown_authority",
            Certificate::SelfSigned => "self_signed",
        }
    }

    pub fn by_name(name: &str) -> Option<Certificate> {
        Certificate::ALL.iter().copied().find(|certificate| certificate.name() == name)
    }
}

/// The TLS versions offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versions {
    #[default]
    Both,
    Only12,
    Only13,
}

/// Two authorities: one whose certificate is in `ca_file`, one that nobody trusts.
pub(crate) struct Authorities {
    trusted: Authority,
    unknown: Authority,
}

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authorities {
    pub fn make() -> io::Result<Authorities> {
        Ok(Authorities {
            trusted: Authority::make("tcdb-mock-server test authority")?,
            unknown: Authority::make("tcdb-mock-server unknown authority")?,
        })
    }

    pub fn trusted_pem(&self) -> &str {
        &self.trusted.pem
    }

    pub fn server_config(&self, certificate: Certificate, versions: Versions) -> io::Result<Arc<ServerConfig>> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let params = server_params(certificate).map_err(io::Error::other)?;
        let made = match certificate {
            Certificate::SelfSigned => params.self_signed(&key),
            Certificate::UnknownAuthority => params.signed_by(&key, &self.unknown.issuer),
            _ => params.signed_by(&key, &self.trusted.issuer),
        };
        let chain = vec![made.map_err(io::Error::other)?.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let versions = match versions {
            Versions::Both => [&TLS13, &TLS12].to_vec(),
            Versions::Only12 => vec![&TLS12],
            Versions::Only13 => vec![&TLS13],
        };
        // The provider is named, never installed: a test may be one process with a client that installs its own.
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&versions)
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(io::Error::other)?;
        Ok(Arc::new(config))
    }
}

impl Authority {
    fn make(name: &str) -> io::Result<Authority> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let pem = params.self_signed(&key).map_err(io::Error::other)?.pem();
        Ok(Authority { pem, issuer: Issuer::new(params, key) })
    }
}

fn server_params(certificate: Certificate) -> Result<CertificateParams, rcgen::Error> {
    let names: &[&str] = match certificate {
        Certificate::OtherName => &["other.example"],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "tcdb-mock-server");
    params.use_authority_key_identifier_extension = true;
    match certificate {
        Certificate::Expired => {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        Certificate::NotYetValid => {
            params.not_before = date_time_ymd(2090, 1, 1);
            params.not_after = date_time_ymd(2091, 1, 1);
        }
        _ => {}
    }
    Ok(params)
}
