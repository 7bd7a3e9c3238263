//! Credentials from a file that the vendor's tools read or wrote, read again when the API no longer knows them.

pub(crate) mod entry;
pub(crate) mod ini;
pub(crate) mod tccli;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::entry::{Entry, Keys};
use self::tccli::Login;
use super::Variables;
use super::cvm_role::{CvmRole, TIMES};
use super::environment::{AskedRole, Roles};
use super::role::Role;
use crate::config::Options;
use crate::credentials::cache::{CachedProvider, Provider, Refresh};
use crate::credentials::{Credentials, ExpiringCredentials, Lookup, NotFound, ProfileSettings};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::clock::system_ms;
use crate::runtime::file::{self, Contents};
use crate::unix_time::UnixSeconds;

pub const CREDENTIALS_FILE: &str = "TENCENTCLOUD_CREDENTIALS_FILE";
pub const CLI_PROFILE: &str = "TCCLI_PROFILE";
pub const PROFILE: &str = "TENCENTCLOUD_PROFILE";
/// In place of `~/.tccli`.
pub const SHARED_DIR: &str = "TENCENTCLOUD_SHARED_CREDENTIALS_DIR";
pub const CAM_ROLE_NAME: &str = "TENCENTCLOUD_CAM_ROLE_NAME";
/// Where a machine keeps credentials for all its users.
pub const SYSTEM_FILE: &str = "/etc/tencentcloud/credentials";
const DEFAULT: &str = "default";
const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// A file that is cut in its middle is read again so often, and after so long each time.
const READS: u32 = 5;
const READ_PAUSE: Duration = Duration::from_millis(50);

/// The files to look at in turn, and the profile's name in them.
pub struct Profile {
    name: String,
    places: Vec<Place>,
    /// A caller or a variable named the profile or the file: to go on without it would be to sign as another.
    is_named: bool,
    cam_role: Option<String>,
    /// The role that was asked for when the profile was loaded.
    role_arn: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Ini(PathBuf),
    Cli(PathBuf),
    /// Not even a path: why.
    Nowhere(String),
}

/// A profile that was found: what it says, and the one place that it is read from again.
pub(crate) struct Loaded {
    entry: Entry,
    settings: ProfileSettings,
    profile: Profile,
}

/// The profile, read now. `variable` reads the environment, which happens here and not later.
///
/// # Errors
/// `InvalidArgument` for a name that cannot be one; `Credentials` with every place and why it has nothing.
pub fn credentials(
    path: Option<&[u8]>,
    name: Option<&str>,
    variable: Variables<'_>,
    system_file: &Path,
    roles: Roles<'_>,
) -> Result<Credentials> {
    match Profile::new(path, name, variable, system_file)?.load()? {
        Lookup::Found(loaded) => loaded.into_credentials(roles),
        Lookup::NotFound(nothing) => Err(nothing.into_error()),
    }
}

impl Loaded {
    /// The keys alone, where another role replaces the profile's.
    #[must_use]
    pub fn without_role(mut self, is_replaced: bool) -> Self {
        if is_replaced {
            self.entry.role = None;
        }
        self
    }

    /// With the role that the profile asks for.
    ///
    /// # Errors
    /// `Credentials` for a role that cannot be assumed here; `InvalidArgument` for the options.
    pub fn into_credentials(self, roles: Roles<'_>) -> Result<Credentials> {
        let Self { entry, settings, profile } = self;
        let asked = profile.asked_role(entry.role)?;
        let cached = match entry.keys {
            Keys::Held(fetched) => {
                Credentials::new(CachedProvider::holding(Box::new(profile), roles.log(), fetched, settings))
            }
            Keys::CvmRole => {
                let defaults = Options::default();
                let io = if let Roles::Assumed(io) = roles { io } else { &defaults };
                let role = CvmRole::new(CAM_ROLE_NAME, profile.cam_role.as_deref(), io, TIMES)?;
                Credentials::new(CachedProvider::unfetched(Box::new(role), roles.log()).with_settings(settings))
            }
        };
        roles.apply(cached, asked)
    }
}

impl Profile {
    /// # Errors
    /// `InvalidArgument` that names the parameter or variable.
    pub fn new(path: Option<&[u8]>, name: Option<&str>, variable: Variables<'_>, system_file: &Path) -> Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let places = match (path, set(CREDENTIALS_FILE)) {
            (Some([]), _) => return Err(Error::invalid("path is empty")),
            (Some(bytes), _) => vec![Place::at(crate::config::validate::path_of("path", bytes)?)],
            (None, Some(file)) => vec![Place::at(PathBuf::from(file))],
            (None, None) => Vec::new(),
        };
        let of_environment = if name.is_none() && path.is_none() { named_by(&set)? } else { None };
        let is_named = name.is_some() || of_environment.is_some() || !places.is_empty();
        let given = name.is_some();
        let name = match (name, of_environment) {
            (Some(name), _) => validate_name("profile", name)?,
            (None, Some((variable, name))) => validate_name(variable, &name)?,
            (None, None) => DEFAULT.to_owned(),
        };
        let name = match places.first().and_then(Place::cli_name) {
            Some(of_file) if given && of_file != name => {
                let why = format!("profile is {name:?}, but the file is that of the profile {of_file:?}");
                return Err(Error::invalid(why));
            }
            Some(of_file) => of_file,
            None => name,
        };
        let cam_role = set(CAM_ROLE_NAME).map(|role| unicode(CAM_ROLE_NAME, role)).transpose()?;
        let places =
            if places.is_empty() { usual_places(set(HOME), set(SHARED_DIR), &name, system_file) } else { places };
        Ok(Self { name, places, is_named, cam_role, role_arn: None })
    }

    /// Whether something names this profile, so that not to find it is an error.
    pub(crate) fn is_named(&self) -> bool {
        self.is_named
    }

    /// The first place that has the profile.
    ///
    /// # Errors
    /// `Credentials` where a place has something unusable.
    pub(crate) fn load(self) -> Result<Lookup<Loaded>> {
        let now = UnixSeconds(system_ms().div_euclid(1000));
        let mut reasons = Vec::new();
        for place in &self.places {
            match self.lookup_at(place, now)? {
                Lookup::Found((entry, settings)) => {
                    let role_arn = entry.role.as_ref().map(|role| role.arn.clone());
                    let profile = Self { places: vec![place.clone()], role_arn, ..self };
                    return Ok(Lookup::Found(Loaded { entry, settings, profile }));
                }
                Lookup::NotFound(nothing) => reasons.push(format!("{}: {}", place.shown(), nothing.why)),
            }
        }
        let name = &self.name;
        Ok(Lookup::NotFound(NotFound::new(format!("profile \"{name}\" not found: {}", reasons.join("; ")))))
    }

    fn lookup_at(&self, place: &Place, now: UnixSeconds) -> Result<Lookup<(Entry, ProfileSettings)>> {
        let (Place::Ini(path) | Place::Cli(path)) = place else {
            return Ok(Lookup::NotFound(NotFound::new(format!("{HOME} is not set"))));
        };
        let is_cli = matches!(place, Place::Cli(_));
        let wrong = |why: String| Error::new(ErrorKind::Credentials, format!("{}: {why}", path.display()));
        let text = match whole(path, is_cli).map_err(wrong)? {
            Contents::NotFound(why) => return Ok(Lookup::NotFound(NotFound::new(why))),
            Contents::Text(text) => text,
        };
        let (lookup, login) = if is_cli {
            tccli::read(&text).map_err(wrong)?
        } else {
            (ini::read(&text, &self.name).map_err(wrong)?, None)
        };
        let entry = match (lookup, login) {
            (Lookup::NotFound(_), Some(login)) => return Err(self.logged_out(login, "has no credentials yet")),
            (Lookup::NotFound(nothing), None) => return Ok(Lookup::NotFound(nothing)),
            (Lookup::Found(entry), None) => entry,
            (Lookup::Found(entry), Some(login)) => {
                self.check_login(&entry, login, now)?;
                entry
            }
        };
        let mut settings = if is_cli { configured(path) } else { ProfileSettings::default() };
        settings.warnings.extend(reach_warning(path));
        settings.warnings.extend(entry.warnings.iter().map(|why| format!("{}: {why}", path.display())));
        Ok(Lookup::Found((entry, settings)))
    }

    fn check_login(&self, entry: &Entry, login: Login, now: UnixSeconds) -> Result<()> {
        let Keys::Held(ExpiringCredentials { expires_at: Some(end), .. }) = &entry.keys else { return Ok(()) };
        if *end > now {
            return Ok(());
        }
        Err(self.logged_out(login, &format!("expired {} s ago", now.since(*end).as_secs())))
    }

    fn logged_out(&self, login: Login, what: &str) -> Error {
        let (name, command) = (&self.name, login.command(&self.name));
        let message = format!("profile \"{name}\" ({}): the login {what}; run \"{command}\"", login.name());
        Error::new(ErrorKind::Credentials, message)
    }

    fn asked_role(&self, asked: Option<entry::AskedRole>) -> Result<Option<AskedRole>> {
        let Some(entry::AskedRole { key, arn, options }) = asked else { return Ok(None) };
        let file = self.places.first().map_or_else(String::new, Place::shown);
        let role = Role::validate(key, &arn, &options).map_err(|e| {
            let why = e.message().replacen("session_name", "the role's session name", 1);
            Error::new(ErrorKind::Credentials, format!("{file}: {why}"))
        })?;
        Ok(Some(AskedRole { role, place: format!("profile \"{}\" ({key} in {file})", self.name) }))
    }
}

/// The profile that a variable names.
fn named_by(set: Variables<'_>) -> Result<Option<(&'static str, String)>> {
    let read = |name: &'static str| set(name).map(|value| unicode(name, value)).transpose();
    match (read(PROFILE)?, read(CLI_PROFILE)?) {
        (Some(one), Some(other)) if one != other => {
            Err(Error::invalid(format!("{PROFILE} and {CLI_PROFILE} are both set and differ")))
        }
        (Some(name), _) => Ok(Some((PROFILE, name))),
        (None, Some(name)) => Ok(Some((CLI_PROFILE, name))),
        (None, None) => Ok(None),
    }
}

/// Without the end of a line, which is not part of a variable's value.
fn unicode(variable: &str, value: OsString) -> Result<String> {
    let text = value.into_string().map_err(|_| Error::invalid(format!("{variable} is not UTF-8")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The text; for the command line's file, whose logins write in place, a whole one if there is one soon.
fn whole(path: &Path, is_cli: bool) -> std::result::Result<Contents, String> {
    for _ in 1..READS {
        match file::read(path)? {
            Contents::Text(text) if is_cli && tccli::is_cut(&text) => std::thread::sleep(READ_PAUSE),
            contents => return Ok(contents),
        }
    }
    file::read(path)
}

impl Place {
    /// By its name: the command line's files end in `.credential`, everything else is INI.
    fn at(path: PathBuf) -> Self {
        if path.extension().is_some_and(|extension| extension == "credential") {
            Self::Cli(path)
        } else {
            Self::Ini(path)
        }
    }

    /// The profile that a file of the command line's is for.
    fn cli_name(&self) -> Option<String> {
        match self {
            Self::Cli(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
            _ => None,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Ini(path) | Self::Cli(path) => path.display().to_string(),
            Self::Nowhere(what) => what.clone(),
        }
    }
}

/// Home's INI file, the machine's, the command line's.
fn usual_places(home: Option<OsString>, shared: Option<OsString>, name: &str, system_file: &Path) -> Vec<Place> {
    let system = Place::Ini(system_file.to_owned());
    let home = home.map(PathBuf::from);
    let cli_folder = match (shared.map(PathBuf::from), &home) {
        (Some(folder), Some(home)) => Some(folder.strip_prefix("~").map_or(folder.clone(), |below| home.join(below))),
        (Some(folder), None) => Some(folder),
        (None, home) => home.as_ref().map(|home| home.join(".tccli")),
    };
    let cli = cli_folder.map(|folder| Place::Cli(folder.join(format!("{name}.credential"))));
    match (home, cli) {
        (Some(home), cli) => {
            let own = Place::Ini(home.join(".tencentcloud/credentials"));
            [own, system].into_iter().chain(cli).collect()
        }
        (None, Some(cli)) => vec![Place::Nowhere("~/.tencentcloud".to_owned()), system, cli],
        (None, None) => vec![Place::Nowhere("~/.tencentcloud, ~/.tccli".to_owned()), system],
    }
}

/// A profile's name becomes part of a file's name.
fn validate_name(parameter: &str, name: &str) -> Result<String> {
    let why = if name.is_empty() {
        "is empty"
    } else if name.len() > 128 {
        "is over 128 bytes long"
    } else if name.chars().any(|c| c.is_control() || matches!(c, '/' | '[' | ']')) || name.starts_with('.') {
        "holds a control character, / or a bracket, or begins with a dot"
    } else {
        return Ok(name.to_owned());
    };
    Err(Error::invalid(format!("{parameter} {why}")))
}

/// What `<profile>.configure` says.
fn configured(credential: &Path) -> ProfileSettings {
    let path = credential.with_extension("configure");
    let read = match file::read(&path) {
        Ok(Contents::NotFound(_)) => return ProfileSettings::default(),
        Ok(Contents::Text(text)) => tccli::configure(&text).map(|settings| {
            let region_place = format!("{}: {}", path.display(), settings.region_place);
            ProfileSettings { region_place, ..settings }
        }),
        Err(why) => Err(why),
    };
    read.unwrap_or_else(|why| {
        let unusable = format!("{}: {why}", path.display());
        ProfileSettings {
            warnings: vec![format!("{unusable}; its region and language are not used")],
            unusable: Some(unusable),
            ..ProfileSettings::default()
        }
    })
}

fn reach_warning(path: &Path) -> Option<String> {
    let how = file::reachable_by_others(path)?;
    Some(format!("{} holds a secret key, and {how}", path.display()))
}

impl Provider for Profile {
    fn name(&self) -> String {
        format!("profile \"{}\"", self.name)
    }

    fn source(&self) -> String {
        let places: Vec<_> = self.places.iter().map(Place::shown).collect();
        format!("{} in {}", self.name(), places.join(", "))
    }

    fn fetch(&self, refresh: &Refresh<'_>) -> Result<ExpiringCredentials> {
        let changed = |what: &str| {
            let message = format!("{} now {what}; create the credentials again", self.source());
            Error::new(ErrorKind::Credentials, message)
        };
        let mut nothing = String::new();
        for place in &self.places {
            match self.lookup_at(place, refresh.clock.unix_seconds())? {
                Lookup::Found((Entry { role, .. }, _))
                    if role.as_ref().map(|role| &role.arn) != self.role_arn.as_ref() =>
                {
                    return Err(changed("asks for another role"));
                }
                Lookup::Found((Entry { keys: Keys::Held(fetched), .. }, _)) => return Ok(fetched),
                Lookup::Found((Entry { keys: Keys::CvmRole, .. }, _)) => return Err(changed("asks for the CVM role")),
                Lookup::NotFound(found) => nothing = format!("{}: {}", place.shown(), found.why),
            }
        }
        Err(NotFound::new(nothing).into_error())
    }
}
