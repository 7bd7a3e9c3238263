//! `DescribeAsyncRequestInfo`: the request as a whole, and the refusals that follow it.

use super::{Context, Refusal, check_authorization, check_headers, check_method, parameters, refuse, required_text};
use crate::request::Request;

/// A valid query. Whether the task exists is not checked here.
pub(crate) struct Query {
    pub task_id: String,
    pub account: String,
}

pub(crate) fn check_query(request: &Request, context: &Context<'_>) -> Result<Query, Refusal> {
    check_method(request)?;
    let signer = check_authorization(request, context)?;
    check_headers(request, context)?;
    let parameters = parameters(&request.body, &["AsyncRequestId"])?;
    let task_id = required_text(&parameters, "AsyncRequestId")?.to_owned();
    Ok(Query { task_id, account: signer.identity.account().to_owned() })
}

/// What the API answers for an id it does not know.
pub(crate) fn unknown_id() -> Refusal {
    Refusal { code: "InvalidParameter.InvalidAsyncRequestId", message: "The async task does not exist.".to_owned() }
}

pub(crate) fn too_many<T>(in_a_second: usize, limit: u32) -> Result<T, Refusal> {
    refuse(
        "RequestLimitExceeded",
        format!(
            "Your current request times equals to `{in_a_second}` in a second, which exceeds the frequency limit \
             `{limit}` for a second. Please reduce the frequency of calls."
        ),
    )
}
