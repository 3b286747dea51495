//! What a function is told by its environment: read once, typed, and named where it is wrong.
//!
//! `docs/configuration.md` shows all of it in one table, which a test holds against [`VARIABLES`] and the template.

use std::collections::BTreeSet;
use std::path::PathBuf;

use keytrail_engine::ids::{AccountId, Arn, ArnParts, Region};
use tracing::Level;

use crate::config::ConfigError;

/// A variable, and who reads it.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The functions that read it.
    pub read_by: &'static str,
    /// What a good value is.
    pub wanted: &'static str,
    /// What holds where it is missing or empty; `None` where it has to be there.
    pub otherwise: Option<&'static str>,
}

/// The table.
pub const TABLE: Variable = Variable {
    name: "KEYTRAIL_TABLE",
    read_by: "detect, respond, notify, sweep, rescue",
    wanted: "the name of the ledger's DynamoDB table",
    otherwise: None,
};

/// The log.
pub const LOG: Variable = Variable {
    name: "KEYTRAIL_LOG",
    read_by: "detect, respond, notify, sweep, rescue",
    wanted: "error, warn, info or debug",
    otherwise: Some("info"),
};

/// The policy, as a parameter of Systems Manager.
pub const POLICY_PARAMETER: Variable = Variable {
    name: "KEYTRAIL_POLICY_PARAMETER",
    read_by: "detect, respond, sweep, rescue",
    wanted: "the name of the SSM parameter (String) that holds the policy",
    otherwise: Some("KEYTRAIL_POLICY_FILE"),
};

/// The policy, as a file of the deployment package.
pub const POLICY_FILE: Variable = Variable {
    name: "KEYTRAIL_POLICY_FILE",
    read_by: "detect, respond, sweep, rescue",
    wanted: "the path of a file of the deployment package that holds the policy",
    otherwise: Some("Keytrail observes"),
};

/// The policy that denies bearer calls.
pub const DENY_POLICY_ARN: Variable = Variable {
    name: "KEYTRAIL_DENY_POLICY_ARN",
    read_by: "respond",
    wanted: "the ARN of the account's managed policy KeytrailDenyBearer",
    otherwise: None,
};

/// The topic.
pub const TOPIC_ARN: Variable = Variable {
    name: "KEYTRAIL_TOPIC_ARN",
    read_by: "notify",
    wanted: "the ARN of the topic of Keytrail's pages",
    otherwise: None,
};

/// The event bus.
pub const EVENT_BUS_ARN: Variable = Variable {
    name: "KEYTRAIL_EVENT_BUS_ARN",
    read_by: "notify",
    wanted: "the ARN of an event bus that gets every message, and every finding in OCSF",
    otherwise: Some("no bus gets them"),
};

/// The topic for chats.
pub const CHAT_TOPIC_ARN: Variable = Variable {
    name: "KEYTRAIL_CHAT_TOPIC_ARN",
    read_by: "notify",
    wanted: "the ARN of a topic that Amazon Q Developer in chat applications reads",
    otherwise: Some("no chat gets them"),
};

/// Sweep's queue.
pub const SWEEP_QUEUE_URL: Variable = Variable {
    name: "KEYTRAIL_SWEEP_QUEUE_URL",
    read_by: "sweep",
    wanted: "the URL of the queue of sweep's units",
    otherwise: None,
};

/// Further regions.
pub const SWEEP_REGIONS: Variable = Variable {
    name: "KEYTRAIL_SWEEP_REGIONS",
    read_by: "sweep",
    wanted: "the regions whose log groups, KMS keys and trails are listed besides the function's own, such as eu-central-1,us-west-2",
    otherwise: Some("only the function's own region"),
};

/// Whether KMS keys are rescued.
pub const RESCUE_FUNCTION: Variable = Variable {
    name: "KEYTRAIL_RESCUE_FUNCTION",
    read_by: "respond",
    wanted: "the name of the function that rescues KMS keys",
    otherwise: Some("a rescue is held back, and people are told"),
};

/// The account.
pub const ACCOUNT: Variable = Variable {
    name: "KEYTRAIL_ACCOUNT",
    read_by: "rescue",
    wanted: "the account whose KMS keys may be rescued, twelve digits",
    otherwise: None,
};

/// What is said to other accounts.
pub const EXTERNAL_ID: Variable = Variable {
    name: "KEYTRAIL_EXTERNAL_ID",
    read_by: "sweep",
    wanted: "the ExternalId that the stacks of other accounts were given, 16 characters at least",
    otherwise: Some("no role of another account is taken"),
};

/// Every variable of Keytrail's own.
pub const VARIABLES: [Variable; 13] = [
    TABLE,
    LOG,
    POLICY_PARAMETER,
    POLICY_FILE,
    DENY_POLICY_ARN,
    TOPIC_ARN,
    EVENT_BUS_ARN,
    CHAT_TOPIC_ARN,
    SWEEP_QUEUE_URL,
    SWEEP_REGIONS,
    RESCUE_FUNCTION,
    ACCOUNT,
    EXTERNAL_ID,
];

/// Where a function finds the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyPlace {
    /// In a parameter of Systems Manager.
    Parameter(Box<str>),
    /// In a file.
    File(PathBuf),
    /// Nowhere: Keytrail observes.
    Nowhere,
}

/// The account that a function may act in, and the one policy that it attaches there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenyPolicyArn {
    /// The policy.
    pub policy: Arn,
    /// Its account, which is the function's own.
    pub account: AccountId,
}

/// Reads variables.
#[derive(Debug)]
pub struct Environment<F>(F);

impl Environment<fn(&str) -> Option<String>> {
    /// The environment of the process.
    pub fn of_process() -> Self {
        Self(|name| std::env::var(name).ok())
    }
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// Variables from wherever they come.
    pub const fn new(read: F) -> Self {
        Self(read)
    }

    /// [`TABLE`].
    ///
    /// # Errors
    /// [`ConfigError`] names the variable; so do the others.
    pub fn table(&self) -> Result<String, ConfigError> {
        self.required(TABLE)
    }

    /// [`LOG`].
    ///
    /// # Errors
    /// As [`Self::table`].
    pub fn log(&self) -> Result<Level, ConfigError> {
        match self.optional(LOG).as_deref() {
            Some("error") => Ok(Level::ERROR),
            Some("warn") => Ok(Level::WARN),
            Some("info") | None => Ok(Level::INFO),
            Some("debug") => Ok(Level::DEBUG),
            Some(_) => Err(unusable(LOG)),
        }
    }

    /// [`POLICY_PARAMETER`], or else [`POLICY_FILE`].
    pub fn policy(&self) -> PolicyPlace {
        match (self.optional(POLICY_PARAMETER), self.optional(POLICY_FILE)) {
            (Some(name), _) => PolicyPlace::Parameter(name.into()),
            (None, Some(path)) => PolicyPlace::File(path.into()),
            (None, None) => PolicyPlace::Nowhere,
        }
    }

    /// [`DENY_POLICY_ARN`]. Its account is the one in which respond acts: actions on subjects of another are refused.
    ///
    /// # Errors
    /// As [`Self::table`].
    pub fn deny_policy(&self) -> Result<DenyPolicyArn, ConfigError> {
        let text = self.required(DENY_POLICY_ARN)?;
        let found = ArnParts::parse(&text).filter(|arn| {
            let whole_account =
                arn.account.len() == 12 && arn.account.bytes().all(|byte| byte.is_ascii_digit());
            arn.service == "iam" && whole_account && arn.resource.starts_with("policy/")
        });
        let account = AccountId::new(found.ok_or_else(|| unusable(DENY_POLICY_ARN))?.account);
        Ok(DenyPolicyArn { policy: Arn::new(&text), account })
    }

    /// [`TOPIC_ARN`].
    ///
    /// # Errors
    /// As [`Self::table`].
    pub fn topic(&self) -> Result<String, ConfigError> {
        self.required(TOPIC_ARN)
    }

    /// [`EVENT_BUS_ARN`].
    ///
    /// # Errors
    /// [`ConfigError::Unusable`] for what is no ARN of a bus.
    pub fn event_bus(&self) -> Result<Option<String>, ConfigError> {
        self.arn(EVENT_BUS_ARN, "events", "event-bus/")
    }

    /// [`CHAT_TOPIC_ARN`].
    ///
    /// # Errors
    /// [`ConfigError::Unusable`] for what is no ARN of a topic.
    pub fn chat_topic(&self) -> Result<Option<String>, ConfigError> {
        self.arn(CHAT_TOPIC_ARN, "sns", "")
    }

    /// [`SWEEP_QUEUE_URL`].
    ///
    /// # Errors
    /// As [`Self::table`].
    pub fn sweep_queue(&self) -> Result<String, ConfigError> {
        self.required(SWEEP_QUEUE_URL)
    }

    /// [`SWEEP_REGIONS`], each once.
    ///
    /// # Errors
    /// [`ConfigError::Unusable`] for what is no list of regions.
    pub fn sweep_regions(&self) -> Result<BTreeSet<Region>, ConfigError> {
        let text = self.optional(SWEEP_REGIONS).unwrap_or_default();
        let names = text.split(',').map(str::trim).filter(|_| !text.trim().is_empty());
        let region = |name: &str| {
            let part = |part: &str| {
                !part.is_empty()
                    && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            let good = name.split('-').count() >= 3 && name.split('-').all(part);
            good.then(|| Region::new(name)).ok_or_else(|| unusable(SWEEP_REGIONS))
        };
        names.map(region).collect()
    }

    /// Whether [`RESCUE_FUNCTION`] names one.
    pub fn rescue_is_deployed(&self) -> bool {
        self.optional(RESCUE_FUNCTION).is_some()
    }

    /// [`ACCOUNT`].
    ///
    /// # Errors
    /// As [`Self::table`].
    pub fn account(&self) -> Result<AccountId, ConfigError> {
        let text = self.required(ACCOUNT)?;
        let good = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        good.then(|| AccountId::new(&text)).ok_or_else(|| unusable(ACCOUNT))
    }

    /// [`EXTERNAL_ID`].
    ///
    /// # Errors
    /// [`ConfigError::Unusable`] for what AWS wouldn't take as one.
    pub fn external_id(&self) -> Result<Option<String>, ConfigError> {
        let of_aws = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@:/_-".contains(&byte);
        match self.optional(EXTERNAL_ID) {
            Some(text) if text.len() < 16 || text.len() > 1_224 || !text.bytes().all(of_aws) => {
                Err(unusable(EXTERNAL_ID))
            }
            found => Ok(found),
        }
    }

    /// The function's own name, which Lambda sets; its metrics have it as a dimension.
    pub fn function_name(&self) -> String {
        (self.0)("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()
    }

    fn optional(&self, variable: Variable) -> Option<String> {
        (self.0)(variable.name).filter(|value| !value.is_empty())
    }

    fn arn(&self, variable: Variable, service: &str, kind: &str) -> Result<Option<String>, ConfigError> {
        let Some(text) = self.optional(variable) else { return Ok(None) };
        let fits = ArnParts::parse(&text)
            .is_some_and(|arn| arn.service == service && arn.resource.starts_with(kind));
        if fits { Ok(Some(text)) } else { Err(unusable(variable)) }
    }

    fn required(&self, variable: Variable) -> Result<String, ConfigError> {
        let Variable { name, wanted, .. } = variable;
        self.optional(variable).ok_or(ConfigError::Missing { name, wanted })
    }
}

fn unusable(variable: Variable) -> ConfigError {
    ConfigError::Unusable { name: variable.name.to_owned(), wanted: variable.wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Environment<impl Fn(&str) -> Option<String>> {
        Environment::new(move |asked: &str| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_and_its_value_is_not_repeated() {
        let missing = with("", "").table().unwrap_err().to_string();
        assert!(missing.contains("KEYTRAIL_TABLE") && missing.contains("DynamoDB"), "{missing}");
        assert!(with("KEYTRAIL_TOPIC_ARN", "").topic().is_err(), "empty is missing");
        let wrong = with("KEYTRAIL_LOG", "loud").log().unwrap_err().to_string();
        assert!(wrong.contains("KEYTRAIL_LOG") && !wrong.contains("loud"), "{wrong}");
    }

    #[test]
    fn a_parameter_comes_before_a_file_and_without_either_keytrail_observes() {
        let both =
            Environment::new(|name: &str| name.starts_with("KEYTRAIL_POLICY").then(|| "/p".to_owned()));
        assert_eq!(both.policy(), PolicyPlace::Parameter("/p".into()));
        assert_eq!(with("KEYTRAIL_POLICY_FILE", "p.toml").policy(), PolicyPlace::File("p.toml".into()));
        assert_eq!(with("KEYTRAIL_POLICY_PARAMETER", "").policy(), PolicyPlace::Nowhere);
    }

    #[test]
    fn regions_are_listed_with_commas_and_each_once() {
        let read = |text| with(SWEEP_REGIONS.name, text).sweep_regions();
        let names = |text| read(text).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(""), [""; 0]);
        assert_eq!(names(" "), [""; 0]);
        assert_eq!(names("eu-central-1"), ["eu-central-1"]);
        assert_eq!(names("us-gov-west-1, eu-central-1,us-gov-west-1"), ["eu-central-1", "us-gov-west-1"]);
        for wrong in
            ["eu-central-1,", "all", "*", "eu central 1", "eu-central-1 us-west-2", "EU-CENTRAL-1", "a--b"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_channel_is_an_arn_of_its_service_or_nothing() {
        let bus = |text| with(EVENT_BUS_ARN.name, text).event_bus();
        let chat = |text| with(CHAT_TOPIC_ARN.name, text).chat_topic();
        let (good_bus, good_topic) = (
            "arn:aws:events:us-east-1:111122223333:event-bus/siem",
            "arn:aws:sns:us-east-1:111122223333:chat",
        );
        assert_eq!(bus("").unwrap(), None);
        assert_eq!(bus(good_bus).unwrap().as_deref(), Some(good_bus));
        assert_eq!(chat(good_topic).unwrap().as_deref(), Some(good_topic));
        assert!(bus(good_topic).is_err() && chat(good_bus).is_err() && bus("default").is_err());
    }

    #[test]
    fn an_external_id_is_one_that_aws_takes() {
        let read = |text| with(EXTERNAL_ID.name, text).external_id();
        assert_eq!(read("").unwrap(), None);
        assert_eq!(read("0123456789abcdef").unwrap().as_deref(), Some("0123456789abcdef"));
        for wrong in ["0123456789abcde", "0123456789 abcdef", "0123456789abcdef&Action=a"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("KEYTRAIL_EXTERNAL_ID") && !error.contains("0123"), "{error}");
        }
    }

    #[test]
    fn the_deny_policy_says_which_account_is_ours() {
        let good = "arn:aws-us-gov:iam::111122223333:policy/KeytrailDenyBearer";
        assert_eq!(with(DENY_POLICY_ARN.name, good).deny_policy().unwrap().account.as_str(), "111122223333");
        let wrong = [
            "KeytrailDenyBearer",
            "arn:aws:iam::aws:policy/KeytrailDenyBearer",
            "arn:aws:iam::111122223333:role/KeytrailDenyBearer",
            "arn:aws:sns:us-east-1:111122223333:policy/KeytrailDenyBearer",
        ];
        for arn in wrong {
            assert!(with(DENY_POLICY_ARN.name, arn).deny_policy().is_err(), "{arn}");
        }
    }
}
