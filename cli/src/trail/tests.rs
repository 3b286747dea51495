use super::*;

const OURS: [&str; 2] =
    ["Management events that change something", "CloudWatch Logs API key authorization events"];

fn patched(given: &Value) -> Patch {
    patch(&given.to_string()).unwrap_or_else(|error| panic!("{error}: {given}"))
}

fn fault(given: &Value) -> String {
    patch(&given.to_string()).map_or_else(|error| error.to_string(), |patch| panic!("{patch:?}"))
}

/// An advanced selector with `Equals` conditions, or `NotEquals` where the field begins with `!`.
fn selector(fields: &[(&str, &[&str])]) -> Value {
    let fields: Vec<_> = fields
        .iter()
        .map(|(field, values)| match field.strip_prefix('!') {
            Some(field) => json!({ "Field": field, "NotEquals": values }),
            None => json!({ "Field": field, "Equals": values }),
        })
        .collect();
    json!({ "Name": "theirs", "FieldSelectors": fields })
}

fn s3() -> Value {
    json!({ "Name": "files", "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Data"] },
        { "Field": "resources.type", "Equals": ["AWS::S3::Object"] },
        { "Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::bucket/"], "SomethingNew": ["kept"] }
    ]})
}

const MANAGEMENT: (&str, &[&str]) = ("eventCategory", &["Management"]);
const DATA: (&str, &[&str]) = ("eventCategory", &["Data"]);
const BEARER: (&str, &[&str]) = ("resources.type", &["AWS::Logs::LogGroupAuthorization"]);

#[test]
fn what_was_there_stays_word_for_word_and_first() {
    let patch = patched(&json!({ "TrailARN": "arn", "AdvancedEventSelectors": [s3()] }));
    assert_eq!(patch.selectors[0], s3());
    assert_eq!((patch.added, patch.selectors.len(), patch.converted), (OURS.to_vec(), 3, false));
}

#[test]
fn a_list_alone_is_taken_as_well() {
    assert_eq!(patched(&json!([s3()])), patched(&json!({ "AdvancedEventSelectors": [s3()] })));
}

#[test]
fn only_what_is_missing_is_added() {
    for (there, missing) in [
        (vec![selector(&[MANAGEMENT])], vec![OURS[1]]),
        (vec![selector(&[MANAGEMENT, ("readOnly", &["false"])])], vec![OURS[1]]),
        (vec![selector(&[DATA, BEARER])], vec![OURS[0]]),
        (vec![selector(&[MANAGEMENT]), selector(&[DATA, BEARER])], vec![]),
        // What narrows is not enough, and stays.
        (vec![selector(&[MANAGEMENT, ("readOnly", &["true"])])], OURS.to_vec()),
        (vec![selector(&[MANAGEMENT, ("!eventSource", &["kms.amazonaws.com"])])], OURS.to_vec()),
        (vec![selector(&[MANAGEMENT]), selector(&[DATA, BEARER, ("readOnly", &["false"])])], vec![OURS[1]]),
    ] {
        let patch = patched(&json!({ "AdvancedEventSelectors": there.clone() }));
        assert_eq!(patch.added, missing, "{there:?}");
        assert_eq!(patch.selectors[..there.len()], there[..]);
    }
}

#[test]
fn a_patched_trail_needs_no_patch() {
    for given in [
        json!([s3()]),
        json!([selector(&[MANAGEMENT, ("!eventSource", &["kms.amazonaws.com"])])]),
        json!({ "EventSelectors": [{ "ReadWriteType": "ReadOnly", "IncludeManagementEvents": true }] }),
    ] {
        let first = patched(&given);
        let again = patched(&json!(first.selectors));
        assert_eq!((again.added.len(), again.selectors), (0, first.selectors));
    }
}

#[test]
fn basic_selectors_become_advanced_ones_that_let_the_same_through() {
    let patch = patched(&json!({ "AdvancedEventSelectors": null, "EventSelectors": [
        { "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
          "ExcludeManagementEventSources": ["kms.amazonaws.com"] },
        { "ReadWriteType": "WriteOnly", "IncludeManagementEvents": false, "DataResources": [
            { "Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::bucket/a"] },
            { "Type": "AWS::Lambda::Function", "Values": ["arn:aws-us-gov:lambda"] },
            { "Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb:us-east-1:111122223333:table/t"] },
        ]}
    ]}));
    assert!(patch.converted);
    // KMS is excluded, so that management events are said once more.
    assert_eq!(patch.added, OURS);
    let fields: Vec<&Value> = patch.selectors.iter().map(|it| &it["FieldSelectors"]).take(4).collect();
    let writes = json!({ "Field": "readOnly", "Equals": ["false"] });
    let data = |sort: &str| {
        [
            json!({"Field": "eventCategory", "Equals": ["Data"]}),
            json!({"Field": "resources.type", "Equals": [sort]}),
        ]
    };
    let [d, s] = data("AWS::S3::Object");
    let [_, l] = data("AWS::Lambda::Function");
    let [_, t] = data("AWS::DynamoDB::Table");
    assert_eq!(
        fields,
        [
            &json!([{ "Field": "eventCategory", "Equals": ["Management"] },
                    { "Field": "eventSource", "NotEquals": ["kms.amazonaws.com"] }]),
            &json!([d, s, writes, { "Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::bucket/a"] }]),
            &json!([d, l, writes]),
            &json!([d, t, writes, { "Field": "resources.ARN",
                    "Equals": ["arn:aws:dynamodb:us-east-1:111122223333:table/t"] }]),
        ]
    );
}

#[test]
fn what_is_not_understood_is_named_and_nothing_is_made_of_it() {
    assert!(patch("nothing").is_err_and(|error| matches!(error, SelectorError::NotJson(_))));
    for given in
        [json!(1), json!({}), json!({ "EventSelectors": [], "AdvancedEventSelectors": [] }), json!("x")]
    {
        assert!(fault(&given).starts_with("it holds no selectors"), "{given}");
    }
    for (given, said) in [
        (json!([s3(), {}]), "selector 2 has no FieldSelectors; is it an advanced event selector?"),
        (
            json!([{ "FieldSelectors": [{ "Equals": ["x"] }] }]),
            "selector 1 has a field selector without a Field",
        ),
        (json!([selector(&[BEARER])]), "selector 1 has no eventCategory, which CloudTrail asks for"),
        (
            json!({ "EventSelectors": [{ "ReadWriteType": "Some" }] }),
            "selector 1 has a ReadWriteType other than All, ReadOnly and WriteOnly",
        ),
        (
            json!({ "EventSelectors": [{ "DataResources": [{ "Type": "AWS::S3::Object", "Values": [] }] }] }),
            "selector 1 has a data resource without Values",
        ),
    ] {
        assert_eq!(fault(&given), said);
    }
}

#[test]
fn a_trail_that_is_full_is_told_so() {
    let many: Vec<String> = (0..498).map(|n| format!("arn:aws:s3:::bucket-{n}/")).collect();
    let full = json!([{ "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Data"] },
        { "Field": "resources.type", "Equals": ["AWS::S3::Object"] },
        { "Field": "resources.ARN", "StartsWith": many }
    ]}]);
    assert!(fault(&full).contains("would have 504 values"), "{}", fault(&full));
}
