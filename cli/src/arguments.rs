//! The command line, as clap reads it. `combinations` says which options belong together.
#![allow(rustdoc::bare_urls, rustdoc::broken_intra_doc_links, reason = "what documents an option is its help text")]

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::{durations, exit_code};

/// Paragraphs; clap wraps them.
const ABOUT_ENVIRONMENT: &str = "\
Without an option that names their source, credentials are those of the first place that has some: the environment \
(TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN), a cloud function, a profile of the vendor's \
tools, a pod of TKE, the CVM instance. They are never taken from the command line. The environment also gives the \
region (TENCENTCLOUD_REGION), where to ask (TCDB_ASYNC_ENDPOINT, TCDB_ASYNC_STS_ENDPOINT), a proxy (HTTPS_PROXY, \
ALL_PROXY, NO_PROXY) and certificates (TCDB_ASYNC_CA_FILE, SSL_CERT_FILE, SSL_CERT_DIR).

Results go to standard output, progress and messages to standard error.";

/// Asks TencentDB for MySQL what became of asynchronous tasks, and waits for them.
#[derive(Parser, Debug)]
#[command(name = "tcdb", version, after_help = exit_code::HELP, after_long_help = after_long_help())]
#[command(max_term_width = 100, args_override_self = true, subcommand_required = true, arg_required_else_help = false)]
pub struct Arguments {
    #[command(flatten)]
    pub shared: Shared,
    #[command(subcommand)]
    pub command: Command,
}

fn after_long_help() -> String {
    format!("{ABOUT_ENVIRONMENT}\n\n{}", exit_code::HELP)
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Ask what became of each task, once
    #[command(after_help = exit_code::HELP, after_long_help = after_long_help())]
    Query(Query),
    /// Wait until each task has ended
    #[command(after_help = exit_code::HELP, after_long_help = after_long_help())]
    Wait(Wait),
    /// Show the request that a query would send, and the string it signs; the API is not asked
    Request(Request),
    /// Show which source of credentials is chosen, why others are not, and when they expire; never a secret
    Credentials(Credentials),
    /// Print a script that completes commands and options in a shell
    Completions(Completions),
    /// Write the man pages of this program into a folder
    #[command(hide = true)]
    ManPages(ManPages),
}

/// Options of every command.
#[derive(Args, Debug, Default)]
pub struct Shared {
    /// The database's region, like ap-guangzhou; default: TENCENTCLOUD_REGION, else the profile's
    #[arg(long, global = true, value_name = "REGION", help_heading = "Connection")]
    pub region: Option<String>,
    /// Where to ask: intl, mainland (cdb.tencentcloudapi.com, for accounts of the mainland site), HOST[:PORT] or URL
    #[arg(long, global = true, value_name = "WHERE", help_heading = "Connection")]
    pub endpoint: Option<String>,
    /// Where roles are assumed: intl, mainland, HOST[:PORT] or URL; default: as --endpoint intl or mainland says
    #[arg(long, global = true, value_name = "WHERE", help_heading = "Connection")]
    pub sts_endpoint: Option<String>,
    /// A PEM file with the certificates to trust in place of the system's
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub ca: Option<PathBuf>,
    /// The language of the API's texts: en-US or zh-CN
    #[arg(long, global = true, value_name = "LANGUAGE", help_heading = "Connection")]
    pub language: Option<String>,
    /// How long a query may take with all its attempts, and one attempt of a wait; default: 30s
    #[arg(long, global = true, value_name = "DURATION", value_parser = durations::parse_positive, allow_hyphen_values = true, help_heading = "Connection")]
    pub request_timeout: Option<Duration>,
    #[command(flatten)]
    pub source: Source,
    /// Print one JSON object a line
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
    /// Print no progress and no messages but errors
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Log each attempt and its outcome
    #[arg(long, short, global = true, help_heading = "Output")]
    pub verbose: bool,
}

/// Where credentials come from.
#[derive(Args, Debug, Default)]
pub struct Source {
    /// From the environment alone
    #[arg(long, global = true, help_heading = "Credentials")]
    pub env: bool,
    /// From this profile of the vendor's tools
    #[arg(long, global = true, value_name = "NAME", help_heading = "Credentials")]
    pub profile: Option<String>,
    /// From this file of the vendor's tools; --profile names the profile in it
    #[arg(long, global = true, value_name = "FILE", help_heading = "Credentials")]
    pub credentials_file: Option<PathBuf>,
    /// Of the role of this CVM instance, whatever its name or with this one
    #[arg(long, global = true, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    #[arg(help_heading = "Credentials")]
    pub cvm_role: Option<String>,
    /// Where the metadata service of the instance is; default: http://metadata.tencentyun.com
    #[arg(long, global = true, value_name = "URL", help_heading = "Credentials")]
    pub metadata: Option<String>,
    /// Of the pod of TKE that this runs in
    #[arg(long, global = true, help_heading = "Credentials")]
    pub tke: bool,
    /// With the token in this file, by --provider-id and --role
    #[arg(long, global = true, value_name = "FILE", help_heading = "Credentials")]
    pub web_identity_token_file: Option<PathBuf>,
    /// The identity provider that issued the token
    #[arg(long, global = true, value_name = "ID", help_heading = "Credentials")]
    pub provider_id: Option<String>,
    /// Assume this role, with the credentials that are chosen otherwise
    #[arg(long, global = true, value_name = "ARN", help_heading = "Credentials")]
    pub role: Option<String>,
    /// What the session of the role is called
    #[arg(long, global = true, value_name = "NAME", help_heading = "Credentials")]
    pub role_session_name: Option<String>,
    /// How long the role's credentials are valid: up to 12h
    #[arg(long, global = true, value_name = "DURATION", value_parser = durations::parse, allow_hyphen_values = true, help_heading = "Credentials")]
    pub role_duration: Option<Duration>,
    /// What the role's owner requires of whoever assumes it
    #[arg(long, global = true, value_name = "ID", help_heading = "Credentials")]
    pub external_id: Option<String>,
    /// A file with a policy (JSON) that narrows the role's session
    #[arg(long, global = true, value_name = "FILE", help_heading = "Credentials")]
    pub role_policy: Option<PathBuf>,
    /// The uin of the person or program behind the role's session
    #[arg(long, global = true, value_name = "UIN", help_heading = "Credentials")]
    pub source_identity: Option<String>,
}

#[derive(Args, Debug)]
pub struct Query {
    #[command(flatten)]
    pub ids: Ids,
    /// Print the status alone, behind the id if there are several
    #[arg(long)]
    pub status_only: bool,
}

#[derive(Args, Debug)]
pub struct Wait {
    #[command(flatten)]
    pub ids: Ids,
    /// How long to wait at most: 90s, 10m, 1h30m, or seconds; 0 asks once; default: for ever
    #[arg(long, value_name = "DURATION", value_parser = durations::parse, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,
    /// The pause between two requests for a task, at least 250ms; default: growing from 1s to 10s
    #[arg(long, value_name = "DURATION", value_parser = durations::parse_positive, allow_hyphen_values = true)]
    pub interval: Option<Duration>,
    /// Where standard error is not a terminal: how often to print that the wait goes on; 0 for never; default: 1m
    #[arg(long, value_name = "DURATION", value_parser = durations::parse, allow_hyphen_values = true)]
    pub heartbeat: Option<Duration>,
    /// Print the status alone, behind the id if there are several
    #[arg(long)]
    pub status_only: bool,
}

#[derive(Args, Debug)]
pub struct Request {
    #[command(flatten)]
    pub ids: Ids,
    /// Sign for this time, in Unix seconds, in place of now
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time: Option<i64>,
    /// Print signature and token too, in place of cutting them
    #[arg(long)]
    pub with_secrets: bool,
}

#[derive(Args, Debug)]
pub struct Credentials {
    /// Fetch them, as the first query would, and ask STS whose they are
    #[arg(long)]
    pub check: bool,
}

#[derive(Args, Debug)]
pub struct Ids {
    /// The id of an async request, as the API returned it; - reads them from standard input, one a line; # begins a comment
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
}

#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

#[derive(Args, Debug)]
pub struct ManPages {
    /// Made if it is missing
    pub folder: PathBuf,
}
