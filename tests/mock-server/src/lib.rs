//! A local mock server of TencentDB's API `DescribeAsyncRequestInfo`, of STS and of the CVM metadata service: for the tests,
//! benches and the demo of this project, and for users' tests of their own programs.
//!
//! It listens on loopback only, over HTTPS and plain HTTP at once, checks every signature as the vendor describes it, plays
//! tasks through the lives they were given, and misbehaves on demand in every way of [`Fault`].
//!
//! ```
//! use tcdb_mock_server::{MockServer, Fault, Life, Misbehaviour, Options, Step};
//!
//! # fn main() -> std::io::Result<()> {
//! let server = MockServer::start(Options::default())?;
//! server.put("f96e4f3c-00000000-00000000-00000001", Life::of([
//!     Step::status("INITIAL").times(2),                                     // for two questions
//!     Step::status("RUNNING").ms(1500),                                     // then for 1.5 s
//!     Step::error("InternalError", "Internal error.").http(500).times(1),
//!     Step::fault(Fault::ResetBeforeFirstByte).times(1),
//!     Step::status("SUCCESS").info("Done."),                                // the last lasts for ever
//! ]));
//! server.misbehave(Misbehaviour::fault(Fault::Html504).next_requests(3));
//! // Point the client at server.https_url(), with server.ca_file() as its authority and the credentials
//! // tcdb_mock_server::SECRET_ID and SECRET_KEY. Afterwards:
//! assert_eq!(server.requests(), 0);
//! assert!(server.max_in_any_second() <= 40);
//! # Ok(())
//! # }
//! ```
//!
//! # Lives
//! A step says a status (any text, null or missing) with its Info, an error of the API, or raw bytes; it may be said
//! through a fault. It lasts for a number of questions, or for milliseconds from its beginning (the first step begins at the
//! task's first question, or with `from_put` when it was put); the last lasts for ever. A request whose answer a
//! misbehaviour keeps from the client does not use up the life; [`Fault::brings_the_answer`] says which do. A fault
//! that is a step of its own is used up by being met, and what it spoils is RUNNING.
//!
//! [`demo_tasks`] are known from the start: number 1 to 8 one for each status, others null, missing, empty, unknown, whole
//! lives. [`many_tasks`] gives the rule for loads of tasks.
//!
//! # Misbehaviours
//! [`MockServer::misbehave`] adds a treatment for all requests, the next few, those of the next few connections, or a share;
//! it goes before what the task's life says. The signature is validated all the same: [`MockServer::seen`] says for each request
//! whether it was valid. Each [`Fault`] knows its [`Effect`], what a client without mistakes makes of it, so that a test
//! can go through [`Fault::ALL`]. Faults of [`Stage::Handshake`] meet connections, all others requests.
//!
//! # STS
//! [`MockServer::sts_url`] has a port of its own, which takes HTTPS and plain HTTP; the API's ports pass requests for STS on (by
//! host `sts.…`, version 2018-08-13 or action). It validates `AssumeRole` (signature with scope `sts`, the base's token, every
//! parameter, the policy URL-encoded once), `AssumeRoleWithWebIdentity` (`Authorization: SKIP`, no token, the valid
//! [`StsRules::web_identity_token`]) and `GetCallerIdentity`. What it issues the API and STS itself accept until it expires, so
//! that a role can assume a role. [`STS_ERROR_CODES`] lists the documented errors, for [`MockServer::misbehave_sts`].
//!
//! # The program
//! `tcdb-mock-server` is the same for other languages (`--help` lists its options). It prints one line of JSON when ready:
//! ```json
//! {"https":"https://localhost:PORT","http":"http://127.0.0.1:PORT","metadata":"http://127.0.0.1:PORT",
//!  "sts":"https://localhost:PORT","sts_http":"http://127.0.0.1:PORT","ca":"FILE","certificate":"FILE",
//!  "secret_id":"…","secret_key":"…","token":null,"web_identity_token":"…","pid":1}
//! ```
//! and then answers each line on its standard input by one line, `{"ok":true,…}` or `{"ok":false,"error":"…"}`:
//!
//! | command | does |
//! | --- | --- |
//! | `{"put":{"id":"…","life":[STEP,…],"from":"put"}}` | a task, or a list of them; `from` may be left out: the clock starts at the first question |
//! | `{"put_many":{"seed":7,"count":1000,"shortest_ms":500,"longest_ms":5000,"from":"put"}}` | many tasks; answers `tasks` with `id`, `ends_after_ms`, `ends_as` |
//! | `{"remove":"id"}`, `{"tasks":true}`, `{"questions":"id"}` | forgets a task, lists the ids, counts a task's questions |
//! | `{"misbehave":{"fault":"NAME","next_requests":3}}` | or `next_connections`, or `share` from 0 to 1, or neither: all; `"on":"metadata"` for the metadata service, `"on":"sts"` for STS |
//! | `{"misbehave":{"error":{"code":"…","message":"…"},"http":500}}`, `{"misbehave":{"raw":"HTTP/1.1 …","close":true}}` | an API error, or raw bytes (`raw_hex` for any) in place of the answer |
//! | `{"misbehave":{"echo":{"place":"message","spelling":"percent","bytes":1000000},"http":500}}` | a reply with the client's secrets at a [`Place`], in a [`Spelling`], filled up to so many bytes |
//! | `{"behave":true}`, `{"behave":"metadata"}`, `{"behave":"sts"}` | ends all misbehaviours |
//! | `{"credentials":{"secret_id":"…","secret_key":"…","token":"…","lifetime_ms":1000}}` | accepts these too; token and lifetime may be left out |
//! | `{"revoke":"secret id"}`, `{"revoke_all":true}` | accepts these, or any, no more |
//! | `{"regions":["ap-singapore"]}`, `{"clock_offset":-600}`, `{"rate_limit":40}`, `{"delay_ms":5}`, `{"idle_ms":100}` | settings; regions null: any; rate 0: no limit |
//! | `{"tls":{"certificate":"expired","versions":"1.2"}}` | for connections from now on; certificates as `--help` lists them; versions `both`, `1.2`, `1.3` |
//! | `{"stop":true}`, `{"start":true}`, `{"close_connections":true}`, `{"stall_connects":true}` | the API's ports; `stall_connects` false heals |
//! | `{"stalled_connect":true}` | answers `host_port`, to which connects hang until the program ends |
//! | `{"metadata":{"role":"…","lifetime_ms":1,"renew_before_ms":1,"delay_ms":1,"rotate":true,"revoke":true,"stop":true,"start":true}}` | any of these; role null: none |
//! | `{"sts":{"roles":["ARN"],"lifetime_ms":1,"web_identity_token":"…","revoke":true,"stop":true,"start":true}}` | any of these, and `external_id`, `provider_id`, `longest_session_s`, `id_bytes`, `key_bytes`, `token_bytes`, `rate_limit`, `delay_ms`: see [`StsRules`]; roles, ids and lifetime may be null |
//! | `{"stats":true}` | `requests`, `connections`, `live_connections`, `max_in_any_second`, `rate_refusals`, `misbehaviours_left`, `followers`, `metadata_requests`, `metadata_credentials`, `sts_requests`, `sts_connections`, `sts_credentials`, `sts_rate_refusals` |
//! | `{"sts_secret_ids":true}` | the `ids` that STS issued, oldest first |
//! | `{"seen":10}`, `{"metadata_seen":10}`, `{"sts_seen":10}`, `{"followers":10}` | the newest requests: `head`, `body`, `secret_id` (the signer), `action`, `parameters`, `refused`, `treated`, `connection`, `number`, `over_tls`, `ms_ago` |
//! | `{"clear":true}`, `{"faults":true}` | forgets what was seen; lists the faults with `name`, `stage`, `effect`, `description` |
//!
//! A STEP is `{"status":"RUNNING"}` (or null; `"info"` a text or null; `"missing":["status","info"]`), an `error` with `http`,
//! `raw` or `raw_hex` with `close`, any of them with `"fault":"NAME"`, or a fault alone; and `"times":N` or `"ms":N`.
#![deny(unsafe_code)]

mod api;
mod backlog;
mod behaviour;
mod certificates;
mod client_hello;
pub mod clock;
mod connection;
mod content;
mod control;
mod credentials;
mod delivery;
mod demo_tasks;
mod echo;
mod elsewhere;
mod entrance;
mod faults;
mod folder;
mod gzip;
mod handshake;
mod journal;
mod life;
mod listener;
mod message;
mod metadata;
mod misbehave;
mod observation;
mod options;
mod reply;
mod request;
mod response;
mod script;
mod server;
pub mod signature;
mod stalled_connect;
mod sts;
pub mod sys;
mod tasks;
mod tls;
mod validate;
mod wire;
mod x509_v1;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use certificates::Certificate;
pub use control::Control;
pub use credentials::{ACCOUNT, WEB_IDENTITY_TOKEN};
pub use demo_tasks::{DOCUMENTED_ID, ManyTask, demo_id, demo_tasks, many_tasks};
pub use echo::{Echo, Place, Spelling};
pub use faults::{Effect, Fault, Stage};
pub use journal::Seen;
pub use life::{Lasts, Life, Member, Says, Starts, Step};
pub use metadata::MetadataRules;
pub use misbehave::{Deed, Misbehaviour, Whom};
pub use options::{Options, SECRET_ID, SECRET_KEY};
pub use script::Mistake;
pub use server::MockServer;
pub use stalled_connect::{StalledConnect, stalled_connect};
pub use sts::{STS_ERROR_CODES, StsErrorCode, StsRules};
pub use tls::Versions;

/// Nothing that is kept in a mutex here is left half-changed by a panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
