//! Basic event selectors said as advanced ones, since a trail can't have both.
//!
//! Source: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html>

use serde_json::{Value, json};

/// The advanced selectors that let through what a basic one lets through; or what is wrong with it.
pub(super) fn as_advanced(basic: &Value) -> Result<Vec<Value>, &'static str> {
    let read_only = match basic.get("ReadWriteType").map(Value::as_str) {
        None | Some(Some("All")) => None,
        Some(Some("WriteOnly")) => Some("false"),
        Some(Some("ReadOnly")) => Some("true"),
        Some(_) => return Err("has a ReadWriteType other than All, ReadOnly and WriteOnly"),
    };
    let mut selectors = Vec::new();
    let management = match basic.get("IncludeManagementEvents") {
        None => true,
        Some(value) => {
            value.as_bool().ok_or("has an IncludeManagementEvents that is neither true nor false")?
        }
    };
    if management {
        let excluded = list(basic, "ExcludeManagementEventSources")?;
        let mut fields = vec![equals("eventCategory", &["Management"])];
        fields.extend(read_only.map(|value| equals("readOnly", &[value])));
        if !excluded.is_empty() {
            fields.push(json!({ "Field": "eventSource", "NotEquals": excluded }));
        }
        selectors.push(json!({ "Name": "Management events", "FieldSelectors": fields }));
    }
    for resource in list(basic, "DataResources")? {
        selectors.push(of_data(&resource, read_only)?);
    }
    Ok(selectors)
}

fn of_data(resource: &Value, read_only: Option<&str>) -> Result<Value, &'static str> {
    let sort = resource.get("Type").and_then(Value::as_str).ok_or("has a data resource without a Type")?;
    let values = list(resource, "Values")?;
    let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    let mut fields = vec![equals("eventCategory", &["Data"]), equals("resources.type", &[sort])];
    fields.extend(read_only.map(|value| equals("readOnly", &[value])));
    // No values select nothing in a basic selector, while an advanced one without a condition selects all.
    if values.is_empty() {
        return Err("has a data resource without Values");
    }
    if !values.iter().any(|value| is_all(value)) {
        // A basic selector's value is the beginning of an object's ARN; of everything else it is the ARN itself.
        let comparison = if sort == "AWS::S3::Object" { "StartsWith" } else { "Equals" };
        fields.push(json!({ "Field": "resources.ARN", comparison: values }));
    }
    Ok(json!({ "Name": format!("Data events of {sort}"), "FieldSelectors": fields }))
}

/// `arn:aws:s3`, `arn:aws:s3:::`, `arn:aws:lambda`, `arn:aws:dynamodb`: all of the account.
fn is_all(value: &str) -> bool {
    let rest = value.strip_prefix("arn:").and_then(|rest| rest.split_once(':')).map(|(_, rest)| rest);
    rest.is_some_and(|rest| !rest.trim_end_matches(':').contains(':'))
}

fn equals(field: &str, values: &[&str]) -> Value {
    json!({ "Field": field, "Equals": values })
}

fn list(of: &Value, name: &str) -> Result<Vec<Value>, &'static str> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => Ok(list.clone()),
        Some(_) => Err("has something else where a list should be"),
    }
}
