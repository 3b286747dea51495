//! The text of an SMS.

use super::email::TEST;
use super::trouble::told;
use super::{About, deed};
use crate::notice::{News, Notice, Outcome};

/// Characters of one part of an SMS.
const LONGEST: usize = 160;

pub(super) fn text(notice: &Notice, about: &About<'_>) -> String {
    let account = &about.subject.account;
    let severity = about.severity.word().to_uppercase();
    let said = match &notice.news {
        News::Found { finding, will, .. } => {
            let then = will.as_ref().map(|action| format!(" Will {}.", deed(action))).unwrap_or_default();
            format!("{}.{then}", finding.what)
        }
        News::Withdrawn { finding } => format!("No longer stands: {}.", finding.what),
        News::Ended { action, outcome: Outcome::Done { already: false } } => {
            format!("Done: {}.", deed(action))
        }
        News::Ended { action, outcome: Outcome::Done { already: true } } => {
            format!("Nothing left to do: {}.", deed(action))
        }
        News::Ended { action, outcome: Outcome::LeftDisabled { .. } } => {
            format!("Saved from deletion and LEFT DISABLED: KMS key {}.", action.kind.target())
        }
        News::Ended { action, outcome: Outcome::Failed { code } } => {
            format!("FAILED ({code}): {}.", deed(action))
        }
        News::Ended { action, outcome: Outcome::Withheld { reason } } => {
            format!("Held back ({reason}): {}.", deed(action))
        }
        News::BudgetSpent { budget, action } => {
            format!("Budget {budget} is spent. Held back: {}.", deed(action))
        }
        News::Trouble { trouble, .. } => format!("{}.", told(trouble).what),
        News::Test { by, .. } => format!("{TEST}. Asked for by {by}."),
    };
    ascii(&format!("Keytrail {severity} {account}: {said}"), LONGEST)
}

/// Printable ASCII only, cut with dots: a single other character makes every part of an SMS shorter.
pub(super) fn ascii(text: &str, longest: usize) -> String {
    let printable = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    let text: String = text.chars().map(printable).collect();
    if text.len() <= longest {
        return text;
    }
    let kept: String = text.chars().take(longest.saturating_sub(3)).collect();
    kept + "..."
}
