//! Whether a policy's principals name who asks.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use serde_json::Value;

use super::certainty::{Sure, any};
use super::context::{Asking, service};
use super::statement::strings;
use crate::ids::ArnParts;

/// Whether `Principal` (or `NotPrincipal`) names who asks.
pub(super) fn named(principal: &Value, asking: &Asking<'_>) -> Sure {
    match principal {
        Value::String(text) => Sure::from(text == "*"),
        Value::Object(kinds) => any(kinds.iter().map(|(kind, names)| {
            let Some(names) = strings(names) else { return Sure::Maybe };
            any(names.into_iter().map(|name| is(kind, name, asking)))
        })),
        _ => Sure::Maybe,
    }
}

fn is(kind: &str, name: &str, asking: &Asking<'_>) -> Sure {
    match (kind, asking) {
        // "*" under "AWS" is everybody, services included.
        ("AWS", _) if name == "*" => Sure::Yes,
        ("AWS", Asking::Logs { .. }) => Sure::No,
        ("AWS", Asking::OwnAccount { account }) => of_account(name, account),
        ("Service", Asking::Logs { target }) => of_service(name, &service(target)),
        ("Service" | "CanonicalUser", Asking::OwnAccount { .. })
        | ("Federated" | "CanonicalUser", Asking::Logs { .. }) => Sure::No,
        _ => Sure::Maybe,
    }
}

/// The account itself stands for everybody in it; one of its roles or users for some.
fn of_account(name: &str, account: &str) -> Sure {
    if name == account {
        return Sure::Yes;
    }
    let Some(arn) = ArnParts::parse(name) else {
        // A unique id (`AROA…`), which says nothing of its account.
        return Sure::Maybe;
    };
    match (arn.account == account, arn.resource) {
        (false, _) => Sure::No,
        (true, "root") => Sure::Yes,
        // Who is denied is one of many; who is allowed may be the administrator.
        (true, _) => Sure::Maybe,
    }
}

/// Each region has a principal of its own. Whether KMS takes the one without a region for it is not documented, nor is
/// a star in a service's name.
fn of_service(name: &str, own: &str) -> Sure {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".cn").unwrap_or(&name);
    if name == own {
        return Sure::Yes;
    }
    if name == "logs.amazonaws.com" || name.contains(['*', '?', '$']) { Sure::Maybe } else { Sure::No }
}
