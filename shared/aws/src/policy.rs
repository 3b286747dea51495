//! The operator's policy: a file of the deployment package, or a parameter of Systems Manager.
//!
//! It is read anew when it is older than its reader allows. Where the newest can't be read, nothing is enforced and the last
//! good one says what is told to whom. A new process has no last good one in memory: Systems Manager keeps the versions of a
//! parameter, so that a broken policy doesn't stop a process from starting as long as one of those before it was good. Only
//! a policy that never was good does.

use std::io::Read;
use std::path::{Path, PathBuf};

use keytrail_engine::fingerprint::hash64;
use keytrail_engine::policy::{Policy, text};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{BrokenPolicy, Clock, PolicyInForce, PolicySource};
use keytrail_ledger::{BoxError, supply};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::json_call::{JsonClient, SSM};
use crate::settings::PolicyPlace;
use crate::{AwsConfig, Failure, FailureKind};

/// How long the last good policy stays in force while a newer one can't be asked for. An action that is wanted at such a
/// moment isn't dropped for it; a policy that has been changed meanwhile has to wait no longer than this.
const PATIENCE: Span = Span::minutes(5);
/// How many versions before a broken one are tried at start.
const EARLIER_VERSIONS: u64 = 10;
/// A policy is a page of text. A parameter can hold 8 KiB.
const LARGEST: u64 = 256 * 1024;

/// Where the policy is.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Nowhere: Keytrail observes.
    Nowhere,
    /// In a file.
    File(PathBuf),
    /// In a parameter of Systems Manager, of the type String.
    Parameter {
        /// A client of Systems Manager.
        client: JsonClient,
        /// The parameter's name.
        name: Box<str>,
    },
}

/// Why there is no policy to start with.
#[derive(Debug, thiserror::Error)]
#[error("the policy in {origin} can't be read: {why}")]
pub struct PolicyError {
    /// The file or the parameter.
    origin: String,
    /// Every fault of the text, or why there is no text.
    why: String,
}

/// The policy, read again when it is older than `max_age`.
#[derive(Debug)]
pub struct Policies<C> {
    origin: Origin,
    clock: C,
    max_age: Span,
    last: Mutex<Last>,
}

/// What was read last.
#[derive(Debug)]
struct Last {
    good: Policy,
    /// The text that it was read from: as long as that stays, neither it nor the files that it names are read again.
    text: String,
    /// When the good one was read, or found to be the newest still.
    good_at: Time,
    /// When the newest was asked for.
    asked_at: Time,
    broken: Option<Broken>,
}

/// The newest, which can't be read.
#[derive(Clone, Debug)]
struct Broken {
    version: Box<str>,
    why: String,
}

impl Broken {
    /// A parameter's version, a file's text, or else the day.
    fn new(why: String, version: Option<Version>, now: Time) -> Self {
        let version = match version {
            Some(Version::Parameter(number)) => number.to_string(),
            Some(Version::Text(hash)) => format!("{hash:016x}"),
            None => now.floor_day().to_string(),
        };
        Self { version: version.into(), why }
    }
}

/// What tells a policy from the next one.
#[derive(Clone, Copy, Debug)]
enum Version {
    /// The version that Systems Manager counts.
    Parameter(u64),
    /// A hash of a file's text.
    Text(u64),
}

/// Why a policy isn't there.
#[derive(Debug)]
enum Missing {
    /// It can't be asked for now.
    Later(String),
    /// It is gone, forbidden or no policy. With the version of what was found.
    Broken { why: String, version: Option<Version> },
}

impl<C: Clock> Policies<C> {
    /// Reads the policy for the first time. With a `max_age` of nothing it is read each time it is asked for.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] where there is none, or none that is good.
    pub async fn start(origin: Origin, max_age: Span, clock: C) -> Result<Self, PolicyError> {
        let now = clock.now();
        let ((good, text), broken) = match origin.read(None).await {
            Ok(read) => (read, None),
            Err(Missing::Broken { why, version }) => match origin.earlier(version).await {
                Some(read) => (read, Some(Broken::new(why, version, now))),
                None => return Err(PolicyError { origin: origin.to_string(), why }),
            },
            Err(Missing::Later(why)) => return Err(PolicyError { origin: origin.to_string(), why }),
        };
        let last = Last { good, text, good_at: now, asked_at: now, broken };
        Ok(Self { origin, clock, max_age, last: Mutex::new(last) })
    }
}

impl<C: Clock> PolicySource for Policies<C> {
    async fn policy(&self) -> PolicyInForce {
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        // A clock that was set back is no reason to keep a policy for ever.
        let fresh = now >= last.asked_at && now < last.asked_at + self.max_age;
        if !fresh {
            last.asked_at = now;
            let read = match self.origin.text(None).await {
                Ok((text, _)) if text == last.text => Ok(None),
                Ok((text, version)) => self.origin.parse(&text, version).map(|policy| Some((policy, text))),
                Err(missing) => Err(missing),
            };
            match read {
                Ok(None) => (last.good_at, last.broken) = (now, None),
                Ok(Some((good, text))) => {
                    *last = Last { good, text, good_at: now, asked_at: now, broken: None };
                }
                Err(Missing::Broken { why, version }) => last.broken = Some(Broken::new(why, version, now)),
                Err(Missing::Later(why)) if now > last.good_at + PATIENCE => {
                    last.broken = Some(Broken::new(why, None, now));
                }
                Err(Missing::Later(_)) => {}
            }
        }
        let broken = last.broken.clone().map(|Broken { version, why }| {
            let error = PolicyError { origin: self.origin.to_string(), why };
            BrokenPolicy { version, why: BoxError::from(error) }
        });
        PolicyInForce { policy: last.good.clone(), broken }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nowhere => write!(f, "no place"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Parameter { name, .. } => write!(f, "the SSM parameter {name}"),
        }
    }
}

impl Origin {
    /// The place that a function's environment names.
    pub fn of(place: PolicyPlace, aws: &AwsConfig) -> Self {
        match place {
            PolicyPlace::Nowhere => Self::Nowhere,
            PolicyPlace::File(path) => Self::File(path),
            PolicyPlace::Parameter(name) => Self::Parameter { client: aws.json(SSM), name },
        }
    }

    /// The policy, the newest or of a version, with its text.
    async fn read(&self, version: Option<u64>) -> Result<(Policy, String), Missing> {
        let (text, version) = self.text(version).await?;
        Ok((self.parse(&text, version)?, text))
    }

    /// The text of the policy, with its version.
    async fn text(&self, version: Option<u64>) -> Result<(String, Version), Missing> {
        match self {
            Self::Nowhere => Ok((String::new(), Version::Text(0))),
            Self::File(path) => {
                let text = read_file(path).map_err(|error| broken(error.to_string(), None))?;
                let version = Version::Text(hash64("policy", &text));
                Ok((text, version))
            }
            Self::Parameter { client, name } => {
                let selected =
                    version.map_or_else(|| name.to_string(), |version| format!("{name}:{version}"));
                let found: Found = client
                    .call("GetParameter", &json!({"Name": selected}))
                    .await
                    .map_err(|failure| missing(&failure))?;
                Ok((found.parameter.value, Version::Parameter(found.parameter.version)))
            }
        }
    }

    /// What a text says, with the files that it names.
    fn parse(&self, text: &str, version: Version) -> Result<Policy, Missing> {
        let mut policy = text::read(text).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            broken(faults.join("; "), Some(version))
        })?;
        supply(&mut policy, self.folder()).map_err(|error| broken(error.to_string(), Some(version)))?;
        Ok(policy)
    }

    /// Where the files that a policy names are looked for: beside it, or in the function's package, which is where Lambda
    /// starts a function.
    fn folder(&self) -> &Path {
        let beside = match self {
            Self::File(path) => path.parent(),
            Self::Nowhere | Self::Parameter { .. } => None,
        };
        beside.unwrap_or(Path::new("."))
    }

    /// The newest good one of the versions before a broken one.
    async fn earlier(&self, version: Option<Version>) -> Option<(Policy, String)> {
        let Version::Parameter(newest) = version? else { return None };
        for version in (newest.saturating_sub(EARLIER_VERSIONS).max(1)..newest).rev() {
            if let Ok(read) = self.read(Some(version)).await {
                return Some(read);
            }
        }
        None
    }
}

/// The answer of `GetParameter`.
///
/// Source: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Parameter.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    parameter: Parameter,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    value: String,
    version: u64,
}

const fn broken(why: String, version: Option<Version>) -> Missing {
    Missing::Broken { why, version }
}

fn missing(failure: &Failure) -> Missing {
    let why = format!("{}: {}", failure.code, failure.source);
    match failure.kind {
        FailureKind::Later | FailureKind::Unreachable => Missing::Later(why),
        FailureKind::AccessDenied
        | FailureKind::NoSuchEntity
        | FailureKind::LimitExceeded
        | FailureKind::Refused => broken(why, None),
    }
}

fn read_file(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use keytrail_engine::policy::Mode;

    use super::*;

    /// A clock that is set by hand.
    #[derive(Debug, Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Time {
            Time::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn mode(in_force: &PolicyInForce) -> (Mode, bool) {
        (in_force.policy.mode, in_force.broken.is_some())
    }

    #[test]
    fn a_broken_policy_leaves_the_last_good_one_and_says_why_until_it_is_mended() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let write = |text: &str| std::fs::write(file.path(), text).unwrap();
        write("mode = \"alert\"");
        let clock = Hand::default();
        let origin = Origin::File(file.path().to_owned());
        run(async {
            let policies = Policies::start(origin, Span::seconds(60), &clock).await.unwrap();
            let version = async || policies.policy().await.broken.map(|broken| broken.version);
            write("mode = \"enforced\"");
            clock.0.store(59_999, Ordering::Relaxed);
            assert_eq!(mode(&policies.policy().await), (Mode::Alert, false), "not asked for yet");
            clock.0.store(60_000, Ordering::Relaxed);
            let in_force = policies.policy().await;
            assert_eq!(mode(&in_force), (Mode::Alert, true));
            let why = in_force.broken.unwrap().to_string();
            assert!(why.contains("line 1") && why.contains("mode"), "{why}");
            clock.0.store(90_000, Ordering::Relaxed);
            assert_eq!(mode(&policies.policy().await), (Mode::Alert, true), "still broken between two looks");
            let first = version().await;
            std::fs::remove_file(file.path()).unwrap();
            clock.0.store(120_000, Ordering::Relaxed);
            assert_eq!(mode(&policies.policy().await), (Mode::Alert, true));
            assert_eq!(
                version().await.as_deref(),
                Some("1970-01-01T00:00:00Z"),
                "there is no text to tell it by"
            );
            assert!(first.is_some_and(|version| version.len() == 16), "a hash of the text");
            write("mode = \"observe\"");
            clock.0.store(180_000, Ordering::Relaxed);
            assert_eq!(mode(&policies.policy().await), (Mode::Observe, false));
            // The clock is set back by a minute.
            write("mode = \"alert\"");
            clock.0.store(120_000, Ordering::Relaxed);
            assert_eq!(mode(&policies.policy().await), (Mode::Alert, false));
        });
    }

    #[test]
    fn without_a_good_policy_nothing_starts_and_the_fault_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "mode = \"alert\"\nmoed = 1\n").unwrap();
        let start = |path: &Path| {
            let origin = Origin::File(path.to_owned());
            run(Policies::start(origin, Span::seconds(60), Hand::default())).unwrap_err().to_string()
        };
        let error = start(file.path());
        assert!(error.contains("line 2") && error.contains("moed"), "{error}");
        let error = start(Path::new("/nowhere/policy.toml"));
        assert!(error.contains("/nowhere/policy.toml"), "{error}");
    }

    #[test]
    fn without_a_place_for_it_the_policy_observes() {
        let policies = run(Policies::start(Origin::Nowhere, Span::seconds(60), Hand::default())).unwrap();
        assert_eq!(mode(&run(policies.policy())), (Mode::Observe, false));
    }
}
