//! The header is made by a tool from the sources, and is current.

use std::path::{Path, PathBuf};

/// The sources in the header's order, each with the title above its functions.
const SOURCES: [(&str, &str); 15] = [
    ("codes", "Codes, statuses, versions"),
    ("about", "The library"),
    ("options", "Options of a client"),
    ("credentials", "Credentials"),
    ("role", "Credentials of a role"),
    ("callback", "Credentials of the program's own"),
    ("info", "What is known of credentials"),
    ("client", "Clients and queries"),
    ("result", "Results"),
    ("waiter", "Waiting for a task"),
    ("wait_options", "Options of a wait in a queue"),
    ("wait_queue", "Waiting for many tasks"),
    ("wait_event", "Events of a wait queue"),
    ("error", "Errors"),
    ("request", "Requests for another HTTP stack"),
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
    for (name, _) in SOURCES {
        builder = builder.with_src(readable_copy(name));
    }
    let mut text = Vec::new();
    builder.generate().expect("the header is generated").write(&mut text);
    with_rulers(&with_calling_convention(&String::from_utf8(text).expect("UTF-8")))
}

/// With a line that divides above the first function of each source, and above the first number and type.
fn with_rulers(header: &str) -> String {
    let mut header = header.to_owned();
    for (name, title) in SOURCES {
        if let Some(first) = functions(&source(name)).next() {
            insert_ruler(&mut header, &format!("TCDB_CALL {first}("), title);
        }
    }
    insert_ruler(&mut header, "typedef int32_t tcdb_code;", "Numbers and types");
    header
}

/// Above the comment of the declaration that has `text`.
fn insert_ruler(header: &mut String, text: &str, title: &str) {
    let declaration = header.find(text).unwrap_or_else(|| panic!("the header has no {text}"));
    let comment = header[..declaration].rfind("\n/**\n").expect("every declaration has a comment") + 1;
    let dashes = "-".repeat(108 - title.len());
    header.insert_str(comment, &format!("/* --- {title} {dashes} */\n\n"));
}

/// The names of a source's exported functions.
fn functions(source: &str) -> impl Iterator<Item = &str> {
    source.split("#[unsafe(no_mangle)]").skip(1).filter_map(|item| item.split("fn ").nth(1)?.split('(').next())
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
    let sources: String = SOURCES.map(|(name, _)| source(name)).concat();
    assert_eq!(count("\nTCDB_API"), sources.matches("#[unsafe(no_mangle)]").count());
    assert_eq!(count("TCDB_CALL tcdb_"), count("\nTCDB_API"));
    assert_eq!(count("(TCDB_CALL *tcdb_"), sources.matches("extern \"system\" fn(").count());
    assert_eq!(count("(*tcdb_"), 0, "a callback without its convention");
    assert_eq!(sources.matches("extern \"C\"").count(), 0, "32-bit Windows calls by stdcall: extern \"system\"");
}

/// Each documented function: its comment, its prototype.
fn documented(header: &str) -> Vec<(&str, &str)> {
    let items = header.split("\n/**\n").skip(1).filter_map(|item| item.split_once("*/\n"));
    items
        .filter(|(_, code)| code.starts_with("TCDB_API"))
        .map(|(comment, code)| (comment, code.split(");").next().unwrap_or_default()))
        .collect()
}

/// The names of a prototype's parameters; a callback's own parameters are not among them.
fn parameters(prototype: &str) -> Vec<&str> {
    let (_, list) = prototype.split_once('(').expect("a prototype has parameters");
    let names = list.split(',').filter_map(|parameter| parameter.split([' ', '*', '\n']).next_back());
    names.filter(|name| *name != "void").collect()
}

#[test]
fn every_function_says_each_parameter_what_it_returns_and_since_when_it_is_there() {
    let header = std::fs::read_to_string(root().join("include/tcdb_async.h")).expect("the header");
    let symbols = std::fs::read_to_string(root().join("symbols.txt")).expect("symbols.txt");
    let functions = documented(&header);
    assert_eq!(functions.len(), header.matches("\nTCDB_API").count(), "a function without a comment");
    for (comment, prototype) in functions {
        let tags = |tag: &str| comment.lines().filter_map(|line| line.strip_prefix(tag)).collect::<Vec<_>>();
        let name = prototype.split_once('(').and_then(|(head, _)| head.split(' ').next_back()).expect("a name");
        let mut said: Vec<_> =
            tags(" * \\param ").iter().map(|text| text.split(' ').next().unwrap_or_default()).collect();
        let mut declared = parameters(prototype);
        said.sort_unstable();
        declared.sort_unstable();
        assert_eq!(said, declared, "{name}: parameters");
        let returns = !prototype.contains("void TCDB_CALL");
        assert_eq!(tags(" * \\return ").len(), usize::from(returns), "{name}: what it returns");
        let since = tags(" * \\since ").join(" ");
        assert!(symbols.lines().any(|line| line == format!("{name} {since}")), "{name}: since {since:?}");
    }
}
