//! Whom to trust, the handshake, and a certificate's faults in words. Verification cannot be turned off.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, RootCertStore};
use time::OffsetDateTime;

use super::roots::root_store;
use super::session_store::SessionStore;
use super::stream::{Stream, carried};
use crate::config::Roots;
use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::clock::system_ms;
use crate::runtime::context::CallContext;

/// The certificates to trust, read once.
#[derive(Clone)]
pub struct TrustStore(Arc<RootCertStore>);

impl TrustStore {
    /// # Errors
    /// `InvalidArgument` for a CA file that cannot be read (`System` for want of a descriptor), `Tls` where there is no
    /// system store.
    pub fn load(roots: &Roots) -> Result<Self> {
        root_store(roots).map(|store| Self(Arc::new(store)))
    }
}

pub struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// # Errors
    /// `InvalidArgument` for a host that no certificate can name.
    pub fn new(trust: &TrustStore, host: &str) -> Result<Self> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::invalid(format!("endpoint has a host that no certificate can name: {host}")))?;
        let mut config = ClientConfig::builder_with_provider(Arc::new(super::crypto::provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::internal(&format!("the TLS configuration is complete: {e}")))?
            .with_root_certificates(trust.0.clone())
            .with_no_client_auth();
        config.resumption = Resumption::store(Arc::new(SessionStore::default()));
        Ok(Self { config: Arc::new(config), name })
    }

    /// # Errors
    /// `Tls` for a certificate or a version that is refused, `Transport` for a connection that broke.
    pub fn handshake(&self, context: &CallContext, stream: &mut Stream, peer: &str) -> Result<ClientConnection> {
        context.enter_phase("in the TLS handshake");
        let mut tls = ClientConnection::new(self.config.clone(), self.name.clone())
            .map_err(|e| Error::internal(&format!("a TLS connection can be made for {peer}: {e}")))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut stream.within(context)).map_err(|e| carried(e, |e| explain(e, peer)))?;
        }
        Ok(tls)
    }
}

fn explain(error: &std::io::Error, peer: &str) -> Error {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        let why = if error.kind() == std::io::ErrorKind::UnexpectedEof {
            "connection closed".to_owned()
        } else {
            io_reason(error)
        };
        return Error::new(ErrorKind::Transport, format!("TLS to {peer}: {why} in the handshake"));
    };
    let why = match tls {
        rustls::Error::InvalidCertificate(fault) => certificate_fault(fault),
        rustls::Error::PeerIncompatible(what) => format!("no common version or cipher ({what:?})"),
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            "no common version or cipher; 1.2 is the oldest version accepted".to_owned()
        }
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS".to_owned(),
        other => other.to_string(),
    };
    Error::new(ErrorKind::Tls, format!("TLS to {peer}: {why}"))
}

fn certificate_fault(fault: &CertificateError) -> String {
    match fault {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate has expired, if the local clock is right ({})", local_clock())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate is not valid yet, if the local clock is right ({})", local_clock())
        }
        CertificateError::UnknownIssuer => "the certificate is from an unknown authority".to_owned(),
        other => format!("the certificate is refused ({other})"),
    }
}

fn local_clock() -> String {
    OffsetDateTime::from_unix_timestamp(system_ms().div_euclid(1000)).map_or_else(
        |_| "beyond the calendar".to_owned(),
        |t| {
            let (date, time) = (t.date(), t.time());
            let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
            format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", time.hour(), time.minute(), time.second())
        },
    )
}
