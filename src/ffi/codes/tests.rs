use super::*;
use crate::info::Status;

#[test]
fn every_kind_has_a_code_and_a_name_of_its_own() {
    let codes = ErrorKind::ALL.map(code_of);
    for (i, code) in codes.iter().enumerate() {
        assert!(!codes[..i].contains(code) && *code != TCDB_OK, "{code}");
        let name = format!("TCDB_ERR_{}", ErrorKind::ALL[i].name());
        assert_eq!(name_of(*code).to_str().unwrap(), name);
    }
    assert!(name_of(19).is_empty());
}

#[test]
fn the_numbers_of_statuses_are_the_cores() {
    let statuses = [
        TCDB_STATUS_UNKNOWN,
        TCDB_STATUS_INITIAL,
        TCDB_STATUS_RUNNING,
        TCDB_STATUS_SUCCESS,
        TCDB_STATUS_FAILED,
        TCDB_STATUS_KILLED,
        TCDB_STATUS_REMOVED,
        TCDB_STATUS_PAUSED,
        TCDB_STATUS_UNDEFINED,
    ];
    assert_eq!(statuses.to_vec(), Status::ALL.map(|status| status as tcdb_status).to_vec());
}

#[test]
fn the_version_macros_are_the_packages() {
    let version = format!("{TCDB_VERSION_MAJOR}.{TCDB_VERSION_MINOR}.{TCDB_VERSION_PATCH}");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert_eq!(TCDB_ABI_VERSION, TCDB_VERSION_MAJOR << 16 | TCDB_VERSION_MINOR);
}
