//! The header is made by a tool from the sources, and is current.

use std::path::{Path, PathBuf};

const SOURCES: [&str; 15] = [
    "codes",
    "about",
    "options",
    "credentials",
    "role",
    "callback",
    "info",
    "client",
    "result",
    "waiter",
    "wait_options",
    "wait_queue",
    "wait_event",
    "error",
    "request",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source(name: &str) -> String {
    std::fs::read_to_string(root().join("src/ffi").join(name).with_extension("rs")).expect("a source of the header")
}

/// The generator skips `extern "system"`, so it is shown another name for the same; `with_calling_convention` puts back
/// what that loses.
fn readable_copy(name: &str) -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("header_{name}.rs"));
    std::fs::write(&copy, source(name).replace("extern \"system\"", "extern \"C\"")).expect("a copy for the generator");
    copy
}

fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for name in SOURCES {
        builder = builder.with_src(readable_copy(name));
    }
    let mut text = Vec::new();
    builder.generate().expect("the header is generated").write(&mut text);
    with_calling_convention(&String::from_utf8(text).expect("UTF-8"))
}

/// Names the convention in every function and in every type of a callback; parameters on lines of their own stay below
/// the first.
fn with_calling_convention(header: &str) -> String {
    let mut lines = Vec::new();
    let (mut is_declaration, mut indent) = (false, "");
    for line in header.lines() {
        is_declaration |= line.starts_with("TCDB_API") || line.starts_with("typedef ");
        let changed = if is_declaration { convention_named(line) } else { None };
        if changed.is_some() {
            indent = "          ";
        }
        lines.push(
            changed.unwrap_or_else(|| if line.starts_with("  ") { format!("{indent}{line}") } else { line.into() }),
        );
        if line.ends_with(';') {
            (is_declaration, indent) = (false, "");
        }
    }
    lines.join("\n") + "\n"
}

/// The line with the convention before the function's name; None: a line without one.
fn convention_named(line: &str) -> Option<String> {
    let (before, parameters) = line.split_once('(')?;
    if let Some(callback) = parameters.strip_prefix('*') {
        return Some(format!("{before}(TCDB_CALL *{callback}"));
    }
    let name = before.rfind("tcdb_").filter(|&at| before[at..].chars().all(|c| c.is_alphanumeric() || c == '_'))?;
    Some(format!("{}TCDB_CALL {}({parameters}", &before[..name], &before[name..]))
}

/// `make header` runs this with `TCDB_WRITE_HEADER=1`, which writes instead of comparing.
#[test]
fn the_header_is_current() {
    let path = root().join("include/tcdb_async.h");
    let fresh = generated();
    if std::env::var_os("TCDB_WRITE_HEADER").is_some() {
        std::fs::write(&path, &fresh).expect("the header can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "include/tcdb_async.h is not what src/ffi says; run `make header`");
}

#[test]
fn every_function_and_callback_of_the_header_names_its_calling_convention() {
    let header = std::fs::read_to_string(root().join("include/tcdb_async.h")).expect("the header");
    let count = |text: &str| header.matches(text).count();
    let sources: String = SOURCES.map(source).concat();
    assert_eq!(count("\nTCDB_API"), sources.matches("#[unsafe(no_mangle)]").count());
    assert_eq!(count("TCDB_CALL tcdb_"), count("\nTCDB_API"));
    assert_eq!(count("(TCDB_CALL *tcdb_"), sources.matches("extern \"system\" fn(").count());
    assert_eq!(count("(*tcdb_"), 0, "a callback without its convention");
    assert_eq!(sources.matches("extern \"C\"").count(), 0, "32-bit Windows calls by stdcall: extern \"system\"");
}
