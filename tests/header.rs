//! The header is made by a tool from the sources, and is current.

use std::path::Path;

fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let mut text = Vec::new();
    cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/ffi/codes.rs"))
        .with_src(root.join("src/ffi/about.rs"))
        .with_src(root.join("src/ffi/options.rs"))
        .with_src(root.join("src/ffi/credentials.rs"))
        .with_src(root.join("src/ffi/client.rs"))
        .with_src(root.join("src/ffi/result.rs"))
        .with_src(root.join("src/ffi/waiter.rs"))
        .with_src(root.join("src/ffi/error.rs"))
        .with_src(root.join("src/ffi/request.rs"))
        .generate()
        .expect("the header is generated")
        .write(&mut text);
    String::from_utf8(text).expect("UTF-8")
}

/// `make header` runs this with `TCDB_WRITE_HEADER=1`, which writes instead of comparing.
#[test]
fn the_header_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/tcdb_async.h");
    let fresh = generated();
    if std::env::var_os("TCDB_WRITE_HEADER").is_some() {
        std::fs::write(&path, &fresh).expect("the header can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "include/tcdb_async.h is not what src/ffi says; run `make header`");
}
