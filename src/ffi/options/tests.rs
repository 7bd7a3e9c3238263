use super::*;

#[test]
fn a_proxy_that_is_set_replaces_the_environments_and_its_exceptions() {
    let options = tcdb_options_new();
    // SAFETY: the options are of this test alone, and the string outlives the call.
    let set = unsafe {
        (*options).0.no_proxy = Some(Sourced::new("NO_PROXY", "*"));
        tcdb_options_set_proxy(options, c"http://a:1".as_ptr());
        *Box::from_raw(options)
    };
    assert!(set.0.no_proxy.is_none());
    assert_eq!(set.0.proxy.unwrap().bytes, b"http://a:1");
}
