//! The tables of README.md in this folder name tests by module and name: do they exist?

use std::ffi::CStr;
use std::fs;
use std::path::Path;

use tcdb_async::ffi::tcdb_code_name;

#[test]
fn every_test_that_is_named_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c_api");
    let table = fs::read_to_string(folder.join("README.md")).unwrap();
    let named: Vec<&str> = table.split('`').filter(|word| word.contains("::")).collect();
    assert!(named.len() > 40, "{} names", named.len());
    for name in named {
        let (module, function) = name.split_once("::").unwrap();
        let source = fs::read_to_string(folder.join(module).with_extension("rs")).unwrap_or_default();
        assert!(source.contains(&format!("#[test]\nfn {function}()")), "no such test: {name}");
    }
}

#[test]
fn every_code_has_its_row_in_the_troubleshooting_guide() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/troubleshooting.md");
    let guide = fs::read_to_string(guide).unwrap();
    let names = (1..100).map(|code| (code, unsafe { CStr::from_ptr(tcdb_code_name(code)) }.to_str().unwrap()));
    let rows: Vec<String> =
        names.filter(|(_, name)| !name.is_empty()).map(|(code, name)| format!("| `{name}` {code} | ")).collect();
    assert_eq!(rows.len(), 20);
    for row in rows {
        assert!(guide.contains(&row), "{row}");
    }
}
