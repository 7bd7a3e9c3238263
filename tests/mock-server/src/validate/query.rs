//! `DescribeAsyncRequestInfo`: the request as a whole, and the refusals that follow it.

use super::{Context, Refusal, check_authorization, check_headers, check_method, parameters, refuse, required_text};
use crate::request::Request;

/// The id of the task that is queried. Whether the task exists is not checked here.
pub(crate) fn check_query(request: &Request, context: &Context<'_>) -> Result<String, Refusal> {
    check_method(request)?;
    check_authorization(request, context)?;
    check_headers(request, context)?;
    let parameters = parameters(&request.body, &["AsyncRequestId"])?;
    required_text(&parameters, "AsyncRequestId").map(str::to_owned)
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
