//! One question and its answer.

use tcdb_async::ffi::*;
use tcdb_endpoint::{DOCUMENTED_ID, Endpoint, Life, Options as Rules, Step};

use crate::c_api::Client;

#[test]
fn the_documented_example_is_answered_as_documented() {
    let endpoint = Endpoint::start(Rules::default()).unwrap();
    let info = "Dropped the database table successfully.";
    endpoint.put(DOCUMENTED_ID, Life::of([Step::status("SUCCESS").info(info)]));
    let found = Client::of(&endpoint).query(DOCUMENTED_ID).unwrap();
    assert_eq!((found.status, found.status_text.as_str()), (TCDB_STATUS_SUCCESS, "SUCCESS"));
    assert_eq!(found.info.as_deref(), Some(info.as_bytes()));
    assert!(found.request_id.is_some());
    assert_eq!(endpoint.requests(), 1);
}
