//! The certificates that the server can show: one that is good, and many that a client has to refuse.

use std::io;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, date_time_ymd,
};
use rustls::pki_types::CertificateDer;

use crate::x509_v1;

/// The certificate that the server presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Certificate {
    /// For localhost, 127.0.0.1 and ::1, by the authority of `ca_file`.
    #[default]
    Good,
    /// Good but for the name: other.example.
    OtherName,
    /// Its only name is the subject's common name, localhost.
    CommonNameOnly,
    /// Ended in 2021.
    Expired,
    /// Begins in 2090.
    NotYetValid,
    /// By an authority that is not in `ca_file`.
    UnknownAuthority,
    SelfSigned,
    /// Self-signed with CA:TRUE, as `openssl req -x509` makes them; `certificate_file` is often given as the CA.
    ItsOwnAuthority,
    /// X.509 version 1, without extensions.
    Version1,
    /// By an intermediate authority that may only sign for other.example.
    NameConstraints,
}

const NAMES: &[(Certificate, &str)] = &[
    (Certificate::Good, "good"),
    (Certificate::OtherName, "other_name"),
    (Certificate::CommonNameOnly, "common_name_only"),
    (Certificate::Expired, "expired"),
    (Certificate::NotYetValid, "not_yet_valid"),
    (Certificate::UnknownAuthority, "unknown_authority"),
    (Certificate::SelfSigned, "self_signed"),
    (Certificate::ItsOwnAuthority, "its_own_authority"),
    (Certificate::Version1, "version_1"),
    (Certificate::NameConstraints, "name_constraints"),
];

impl Certificate {
    pub const ALL: &'static [Certificate] = &[
        Certificate::Good,
        Certificate::OtherName,
        Certificate::CommonNameOnly,
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::UnknownAuthority,
        Certificate::SelfSigned,
        Certificate::ItsOwnAuthority,
        Certificate::Version1,
        Certificate::NameConstraints,
    ];

    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    pub fn by_name(name: &str) -> Option<Certificate> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(certificate, _)| *certificate)
    }
}

/// Two authorities: one whose certificate is in `ca_file`, one that is trusted nowhere.
pub(crate) struct Authorities {
    trusted: Authority,
    unknown: Authority,
}

struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with those it needs, and its key.
pub(crate) struct Chain {
    pub certificates: Vec<CertificateDer<'static>>,
    pub key: KeyPair,
}

impl Authorities {
    pub fn make() -> io::Result<Authorities> {
        Ok(Authorities {
            trusted: Authority::make("tcdb-mock-server test authority")?,
            unknown: Authority::make("tcdb-mock-server unknown authority")?,
        })
    }

    pub fn trusted_pem(&self) -> String {
        self.trusted.certificate.pem()
    }

    pub fn trusted_der(&self) -> CertificateDer<'static> {
        self.trusted.certificate.der().clone()
    }

    pub fn chain(&self, certificate: Certificate) -> io::Result<Chain> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let params = server_params(certificate).map_err(io::Error::other)?;
        let signed_by = |authority: &Authority| params.signed_by(&key, &authority.issuer).map_err(io::Error::other);
        let certificates = match certificate {
            Certificate::SelfSigned | Certificate::ItsOwnAuthority => {
                vec![params.self_signed(&key).map_err(io::Error::other)?.der().clone()]
            }
            Certificate::UnknownAuthority => vec![signed_by(&self.unknown)?.der().clone()],
            Certificate::Version1 => {
                let old = x509_v1::downgraded(&signed_by(&self.trusted)?, self.trusted.issuer.key())?;
                vec![CertificateDer::from(old)]
            }
            Certificate::NameConstraints => {
                let constrained = self.trusted.constrained()?;
                vec![signed_by(&constrained)?.der().clone(), constrained.certificate.der().clone()]
            }
            _ => vec![signed_by(&self.trusted)?.der().clone()],
        };
        Ok(Chain { certificates, key })
    }
}

impl Authority {
    fn make(name: &str) -> io::Result<Authority> {
        let params = authority_params(name);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Authority { certificate, issuer: Issuer::new(params, key) })
    }

    /// An authority under this one that may only sign for other.example.
    fn constrained(&self) -> io::Result<Authority> {
        let mut params = authority_params("tcdb-mock-server constrained authority");
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("other.example".to_owned())],
            excluded_subtrees: Vec::new(),
        });
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        Ok(Authority { certificate, issuer: Issuer::new(params, key) })
    }
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server_params(certificate: Certificate) -> Result<CertificateParams, rcgen::Error> {
    let names: &[&str] = match certificate {
        Certificate::OtherName => &["other.example"],
        Certificate::CommonNameOnly => &[],
        Certificate::NameConstraints => &["localhost"],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    let common_name = if certificate == Certificate::CommonNameOnly { "localhost" } else { "tcdb-mock-server" };
    params.distinguished_name.push(DnType::CommonName, common_name);
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
        Certificate::ItsOwnAuthority => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
        _ => {}
    }
    Ok(params)
}
