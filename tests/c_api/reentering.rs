//! A log or progress function that queries with the credentials that its own thread is fetching at that moment.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering::SeqCst};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, MetadataRules, MockServer, SECRET_ID, SECRET_KEY, StsRules};

use crate::c_api::{Answer, Credentials, Failure, Options, Role, c};
use crate::roles::{ARN, client, start};
use crate::web_identity::Folder;

/// What a function does inside the call: it queries, by the client that is put here, and keeps how that ended.
struct Asker {
    client: AtomicPtr<tcdb_client>,
    thread: ThreadId,
    ends: Mutex<Vec<(Result<(), Failure>, Duration)>>,
    busy: Mutex<bool>,
}

impl Asker {
    fn new() -> Box<Self> {
        Box::new(Self {
            client: AtomicPtr::default(),
            thread: thread::current().id(),
            ends: Mutex::default(),
            busy: Mutex::new(false),
        })
    }

    fn user_data(&self) -> *mut c_void {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// One query at a time: what it logs itself asks nothing.
    fn ask(&self) {
        let client = self.client.load(SeqCst);
        if client.is_null()
            || thread::current().id() != self.thread
            || std::mem::replace(&mut *self.busy.lock().unwrap(), true)
        {
            return;
        }
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let started = Instant::now();
        let code = unsafe { tcdb_query(client, c(DOCUMENTED_ID).as_ptr(), &mut out, &mut error) };
        let end = crate::c_api::outcome(code, out, error).map(|result| unsafe { tcdb_result_free(result) });
        self.ends.lock().unwrap().push((end, started.elapsed()));
        *self.busy.lock().unwrap() = false;
    }
}

unsafe extern "system" fn ask_at_a_line(_: tcdb_log_level, line: *const c_char, user_data: *mut c_void) {
    assert!(!unsafe { CStr::from_ptr(line) }.to_bytes().is_empty());
    unsafe { &*user_data.cast::<Asker>() }.ask();
}

unsafe extern "system" fn ask_at_progress(_: *const tcdb_result, _: u32, _: u64, user_data: *mut c_void) -> i32 {
    unsafe { &*user_data.cast::<Asker>() }.ask();
    0
}

/// Options for a source, with the asker's log.
fn logged(options: Options, asker: &Asker) -> Options {
    unsafe { tcdb_options_set_log(options.0, TCDB_LOG_DEBUG, Some(ask_at_a_line), asker.user_data(), None) };
    options
}

type Make = fn(&MockServer, Options, &Folder) -> Credentials;

/// Every kind that fetches, and its name in messages.
const KINDS: [(&str, &str, Make); 4] = [
    ("CVM role", "CVM role", |server, options, _| {
        Credentials::cvm_role(None, &options.endpoint(&server.metadata_url())).unwrap()
    }),
    ("a role of STS", "role qcs::cam::uin/100000000001:roleName/reader", |server, options, _| {
        Credentials::accepted().assume_role(ARN, &Role::new(), &options.sts(&server.sts_http_url())).unwrap()
    }),
    ("web identity", "role qcs::cam::uin/100000000001:roleName/reader by web identity", |server, options, folder| {
        let file = folder.write("token", &server.sts_rules().web_identity_token);
        Credentials::web_identity(ARN, &file, &Role::new(), &options.sts(&server.sts_http_url())).unwrap()
    }),
    ("callback", "callback \"vault\"", |_, options, _| {
        let end = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap() + 3_600;
        let fetch = move |answer: &Answer| answer.set(SECRET_ID, SECRET_KEY, None, end);
        Credentials::callback_with("vault", fetch, &options).0.unwrap()
    }),
];

/// Those that ended because the thread was itself fetching; the others were answered.
fn refusals(asker: &Asker, kind: &str, name: &str) -> usize {
    let mut refused = 0;
    for (end, took) in asker.ends.lock().unwrap().iter() {
        assert!(*took < Duration::from_secs(2), "{kind}: {took:?}");
        if let Err(failure) = end {
            assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_CREDENTIALS, false), "{kind}: {failure:?}");
            assert_eq!(
                failure.message,
                format!("{name}: this thread is the one that fetches these credentials"),
                "{kind}"
            );
            refused += 1;
        }
    }
    refused
}

#[test]
fn a_log_function_that_asks_while_its_thread_fetches_is_refused_at_once_and_the_outer_query_is_answered() {
    for (kind, name, make) in KINDS {
        let (server, folder, asker) = (start(), Folder::new(&format!("log-{}", kind.replace(' ', "-"))), Asker::new());
        let credentials = make(&server, logged(Options::new().total(Duration::from_secs(8)), &asker), &folder);
        // Another client, and then the very same one: the credentials count.
        let (outer, inner) = (client(&server, &credentials), client(&server, &credentials));
        asker.client.store(inner.0, SeqCst);
        outer.query(DOCUMENTED_ID).unwrap();
        assert!(refusals(&asker, kind, name) > 0, "{kind}: {:?}", asker.ends);

        let asker = Asker::new();
        let credentials = make(&server, logged(Options::new().total(Duration::from_secs(8)), &asker), &folder);
        let same = client(&server, &credentials);
        asker.client.store(same.0, SeqCst);
        same.query(DOCUMENTED_ID).unwrap();
        assert!(refusals(&asker, kind, name) > 0, "{kind}: {:?}", asker.ends);
    }
}

#[test]
fn a_log_function_that_asks_as_a_fetch_fails_is_refused_at_once_too() {
    for (kind, name, make) in KINDS.into_iter().filter(|(kind, ..)| *kind != "callback") {
        let (server, folder, asker) =
            (start(), Folder::new(&format!("fails-{}", kind.replace(' ', "-"))), Asker::new());
        let credentials = make(&server, logged(Options::new().total(Duration::from_secs(2)), &asker), &folder);
        server.set_metadata(MetadataRules { role: None, ..server.metadata_rules() });
        server.set_sts(StsRules { roles: Some(Vec::new()), ..server.sts_rules() });
        let outer = client(&server, &credentials);
        asker.client.store(outer.0, SeqCst);
        let failure = outer.query(DOCUMENTED_ID).unwrap_err();
        assert!(!failure.message.contains("this thread is the one"), "{kind}: {failure:?}");
        assert!(refusals(&asker, kind, name) > 0, "{kind}: {:?}", asker.ends);
    }
}

#[test]
fn a_log_function_that_asks_during_a_renewal_goes_on_with_what_is_valid() {
    for (kind, name, make) in KINDS.into_iter().filter(|(kind, ..)| *kind != "callback") {
        let (server, folder, asker) =
            (start(), Folder::new(&format!("renews-{}", kind.replace(' ', "-"))), Asker::new());
        server.set_metadata(MetadataRules { lifetime: Duration::from_secs(4), ..server.metadata_rules() });
        server.set_sts(StsRules { lifetime: Some(Duration::from_secs(4)), ..server.sts_rules() });
        let credentials = make(&server, logged(Options::new().total(Duration::from_secs(8)), &asker), &folder);
        let outer = client(&server, &credentials);
        outer.query(DOCUMENTED_ID).unwrap();
        // In the last tenth of their life, or a little more.
        thread::sleep(Duration::from_millis(3_700));
        asker.client.store(outer.0, SeqCst);
        outer.query(DOCUMENTED_ID).unwrap();
        // Whatever this machine's speed: where they have ended meanwhile the inner query is refused.
        let refused = refusals(&asker, kind, name);
        let asked = asker.ends.lock().unwrap().len();
        assert!(asked > 0, "{kind}");
        assert!(refused <= 1, "{kind}: {refused} of {asked}");
    }
}

#[test]
fn a_progress_function_that_asks_while_its_thread_fetches_is_refused_at_once_and_the_wait_goes_on() {
    for (kind, name, make) in KINDS {
        let (server, folder) = (start(), Folder::new(&format!("progress-{}", kind.replace(' ', "-"))));
        let asker = Asker::new();
        let credentials = make(&server, Options::new().total(Duration::from_secs(8)), &folder);
        let delay = Duration::from_millis(400);
        server.set_metadata(MetadataRules { delay, ..server.metadata_rules() });
        server.set_sts(StsRules { delay, ..server.sts_rules() });
        let (outer, inner) = (client(&server, &credentials), client(&server, &credentials));
        asker.client.store(inner.0, SeqCst);
        let (mut waiter, mut out, mut error) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_waiter_new(outer.0, c(DOCUMENTED_ID).as_ptr(), 20_000, &mut waiter, &mut error) };
        assert_eq!(code, TCDB_OK, "{kind}");
        let code = unsafe { tcdb_waiter_run(waiter, Some(ask_at_progress), asker.user_data(), &mut out, &mut error) };
        let ended = crate::c_api::outcome(code, out, error).map(|result| unsafe { tcdb_result_free(result) });
        unsafe { tcdb_waiter_free(waiter) };
        ended.unwrap_or_else(|failure| panic!("{kind}: {failure:?}"));
        // A callback is the program's own code: no progress is reported from within it.
        assert!(refusals(&asker, kind, name) > 0 || kind == "callback", "{kind}: {:?}", asker.ends);
    }
}
