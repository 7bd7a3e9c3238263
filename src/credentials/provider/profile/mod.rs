//! Credentials from a file that the vendor's tools read or wrote, read anew when the API no longer knows them.

pub(crate) mod ini;
pub(crate) mod tccli;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::credentials::cache::{CachedProvider, Provider};
use crate::credentials::{Credentials, ExpiringCredentials, Lookup, NotFound, ProfileSettings};
use crate::runtime::file::{self, Contents};

use crate::error::{Error, ErrorKind, Result};
use crate::log::Log;
use crate::runtime::context::CallContext;

pub const CREDENTIALS_FILE: &str = "TENCENTCLOUD_CREDENTIALS_FILE";
pub const CLI_PROFILE: &str = "TCCLI_PROFILE";
/// Where a machine keeps credentials for all its users.
pub const SYSTEM_FILE: &str = "/etc/tencentcloud/credentials";
const DEFAULT: &str = "default";
const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// The files to look at in turn, and the profile's name in them.
pub struct Profile {
    name: String,
    places: Vec<Place>,
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
    pub fetched: ExpiringCredentials,
    pub settings: ProfileSettings,
    pub profile: Profile,
}

/// The profile, read now. `variable` reads the environment, which happens here and not later.
///
/// # Errors
/// `InvalidArgument` for a name that is none; `Credentials` with every place and why it has nothing.
pub fn credentials(
    path: Option<&[u8]>,
    name: Option<&str>,
    variable: impl Fn(&str) -> Option<OsString>,
    system_file: &Path,
) -> Result<Credentials> {
    match Profile::new(path, name, variable, system_file)?.load()? {
        Lookup::Found(loaded) => Ok(loaded.into_credentials(Log::default())),
        Lookup::NotFound(nothing) => Err(nothing.into_error()),
    }
}

impl Loaded {
    pub fn into_credentials(self, log: Log) -> Credentials {
        Credentials::new(CachedProvider::holding(self.profile, log, self.fetched, self.settings))
    }
}

impl Profile {
    /// # Errors
    /// `InvalidArgument` that names the parameter or variable.
    pub fn new(
        path: Option<&[u8]>,
        name: Option<&str>,
        variable: impl Fn(&str) -> Option<OsString>,
        system_file: &Path,
    ) -> Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let places = match (path, set(CREDENTIALS_FILE)) {
            (Some([]), _) => return Err(Error::invalid("path_or_null is empty")),
            (Some(bytes), _) => vec![Place::at(crate::config::validate::path_of("path_or_null", bytes)?)],
            (None, Some(file)) => vec![Place::at(PathBuf::from(file))],
            (None, None) => Vec::new(),
        };
        let given = name.is_some();
        let of_environment = if name.is_none() && path.is_none() { set(CLI_PROFILE) } else { None };
        let name = match (name, of_environment) {
            (Some(name), _) => validate_name("profile_or_null", name)?,
            (None, None) => DEFAULT.to_owned(),
            (None, Some(name)) => {
                let name = name.into_string().map_err(|_| Error::invalid(format!("{CLI_PROFILE} is not UTF-8")))?;
                validate_name(CLI_PROFILE, &name)?
            }
        };
        let name = match places.first().and_then(Place::cli_name) {
            Some(of_file) if given && of_file != name => {
                let why = format!("profile_or_null is {name:?}, but the file is that of the profile {of_file:?}");
                return Err(Error::invalid(why));
            }
            Some(of_file) => of_file,
            None => name,
        };
        let places = if places.is_empty() { usual_places(set(HOME), &name, system_file) } else { places };
        Ok(Self { name, places })
    }

    /// The first place that has the profile.
    ///
    /// # Errors
    /// `Credentials` where a place has something unusable.
    pub(crate) fn load(self) -> Result<Lookup<Loaded>> {
        let mut reasons = Vec::new();
        for place in &self.places {
            match self.lookup_at(place)? {
                Lookup::Found((fetched, settings)) => {
                    let profile = Self { name: self.name.clone(), places: vec![place.clone()] };
                    return Ok(Lookup::Found(Loaded { fetched, settings, profile }));
                }
                Lookup::NotFound(nothing) => reasons.push(format!("{}: {}", place.shown(), nothing.why)),
            }
        }
        let name = &self.name;
        Ok(Lookup::NotFound(NotFound::new(format!("profile \"{name}\" not found: {}", reasons.join("; ")))))
    }

    fn lookup_at(&self, place: &Place) -> Result<Lookup<(ExpiringCredentials, ProfileSettings)>> {
        let (Place::Ini(path) | Place::Cli(path)) = place else {
            return Ok(Lookup::NotFound(NotFound::new(format!("{HOME} is not set"))));
        };
        let wrong = |why: String| Error::new(ErrorKind::Credentials, format!("{}: {why}", path.display()));
        let text = match file::read(path).map_err(wrong)? {
            Contents::NotFound(why) => return Ok(Lookup::NotFound(NotFound::new(why))),
            Contents::Text(text) => text,
        };
        let is_cli = matches!(place, Place::Cli(_));
        let lookup = if is_cli { tccli::read(&text) } else { ini::read(&text, &self.name) };
        Ok(match lookup.map_err(wrong)? {
            Lookup::NotFound(nothing) => Lookup::NotFound(nothing),
            Lookup::Found(fetched) => {
                let mut settings = if is_cli { beside_cli(path) } else { ProfileSettings::default() };
                settings.warnings.extend(reach_warning(path));
                Lookup::Found((fetched, settings))
            }
        })
    }
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
fn usual_places(home: Option<OsString>, name: &str, system_file: &Path) -> Vec<Place> {
    let system = Place::Ini(system_file.to_owned());
    match home.map(PathBuf::from) {
        None => vec![Place::Nowhere("~/.tencentcloud, ~/.tccli".to_owned()), system],
        Some(home) => vec![
            Place::Ini(home.join(".tencentcloud/credentials")),
            system,
            Place::Cli(home.join(".tccli").join(format!("{name}.credential"))),
        ],
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

fn beside_cli(credential: &Path) -> ProfileSettings {
    let path = credential.with_extension("configure");
    let read = match file::read(&path) {
        Ok(Contents::NotFound(_)) => return ProfileSettings::default(),
        Ok(Contents::Text(text)) => tccli::configure(&text),
        Err(why) => Err(why),
    };
    read.unwrap_or_else(|why| ProfileSettings {
        warnings: vec![format!("{}: {why}; its region and language are not used", path.display())],
        ..ProfileSettings::default()
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

    fn fetch(&self, _call: &CallContext) -> Result<ExpiringCredentials> {
        let mut nothing = String::new();
        for place in &self.places {
            match self.lookup_at(place)? {
                Lookup::Found((fetched, _)) => return Ok(fetched),
                Lookup::NotFound(found) => nothing = format!("{}: {}", place.shown(), found.why),
            }
        }
        Err(NotFound::new(nothing).into_error())
    }
}
