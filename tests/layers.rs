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
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut paths = Vec::new();
        sources(&root, &mut paths);
        let name = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        Self { files: paths.iter().map(|path| (name(path), code(&fs::read_to_string(path).unwrap()))).collect() }
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

#[test]
fn imports_run_downwards() {
    let tree = Tree::read();
    let mut upward = Vec::new();
    for file in tree.files.keys().filter(|file| *file != "lib.rs") {
        let here = layer(&module(file));
        upward.extend(
            tree.imports(file).into_iter().filter(|to| layer(to) < here).map(|to| format!("{file} imports {to}")),
        );
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let tree = Tree::read();
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
    let circles: Vec<&String> = arrows.keys().filter(|module| reaches(module, module)).collect();
    assert!(circles.is_empty(), "in a circle: {circles:#?}");
}

#[test]
fn what_is_dangerous_or_foreign_stays_in_its_place() {
    let tree = Tree::read();
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
    assert!(astray.is_empty(), "{astray:#?}");
}

#[test]
fn every_layer_of_the_list_exists() {
    let tree = Tree::read();
    for name in LAYERS {
        assert!(tree.files.keys().any(|file| module(file).split("::").next() == Some(name)), "{name}");
    }
}
