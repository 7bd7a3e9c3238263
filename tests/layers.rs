//! A folder of `src/` is a layer: imports run downwards only, no files import each other in a circle, and what is
//! dangerous or foreign stays in its place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the top. A layer imports only layers that come after it.
const LAYERS: [&str; 20] = [
    "ffi",
    "rust_api",
    "testing",
    "client",
    "waiter",
    "operation",
    "session",
    "credentials",
    "http",
    "api",
    "retry",
    "rate_limit",
    "config",
    "runtime",
    "log",
    "json",
    "error",
    "info",
    "unix_time",
    "io_reason",
];

/// Words that may stand in these places alone: (word, places, why).
const PLACES: &[(&str, &[&str], &str)] = &[
    ("unsafe", &["ffi/", "runtime/sys/", "lib.rs", "runtime/mod.rs"], "unsafe code is for the boundary and the system"),
    ("libc::", &["runtime/sys/"], "constants and calls of the system"),
    ("RawFd", &["runtime/sys/"], "descriptors as numbers"),
    ("ureq_proto", &["http/"], "the HTTP protocol"),
    ("rustls", &["http/"], "TLS"),
    (
        "crate::api",
        &[
            "ffi/",
            "rust_api/",
            "testing/",
            "client.rs",
            "waiter/",
            "operation.rs",
            "session.rs",
            "credentials/",
            "api/",
        ],
        "http knows nothing of the API",
    ),
    ("TCDB_", &["ffi/", "config/mod.rs"], "names of the C API, and of a variable"),
    ("_or_null", &["ffi/"], "names of C parameters"),
    ("_or_0", &["ffi/"], "names of C parameters"),
    ("thread_local!", &["ffi/guard.rs", "http/scripted.rs", "runtime/sys/gate.rs"], "no state of a thread"),
];

/// A default is for what is absent, never for what cannot happen: (file, where in it, what is absent).
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("cli/src/json.rs", "info.status_text.as_deref()", "a reply without a status"),
    ("cli/src/screen.rs", "[RequestId {id}]", "an error without a request id"),
    ("cli/src/terms.rs", "; {why}", "a region that is missing, and no profile that cannot be read"),
    ("src/api/response.rs", "message: message.", "a refusal without a message"),
    ("src/api/sts.rs", "let message = message.", "a refusal without a message"),
    ("src/client.rs", "profile.unusable.as_ref()", "a region that is missing, and no profile that cannot be read"),
    ("src/config/mod.rs", "ca_dirs: ca_dirs.map(", "no folder of certificates"),
    ("src/ffi/callback.rs", "from_utf8_lossy(reason.", "NULL for a reason"),
    ("src/http/client.rs", "DateText::new(value.as_bytes())", "a reply without a Date"),
    (
        "src/runtime/sys/process/wiped_page.rs",
        "_SC_PAGESIZE",
        "a size that the system does not say: no mapping is empty",
    ),
];

/// What takes an empty value in place of one that is not there.
const DEFAULTING: [&str; 6] = [
    "unwrap_or_default()",
    "unwrap_or(\"\")",
    "unwrap_or(b\"\")",
    "unwrap_or(&[])",
    "unwrap_or(0)",
    "unwrap_or_else(Vec::new)",
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = ["tests.rs", "models", "models.rs"].iter().any(|name| path.file_name().unwrap() == *name);
        if is_test {
            continue;
        }
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// Without comments and strings, and without what follows `#[cfg(test)]`, which closes a file here.
fn code(text: &str) -> String {
    let text = match text.find("mod tests {").and_then(|end| text[..end].rfind("#[cfg(test)]")) {
        Some(end) => &text[..end],
        None => text,
    };
    text.lines().map(|line| line.split("//").next().unwrap()).fold(String::new(), |all, line| all + line + "\n")
}

/// `a/b.rs` and `a/b/mod.rs` are both `a::b`.
fn module(path: &str) -> String {
    path.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

struct Tree {
    /// By path below src/.
    files: BTreeMap<String, String>,
}

impl Tree {
    fn read() -> Self {
        Self::below("src")
    }

    fn below(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut paths = Vec::new();
        sources(&root, &mut paths);
        let name = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        Self { files: paths.iter().map(|path| (name(path), code(&fs::read_to_string(path).unwrap()))).collect() }
    }

    fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), code(text))).collect() }
    }

    /// The modules that a file names, as paths from the crate's root.
    fn imports(&self, file: &str) -> BTreeSet<String> {
        let here = module(file);
        let is_folder = file.ends_with("/mod.rs");
        let parent = here.rsplit_once("::").map_or("", |(parent, _)| parent).to_owned();
        let mut found = BTreeSet::new();
        for (prefix, base) in [("crate::", String::new()), ("super::", parent), ("self::", here.clone())] {
            let text = &self.files[file];
            for (at, _) in text.match_indices(prefix) {
                if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                    continue;
                }
                for path in expand(&text[at + prefix.len()..]) {
                    let full = if base.is_empty() { path } else { format!("{base}::{path}") };
                    found.extend(self.resolve(&full));
                }
            }
        }
        if is_folder {
            for line in self.files[file]
                .lines()
                .filter(|line| line.trim_start().starts_with("use ") || line.starts_with("pub use "))
            {
                let path = line.trim_start_matches("pub ").trim_start_matches("use ");
                for path in expand(path) {
                    found.extend(self.resolve(&format!("{here}::{path}")).filter(|found| *found != here));
                }
            }
        }
        found.remove(&here);
        found
    }

    /// The longest prefix of a path that is a module.
    fn resolve(&self, path: &str) -> Option<String> {
        let modules: BTreeSet<String> = self.files.keys().map(|file| module(file)).collect();
        let mut path = path.to_owned();
        loop {
            if modules.contains(&path) {
                return Some(path);
            }
            path = path.rsplit_once("::")?.0.to_owned();
        }
    }
}

/// The paths of `a::{b, c::d}`: a::b and a::c::d.
fn expand(text: &str) -> Vec<String> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let path = text[..end].trim_end_matches(':');
    let Some(group) = text[end..].strip_prefix('{') else { return vec![path.to_owned()] };
    let mut depth = 1;
    let (mut start, mut parts) = (0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            parts.push(group[start..at].trim());
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .flat_map(|part| {
            expand(part).into_iter().map(|rest| if path.is_empty() { rest } else { format!("{path}::{rest}") })
        })
        .collect()
}

fn layer(module: &str) -> usize {
    let top = module.split("::").next().unwrap();
    LAYERS.iter().position(|layer| *layer == top).unwrap_or_else(|| panic!("{top} is not a layer"))
}

fn upward_imports(tree: &Tree) -> Vec<String> {
    let mut upward = Vec::new();
    for file in tree.files.keys().filter(|file| *file != "lib.rs") {
        let here = layer(&module(file));
        upward.extend(
            tree.imports(file).into_iter().filter(|to| layer(to) < here).map(|to| format!("{file} imports {to}")),
        );
    }
    upward
}

/// The modules from which imports lead back to themselves.
fn modules_in_a_circle(tree: &Tree) -> Vec<String> {
    let arrows: BTreeMap<String, BTreeSet<String>> =
        tree.files.keys().filter(|file| *file != "lib.rs").map(|file| (module(file), tree.imports(file))).collect();
    let reaches = |from: &str, to: &str| {
        let (mut open, mut seen) = (vec![from.to_owned()], BTreeSet::new());
        while let Some(at) = open.pop() {
            for next in arrows.get(&at).into_iter().flatten() {
                if next == to {
                    return true;
                }
                if seen.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        false
    };
    arrows.keys().filter(|module| reaches(module, module)).cloned().collect()
}

fn words_out_of_place(tree: &Tree) -> Vec<String> {
    let mut astray = Vec::new();
    for (file, text) in &tree.files {
        for (word, places, why) in PLACES {
            let is_there = text.match_indices(word).any(|(at, _)| {
                !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                    && !text[at + word.len()..].starts_with(|c: char| {
                        word.ends_with(char::is_alphanumeric) && (c.is_alphanumeric() || c == '_')
                    })
            });
            if is_there && !places.iter().any(|place| file.starts_with(place)) {
                astray.push(format!("{file}: {word} ({why})"));
            }
        }
    }
    astray
}

/// Whether a match over kinds of failure has an arm for all that it does not name.
fn has_a_wildcard_over_kinds(text: &str) -> bool {
    text.match_indices("match ").any(|(at, _)| {
        let block = block(&text[at..]);
        let arms = |begins: &[&str]| block.iter().any(|line| begins.iter().any(|begin| line.starts_with(begin)));
        arms(&["ErrorKind::", "| ErrorKind::", "Self::Cancelled", "| Self::Cancelled"]) && arms(&["_ =>", "_ if "])
    })
}

/// The lines of the first block in braces, without those of blocks within it.
fn block(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let mut lines = Vec::new();
    for line in text.lines() {
        if depth == 1 {
            lines.push(line.trim_start());
        }
        for c in line.chars() {
            depth += i32::from(c == '{') - i32::from(c == '}');
        }
        if depth < 1 {
            break;
        }
    }
    lines
}

#[test]
fn imports_run_downwards() {
    let upward = upward_imports(&Tree::read());
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = modules_in_a_circle(&Tree::read());
    assert!(circles.is_empty(), "in a circle: {circles:#?}");
}

#[test]
fn what_is_dangerous_or_foreign_stays_in_its_place() {
    let astray = words_out_of_place(&Tree::read());
    assert!(astray.is_empty(), "{astray:#?}");
}

#[test]
fn kinds_of_failure_are_matched_without_a_wildcard() {
    // Of the system's kinds, which are not this library's.
    let foreign = ["io_reason.rs"];
    let tree = Tree::read();
    let has = |(file, text): &(&String, &String)| !foreign.contains(&file.as_str()) && has_a_wildcard_over_kinds(text);
    let files: Vec<&String> = tree.files.iter().filter(has).map(|(file, _)| file).collect();
    assert!(files.is_empty(), "{files:#?}");
}

#[test]
fn no_default_replaces_what_cannot_happen() {
    let mut listed = DEFAULTS.to_vec();
    let mut unlisted = Vec::new();
    for folder in ["src", "cli/src"] {
        for (file, text) in &Tree::below(folder).files {
            let path = format!("{folder}/{file}");
            for line in text.lines().filter(|line| DEFAULTING.iter().any(|word| line.contains(word))) {
                match listed.iter().position(|(file, part, _)| *file == path && line.contains(part)) {
                    Some(at) => drop(listed.remove(at)),
                    None => unlisted.push(format!("{path}: {}", line.trim())),
                }
            }
        }
    }
    assert!(
        unlisted.is_empty() && listed.is_empty(),
        "without a reason: {unlisted:#?}; is no longer there: {listed:#?}"
    );
}

#[test]
fn an_upward_import_is_reported_in_each_of_its_forms() {
    for (file, text) in [
        ("api/one.rs", "use crate::http::pool::Pool;"),
        ("api/one.rs", "use crate::{error::Error, http::pool};"),
        ("api/one.rs", "fn f() { crate::http::pool::take(); }"),
        (
            "api/one.rs",
            "use super::super::http;\nuse crate::error::{self, Error};\nuse crate::http::{pool::{Pool, Kept}};",
        ),
        ("api/mod.rs", "use crate::http::pool;"),
    ] {
        let tree = Tree::of(&[(file, text), ("http/pool.rs", ""), ("error.rs", ""), ("lib.rs", "use http::pool;")]);
        assert_eq!(upward_imports(&tree), [format!("{file} imports http::pool")], "{text}");
        assert!(modules_in_a_circle(&tree).is_empty(), "{text}");
    }
    // In a comment, in the module of tests, and downwards.
    let text = "// use crate::http::pool;\nuse crate::error::Error;\n#[cfg(test)]\nmod tests {\n    use crate::http::pool;\n}\n";
    assert!(upward_imports(&Tree::of(&[("api/one.rs", text), ("http/pool.rs", ""), ("error.rs", "")])).is_empty());
}

#[test]
fn a_circle_is_reported_however_long_it_is() {
    let two = Tree::of(&[("api/one.rs", "use super::two::Two;"), ("api/two.rs", "use crate::api::one::One;")]);
    assert_eq!(modules_in_a_circle(&two), ["api::one", "api::two"]);
    let parent = Tree::of(&[("api/mod.rs", "pub use one::One;"), ("api/one.rs", "use super::Two;")]);
    assert_eq!(modules_in_a_circle(&parent), ["api", "api::one"]);
    let three = Tree::of(&[
        ("api/one.rs", "use super::two;"),
        ("api/two.rs", "use super::{three, four};"),
        ("api/three.rs", "use super::one;"),
        ("api/four.rs", ""),
    ]);
    assert_eq!(modules_in_a_circle(&three), ["api::one", "api::three", "api::two"]);
}

#[test]
fn a_word_out_of_its_place_is_reported() {
    for (file, text, word) in [
        ("api/one.rs", "use rustls::ClientConfig;", "rustls"),
        ("credentials/one.rs", "let it = ureq_proto::client::Call::new();", "ureq_proto"),
        ("http/pool.rs", "use crate::api::secret::Secret;", "crate::api"),
        ("http/pool.rs", "    unsafe { read(it) }", "unsafe"),
        ("client.rs", "thread_local! {", "thread_local!"),
    ] {
        let astray = words_out_of_place(&Tree::of(&[(file, text)]));
        assert!(matches!(&astray[..], [one] if one.starts_with(&format!("{file}: {word} ("))), "{text}: {astray:?}");
    }
    let allowed =
        [("http/tls.rs", "use rustls::ClientConfig;"), ("api/one.rs", "// rustls\nlet unsafely = trustless;")];
    assert!(words_out_of_place(&Tree::of(&allowed)).is_empty());
}

#[test]
fn a_wildcard_over_kinds_is_reported() {
    for wildcard in ["_ => 2,", "_ if it.is_empty() => 2,\n    ErrorKind::Busy => 3,"] {
        let text =
            format!("match error.kind() {{\n    ErrorKind::Cancelled => {{\n        1\n    }}\n    {wildcard}\n}}\n");
        assert!(has_a_wildcard_over_kinds(&text), "{text}");
    }
    let within = "match kind {\n    ErrorKind::Busy => match number {\n        1 => 2,\n        _ => 3,\n    },\n    ErrorKind::Tls => 4,\n}\n";
    assert!(!has_a_wildcard_over_kinds(within));
}

#[test]
fn every_layer_of_the_list_exists() {
    let tree = Tree::read();
    for name in LAYERS {
        assert!(tree.files.keys().any(|file| module(file).split("::").next() == Some(name)), "{name}");
    }
}
