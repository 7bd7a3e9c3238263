//! README.md lists what there is.

use std::fs;
use std::path::Path;

use tcdb_mock_server::{Fault, Place, Spelling};

const START: &str = "<!-- faults: written by `make mock-faults` -->\n";
const END: &str = "<!-- end of faults -->\n";

fn readme() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    (path, text)
}

fn fault_table() -> String {
    let row = |fault: &Fault| {
        let stage = format!("{:?}", fault.stage()).to_lowercase();
        format!("| `{}` | {stage} | {} | {} |\n", fault.name(), fault.effect().name(), fault.description())
    };
    let rows: String = Fault::ALL.iter().map(row).collect();
    format!("| fault | stage | effect | what it does |\n| --- | --- | --- | --- |\n{rows}")
}

/// `make mock-faults` runs this with `TCDB_WRITE_FAULTS=1`, which writes instead of comparing.
#[test]
fn the_fault_table_is_current() {
    let (path, text) = readme();
    let (before, rest) = text.split_once(START).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let fresh = format!("{before}{START}{}{END}{after}", fault_table());
    if std::env::var_os("TCDB_WRITE_FAULTS").is_some() {
        fs::write(path, fresh).unwrap();
    } else {
        assert!(text == fresh, "README.md does not list the faults there are; `make mock-faults` writes them");
    }
}

#[test]
fn every_place_and_spelling_of_an_echo_is_named() {
    let (_, text) = readme();
    let named = |name: &str| text.contains(&format!("`{name}`"));
    assert!(Place::all().all(|place| named(place.name())), "a place is missing");
    assert!(Spelling::all().all(|spelling| named(spelling.name())), "a spelling is missing");
}
