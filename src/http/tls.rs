//! The handshake with one server. Certificates are always verified: nothing turns that off.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, SignatureScheme};

use super::session_store::SessionStore;
use super::stream::{Stream, carried};
use super::tls_io::TlsSession;
use super::tls_words;
use super::trust::TrustStore;
use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::context::CallContext;

pub struct Tls {
    resuming: Arc<ClientConfig>,
    /// For one handshake after a refused resumption.
    full: Arc<ClientConfig>,
    sessions: Arc<SessionStore>,
    certificate_requests: Arc<CertificateRequests>,
    name: ServerName<'static>,
}

/// Whether a session of an earlier connection is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    Offered,
    Never,
}

pub enum HandshakeError {
    /// A session was offered, and the handshake broke. The sessions are forgotten.
    ResumptionRefused(Error),
    Failed(Error),
}

impl Tls {
    /// `role`: what the host is to the caller, for the message.
    ///
    /// # Errors
    /// `InvalidArgument` for a host that no certificate can name.
    pub fn new(trust: &TrustStore, host: &str, role: &str) -> Result<Self> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::invalid(format!("{role} has a host that no certificate can name: {host}")))?;
        let sessions = Arc::new(SessionStore::default());
        let certificate_requests = Arc::new(CertificateRequests::default());
        let mut full = ClientConfig::builder_with_provider(Arc::new(super::crypto::provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::internal(&format!("the TLS configuration is complete: {e}")))?
            .with_root_certificates(trust.roots())
            .with_client_cert_resolver(certificate_requests.clone());
        full.resumption = Resumption::disabled();
        let mut resuming = full.clone();
        resuming.resumption = Resumption::store(sessions.clone());
        Ok(Self { resuming: Arc::new(resuming), full: Arc::new(full), sessions, certificate_requests, name })
    }

    /// # Errors
    /// `Tls` for a certificate or a version that is refused, and for an alert; `Transport` for a connection that broke.
    pub fn handshake(
        &self,
        context: &CallContext,
        stream: &mut Stream,
        peer: &str,
        resume: Resume,
    ) -> std::result::Result<TlsSession, HandshakeError> {
        context.enter_phase("in the TLS handshake");
        let config = if resume == Resume::Offered { &self.resuming } else { &self.full };
        let offers = resume == Resume::Offered && self.sessions.has_any();
        let requests_before = self.certificate_requests.count();
        let wants_certificate = || self.certificate_requests.count() != requests_before;
        let made = ClientConnection::new(config.clone(), self.name.clone());
        let mut tls =
            Box::new(made.map_err(|e| Error::internal(&format!("a TLS connection can be made for {peer}: {e}")))?);
        while tls.is_handshaking() {
            if let Err(e) = tls.complete_io(&mut stream.within(context)) {
                let error = carried(e, |e| explain(e, peer, wants_certificate()));
                return Err(self.failed(error, offers && stream.is_of_this_process()));
            }
        }
        Ok(TlsSession { connection: tls, wants_certificate: wants_certificate() })
    }

    /// A server that cannot resume may say so by an alert, by nonsense or by silence. After silence there is no time left
    /// for another connection, but the next one offers nothing.
    fn failed(&self, error: Error, offered: bool) -> HandshakeError {
        let breaks = matches!(error.kind(), ErrorKind::Tls | ErrorKind::Transport);
        let is_silence = matches!(error.kind(), ErrorKind::Connect | ErrorKind::RequestTimeout);
        if offered && (breaks || is_silence) {
            self.sessions.refused();
        }
        if offered && breaks { HandshakeError::ResumptionRefused(error) } else { HandshakeError::Failed(error) }
    }
}

impl From<Error> for HandshakeError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<HandshakeError> for Error {
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::ResumptionRefused(error) | HandshakeError::Failed(error) => error,
        }
    }
}

/// Has no certificate, but counts how often one was asked for: an alert that follows is then about its absence. Shared by
/// all handshakes with the server, since rustls resumes sessions under the same resolver only.
#[derive(Debug, Default)]
struct CertificateRequests(AtomicUsize);

impl CertificateRequests {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for CertificateRequests {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

fn explain(error: &io::Error, peer: &str, wants_certificate: bool) -> Error {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls_words::in_the_handshake(tls, peer, wants_certificate);
    }
    let why = match error.kind() {
        io::ErrorKind::UnexpectedEof => "connection closed".to_owned(),
        _ => io_reason(error),
    };
    Error::new(ErrorKind::Transport, format!("TLS to {peer}: {why} in the handshake"))
}
