//! Whose credentials these are, asked of STS.

use std::time::{Duration, Instant};

use super::sts_client::{Proof, Question, StsClient};
use crate::api::sts::{CALLER_IDENTITY, CallerIdentity, REGION};
use crate::config::Options;
use crate::credentials::cache::Refresh;
use crate::credentials::{Credentials, call_without_client};
use crate::error::Result;
use crate::runtime::clock::Clock;

/// Fetches them where they have to be, and asks with them.
///
/// # Errors
/// `InvalidArgument` that names the option; `Credentials` where there are none, or STS refuses them.
pub fn caller_identity(credentials: &Credentials, io: &Options, timeout: Duration) -> Result<CallerIdentity> {
    let sts = StsClient::new(io)?;
    let clock = Clock::new(Instant::now());
    let context = call_without_client(timeout)?;
    let proof = Proof::Signature(credentials);
    let question = Question { action: CALLER_IDENTITY, region: REGION, body: b"{}", proof };
    sts.identify(&question, &Refresh { context: &context, clock: &clock, was_refused: false })
}
