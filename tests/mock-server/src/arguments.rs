//! The command line of the program.

use std::path::PathBuf;
use std::time::Duration;

use tcdb_mock_server::{Certificate, Fault, Options, Versions};

pub const HELP: &str = "\
tcdb-mock-server: a local mock server of TencentDB's API DescribeAsyncRequestInfo, STS and the CVM metadata service

  --https-port P, --http-port P, --metadata-port P, --sts-port P   ports on loopback; without: free ones
  --dir DIR            where ca.pem goes; without: a private folder, removed at the end
  --script FILE        commands to obey before anything is served (JSON objects or lists of them)
  --rate-limit N       requests served in any second for each account, 0 for no limit; without: 40, as the API
  --secret-id ID --secret-key KEY [--token TOKEN]    what is accepted; without: fakes, which are printed
  --region NAME        the only region accepted; may be repeated; without: any
  --delay-ms N         wait before each reply
  --clock-offset S     the server's clock is S seconds fast (or slow, with a minus)
  --tls12 | --tls13    offer this version only
  --certificate NAME   good, other_name, common_name_only, expired, not_yet_valid, unknown_authority, self_signed,
                       its_own_authority (self-signed with CA:TRUE), version_1, name_constraints
  --web-identity-token TEXT   what STS takes as WebIdentityToken; without: a fake, which is printed
  --role ARN           the only role that STS knows; may be repeated; without: any
  --sts-lifetime-ms N  how long the credentials of STS are valid; without: as DurationSeconds says
  --fault NAME[:COUNT] misbehave, for the next COUNT requests or always; may be repeated
  --sts-fault NAME[:COUNT]   the same for STS
  --log FILE           append one line of JSON a request, without secrets
  --seconds N          end after N seconds
  --exit-with-parent   end when the parent process ends
  --list-faults, --list-tasks, --help

Prints one line of JSON when ready (https, http, metadata, sts, sts_http, ca, certificate, secret_id, secret_key, token,
web_identity_token, pid), then obeys JSON commands, one a line, on standard input, each answered by one line. Ends when its
input does (unless --seconds or --exit-with-parent is given), at SIGTERM, SIGINT or SIGHUP.
";

/// What the program is asked to do.
pub enum Wish {
    Help,
    ListFaults,
    ListTasks,
    Serve(Box<Arguments>),
}

#[derive(Default)]
pub struct Arguments {
    pub options: Options,
    pub faults: Vec<(Fault, Option<u32>)>,
    pub sts_faults: Vec<(Fault, Option<u32>)>,
    pub script: Option<PathBuf>,
    pub seconds: Option<u64>,
    pub exit_with_parent: bool,
}

impl Arguments {
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Wish, String> {
        let mut arguments = Arguments::default();
        arguments.options.rate_limit = 40;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--help" | "-h" => return Ok(Wish::Help),
                "--list-faults" => return Ok(Wish::ListFaults),
                "--list-tasks" => return Ok(Wish::ListTasks),
                "--tls12" => arguments.options.versions = Versions::Only12,
                "--tls13" => arguments.options.versions = Versions::Only13,
                "--exit-with-parent" => arguments.exit_with_parent = true,
                name => {
                    let value = words.next();
                    let value = value.filter(|_| name.starts_with("--"));
                    let value = value.ok_or_else(|| format!("`{name}` is unknown or lacks its value"))?;
                    arguments.set(name, value)?;
                }
            }
        }
        Ok(Wish::Serve(Box::new(arguments)))
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        let options = &mut self.options;
        match name {
            "--https-port" => options.https_port = number(name, &value)?,
            "--http-port" => options.http_port = number(name, &value)?,
            "--metadata-port" => options.metadata_port = number(name, &value)?,
            "--sts-port" => options.sts_port = number(name, &value)?,
            "--web-identity-token" => options.sts.web_identity_token = value,
            "--role" => options.sts.roles.get_or_insert_default().push(value),
            "--sts-lifetime-ms" => {
                options.sts.lifetime = Some(Duration::from_millis(number(name, &value)?));
            }
            "--dir" => options.folder = Some(value.into()),
            "--log" => options.log = Some(value.into()),
            "--script" => self.script = Some(value.into()),
            "--rate-limit" => options.rate_limit = number(name, &value)?,
            "--secret-id" => options.secret_id = value,
            "--secret-key" => options.secret_key = value,
            "--token" => options.token = Some(value),
            "--region" => options.regions.get_or_insert_default().push(value),
            "--delay-ms" => options.delay = Duration::from_millis(number(name, &value)?),
            "--clock-offset" => options.clock_offset = number(name, &value)?,
            "--seconds" => self.seconds = Some(number(name, &value)?),
            "--certificate" => {
                options.certificate =
                    Certificate::by_name(&value).ok_or_else(|| format!("unknown certificate `{value}`"))?;
            }
            "--fault" => self.faults.push(fault(&value)?),
            "--sts-fault" => self.sts_faults.push(fault(&value)?),
            _ => return Err(format!("`{name}` is unknown")),
        }
        Ok(())
    }
}

/// `NAME` or `NAME:COUNT`.
fn fault(value: &str) -> Result<(Fault, Option<u32>), String> {
    let (name, count) = match value.split_once(':') {
        Some((name, count)) => (name, Some(number("--fault", count)?)),
        None => (value, None),
    };
    let fault = Fault::by_name(name).ok_or_else(|| format!("unknown fault `{name}`"))?;
    Ok((fault, count))
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("`{value}` is not a number that {name} takes"))
}
