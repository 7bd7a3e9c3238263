//! Link arguments of the shared library: its soname, that it stays loaded, full RELRO; plain names on 32-bit Windows.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(loom)");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let link = |argument: &str| println!("cargo::rustc-cdylib-link-arg={argument}");
    match target("OS").as_str() {
        "linux" | "freebsd" => {
            let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
            link(&format!("-Wl,-soname,libtcdb_async.so.{major}"));
            // A lookup thread may outlive dlclose; its code must not be unmapped under it.
            link("-Wl,-z,nodelete");
            link("-Wl,-z,relro,-z,now");
        }
        // VB6, VBA, Delphi and .NET look for a function by its plain name, without the size of its parameters.
        "windows" if target("ARCH") == "x86" && target("ENV") == "gnu" => link("-Wl,--kill-at"),
        _ => {}
    }
}
