//! The mock server as a program.

mod raw_client;

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use raw_client::{ask, body_of, connect, exchange_at, good_request, read_reply};
use serde_json::Value;
use tcdb_mock_server::signature::Target;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, clock};

struct Program {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    ready: Value,
}

impl Program {
    fn start(arguments: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tcdb-mock-server"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let ready = read_line(&mut lines);
        Program { child, lines, ready }
    }

    fn command(&mut self, line: &str) -> Value {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
        read_line(&mut self.lines)
    }

    fn exchange(&self) -> String {
        let url = self.ready["http"].as_str().unwrap();
        let mut stream = connect(url.rsplit(':').next().unwrap().parse().unwrap());
        stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
        read_reply(&mut stream).unwrap()
    }

    fn ended_within(&mut self, limit: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from(self.ready["ca"].as_str().unwrap()).parent().unwrap().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_line(lines: &mut impl BufRead) -> Value {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

#[test]
fn it_says_where_it_is_answers_commands_and_ends_with_its_input() {
    let mut program = Program::start(&[]);
    assert_eq!(program.ready["pid"], program.child.id());
    assert!(program.exchange().contains("SUCCESS"));
    assert_eq!(program.command(r#"{"stats":true}"#)["requests"], 1);
    assert_eq!(program.command("nonsense")["ok"], false);
    let folder = program.folder();
    assert!(folder.join("ca.pem").exists());
    drop(program.child.stdin.take());
    assert!(program.ended_within(Duration::from_secs(5)));
    assert!(!folder.exists());
}

#[test]
fn sigterm_ends_it_and_removes_its_folder() {
    let mut program = Program::start(&["--seconds", "60"]);
    let folder = program.folder();
    let killed = Command::new("kill").arg(program.child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert!(program.ended_within(Duration::from_secs(5)));
    assert!(!folder.exists());
}

#[test]
fn it_ends_by_itself_after_its_seconds_and_not_with_its_input() {
    let mut program = Program::start(&["--seconds", "1"]);
    drop(program.child.stdin.take());
    assert!(!program.ended_within(Duration::from_millis(300)));
    assert!(program.ended_within(Duration::from_secs(5)));
}

#[test]
fn a_life_whose_inner_step_never_ends_is_refused_by_its_number() {
    let mut program = Program::start(&[]);
    let put = |life: &str| format!(r#"{{"put":{{"id":"a","life":[{life}]}}}}"#);
    for (life, error) in [
        (
            r#"{"status":"INITIAL"},{"status":"SUCCESS"}"#,
            "step 1 of `a` lasts for ever, and 1 more follow: give it `times` or `ms`",
        ),
        (
            r#"{"status":"INITIAL","times":1},{"fault":"html_504"},{"status":"RUNNING","ms":5},{"status":"SUCCESS"}"#,
            "step 2 of `a` lasts for ever, and 2 more follow: give it `times` or `ms`",
        ),
    ] {
        let answer = program.command(&put(life));
        assert_eq!((&answer["ok"], &answer["error"]), (&Value::from(false), &Value::from(error)));
    }
    assert_eq!(program.command(&put(r#"{"status":"INITIAL","ms":5},{"status":"SUCCESS"}"#))["ok"], true);
}

#[test]
fn scripts_faults_and_the_log_are_obeyed_before_the_first_request() {
    let folder = std::env::temp_dir().join(format!("tcdb-mock-server-test-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let script = format!(r#"[{{"put":{{"id":"{DOCUMENTED_ID}","life":[{{"status":"KILLED"}}]}}}}] {{"delay_ms":1}}"#);
    std::fs::write(path("script"), script).unwrap();
    let (script, log, dir) = (path("script"), path("log"), path("dir"));
    let program = Program::start(&["--script", &script, "--log", &log, "--dir", &dir, "--fault", "html_502:1"]);
    assert!(program.exchange().starts_with("HTTP/1.1 502"));
    assert!(program.exchange().contains("KILLED"));
    assert_eq!(program.folder().to_str().unwrap(), dir);
    let log = std::fs::read_to_string(log).unwrap();
    let treated: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["treated"].clone()).collect();
    assert_eq!(treated, [Value::from("html_502"), Value::Null]);
    assert!(!log.contains("Signature"));
    drop(program);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn it_lists_its_faults_and_refuses_what_it_does_not_know() {
    let run =
        |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_tcdb-mock-server")).args(arguments).output().unwrap();
    let listed = String::from_utf8(run(&["--list-faults"]).stdout).unwrap();
    assert_eq!(listed.lines().count(), Fault::ALL.len());
    for wrong in [&["--unknown", "1"][..], &["word"], &["--seconds"], &["--fault", "nothing"], &["--delay-ms", "x"]] {
        let output = run(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1, "{wrong:?}");
    }
}

#[test]
fn sts_is_set_up_by_options_and_announced() {
    const ROLE: &str = "qcs::cam::uin/1:roleName/reader";
    let options = ["--role", ROLE, "--web-identity-token", "mine", "--sts-lifetime-ms", "5000"];
    let mut program = Program::start(&[&options[..], &["--sts-fault", "html_502:1"]].concat());
    assert_eq!(program.ready["web_identity_token"], "mine");
    let url = program.ready["sts_http"].as_str().unwrap();
    assert_eq!(program.ready["sts"].as_str().unwrap().rsplit(':').next(), url.rsplit(':').next());
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    let assume = |role: &str| {
        let body = format!(r#"{{"RoleArn":"{role}","RoleSessionName":"session"}}"#);
        let request = good_request(&body).to_bytes_for(Target::sts("AssumeRole"));
        exchange_at(port, &request)
    };
    assert!(assume(ROLE).starts_with("HTTP/1.1 502"));
    let issued: Value = serde_json::from_str(&body_of(&assume(ROLE))).unwrap();
    let left = issued["Response"]["ExpiredTime"].as_i64().unwrap() - clock::unix_seconds();
    assert!((3..=6).contains(&left), "{left}");
    assert!(assume("qcs::cam::uin/1:roleName/other").contains("ResourceNotFound.RoleNotFound"));
    assert_eq!(program.command(r#"{"stats":true}"#)["sts_requests"], 3);
}
