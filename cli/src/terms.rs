//! The library's messages in the words of the command line: its parameters are options here.

use tcdb_async::{Error, ErrorKind};

/// What a message about a parameter begins with, and the option.
type Term = (&'static str, &'static str);

const OF_CLIENT: &[Term] = &[
    ("region", "--region"),
    ("endpoint", "--endpoint"),
    ("ca_file", "--ca"),
    ("language", "--language"),
    ("async_request_id", "the async request id"),
    ("interval", "--interval"),
    ("unix_seconds_or_0", "--time"),
    ("time", "--time"),
];

const OF_CREDENTIALS: &[Term] = &[
    ("endpoint", "--metadata"),
    ("sts_endpoint", "--sts-endpoint"),
    ("ca_file", "--ca"),
    ("language", "--language"),
    ("role_arn", "--role"),
    ("role", "--cvm-role"),
    ("session_name", "--role-session-name"),
    ("external_id", "--external-id"),
    ("policy", "--role-policy"),
    ("source_identity", "--source-identity"),
    ("provider_id", "--provider-id"),
    ("token_file", "--web-identity-token-file"),
    ("profile", "--profile"),
    ("path", "--credentials-file"),
];

pub fn of_client(error: &Error) -> String {
    if error.kind() == ErrorKind::InvalidArgument && error.message().starts_with("region is missing") {
        // What follows is why a profile's region cannot be read.
        let unusable = error.message().split_once("; ").map(|(_, why)| format!("; {why}")).unwrap_or_default();
        return format!("--region is missing: neither it nor TENCENTCLOUD_REGION nor a profile names one{unusable}");
    }
    renamed(error, OF_CLIENT)
}

pub fn of_credentials(error: &Error) -> String {
    renamed(error, OF_CREDENTIALS)
}

fn renamed(error: &Error, terms: &[Term]) -> String {
    let message = error.message();
    let option = (error.kind() == ErrorKind::InvalidArgument)
        .then(|| message.split_once(' '))
        .flatten()
        .and_then(|(name, rest)| terms.iter().find(|(term, _)| *term == name).map(|(_, option)| (option, rest)));
    option.map_or_else(|| message.to_owned(), |(option, rest)| format!("{option} {rest}"))
}
