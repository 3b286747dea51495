//! What to tell people, as data: enough for a channel to render it without asking anything.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Reason, Withheld};
use crate::finding::{Finding, Severity};
use crate::fingerprint::fingerprint;
use crate::ids::UserName;
use crate::rescue::Left;
use crate::subject::SubjectId;
use crate::time::Time;
use crate::trouble::Trouble;

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is done, and AWS shows it.
    Done {
        /// True if there was nothing left to do: somebody was faster, or an earlier try came further than AWS showed then.
        already: bool,
    },
    /// The deletion of a KMS key is cancelled, and the key is left disabled: a person must look at it.
    LeftDisabled {
        /// Why.
        #[serde(flatten)]
        left: Left,
    },
    /// It can't be done.
    Failed {
        /// AWS's error code; hostile text.
        code: Box<str>,
    },
    /// It was no longer wanted.
    Withheld {
        /// Why.
        #[serde(flatten)]
        reason: Reason,
    },
}

impl Outcome {
    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::LeftDisabled { .. } => "left_disabled",
            Self::Failed { .. } => "failed",
            Self::Withheld { .. } => "withheld",
        }
    }
}

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// A rule found something. Says what will be done, never what was done.
    Found {
        /// The finding.
        finding: Box<Finding>,
        /// What will be done about it.
        will: Option<Box<Action>>,
        /// What is held back, and why.
        withheld: Option<Box<Withheld>>,
    },
    /// An action ended.
    Ended {
        /// The action.
        action: Box<Action>,
        /// How.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// What was told a short while ago stands no longer: a late record took it back.
    Withdrawn {
        /// The finding.
        finding: Box<Finding>,
    },
    /// A budget is spent: this and whatever else it limits is held back.
    BudgetSpent {
        /// Which: its cause and its scope, see [`crate::policy::Allowance`].
        budget: Box<str>,
        /// The first action that it held back.
        action: Box<Action>,
    },
    /// Something is wrong with Keytrail itself.
    Trouble {
        /// The account that it runs in.
        subject: SubjectId,
        /// What.
        #[serde(flatten)]
        trouble: Trouble,
    },
    /// Nothing happened: somebody wants to see whether what is told arrives.
    Test {
        /// The account that Keytrail runs in.
        subject: SubjectId,
        /// Who asked for it, as STS names them.
        by: Box<str>,
        /// The severity that it pretends, so that subscriptions with a filter can be tried too.
        severity: Severity,
    },
}

/// Something to tell people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The same news has the same id, so that a repeat can be told from news.
    pub id: Box<str>,
    /// When it was decided to tell it.
    pub at: Time,
    /// Who answers for what it is about; hostile text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Box<str>>,
    /// The user whose keys it is about: what is found about them within an hour is one incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserName>,
    /// What.
    pub news: News,
}

impl Notice {
    /// The page of a finding.
    pub fn found(at: Time, finding: Finding, will: Option<Action>, withheld: Option<Withheld>) -> Self {
        let id = id(["found", finding.id.as_str()]);
        let (will, withheld) = (will.map(Box::new), withheld.map(Box::new));
        Self {
            id,
            at,
            owner: None,
            user: None,
            news: News::Found { finding: Box::new(finding), will, withheld },
        }
    }

    /// What was told of a finding is taken back.
    pub fn withdrawn(at: Time, finding: Finding) -> Self {
        let id = id(["withdrawn", finding.id.as_str()]);
        Self { id, at, owner: None, user: None, news: News::Withdrawn { finding: Box::new(finding) } }
    }

    /// The page of an action's outcome. An action that was withheld and is taken up again may end another way, and that
    /// is other news.
    pub fn ended(at: Time, action: Action, outcome: Outcome) -> Self {
        let id = id([outcome.word(), &action.id]);
        Self { id, at, owner: None, user: None, news: News::Ended { action: Box::new(action), outcome } }
    }

    /// The page of a budget that is spent: one a day, however much it holds back.
    pub fn budget_spent(at: Time, budget: &str, action: Action) -> Self {
        let id = id(["spent", &format!("{budget}/{}", at.floor_day())]);
        let news = News::BudgetSpent { budget: budget.into(), action: Box::new(action) };
        Self { id, at, owner: None, user: None, news }
    }

    /// Says who answers for what it is about.
    #[must_use]
    pub fn of_owner(mut self, owner: Option<Box<str>>) -> Self {
        self.owner = owner;
        self
    }

    /// Says whose keys it is about.
    #[must_use]
    pub fn of_user(mut self, user: Option<UserName>) -> Self {
        self.user = user;
        self
    }

    /// A test. Whoever asks again asks for another one.
    pub fn test(at: Time, subject: SubjectId, by: &str, severity: Severity) -> Self {
        let parts = ["test", &subject.to_string(), by, &at.millis().to_string()];
        let id = fingerprint("notice", parts).to_string().into();
        Self { id, at, owner: None, user: None, news: News::Test { subject, by: by.into(), severity } }
    }

    /// The page of what is wrong with Keytrail itself, told once.
    pub fn trouble(at: Time, subject: SubjectId, trouble: Trouble) -> Self {
        let parts = [trouble.word(), &subject.to_string(), &trouble.discriminator()];
        let id = fingerprint("notice", parts).to_string().into();
        Self { id, at, owner: None, user: None, news: News::Trouble { subject, trouble } }
    }
}

fn id(parts: [&str; 2]) -> Box<str> {
    fingerprint("notice", parts).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::ActionKind;
    use crate::finding::FindingId;

    #[test]
    fn a_notice_is_read_as_it_is_written_and_news_keeps_its_id() {
        let subject = SubjectId::parse("aws/111122223333/global/user/gateway").unwrap();
        let kind = ActionKind::DenyBearerCalls { user: "gateway".into() };
        let finding = FindingId::of("compromise_reported", &subject, "1");
        let action = Action {
            id: Action::id_of(&finding, &kind),
            kind,
            subject,
            finding,
            rule: "compromise_reported".into(),
            not_after: Time::from_millis(5),
            policy: "p".into(),
        };
        let outcome = Outcome::Withheld { reason: Reason::NotSettled { until: Time::from_millis(7) } };
        let notice = Notice::ended(Time::from_millis(1), action.clone(), outcome);
        let json = serde_json::to_string(&notice).unwrap();
        assert_eq!(serde_json::from_str::<Notice>(&json).unwrap(), notice, "{json}");
        let again = Outcome::Withheld { reason: Reason::Withdrawn };
        let again = Notice::ended(Time::from_millis(9), action.clone(), again);
        assert_eq!(again.id, notice.id, "whoever computes it, and when");
        let done = Notice::ended(Time::from_millis(9), action, Outcome::Done { already: true });
        assert_ne!(done.id, notice.id, "held back at first, and done after all");
    }

    #[test]
    fn trouble_is_told_once_for_each_version_epoch_and_address() {
        let subject = SubjectId::parse("aws/111122223333/global/account/account").unwrap();
        let policy = |version: &str, why: &str| Trouble::PolicyBroken {
            version: version.into(),
            why: why.into(),
            in_force: "p".into(),
        };
        let restored =
            |epoch| Trouble::LedgerRestored { epoch, began: Time::from_millis(1), store: "s".into() };
        let damaged = |what: &str| Trouble::Damaged { what: what.into(), why: "w".into() };
        let id = |trouble: Trouble| Notice::trouble(Time::from_millis(1), subject.clone(), trouble).id;
        assert_eq!(id(policy("7", "line 1")), id(policy("7", "another reader's words")));
        let all = [policy("7", ""), policy("8", ""), restored(2), restored(3), damaged("a"), damaged("b")];
        let ids: std::collections::BTreeSet<_> = all.clone().map(id).into();
        assert_eq!(ids.len(), all.len());
        for trouble in all {
            let notice = Notice::trouble(Time::from_millis(1), subject.clone(), trouble);
            let json = serde_json::to_string(&notice).unwrap();
            assert_eq!(serde_json::from_str::<Notice>(&json).unwrap(), notice, "{json}");
        }
    }
}
