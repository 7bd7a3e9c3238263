//! The places of the chain, in folders of the test's own: nothing here reads this process's environment or home.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tcdb_mock_server::{MetadataRules, Misbehaviour, MockServer};

use super::environment::Roles;
use super::{assume_role, default_chain, environment, profile};
use crate::config::{Options, Sourced};
use crate::credentials::{Credentials, Lookup, Refreshed, call_without_client};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Log, Sink};
use crate::runtime::cancel::ClientWakes;
use crate::runtime::context::CallContext;

fn clock() -> crate::runtime::clock::Clock {
    crate::runtime::clock::Clock::new(Instant::now())
}

pub(crate) struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tcdb-places-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        Self(path)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a profile in this file says: id, key, token.
fn read(path: &Path, name: Option<&str>) -> Result<(String, String, Option<String>)> {
    let bytes = path.as_os_str().as_bytes();
    let made = profile::credentials(Some(bytes), name, &|_| None, Path::new("/nonexistent"), NO_ROLES)?;
    let identity = made.resolver().cached(&clock())?;
    let key = identity.secrets()[0].to_owned();
    Ok((identity.secret_id().to_owned(), key, identity.token().map(str::to_owned)))
}

fn found(id: &str, key: &str, token: Option<&str>) -> (String, String, Option<String>) {
    (id.to_owned(), key.to_owned(), token.map(str::to_owned))
}

const NO_ROLES: Roles<'static> = Roles::Refused("which another function can");
const KEY: &str = "verySecretKeyOfThisTest";

#[test]
fn good_ini_files_are_read_as_they_stand() {
    let folder = Folder::new("good-ini");
    for (number, (text, expected)) in [
        ("[default]\nsecret_id=a\nsecret_key=b\n", found("a", "b", None)),
        ("[default]\r\nsecret_id = a\r\nsecret_key = b\r\ntoken = c\r\n", found("a", "b", Some("c"))),
        ("\u{feff}[default]\nsecret_id: a\nsecret_key: b", found("a", "b", None)),
        ("# x\n; y\n\n[other]\nsecret_id=z\n[default]\nSecret_Id=a\nSECRET_KEY=b\n", found("a", "b", None)),
        ("[default]\nsecret_id=a;b#c=d\nsecret_key=\"b;#='c\\d%(e)s\"\n", found("a;b#c=d", "\"b;#='c\\d%(e)s\"", None)),
        ("[default]\nsecret_id=a\nsecret_key=back\\\ntoken=c\n", found("a", "back\\", Some("c"))),
        ("[default]\nsecret_id=a\nsecret_key=b==\ntoken=\nregion=x\nendpoint=evil\n", found("a", "b==", None)),
        ("[default]\nsecret_id=a\nsecret_key=b\n[default2]\nsecret_key=x\n", found("a", "b", None)),
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.write(&format!("{number}"), text);
        assert_eq!(read(&path, None).unwrap(), expected, "{text:?}");
    }
    let path = folder.write("sections", "[a b]\nsecret_id=1\nsecret_key=2\n[c]\nsecret_id=3\nsecret_key=4\n");
    assert_eq!(read(&path, Some("a b")).unwrap(), found("1", "2", None));
    assert_eq!(read(&path, Some("c")).unwrap(), found("3", "4", None));
}

#[test]
fn good_files_of_the_command_line_are_read() {
    let folder = Folder::new("good-cli");
    for (number, (text, expected)) in [
        (r#"{"secretId":"a","secretKey":"b"}"#, found("a", "b", None)),
        (r#"{"secretId":"a","secretKey":"b","token":""}"#, found("a", "b", None)),
        (
            r#"{"type":"oauth","secretId":"a","secretKey":"b","token":"c","expiresAt":1800000000,"oauth":{"x":[1]}}"#,
            found("a", "b", Some("c")),
        ),
        (
            "\u{feff} {\"secretId\":\"a\",\"secretKey\":\"\\u0062;#=\\\"\",\"type\":\"default\",\"expiresAt\":1.5e9}\n",
            found("a", "b;#=\"", None),
        ),
        (r#"{"secretId":"a","secretKey":"b","role-arn":null,"token":null}"#, found("a", "b", None)),
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.write(&format!("{number}.credential"), text);
        assert_eq!(read(&path, None).unwrap(), expected, "{text:?}");
    }
}

/// File name, contents, and what the message says.
#[rustfmt::skip]
const BAD: [(&str, &[u8], &str); 46] = [
    ("ini", b"", "no section [default]"),
    ("ini", b"secret_id=a\nsecret_key=verySecretKeyOfThisTest\n", "is not an INI file (line 1: no section header before it)"),
    ("ini", b"[other]\nsecret_id=a\nsecret_key=verySecretKeyOfThisTest\n", "no section [default]"),
    ("ini", b"[Default]\nsecret_id=a\nsecret_key=verySecretKeyOfThisTest\n", "no section [default]"),
    ("ini", b"[default]\n", "no secret_id and secret_key in [default]"),
    ("ini", b"[default]\nsecret_id=\nsecret_key=\n", "no secret_id and secret_key in [default]"),
    ("ini", b"[default]\nsecret_id=a\n", "has a secret_id without a secret_key in [default]"),
    ("ini", b"[default]\nsecret_key=verySecretKeyOfThisTest\n", "has a secret_key without a secret_id in [default]"),
    ("ini", b"[default]\nrole_arn=qcs::cam::uin/1:roleName/r\n", "has a role_arn without a secret_id and secret_key in [default]"),
    ("ini", b"[default]\nsecret_id=a\nsecret_key=verySecretKeyOfThisTest\nrole_arn=qcs::cam::uin/1:roleName/r\nrole-arn=qcs::cam::uin/1:roleName/s\n", "has role_arn and role-arn in [default], which differ"),
    ("ini", b"[default]\nsecret_id=a\nsecret_id=b\nsecret_key=verySecretKeyOfThisTest\n", "has secret_id twice in [default]"),
    ("ini", b"[default]\nsecret_id=a\nsecret_key=verySecretKeyOfThisTest\nSECRET_KEY=x\n", "has secret_key twice in [default]"),
    ("ini", b"[default]\nsecret_id=a\nsecret_key=b\n[default]\nsecret_id=c\n", "has the section [default] twice"),
    ("ini", b"[default\nsecret_id=a\nsecret_key=verySecretKeyOfThisTest\n", "is not an INI file (line 1: a section without ])"),
    ("ini", b"[default]\n[]\nsecret_id=a\nsecret_key=verySecretKeyOfThisTest\n", "is not an INI file (line 2: a section without a name)"),
    ("ini", b"[default]\n[] = x\nsecret_id=a\nsecret_key=verySecretKeyOfThisTest\n", "is not an INI file (line 2: a section without a name)"),
    ("ini", b"[default]\nverySecretKeyOfThisTest\n", "is not an INI file (line 2: it has no "),
    ("ini", b"[default]\nverySecretKeyOfThisTest\nsecret_id=a\nsecret_key=b\n", "is not an INI file (line 2: it has no =)"),
    ("ini", b"[default]\n=verySecretKeyOfThisTest\n", "is not an INI file (line 2: it has no "),
    ("ini", b"[default]\nsecret_id=a b\nsecret_key=verySecretKeyOfThisTest\n", "[default]: secret_id holds a space"),
    ("ini", b"[default]\nsecret_id=a\nsecret_key=verySecret KeyOfThisTest\n", "[default]: secret_key holds a space"),
    ("ini", "[default]\nsecret_id=a\nsecret_key=schlüssel\n".as_bytes(), "secret_key holds a space or something other than ASCII"),
    ("ini", b"[default]\nsecret_id=a\nsecret_key=very\x07Secret\n", "secret_key holds a space or something other than ASCII"),
    ("ini", b"[default]\nsecret_id=a\nsecret_key=very\0Secret\n", "secret_key holds a space or something other than ASCII"),
    ("ini", b"[default]\nsecret_id=a\nsecret_key=\xff\xfe\n", "is not UTF-8 (at byte 33)"),
    ("ini", b"\xff\xfe[\0d\0e\0", "is not UTF-8 (at byte 0)"),
    ("ini", b"{\"secretId\":\"a\",\"secretKey\":\"verySecretKeyOfThisTest\"}", "is not an INI file (line 1: no section header"),
    ("credential", b"", "is JSON that ends too soon"),
    ("credential", b"{", "is JSON that ends too soon"),
    ("credential", b"{}", "no secretId and secretKey"),
    ("credential", b"null", "or is not an object"),
    ("credential", b"[\"a\",\"verySecretKeyOfThisTest\",null,null,null,null]", "or is not an object"),
    ("credential", b"\"verySecretKeyOfThisTest\"", "or is not an object"),
    ("credential", b"{\"secretId\":\"a\"}", "has a secretId without a secretKey"),
    ("credential", b"{\"secretKey\":\"verySecretKeyOfThisTest\"}", "has a secretKey without a secretId"),
    ("credential", b"{\"secretId\":\"\",\"secretKey\":\"verySecretKeyOfThisTest\"}", "has a secretKey without a secretId"),
    ("credential", b"{\"secretId\":1,\"secretKey\":\"verySecretKeyOfThisTest\"}", "of the wrong type"),
    ("credential", b"{\"secretId\":\"a\",\"secretKey\":{\"verySecretKeyOfThisTest\":1}}", "of the wrong type"),
    ("credential", b"{\"secretId\":\"a\",\"secretKey\":\"x\",\"secretKey\":\"verySecretKeyOfThisTest\"}", "has a member twice"),
    ("credential", b"{\"secretId\":\"a\",\"secretKey\":\"verySecretKeyOfThisTest\",\"expiresAt\":\"soon\"}", "of the wrong type"),
    ("credential", b"{\"secretId\":\"a\",\"secretKey\":\"verySecretKeyOfThisTest\"} x", "is not JSON (at line 1"),
    ("credential", b"{'secretId':'a','secretKey':'verySecretKeyOfThisTest'}", "is not JSON (at line 1"),
    ("credential", b"{\"secretId\":\"a\",\"secretKey\":\"verySecret\\nKey\"}", "secretKey holds a space"),
    ("credential", b"{\"secretId\":\"a\",\"secretKey\":\"verySecretKeyOfThisTest\",\"role-arn\":\"qcs::x\"}", "role-arn is not the ARN of a role"),
    ("credential", b"{\"secretId\":\"a\",\"secretKey\":\"verySecretKeyOfThisTest\",\"expiresAt\":1800000000000}", "has the expiresAt 1800000000000, which is not in Unix seconds"),
    ("credential", b"[default]\nsecret_id=a\nsecret_key=verySecretKeyOfThisTest\n", "or is not an object (at line 1"),
];

#[test]
fn bad_files_are_refused_with_the_file_the_reason_and_no_secret() {
    let folder = Folder::new("bad");
    for (number, (kind, contents, why)) in BAD.into_iter().enumerate() {
        let path = folder.write(&format!("{number}.{kind}"), contents);
        let name = if kind == "ini" { Some("default") } else { None };
        let error = read(&path, name).expect_err(why);
        let message = error.message();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{message}");
        assert!(message.contains(why) && message.contains(path.to_str().unwrap()), "{why}: {message}");
        assert!(!message.contains(KEY) && !message.contains("verySecret"), "{message}");
    }
}

#[test]
fn a_file_that_the_command_line_is_writing_is_read_again_until_it_is_whole() {
    let folder = Folder::new("written");
    let (text, cut) = (r#"{"secretId":"a","secretKey":"b"}"#, r#"{"secretId":"a","#);
    // On a busy machine the writer may come too late for one reading.
    let is_healed = (0..20).any(|number| {
        let path = folder.write(&format!("{number}.credential"), cut);
        let written = path.clone();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            fs::write(written, text).unwrap();
        });
        let outcome = read(&path, None);
        writer.join().unwrap();
        outcome.is_ok_and(|read| read == found("a", "b", None))
    });
    assert!(is_healed);
}

#[test]
fn a_key_of_1025_bytes_and_a_token_of_8193_are_refused() {
    let folder = Folder::new("long");
    let key = format!("[default]\nsecret_id=a\nsecret_key={}\n", "k".repeat(1025));
    let error = read(&folder.write("key", key), None).unwrap_err();
    assert!(error.message().ends_with("[default]: secret_key is 1025 bytes long; at most 1024"), "{error:?}");
    let token = format!("[default]\nsecret_id=a\nsecret_key=b\ntoken={}\n", "t".repeat(8193));
    let error = read(&folder.write("token", token), None).unwrap_err();
    assert!(error.message().ends_with("token is 8193 bytes long; at most 8192"), "{error:?}");
}

#[test]
fn what_is_not_a_regular_small_file_is_refused_at_once() {
    let folder = Folder::new("no-file");
    let fifo = folder.0.join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let socket = folder.0.join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let huge = folder.0.join("huge");
    fs::File::create(&huge).unwrap().set_len(10_000_000_000).unwrap();
    let just_too_large = folder.write("large", " ".repeat(65_537));
    symlink("loop", folder.0.join("loop")).unwrap();
    for (path, why) in [
        (fifo.as_path(), "is not a regular file"),
        (&folder.0, "is not a regular file"),
        (Path::new("/dev/zero"), "is not a regular file"),
        (&socket, "cannot be opened (no such device or address)"),
        (&huge, "is larger than 65536 bytes"),
        (&just_too_large, "is larger than 65536 bytes"),
        (&folder.0.join("loop"), "cannot be opened (too many levels of symbolic links)"),
        (&folder.0.join("missing"), "no such file or directory"),
        (&huge.join("below"), "not a directory"),
    ] {
        let started = Instant::now();
        let error = read(path, None).expect_err(why);
        assert!(error.message().contains(why), "{error:?}");
        assert!(started.elapsed() < Duration::from_millis(500), "{path:?} took {:?}", started.elapsed());
    }
    let largest = format!("[default]\nsecret_id=a\nsecret_key=b\n#{}", "x".repeat(65_536 - 36));
    assert_eq!(largest.len(), 65_536);
    read(&folder.write("largest", largest), None).unwrap();
}

/// A file that opens and cannot be read, as on a disk that fails.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_the_system_cannot_read_is_refused_with_its_reason() {
    let error = read(Path::new("/proc/self/mem"), None).unwrap_err();
    assert_eq!(error.message(), "/proc/self/mem: cannot be read (input/output error)");
}

#[test]
fn a_link_to_a_file_is_followed() {
    let folder = Folder::new("link");
    folder.write("data", "[default]\nsecret_id=a\nsecret_key=b\n");
    symlink("data", folder.0.join("link")).unwrap();
    assert_eq!(read(&folder.0.join("link"), None).unwrap(), found("a", "b", None));
}

#[test]
fn a_file_that_others_can_reach_is_known_by_its_mode_and_its_folders() {
    for (outer, inner, file, expected) in [
        (0o755, 0o755, 0o600, None),
        (0o755, 0o700, 0o644, None),
        (0o700, 0o777, 0o666, None),
        (0o755, 0o755, 0o604, Some("it can be read or written to by all users")),
        (0o755, 0o755, 0o602, Some("it can be read or written to by all users")),
        (0o755, 0o755, 0o640, Some("it can be read or written to by its group")),
        (0o755, 0o750, 0o644, Some("it can be read or written to by its group")),
        (0o750, 0o705, 0o604, None),
        (0o755, 0o777, 0o600, Some("its folder can be written to by its group")),
        (0o755, 0o703, 0o600, Some("its folder can be written to by all users")),
        (0o755, 0o1703, 0o600, None),
        (0o1777, 0o755, 0o600, None),
    ] {
        assert_eq!(crate::runtime::file::reach(file, &[inner, outer, 0o755]), expected, "{outer:o} {inner:o} {file:o}");
    }
}

#[test]
fn the_folders_that_count_are_those_of_the_file_behind_a_link() {
    let folder = Folder::new("reach");
    let path = folder.write("private/file", "");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
    symlink("private/file", folder.0.join("link")).unwrap();
    assert_eq!(crate::runtime::file::reachable_by_others(&folder.0.join("link")), None);
}

/// An environment with these variables.
fn variables<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
    |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
}

#[test]
fn the_files_are_looked_at_in_their_order_and_a_variable_overrides_them() {
    let folder = Folder::new("order");
    let home = folder.0.to_str().unwrap();
    let system = folder.0.join("system");
    let id = |name: Option<&str>, set: &[(&str, &str)]| -> Result<String> {
        let made = profile::credentials(None, name, &variables(set), &system, NO_ROLES)?;
        Ok(made.resolver().cached(&clock())?.secret_id().to_owned())
    };
    let at_home = [("HOME", home)];
    let error = id(None, &at_home).unwrap_err();
    assert_eq!(
        error.message(),
        format!(
            "profile \"default\" not found: {home}/.tencentcloud/credentials: no such file or directory; \
             {home}/system: no such file or directory; {home}/.tccli/default.credential: no such file or directory"
        )
    );
    folder.write(".tccli/default.credential", r#"{"secretId":"cli","secretKey":"k"}"#);
    assert_eq!(id(None, &at_home).unwrap(), "cli");
    folder.write("system", "[default]\nsecret_id=system\nsecret_key=k\n");
    assert_eq!(id(None, &at_home).unwrap(), "system");
    assert_eq!(id(None, &[]).unwrap(), "system");
    folder.write(
        ".tencentcloud/credentials",
        "[default]\nsecret_id=home\nsecret_key=k\n[p]\nsecret_id=p\nsecret_key=k\n",
    );
    assert_eq!(id(None, &at_home).unwrap(), "home");
    assert_eq!(id(Some("p"), &at_home).unwrap(), "p");
    assert_eq!(id(None, &[("HOME", home), ("TCCLI_PROFILE", "p")]).unwrap(), "p");
    assert_eq!(id(Some("default"), &[("HOME", home), ("TCCLI_PROFILE", "p")]).unwrap(), "home");
    folder.write(".tccli/q.credential", r#"{"secretId":"q","secretKey":"k"}"#);
    assert_eq!(id(None, &[("HOME", home), ("TCCLI_PROFILE", "q")]).unwrap(), "q");
    let named = folder.write("named", "[default]\nsecret_id=named\nsecret_key=k\n");
    let named = [("HOME", home), ("TENCENTCLOUD_CREDENTIALS_FILE", named.to_str().unwrap())];
    assert_eq!(id(None, &named).unwrap(), "named");
    let missing = [("HOME", home), ("TENCENTCLOUD_CREDENTIALS_FILE", "/nonexistent/file")];
    let message = "profile \"default\" not found: /nonexistent/file: no such file or directory";
    assert_eq!(id(None, &missing).unwrap_err().message(), message);
}

#[test]
fn without_a_home_the_folder_that_a_variable_names_is_looked_at_and_what_was_not_is_said() {
    let folder = Folder::new("homeless");
    let (system, shared) = (folder.0.join("system"), folder.0.join("shared"));
    let set = [("TENCENTCLOUD_SHARED_CREDENTIALS_DIR", shared.to_str().unwrap())];
    let id = || -> Result<String> {
        let made = profile::credentials(None, None, &variables(&set), &system, NO_ROLES)?;
        Ok(made.resolver().cached(&clock())?.secret_id().to_owned())
    };
    assert_eq!(
        id().unwrap_err().message(),
        format!(
            "profile \"default\" not found: ~/.tencentcloud: HOME is not set; {}: no such file or directory; \
             {}/default.credential: no such file or directory",
            system.display(),
            shared.display()
        )
    );
    folder.write("shared/default.credential", r#"{"secretId":"shared","secretKey":"k"}"#);
    assert_eq!(id().unwrap(), "shared");
}

#[test]
fn something_unusable_ends_the_search() {
    let folder = Folder::new("unusable");
    let home = [("HOME", folder.0.to_str().unwrap())];
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=a\n");
    let system = folder.write("system", "[default]\nsecret_id=system\nsecret_key=k\n");
    let error = profile::credentials(None, None, &variables(&home), &system, NO_ROLES).unwrap_err();
    assert!(error.message().ends_with("has a secret_id without a secret_key in [default]"), "{error:?}");
}

#[test]
fn names_that_cannot_be_a_profiles_are_refused() {
    let go = |path: Option<&str>, name: Option<&str>, set: &[(&str, &str)]| {
        let made =
            profile::credentials(path.map(str::as_bytes), name, &variables(set), Path::new("/nonexistent"), NO_ROLES);
        let error = made.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.message().to_owned()
    };
    assert_eq!(go(Some(""), None, &[]), "path is empty");
    assert_eq!(go(None, Some(""), &[]), "profile is empty");
    let long = "x".repeat(129);
    assert_eq!(go(None, Some(&long), &[]), "profile is over 128 bytes long");
    for name in ["../x", "a/b", "a]b", ".hidden", "a\nb"] {
        assert!(go(None, Some(name), &[]).starts_with("profile holds a control character, / or"));
    }
    assert!(go(None, None, &[("TCCLI_PROFILE", "a/b")]).starts_with("TCCLI_PROFILE holds"));
    assert_eq!(
        go(Some("/x/p.credential"), Some("q"), &[]),
        "profile is \"q\", but the file is that of the profile \"p\""
    );
}

#[test]
fn region_and_language_come_from_the_configure_file_and_the_endpoint_never_does() {
    let folder = Folder::new("settings");
    let path = folder.write("p.credential", r#"{"secretId":"a","secretKey":"b"}"#);
    let settings = |configure: Option<&str>| {
        let _ = fs::remove_file(folder.0.join("p.configure"));
        if let Some(text) = configure {
            folder.write("p.configure", text);
        }
        let bytes = path.as_os_str().as_bytes();
        profile::credentials(Some(bytes), None, &|_| None, Path::new("/nonexistent"), NO_ROLES)
            .unwrap()
            .resolver()
            .settings()
    };
    let good = settings(Some(
        r#"{"_sys_param":{"region":"ap-x","language":"zh-CN","output":"json","arrayCount":10},
            "cdb":{"endpoint":"evil.example","version":"2017-03-20"}}"#,
    ));
    assert_eq!(
        (good.region.as_deref(), good.language.as_deref(), good.warnings.len()),
        (Some("ap-x"), Some("zh-CN"), 0)
    );
    assert!(!format!("{good:?}").contains("evil"));
    for text in [None, Some("{}"), Some(r#"{"_sys_param":{"region":"","language":"fr"}}"#)] {
        let none = settings(text);
        assert_eq!((none.region, none.language, none.warnings.len()), (None, None, 0), "{text:?}");
    }
    // Older versions wrote the region next to it; newer ones keep the settings of a service of that name there.
    for (region, used) in
        [(r#""ap-\u0079""#, Some("ap-y")), (r#""""#, None), ("null", None), (r#"{"a":[1]}"#, None), ("1", None)]
    {
        let found = settings(Some(&["{\"region\":", region, "}"].concat()));
        assert_eq!((found.region.as_deref(), found.warnings.len()), (used, 0), "{region}");
    }
    for text in ["", "[]", "{\"_sys_param\":[]}", "{\"_sys_param\":{\"region\":1}}"] {
        let bad = settings(Some(text));
        assert!(bad.region.is_none() && bad.warnings.len() == 1, "{text:?} {bad:?}");
        assert!(bad.warnings[0].ends_with("; its region and language are not used"), "{bad:?}");
    }
    let _ = fs::remove_file(folder.0.join("p.configure"));
    fs::create_dir(folder.0.join("p.configure")).unwrap();
    let made =
        profile::credentials(Some(path.as_os_str().as_bytes()), None, &|_| None, Path::new("/nonexistent"), NO_ROLES);
    let unreadable = made.unwrap().resolver().settings();
    let why = format!("{}: is not a regular file", folder.0.join("p.configure").display());
    assert_eq!(unreadable.warnings, [format!("{why}; its region and language are not used")]);
    assert_eq!(unreadable.unusable, Some(why));
}

#[test]
fn the_environment_is_whole_or_nothing() {
    let look = |set: &[(&str, &str)]| environment::lookup(&variables(set), &Log::default());
    let id = ("TENCENTCLOUD_SECRET_ID", "a");
    let key = ("TENCENTCLOUD_SECRET_KEY", "verySecret");
    let fails = |set: &[(&str, &str)]| look(set).err().map(|e: Error| e.message().to_owned()).expect("refused");
    assert!(matches!(look(&[]), Ok(Lookup::NotFound(_))));
    assert!(matches!(look(&[("TENCENTCLOUD_SECRET_ID", ""), ("TENCENTCLOUD_TOKEN", "t")]), Ok(Lookup::NotFound(_))));
    assert_eq!(fails(&[id]), "TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is");
    assert_eq!(fails(&[key]), "TENCENTCLOUD_SECRET_ID is not set, though TENCENTCLOUD_SECRET_KEY is");
    let [of_function @ .., _] = environment::FUNCTION.map(|name| (name, "verySecret"));
    assert_eq!(fails(&of_function[..1]), "TENCENTCLOUD_SECRETKEY is not set, though TENCENTCLOUD_SECRETID is");
    assert_eq!(fails(&of_function[1..]), "TENCENTCLOUD_SECRETID is not set, though TENCENTCLOUD_SECRETKEY is");
    assert_eq!(fails(&of_function), "TENCENTCLOUD_SESSIONTOKEN is not set, though TENCENTCLOUD_SECRETID is");
    let not_utf_8 = |name: &str| (name == key.0).then(|| OsStr::from_bytes(b"verySecret\xff").to_owned());
    let refused = environment::lookup(&not_utf_8, &Log::default()).err().map(|e| e.message().to_owned());
    assert_eq!(refused.as_deref(), Some("TENCENTCLOUD_SECRET_KEY is not UTF-8"));
    assert_eq!(
        fails(&[id, key, ("TENCENTCLOUD_TOKEN", "s"), ("TENCENTCLOUD_SECURITY_TOKEN", "t")]),
        "TENCENTCLOUD_TOKEN and TENCENTCLOUD_SECURITY_TOKEN are both set and differ"
    );
    assert_eq!(
        fails(&[id, ("TENCENTCLOUD_SECRET_KEY", "very Secret")]),
        "TENCENTCLOUD_SECRET_KEY holds a space or something other than ASCII"
    );
    for name in environment::TOKENS {
        let Ok(Lookup::Found(found)) = look(&[id, key, (name, "t"), ("TENCENTCLOUD_TOKEN", "t")]) else {
            panic!("{name}")
        };
        assert_eq!(found.resolver().cached(&clock()).unwrap().token(), Some("t"));
    }
}

#[test]
fn the_chain_takes_the_environment_before_a_profile_and_stops_at_what_is_unusable() {
    let folder = Folder::new("chain");
    let home = folder.0.to_str().unwrap();
    let system = folder.0.join("system");
    let id = |set: &[(&str, &str)]| -> Result<String> {
        let made = default_chain::credentials(&Options::default(), &variables(set), &system)?;
        Ok(made.resolver().cached(&clock())?.secret_id().to_owned())
    };
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=home\nsecret_key=k\n");
    assert_eq!(id(&[("HOME", home)]).unwrap(), "home");
    let passed_over = |set: &[(&str, &str)]| {
        default_chain::choose(&Options::default(), &variables(set), &system).unwrap().passed_over
    };
    let reasons = passed_over(&[("HOME", home)]);
    assert!(reasons.len() == 1 && reasons[0].starts_with("environment: "), "{reasons:?}");
    let set = [("HOME", home), ("TENCENTCLOUD_SECRET_ID", "env"), ("TENCENTCLOUD_SECRET_KEY", "k")];
    assert_eq!(id(&set).unwrap(), "env");
    assert!(passed_over(&set).is_empty());
    let half = [("HOME", home), ("TENCENTCLOUD_SECRET_ID", "env")];
    let error = id(&half).unwrap_err();
    assert_eq!(error.message(), "TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is");
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=home\n");
    assert!(id(&[("HOME", home)]).unwrap_err().message().contains("without a secret_key"));
    // Nothing on this machine: the metadata service is left to the first query.
    fs::remove_dir_all(folder.0.join(".tencentcloud")).unwrap();
    let error = id(&[("HOME", home)]).unwrap_err();
    assert_eq!(error.message(), "default credentials: no credentials yet; a query fetches them");
}

#[test]
fn an_endpoint_of_the_environment_is_never_that_of_the_metadata_service() {
    let io = |name: &'static str| Options {
        endpoint: Some(crate::config::Sourced::new(name, "cdb.example.com")),
        ..Options::default()
    };
    assert!(super::cvm_role::credentials(None, &io(crate::config::ENDPOINT)).is_ok());
    let error = super::cvm_role::credentials(None, &io("endpoint")).unwrap_err();
    assert!(error.message().starts_with("endpoint is not a metadata service"), "{error}");
}

#[test]
fn a_childs_value_is_its_own_and_made_once() {
    let value = crate::runtime::fork::ForkLocal::new(7);
    assert_eq!(*value.get(|_| unreachable!("this is the process that made it")), 7);
}

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Lines {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Sink for Lines {
    fn line(&self, _: Level, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

fn call() -> CallContext {
    call_without_client(Duration::from_secs(60)).unwrap()
}

/// What a refusal of what is held leads to.
fn refused(credentials: &Credentials) -> Refreshed {
    let resolver = credentials.resolver();
    resolver.refresh(&resolver.credentials(&call(), &clock()).unwrap(), &call(), &clock())
}

fn id_of(credentials: &Credentials) -> String {
    credentials.resolver().cached(&clock()).unwrap().secret_id().to_owned()
}

#[test]
fn keys_in_files_that_the_environment_names_are_read_again_after_a_refusal() {
    let folder = Folder::new("key-files");
    let (id, key) = (folder.write("id", "old\n"), folder.write("key", "k\n"));
    let set = [
        ("TENCENTCLOUD_SECRET_ID_FILE", id.to_str().unwrap()),
        ("TENCENTCLOUD_SECRET_KEY_FILE", key.to_str().unwrap()),
    ];
    let lines = Arc::<Lines>::default();
    let found = || match environment::lookup(&variables(&set), &Log::new(Level::Warn, lines.clone())).unwrap() {
        Lookup::Found(found) => found,
        Lookup::NotFound(nothing) => panic!("{}", nothing.why),
    };
    let held = found();
    assert_eq!((id_of(&held), held.resolver().info().source.as_str()), ("old".to_owned(), "environment"));
    folder.write("id", "new\n");
    assert_eq!((refused(&held), id_of(&held)), (Refreshed::Yes, "new".to_owned()));
    let emptied = found();
    folder.write("key", "\n");
    assert_eq!(refused(&emptied), Refreshed::No);
    let why = format!("{} (TENCENTCLOUD_SECRET_KEY_FILE): is empty", key.display());
    assert_eq!(lines.take(), [format!("credentials could not be fetched: {why}")]);
}

#[test]
fn a_profile_that_has_become_something_else_is_not_signed_with() {
    let folder = Folder::new("changed");
    let (ini, cli) =
        ("[default]\nsecret_id=a\nsecret_key=verySecret\n", r#"{"secretId":"a","secretKey":"verySecret"}"#);
    let with_role = format!("{ini}role_arn=qcs::cam::uin/1:roleName/r\n");
    for (file, before, after, why) in [
        (
            "role",
            ini,
            with_role.as_str(),
            "profile \"default\" in PATH now asks for another role; create the credentials again",
        ),
        (
            "cvm.credential",
            cli,
            r#"{"type":"cvm-role"}"#,
            "profile \"cvm\" in PATH now asks for the CVM role; create the credentials again",
        ),
        ("none", ini, "[default]\n", "PATH: no secret_id and secret_key in [default]"),
    ] {
        let (path, lines) = (folder.write(file, before), Arc::<Lines>::default());
        let io = Options { log: Log::new(Level::Warn, lines.clone()), ..Options::default() };
        let (bytes, nowhere) = (path.as_os_str().as_bytes(), Path::new("/nonexistent"));
        let held = profile::credentials(Some(bytes), None, &|_| None, nowhere, Roles::Assumed(&io)).unwrap();
        folder.write(file, after);
        assert_eq!(refused(&held), Refreshed::No, "{file}");
        let why = why.replace("PATH", path.to_str().unwrap());
        assert_eq!(lines.take(), [format!("credentials could not be fetched: {why}")]);
    }
}

/// A chain whose last place is this server's metadata service.
fn chain_to(server: &MockServer, log: Log) -> Credentials {
    let endpoint = Some(Sourced::new("endpoint", server.metadata_url()));
    let io = Options { endpoint, log, ..Options::default() };
    default_chain::credentials(&io, &|_| None, Path::new("/nonexistent")).unwrap()
}

#[test]
fn the_chains_cvm_role_fails_with_all_places_until_it_was_found_and_then_alone() {
    let server = MockServer::start(tcdb_mock_server::Options::default()).unwrap();
    let host = server.metadata_url().replace("http://", "");
    server.misbehave_metadata(Misbehaviour::raw("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", false));
    let chain = chain_to(&server, Log::default());
    let error = chain.resolver().credentials(&call(), &clock()).unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Credentials, true), "{error:?}");
    let (before, last) = error.message().split_once("; CVM role: ").unwrap();
    assert!(before.starts_with("no credentials found: environment: "), "{error:?}");
    assert_eq!(last, format!("metadata service {host}: returned HTTP 403"));
    server.behave_metadata();
    let lines = Arc::<Lines>::default();
    let chain = chain_to(&server, Log::new(Level::Warn, lines.clone()));
    chain.fetch(Duration::from_secs(60)).unwrap();
    server.set_metadata(MetadataRules { role: None, ..MetadataRules::default() });
    assert_eq!(refused(&chain), Refreshed::No);
    assert_eq!(lines.take(), ["credentials could not be fetched: CVM role: the instance has no role"]);
}

#[test]
fn a_chain_that_is_cancelled_at_the_metadata_service_is_not_a_chain_without_credentials() {
    let server = MockServer::start(tcdb_mock_server::Options::default()).unwrap();
    let chain = chain_to(&server, Log::default());
    let wakes = Arc::<ClientWakes>::default();
    wakes.shut_down();
    let now = Instant::now();
    let cancelled = CallContext::new(&wakes, now, now + Duration::from_secs(60), None, None).unwrap();
    let error = chain.resolver().credentials(&cancelled, &clock()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error:?}");
    // It is not kept for the next call.
    chain.resolver().credentials(&call(), &clock()).unwrap();
}

#[test]
fn a_role_is_named_in_a_failure_to_get_credentials_and_in_nothing_else() {
    let named = |kind| assume_role::named("role r", Error::new(kind, "why"));
    assert_eq!(named(ErrorKind::Credentials).message(), "role r: why");
    for kind in [ErrorKind::Cancelled, ErrorKind::System, ErrorKind::Internal] {
        assert_eq!((named(kind).kind(), named(kind).message()), (kind, "why"));
    }
}
