//! How tasks live.

mod raw_client;

use std::time::Duration;

use raw_client::{answer, ask, exchange};
use tcdb_mock_server::{Control, Fault, Life, Member, Misbehaviour, MockServer, Options, Starts, Step, demo_tasks};

fn started() -> MockServer {
    MockServer::start(Options::default()).unwrap()
}

fn without_request_id(body: &str) -> String {
    let at = body.find("\"RequestId\"").unwrap();
    body[..at].to_owned()
}

fn status(server: &MockServer, id: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(&answer(server, id)).unwrap();
    let response = &json["Response"];
    response["Status"].as_str().or(response["Error"]["Code"].as_str()).unwrap_or("none").to_owned()
}

#[test]
fn steps_last_for_their_questions_and_the_last_for_ever() {
    let server = started();
    server.put(
        "a",
        Life::of([
            Step::status("INITIAL").times(2),
            Step::error("InternalError", "x").http(500).times(1),
            Step::status("SUCCESS").times(1),
        ]),
    );
    let said: Vec<String> = (0..6).map(|_| status(&server, "a")).collect();
    assert_eq!(said, ["INITIAL", "INITIAL", "InternalError", "SUCCESS", "SUCCESS", "SUCCESS"]);
    assert_eq!(server.questions("a"), 6);
}

#[test]
fn time_passes_from_the_first_question_or_from_the_start() {
    let server = started();
    let life = Life::of([Step::status("RUNNING").ms(300), Step::status("SUCCESS")]);
    server.put("from question", life.clone());
    server.put("from put", life.from_put());
    std::thread::sleep(Duration::from_millis(350));
    assert_eq!(status(&server, "from put"), "SUCCESS");
    assert_eq!(status(&server, "from question"), "RUNNING");
    std::thread::sleep(Duration::from_millis(350));
    assert_eq!(status(&server, "from question"), "SUCCESS");
}

#[test]
fn a_request_whose_answer_is_lost_does_not_use_up_the_life() {
    let server = started();
    server.put("a", Life::of([Step::status("INITIAL").times(1), Step::status("SUCCESS")]));
    server.misbehave(Misbehaviour::fault(Fault::Html502).next_requests(1));
    assert!(exchange(&server, &ask("a")).starts_with("HTTP/1.1 502 "));
    assert_eq!(status(&server, "a"), "INITIAL");
    assert_eq!(status(&server, "a"), "SUCCESS");
}

#[test]
fn members_are_as_commanded_null_or_missing() {
    let server = started();
    let cases = [
        (Member::Null, Member::Missing, r#"{"Response":{"Status":null,"#),
        (Member::Missing, Member::Null, r#"{"Response":{"Info":null,"#),
        ("a\"\\".into(), "\u{0}ä".into(), r#"{"Response":{"Info":"\u0000ä","Status":"a\"\\","#),
    ];
    for (status, info, expected) in cases {
        server.put("a", Life::of([Step::raw_status(status, info)]));
        assert_eq!(without_request_id(&answer(&server, "a")), expected);
    }
}

#[test]
fn lives_in_json_are_those_in_rust() {
    let server = started();
    let mut control = Control::of(&server);
    let command = r#"{"put":{"id":"a","life":[
        {"status":"INITIAL","times":1},
        {"status":null,"missing":["info"],"times":1},
        {"error":{"code":"InternalError","message":"m"},"http":500,"times":1},
        {"raw":"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw","times":1},
        {"fault":"html_504","times":1},
        {"status":"SUCCESS","info":"i","fault":"byte_order_mark"}]}}"#;
    assert_eq!(control.obey(command)["ok"], true);
    let replies: Vec<String> = (0..6).map(|_| exchange(&server, &ask("a"))).collect();
    let parts = [
        r#""Info":"Waiting to be executed.","Status":"INITIAL""#,
        r#"{"Response":{"Status":null,"RequestId":"#,
        r#"{"Response":{"Error":{"Code":"InternalError","Message":"m"},"#,
        "raw",
        "504 Gateway Time-out",
        "\u{feff}{\"Response\":{\"Info\":\"i\",\"Status\":\"SUCCESS\"",
    ];
    for (reply, part) in replies.iter().zip(parts) {
        assert!(reply.contains(part), "{reply}\nlacks {part}");
    }
    assert!(replies[2].starts_with("HTTP/1.1 500 "));
}

#[test]
fn a_mistake_in_a_command_is_refused() {
    let server = started();
    let mut control = Control::of(&server);
    let cases = [
        "no JSON",
        r#"{"put":{"id":"a","life":[]}}"#,
        r#"{"put":{"id":"a","life":[{"statsu":"INITIAL"}]}}"#,
        r#"{"put":{"id":"a","life":[{"times":1}]}}"#,
        r#"{"put":{"id":"a","life":[{"fault":"handshake_reset"}]}}"#,
        r#"{"misbehave":{"fault":"nothing"}}"#,
        r#"{"misbehave":{"fault":"chunked","next_request":1}}"#,
        r#"{"clock_offset":"a"}"#,
        r#"{"start":true,"stop":true}"#,
        r#"{"unheard_of":1}"#,
    ];
    for command in cases {
        let answer = control.obey(command);
        assert_eq!(answer["ok"], false, "{command}");
        assert!(!answer["error"].as_str().unwrap().is_empty(), "{command}");
    }
}

#[test]
fn every_demo_task_is_known_and_many_tasks_follow_their_rule() {
    let server = started();
    for (id, shows, _) in demo_tasks() {
        assert_ne!(status(&server, &id), "InvalidParameter.InvalidAsyncRequestId", "{shows}");
    }
    let tasks = server.put_many(7, 1000, 5, 5000, Starts::AtPut);
    assert!(tasks.iter().all(|task| (5..=5000).contains(&task.ends_after_ms)));
    assert_eq!(tasks[9].ends_as, "FAILED");
    assert_eq!(tasks[41].id, "00000007-00000029-5eed5eed-5eed5eed");
    assert!(server.task_ids().contains(&tasks[999].id));
}
