//! Commands that ask what was seen.

use serde_json::{Value, json};

use super::{Answer, Control};
use crate::faults::Fault;
use crate::journal::Seen;

impl Control<'_> {
    pub(super) fn question(&self, name: &str, value: &Value) -> Option<Answer> {
        let newest = |seen: Vec<Seen>| {
            let count = value.as_u64().map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX));
            let skipped = seen.len().saturating_sub(count);
            seen.iter().skip(skipped).map(seen_json).collect::<Vec<Value>>()
        };
        Some(Ok(match name {
            "stats" => self.stats(),
            "seen" => json!({ "seen": newest(self.server.seen()) }),
            "metadata_seen" => json!({ "seen": newest(self.server.metadata_seen()) }),
            "sts_seen" => json!({ "seen": newest(self.server.sts_seen()) }),
            "sts_secret_ids" => json!({ "ids": self.server.sts_secret_ids() }),
            "followers" => json!({ "seen": newest(self.server.followers()) }),
            "clear" => {
                self.server.clear();
                Value::Null
            }
            "faults" => {
                json!({ "faults": Fault::ALL.iter().map(|fault| fault_json(*fault)).collect::<Vec<_>>() })
            }
            _ => return None,
        }))
    }

    fn stats(&self) -> Value {
        let server = self.server;
        json!({
            "requests": server.requests(),
            "connections": server.connections(),
            "live_connections": server.live_connections(),
            "max_in_any_second": server.max_in_any_second(),
            "rate_refusals": server.rate_refusals(),
            "misbehaviours_left": server.misbehaviours_left(),
            "followers": server.followers().len(),
            "metadata_requests": server.metadata_requests(),
            "metadata_credentials": server.metadata_credentials(),
            "sts_requests": server.sts_requests(),
            "sts_connections": server.sts_connections(),
            "sts_credentials": server.sts_credentials(),
            "sts_rate_refusals": server.sts_rate_refusals(),
        })
    }
}

fn seen_json(seen: &Seen) -> Value {
    json!({
        "ms_ago": u64::try_from(seen.at.elapsed().as_millis()).unwrap_or(u64::MAX),
        "connection": seen.connection,
        "number": seen.number,
        "over_tls": seen.over_tls,
        "head": String::from_utf8_lossy(&seen.head),
        "body": String::from_utf8_lossy(&seen.body),
        "secret_id": seen.secret_id(),
        "action": seen.action(),
        "parameters": seen.parameters(),
        "refused": seen.refused,
        "treated": seen.treated,
    })
}

fn fault_json(fault: Fault) -> Value {
    let stage = format!("{:?}", fault.stage()).to_lowercase();
    json!({
        "name": fault.name(),
        "stage": stage,
        "effect": fault.effect().name(),
        "description": fault.description(),
    })
}
