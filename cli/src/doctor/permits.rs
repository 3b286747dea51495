//! What a policy's statements say: as much of IAM's language as the template uses.

use serde_json::Value;

/// The statements of a policy that allow, or that deny.
pub(super) fn statements<'a>(policy: &'a Value, effect: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = match policy.get("Statement") {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    all.iter().filter(move |statement| statement.get("Effect").and_then(Value::as_str) == Some(effect))
}

/// The texts of a member that is a text or a list of them.
pub(super) fn texts<'a>(of: &'a Value, name: &str) -> Vec<&'a str> {
    match of.get(name) {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    }
}

/// Whether a statement is about an action: by its name, or by a name that ends in `*`.
pub(super) fn is_about(statement: &Value, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    texts(statement, "Action").iter().any(|named| {
        let named = named.to_ascii_lowercase();
        named.strip_suffix('*').map_or(named == action, |beginning| action.starts_with(beginning))
    })
}

/// Whether a statement is about everybody.
pub(super) fn is_for_all(statement: &Value) -> bool {
    match statement.get("Principal") {
        Some(Value::String(all)) => all == "*",
        Some(principal) => texts(principal, "AWS").contains(&"*"),
        None => false,
    }
}

/// Whether a statement names a principal: `Service` with a service's name, or `AWS` with an ARN.
pub(super) fn names(statement: &Value, kind: &str, principal: &str) -> bool {
    statement.get("Principal").is_some_and(|it| texts(it, kind).contains(&principal))
}

/// The values of a condition key, under whatever operator.
pub(super) fn conditions<'a>(statement: &'a Value, key: &str) -> Vec<&'a str> {
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    operators.flat_map(|(_, keys)| texts(keys, key)).collect()
}

/// Whether everybody but those whom its conditions name is kept from an action.
pub(super) fn is_kept_from_others(policy: &Value, action: &str) -> bool {
    statements(policy, "Deny").any(|it| is_about(it, action) && is_for_all(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_and_a_list_of_one_mean_the_same() {
        let policy = json!({"Statement": {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": "sqs:Send*",
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/a"}}}});
        assert!(is_kept_from_others(&policy, "SQS:SendMessage"));
        assert!(!is_kept_from_others(&policy, "sqs:ReceiveMessage"));
        let statement = statements(&policy, "Deny").next().unwrap();
        assert_eq!(conditions(statement, "aws:PrincipalArn"), ["arn:aws:iam::111122223333:role/a"]);
        assert_eq!(statements(&policy, "Allow").count(), 0);
        assert!(!is_for_all(&json!({"Principal": {"Service": "*"}})));
    }

    #[test]
    fn what_is_no_policy_says_nothing() {
        for odd in [json!(null), json!([]), json!({"Statement": 7}), json!({"Statement": [7, {"Effect": 1}]})]
        {
            assert!(!is_kept_from_others(&odd, "sqs:SendMessage"), "{odd}");
        }
    }
}
