//! Proxies and what goes without them: two lines, a URL and a list of exceptions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::config::no_proxy::NoProxy;
use tcdb_async::config::proxy::Proxy;

fuzz_target!(|text: &str| {
    let (url, no_proxy) = text.split_once('\n').unwrap_or((text, ""));
    match Proxy::parse(url) {
        Ok(proxy) => {
            assert!(!proxy.host.is_empty() && proxy.port > 0, "{url:?}");
            // Nothing of the login is shown.
            assert_eq!(format!("{proxy:?}"), format!("Proxy({:?} {})", proxy.kind, proxy.host_port()));
            if let Some((user, password)) = &proxy.login {
                assert!(!user.chars().chain(password.chars()).any(char::is_control), "{url:?}");
            }
            let _ = NoProxy::parse(no_proxy.as_bytes()).excepts(&proxy.host, proxy.port);
        }
        Err(why) => assert!(!why.is_empty() && !why.contains('\n'), "{why:?}"),
    }
    let _ = NoProxy::parse(no_proxy.as_bytes()).excepts("cdb.intl.tencentcloudapi.com", 443);
});
