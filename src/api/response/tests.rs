use super::{Reply, read};
use crate::api::excerpt::Redactor;
use crate::error::{ErrorKind, Result};
use crate::info::{AsyncRequestInfo, Status};

const ANSWER: &str = r#"{"Response":{"Status":"SUCCESS","Info":"{}","RequestId":"r"}}"#;

fn reply(http_status: u16, body: &str) -> Result<AsyncRequestInfo> {
    read(&Reply { http_status, body: body.as_bytes().to_vec(), ..Reply::default() }, Redactor::default)
}

#[test]
fn an_answer_is_one_with_every_status_that_means_success_and_with_no_other() {
    for http_status in [200, 201, 299] {
        assert_eq!(reply(http_status, ANSWER).unwrap().status, Status::Success, "{http_status}");
    }
    for http_status in [199, 300, 404, 500] {
        let failure = reply(http_status, ANSWER).unwrap_err();
        assert!(failure.message().contains(&format!("HTTP {http_status} ")), "{failure:?}");
    }
}

#[test]
fn what_is_not_the_apis_json_is_what_its_http_status_means() {
    for (statuses, kind) in [
        (&[429][..], ErrorKind::RateLimited),
        (&[501, 505, 506, 510, 511], ErrorKind::BadResponse),
        (&[408, 421, 425, 500, 502, 503, 504, 507, 599], ErrorKind::Unavailable),
        (&[200, 301, 400, 401, 403, 404, 407, 422, 430, 499, 600], ErrorKind::BadResponse),
    ] {
        for http_status in statuses {
            assert_eq!(reply(*http_status, "<html>").unwrap_err().kind(), kind, "{http_status}");
        }
    }
    assert!(reply(502, "").unwrap_err().message().ends_with("HTTP 502 with an empty body"));
    for (http_status, is_redirect) in [(299, false), (300, true), (399, true), (400, false)] {
        let failure = reply(http_status, "<html>").unwrap_err();
        assert_eq!(failure.message().contains("redirects without a Location"), is_redirect, "{failure:?}");
    }
}

#[test]
fn a_text_with_a_raw_line_break_is_read_and_what_is_broken_otherwise_is_named_where_it_breaks() {
    let broken_line = ANSWER.replace("{}", "a\nb");
    assert_eq!(reply(200, &broken_line).unwrap().info.as_deref(), Some("a\nb"));
    for (body, why) in [
        ("{\"Response\":{\"Status\":\"SUCCESS\",,}}", "column 33"),
        ("{\"Response\":{\"Status\":17}}", "Status"),
        ("{\"Response\":{\"Status\":\"SUCC", "ends"),
        ("{\"Response\":{}}", "neither Status, Error nor RequestId in Response"),
        (" \u{feff} ", "not the API's JSON"),
    ] {
        let failure = reply(200, body).unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::BadResponse);
        assert!(failure.message().contains(why), "{body}: {failure:?}");
    }
}
