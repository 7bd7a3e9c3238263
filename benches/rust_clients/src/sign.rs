//! TC3-HMAC-SHA256 as one would write it once, and the status out of a reply.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

const ID: &str = "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE1234";
const KEY: &str = "ExampleSecretKeyExampleSecretKey";

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Header fields besides Host, and the body.
pub fn request(host: &str, id: &str) -> (Vec<(&'static str, String)>, String) {
    let body = serde_json::json!({ "AsyncRequestId": id }).to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let day = OffsetDateTime::from_unix_timestamp(now).unwrap().date().format(format_description!("[year]-[month]-[day]")).unwrap();
    let scope = format!("{day}/cdb/tc3_request");
    let hash = hex::encode(Sha256::digest(&body));
    let canonical = format!("POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{hash}");
    let to_sign = format!("TC3-HMAC-SHA256\n{now}\n{scope}\n{}", hex::encode(Sha256::digest(&canonical)));
    let key = mac(&mac(&mac(format!("TC3{KEY}").as_bytes(), &day), "cdb"), "tc3_request");
    let signature = hex::encode(mac(&key, &to_sign));
    let authorization =
        format!("TC3-HMAC-SHA256 Credential={ID}/{scope}, SignedHeaders=content-type;host, Signature={signature}");
    let fields = vec![
        ("Content-Type", "application/json".to_owned()),
        ("X-TC-Action", "DescribeAsyncRequestInfo".to_owned()),
        ("X-TC-Version", "2017-03-20".to_owned()),
        ("X-TC-Region", "ap-guangzhou".to_owned()),
        ("X-TC-Timestamp", now.to_string()),
        ("Authorization", authorization),
    ];
    (fields, body)
}

pub fn status(reply: &[u8]) -> Result<String, String> {
    let reply: serde_json::Value = serde_json::from_slice(reply).map_err(|e| e.to_string())?;
    reply["Response"]["Status"].as_str().map(str::to_owned).ok_or_else(|| reply.to_string())
}
