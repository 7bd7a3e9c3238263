//! Credentials of a role by a token in a file, as a pod of TKE has them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Misbehaviour, MockServer, StsRules};

use crate::c_api::{Credentials, Failure, Role};
use crate::roles::{ARN, client, io, start};

pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tcdb-web-identity-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn pod(server: &MockServer, file: &Path) -> Credentials {
    Credentials::web_identity(ARN, file, &Role::new().session("pod"), &io(server)).unwrap()
}

fn failure(server: &MockServer, file: &Path) -> Failure {
    client(server, &pod(server, file)).query(DOCUMENTED_ID).unwrap_err()
}

#[test]
fn the_file_s_token_is_sent_unsigned_and_trimmed_and_the_role_signs_the_query() {
    let (server, folder) = (start(), Folder::new("good"));
    let token = server.sts_rules().web_identity_token;
    let credentials = pod(&server, &folder.write("token", &format!("{token}\r\n")));
    client(&server, &credentials).query(DOCUMENTED_ID).unwrap();
    let seen = &server.sts_seen()[0];
    assert_eq!((seen.header("authorization").as_deref(), seen.header("x-tc-token")), (Some("SKIP"), None));
    assert_eq!(seen.header("x-tc-action").as_deref(), Some("AssumeRoleWithWebIdentity"));
    let sent: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    let expected = json!({"ProviderId": "OIDC", "WebIdentityToken": token, "RoleArn": ARN,
                          "RoleSessionName": "pod", "DurationSeconds": 7200});
    assert_eq!(sent, expected);
    assert_eq!(server.seen()[0].secret_id(), server.sts_secret_ids().pop());
    assert!(credentials.info().0.starts_with(&format!("role {ARN} by web identity token ")));
}

#[test]
fn the_file_is_read_at_every_fetch() {
    let (server, folder) = (start(), Folder::new("renewed"));
    let file = folder.write("token", &server.sts_rules().web_identity_token);
    let credentials = pod(&server, &file);
    let client = client(&server, &credentials);
    client.query(DOCUMENTED_ID).unwrap();
    server.set_web_identity_token("second.token");
    folder.write("token", "second.token");
    server.revoke_sts();
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.sts_credentials(), 2);
    assert_eq!(server.sts_requests(), 2, "the new token at once");
}

/// Kubernetes swaps the symbolic link of the whole folder.
#[cfg(unix)]
#[test]
fn a_token_that_is_swapped_while_sts_refuses_the_old_one_is_tried_at_once() {
    let (server, folder) = (start(), Folder::new("swapped"));
    fs::create_dir_all(folder.0.join("..1")).unwrap();
    fs::create_dir_all(folder.0.join("..2")).unwrap();
    folder.write("..1/token", "first.token");
    folder.write("..2/token", "second.token");
    let link = folder.0.join("..data");
    std::os::unix::fs::symlink("..1", &link).unwrap();
    server.set_sts(StsRules { delay: Duration::from_millis(300), ..server.sts_rules() });
    server.set_web_identity_token("second.token");
    let credentials = pod(&server, &link.join("token"));
    let client = client(&server, &credentials);
    std::thread::scope(|scope| {
        let query = scope.spawn(|| client.query(DOCUMENTED_ID));
        while server.sts_requests() == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::os::unix::fs::symlink("..2", folder.0.join("..new")).unwrap();
        fs::rename(folder.0.join("..new"), &link).unwrap();
        query.join().unwrap().unwrap();
    });
    let refused: Vec<_> = server.sts_seen().into_iter().map(|seen| seen.refused).collect();
    assert_eq!(refused, [Some("InvalidParameter.WebIdentityTokenError".to_owned()), None]);
}

#[test]
fn the_same_token_again_is_the_failure_with_its_file() {
    let (server, folder) = (start(), Folder::new("wrong"));
    let file = folder.write("token", "wrong.token");
    let failure = failure(&server, &file);
    assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_CREDENTIALS, false));
    assert_eq!(failure.server_code.as_deref(), Some("InvalidParameter.WebIdentityTokenError"));
    assert!(failure.message.starts_with(&format!("role {ARN} by web identity: STS: InvalidParameter.WebIdentity")));
    assert!(failure.message.ends_with(&format!("; the token is that of {}", file.display())), "{failure:?}");
    assert_eq!(server.sts_requests(), 1);
}

#[test]
fn a_file_that_has_no_token_is_named_with_what_is_wrong() {
    let (server, folder) = (start(), Folder::new("files"));
    for (file, why, may_pass) in [
        (folder.0.join("none"), "no such file or directory", true),
        (folder.write("empty", "\n"), "is empty", true),
        (folder.write("two", "a.token another"), "holds a space or something other than ASCII", false),
        (folder.write("large", &"x".repeat(65_537)), "is larger than 65536 bytes", false),
        (folder.0.clone(), "is not a regular file", false),
    ] {
        let failure = failure(&server, &file);
        let message = format!("role {ARN} by web identity: token file {}: {why}", file.display());
        assert_eq!((failure.message, failure.is_retryable), (message, may_pass));
    }
    assert_eq!(server.sts_requests(), 0);
}

#[test]
fn what_sts_does_not_take_with_a_web_identity_is_refused_by_name() {
    let server = start();
    let role = Role::new().external_id("xyz");
    let failure = Credentials::web_identity(ARN, Path::new("/token"), &role, &io(&server)).err().unwrap();
    assert_eq!(failure.message, "external_id is set, which STS does not take with a web identity");
}

#[test]
fn the_token_shows_in_no_message() {
    let (server, folder) = (start(), Folder::new("secret"));
    let token = "header-part-0123456789.payload-part-0123456789.signature";
    let file = folder.write("token", token);
    server.misbehave_sts(Misbehaviour::error("InvalidParameter.ParamError", &format!("bad token {token}"), 200));
    let failure = failure(&server, &file);
    assert!(failure.message.ends_with("InvalidParameter.ParamError: bad token ***"), "{failure:?}");
}
