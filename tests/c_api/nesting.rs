//! A log function that calls into the library itself, on the thread and inside the call that logs.

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::SeqCst};

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Misbehaviour, MockServer, Options as ServerOptions};

use crate::c_api::{Client, Credentials, Options, c};

#[derive(Default)]
struct Curious {
    client: AtomicPtr<tcdb_client>,
    asked: AtomicU32,
}

thread_local! {
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// Asks a question of its own at every line, but not at the lines of that question.
unsafe extern "system" fn ask_at_every_line(_: tcdb_log_level, _: *const c_char, user_data: *mut c_void) {
    let curious = unsafe { &*user_data.cast::<Curious>() };
    let client = curious.client.load(SeqCst);
    if client.is_null() || ASKING.replace(true) {
        return;
    }
    let mut result = ptr::null_mut();
    let code = unsafe { tcdb_query(client, c(DOCUMENTED_ID).as_ptr(), &raw mut result, ptr::null_mut()) };
    assert_eq!(code, TCDB_OK);
    unsafe { tcdb_result_free(result) };
    curious.asked.fetch_add(1, SeqCst);
    ASKING.set(false);
}

#[test]
fn a_log_function_may_ask_by_the_same_client() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let curious = Box::new(Curious::default());
    let user_data = ptr::from_ref(&*curious).cast_mut().cast();
    let options = Options::to(&server);
    unsafe { tcdb_options_set_log(options.0, TCDB_LOG_DEBUG, Some(ask_at_every_line), user_data, None) };
    let client: Client = options.client(&Credentials::accepted()).unwrap();
    curious.client.store(client.0, SeqCst);
    client.query(DOCUMENTED_ID).unwrap();
    // While a kept connection heals, and between two attempts.
    for fault in [Fault::ResetAtUse, Fault::Http503Empty] {
        server.misbehave(Misbehaviour::fault(fault).next_requests(1));
        client.query(DOCUMENTED_ID).unwrap();
    }
    assert!(curious.asked.load(SeqCst) >= 4, "{:?}", curious.asked);
}

/// Runs itself in a process of its own, where the panic may be seen.
#[test]
fn a_panic_outside_of_the_library_is_reported_as_ever() {
    const ALONE: &str = "TCDB_TEST_PANIC_OUTSIDE";
    if std::env::var_os(ALONE).is_some() {
        tcdb_live_objects();
        panic!("reported as ever");
    }
    let name = "nesting::a_panic_outside_of_the_library_is_reported_as_ever";
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let output = alone.args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("reported as ever"));
}
