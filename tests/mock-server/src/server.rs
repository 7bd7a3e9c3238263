//! The server as tests hold it: how it starts, where it is, what it knows. What it does is in `behaviour.rs`, what it saw in
//! `observation.rs`.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::api::Api;
use crate::certificates::{Authorities, Certificate};
use crate::connection::{Scheme, Service};
use crate::credentials::Credentials;
use crate::demo_tasks::{ManyTask, demo_tasks, many_tasks};
use crate::elsewhere::Elsewhere;
use crate::entrance::Entrance;
use crate::folder::Folder;
use crate::journal::{Journal, RateLimit};
use crate::life::{Life, Starts};
use crate::listener::Listener;
use crate::locked;
use crate::metadata::{HandedOut, Metadata};
use crate::misbehave::Misbehaviours;
use crate::options::Options;
use crate::sts::Sts;
use crate::tasks::Tasks;
use crate::tls::{TlsConfigs, Versions};

/// A running mock server. Dropping it closes every port and connection and removes its folder.
pub struct MockServer {
    pub(crate) https: Listener,
    pub(crate) http: Listener,
    pub(crate) metadata_listener: Listener,
    pub(crate) sts_listener: Listener,
    /// Kept for redirects.
    _elsewhere_listener: Listener,
    pub(crate) api: Arc<Api>,
    pub(crate) metadata: Arc<Metadata>,
    pub(crate) sts: Arc<Sts>,
    pub(crate) elsewhere: Arc<Elsewhere>,
    pub(crate) authorities: Authorities,
    pub(crate) folder: Folder,
}

impl MockServer {
    pub fn start(options: Options) -> io::Result<MockServer> {
        let folder = Folder::make(options.folder.as_deref())?;
        let authorities = Authorities::make()?;
        fs::write(folder.ca_file(), authorities.trusted_pem())?;
        let api = Arc::new(new_api(&options, &authorities)?);
        fs::write(folder.certificate_file(), &locked(&api.tls).certificate_pem)?;
        let metadata = Arc::new(new_metadata(&options, &api));
        let sts = Arc::new(Sts::new(options.sts.clone(), options.keep_seen, &api));
        let entrance = Arc::new(Entrance { api: Arc::clone(&api), sts: Arc::clone(&sts) });
        let elsewhere = Arc::new(Elsewhere {
            followers: Mutex::default(),
            connections: AtomicU64::new(0),
            tls: TlsConfigs::make(&authorities, Certificate::Good, Versions::Both)?,
        });
        let elsewhere_listener = listener(0, Scheme::Either, &elsewhere)?;
        api.elsewhere_port.store(elsewhere_listener.port().into(), Ordering::Relaxed);
        Ok(MockServer {
            https: listener(options.https_port, Scheme::Tls, &entrance)?,
            http: listener(options.http_port, Scheme::Plain, &entrance)?,
            metadata_listener: listener(options.metadata_port, Scheme::Plain, &metadata)?,
            sts_listener: listener(options.sts_port, Scheme::Either, &sts)?,
            _elsewhere_listener: elsewhere_listener,
            api,
            metadata,
            sts,
            elsewhere,
            authorities,
            folder,
        })
    }

    // Where it is.

    /// `https://localhost:PORT`.
    pub fn https_url(&self) -> String {
        format!("https://localhost:{}", self.https.port())
    }

    /// `http://127.0.0.1:PORT`.
    pub fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http.port())
    }

    /// `http://127.0.0.1:PORT` of the metadata service.
    pub fn metadata_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.metadata_listener.port())
    }

    /// `https://localhost:PORT` of STS, which the API's own ports serve too.
    pub fn sts_url(&self) -> String {
        format!("https://localhost:{}", self.sts_listener.port())
    }

    /// `http://127.0.0.1:PORT` of STS: the same port takes both.
    pub fn sts_http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.sts_listener.port())
    }

    /// `localhost:PORT` of the HTTPS side.
    pub fn host_port(&self) -> String {
        format!("localhost:{}", self.https.port())
    }

    pub fn https_port(&self) -> u16 {
        self.https.port()
    }

    pub fn http_port(&self) -> u16 {
        self.http.port()
    }

    /// The PEM file of the certificate that is shown to new connections.
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.certificate_file()
    }

    /// The PEM file of the authority that signs the good certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.ca_file()
    }

    // What it knows.

    /// A task and its life, in place of one of the same id.
    pub fn put(&self, id: &str, life: Life) {
        locked(&self.api.tasks).put(id, life, Instant::now());
    }

    /// Many tasks by the rule of [`many_tasks`].
    pub fn put_many(&self, seed: u32, count: u32, shortest_ms: u64, longest_ms: u64, starts: Starts) -> Vec<ManyTask> {
        let tasks = many_tasks(seed, count, shortest_ms, longest_ms);
        for task in &tasks {
            let life = Life::ending_after(task.ends_after_ms, task.ends_as);
            self.put(&task.id, Life { starts, ..life });
        }
        tasks
    }

    pub fn remove(&self, id: &str) -> bool {
        locked(&self.api.tasks).remove(id)
    }

    pub fn task_ids(&self) -> Vec<String> {
        locked(&self.api.tasks).ids()
    }

    /// How often this task was asked for by good requests.
    pub fn questions(&self, id: &str) -> u64 {
        locked(&self.api.tasks).questions(id)
    }

    /// Accepts a credential from now on; one of the same id is replaced.
    pub fn accept(&self, secret_id: &str, secret_key: &str, token: Option<&str>) {
        locked(&self.api.credentials).accept(secret_id, secret_key, token, None);
    }

    /// Accepts a temporary credential; after its lifetime it is refused with `AuthFailure.TokenFailure`.
    pub fn accept_for(&self, lifetime: Duration, secret_id: &str, secret_key: &str, token: &str) {
        locked(&self.api.credentials).accept(secret_id, secret_key, Some(token), Some(lifetime));
    }

    pub fn revoke(&self, secret_id: &str) -> bool {
        locked(&self.api.credentials).revoke(secret_id)
    }

    pub fn revoke_all(&self) {
        locked(&self.api.credentials).revoke_all();
    }
}

fn listener<S: Service>(port: u16, scheme: Scheme, service: &Arc<S>) -> io::Result<Listener> {
    let service: Arc<dyn Service> = Arc::clone(service) as Arc<dyn Service>;
    Listener::start(port, scheme, service)
}

fn new_api(options: &Options, authorities: &Authorities) -> io::Result<Api> {
    let mut tasks = Tasks::default();
    for (id, _, life) in demo_tasks() {
        tasks.put(&id, life, Instant::now());
    }
    let mut credentials = Credentials::default();
    credentials.accept(&options.secret_id, &options.secret_key, options.token.as_deref(), None);
    let log = options.log.as_deref().map(|path| File::options().create(true).append(true).open(path));
    Ok(Api {
        tasks: Mutex::new(tasks),
        credentials: Mutex::new(credentials),
        misbehaviours: Mutex::default(),
        journal: Mutex::new(Journal::new(options.keep_seen)),
        rate_limit: Mutex::new(RateLimit::of(options.rate_limit)),
        regions: Mutex::new(options.regions.clone()),
        tls: Mutex::new(TlsConfigs::make(authorities, options.certificate, options.versions)?),
        clock_offset: AtomicI64::new(options.clock_offset),
        delay_ms: AtomicU64::new(milliseconds(options.delay)),
        idle_ms: AtomicU64::new(milliseconds(options.idle_timeout)),
        connections: AtomicU64::new(0),
        elsewhere_port: AtomicU64::new(0),
        log: Mutex::new(log.transpose()?),
        answers: AtomicU64::new(0),
    })
}

fn new_metadata(options: &Options, api: &Arc<Api>) -> Metadata {
    Metadata {
        api: Arc::clone(api),
        rules: Mutex::new(options.metadata.clone()),
        misbehaviours: Mutex::new(Misbehaviours::default()),
        journal: Mutex::new(Journal::new(options.keep_seen)),
        connections: AtomicU64::new(0),
        handed_out: Mutex::new(HandedOut::default()),
    }
}

pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
