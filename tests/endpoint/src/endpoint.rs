//! The endpoint as tests hold it: how it starts, where it is, what it knows. What it does is in `behaviour.rs`, what it saw in
//! `observation.rs`.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::api::Api;
use crate::connection::{Scheme, Service};
use crate::credentials::Credentials;
use crate::demo_tasks::{ManyTask, demo_tasks, many_tasks};
use crate::elsewhere::Elsewhere;
use crate::folder::Folder;
use crate::journal::{Journal, RateLimit};
use crate::life::{Life, Starts};
use crate::listener::Listener;
use crate::locked;
use crate::metadata::{HandedOut, Metadata};
use crate::misbehave::Misbehaviours;
use crate::options::Options;
use crate::tasks::Tasks;
use crate::tls::{Authorities, Certificate, Versions};

/// A running stand-in. Dropping it closes every port and connection and removes its folder.
pub struct Endpoint {
    pub(crate) https: Listener,
    pub(crate) http: Listener,
    pub(crate) metadata_listener: Listener,
    /// Kept for redirects.
    _elsewhere_listener: Listener,
    pub(crate) api: Arc<Api>,
    pub(crate) metadata: Arc<Metadata>,
    pub(crate) elsewhere: Arc<Elsewhere>,
    pub(crate) authorities: Authorities,
    folder: Folder,
}

impl Endpoint {
    pub fn start(options: Options) -> io::Result<Endpoint> {
        let folder = Folder::make(options.folder.as_deref())?;
        let authorities = Authorities::make()?;
        fs::write(folder.ca_file(), authorities.trusted_pem())?;
        let api = Arc::new(new_api(&options, &authorities)?);
        let metadata = Arc::new(new_metadata(&options, &api));
        let elsewhere = Arc::new(Elsewhere {
            followers: Mutex::default(),
            connections: AtomicU64::new(0),
            server_config: authorities.server_config(Certificate::Good, Versions::Both)?,
        });
        let elsewhere_listener = listener(0, Scheme::Either, &elsewhere)?;
        api.elsewhere_port.store(elsewhere_listener.port().into(), Ordering::Relaxed);
        Ok(Endpoint {
            https: listener(options.https_port, Scheme::Tls, &api)?,
            http: listener(options.http_port, Scheme::Plain, &api)?,
            metadata_listener: listener(options.metadata_port, Scheme::Plain, &metadata)?,
            _elsewhere_listener: elsewhere_listener,
            api,
            metadata,
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
<<<<<<< HEAD

    // How it behaves.

    /// Adds a treatment to those in force; of those that fit a request the oldest is taken.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        locked(&self.api.misbehaviours).add(misbehaviour);
    }

    /// Ends all treatments but those in the tasks' lives.
    pub fn behave(&self) {
        locked(&self.api.misbehaviours).clear();
    }

    /// How many treatments have not struck to the end: 0 once all `next_…` are used up.
    pub fn misbehaviours_left(&self) -> usize {
        locked(&self.api.misbehaviours).len()
    }

    pub fn set_regions(&self, regions: Option<Vec<String>>) {
        *locked(&self.api.regions) = regions;
    }

    /// The server's clock is so many seconds ahead of the machine's: its Date, its tolerance, its ExpiredTime.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.api.clock_offset.store(seconds, Ordering::Relaxed);
    }

    /// 0: no limit.
    pub fn set_rate_limit(&self, in_any_second: u32) {
        locked(&self.api.rate_limit).limit = in_any_second;
    }

    /// Waits before each reply.
    pub fn set_delay(&self, delay: Duration) {
        self.api.delay_ms.store(milliseconds(delay), Ordering::Relaxed);
    }

    /// For connections accepted from now on.
    pub fn set_idle_timeout(&self, timeout: Duration) {
        self.api.idle_ms.store(milliseconds(timeout), Ordering::Relaxed);
    }

    /// For connections accepted from now on.
    pub fn set_tls(&self, certificate: Certificate, versions: Versions) -> io::Result<()> {
        *locked(&self.api.server_config) = self.authorities.server_config(certificate, versions)?;
        Ok(())
    }

    /// Refuses connects to the API's ports and closes every connection to them; the ports stay ours.
    pub fn stop(&self) {
        self.https.stop();
        self.http.stop();
    }

    /// Listens on the same ports again.
    pub fn restart(&self) -> io::Result<()> {
        self.https.restart()?;
        self.http.restart()
    }

    /// Closes the connections to the API's ports, but goes on accepting.
    pub fn close_connections(&self) {
        self.https.close_connections();
        self.http.close_connections();
    }

    /// With true, connects to the API's ports hang until it is called with false.
    pub fn stall_connects(&self, stall: bool) -> io::Result<()> {
        self.https.stall_connects(stall)?;
        self.http.stall_connects(stall)
    }

    // What it saw.

    /// Requests received on the API's ports since start or `clear`.
    pub fn requests(&self) -> u64 {
        locked(&self.api.journal).requests()
    }

    /// Connections accepted on the API's ports since start or `clear`.
    pub fn connections(&self) -> u64 {
        self.api.connections.load(Ordering::Relaxed)
    }

    /// Connections open now.
    pub fn live_connections(&self) -> usize {
        self.https.live_connections() + self.http.live_connections()
    }

    /// The most requests that arrived in any span of one second.
    pub fn max_in_any_second(&self) -> usize {
        locked(&self.api.journal).max_in_any_second()
    }

    /// Requests refused by the rate limit.
    pub fn rate_refusals(&self) -> u64 {
        locked(&self.api.journal).rate_refusals
    }

    /// The newest requests, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        locked(&self.api.journal).seen()
    }

    /// Requests that followed a redirect to the other host.
    pub fn followers(&self) -> Vec<Seen> {
        locked(&self.elsewhere.followers).clone()
    }

    /// Forgets everything seen, on all services. Numbers of connections start again.
    pub fn clear(&self) {
        locked(&self.api.journal).clear();
        self.api.connections.store(0, Ordering::Relaxed);
        locked(&self.elsewhere.followers).clear();
        locked(&self.metadata.journal).clear();
        self.metadata.connections.store(0, Ordering::Relaxed);
    }

    // The metadata service.

    pub fn set_metadata(&self, rules: MetadataRules) {
        *locked(&self.metadata.rules) = rules;
    }

    pub fn metadata_rules(&self) -> MetadataRules {
        locked(&self.metadata.rules).clone()
    }

    /// As `misbehave`. Faults of content bring an answer that is no credential.
    pub fn misbehave_metadata(&self, misbehaviour: Misbehaviour) {
        locked(&self.metadata.misbehaviours).add(misbehaviour);
    }

    pub fn behave_metadata(&self) {
        locked(&self.metadata.misbehaviours).clear();
    }

    /// The next question for credentials gets new ones; those handed out live on.
    pub fn rotate_metadata(&self) {
        locked(&self.metadata.handed_out).rotate();
    }

    /// What was handed out is refused from now on.
    pub fn revoke_metadata(&self) {
        self.metadata.revoke();
    }

    pub fn metadata_requests(&self) -> u64 {
        locked(&self.metadata.journal).requests()
    }

    pub fn metadata_seen(&self) -> Vec<Seen> {
        locked(&self.metadata.journal).seen()
    }

    /// How many different credentials were handed out.
    pub fn metadata_credentials(&self) -> u64 {
        locked(&self.metadata.handed_out).count()
    }

    pub fn stop_metadata(&self) {
        self.metadata_listener.stop();
    }

    pub fn restart_metadata(&self) -> io::Result<()> {
        self.metadata_listener.restart()
    }
}

/// An address on loopback to which connects hang.
pub struct StalledConnect {
    /// Holds the port; nothing ever reaches it.
    _listener: TcpListener,
    port: u16,
}

impl StalledConnect {
    pub fn host_port(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// Makes an address to which connects hang for as long as the value lives.
pub fn stalled_connect() -> io::Result<StalledConnect> {
    let listener = sys::listen(sys::reserve_port(0)?)?;
    sys::drop_arriving_packets(&listener)?;
    let port = listener.local_addr()?.port();
    Ok(StalledConnect { _listener: listener, port })
=======
>>>>>>> endpoint
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
        server_config: Mutex::new(authorities.server_config(options.certificate, options.versions)?),
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
<<<<<<< HEAD

/// Where `ca.pem` lies; a folder of our own is removed in the end.
struct Folder {
    path: PathBuf,
    ours: bool,
}

impl Folder {
    fn make(given: Option<&Path>) -> io::Result<Folder> {
        if let Some(given) = given {
            fs::create_dir_all(given)?;
            return Ok(Folder { path: given.to_owned(), ours: false });
        }
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let nanoseconds =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
        let name = format!("tcdb-endpoint-{}-{number}-{nanoseconds:08x}", std::process::id());
        let path = std::env::temp_dir().join(name);
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Folder { path, ours: true })
    }

    fn ca_file(&self) -> PathBuf {
        self.path.join("ca.pem")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.ours {
            // A folder that is gone already needs no removing.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
=======
>>>>>>> endpoint
