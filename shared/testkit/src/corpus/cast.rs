//! Which records a corpus is made of, and how often each comes.

use super::template::Template;

/// A template and how often it comes.
#[derive(Debug)]
pub(super) struct Part {
    /// Relative to the other parts of the same list.
    pub(super) weight: u64,
    /// IAM's events are recorded in us-east-1 only.
    pub(super) global: bool,
    pub(super) template: Template,
}

macro_rules! regional {
    ($weight:literal, $name:literal) => {
        Part {
            weight: $weight,
            global: false,
            template: Template::new(include_str!(concat!("templates/", $name, ".json"))),
        }
    };
}

macro_rules! global {
    ($weight:literal, $name:literal) => {
        Part { global: true, ..regional!($weight, $name) }
    };
}

/// Records that Keytrail passes over: data events of storage and compute, KMS cryptography, reads of the very
/// services it watches. About one in 16,000 spells characters as `\u0026`, as exports by other tools do.
pub(super) fn foreign() -> Vec<Part> {
    vec![
        regional!(4600, "s3_get_object"),
        regional!(1600, "s3_put_object"),
        regional!(1200, "ec2_describe_instances"),
        regional!(300, "ec2_run_instances"),
        regional!(1800, "sts_assume_role"),
        regional!(1500, "kms_decrypt"),
        regional!(1000, "kms_generate_data_key"),
        global!(500, "iam_get_role"),
        global!(100, "iam_list_users"),
        global!(50, "iam_put_role_policy"),
        regional!(1900, "lambda_invoke"),
        regional!(900, "dynamodb_get_item"),
        regional!(300, "ssm_get_parameter"),
        regional!(500, "logs_create_log_stream"),
        regional!(300, "logs_describe_log_groups"),
        regional!(150, "ecs_register_task_definition"),
        regional!(150, "denied"),
        regional!(1, "s3_get_object_escaped"),
    ]
}

/// Records that Keytrail remembers, except for the bearer call and the life of API keys.
pub(super) fn control() -> Vec<Part> {
    vec![
        regional!(20, "disable_key"),
        regional!(20, "enable_key"),
        regional!(10, "put_key_policy"),
        regional!(5, "schedule_key_deletion"),
        regional!(5, "cancel_key_deletion"),
        regional!(20, "associate_kms_key"),
        regional!(20, "create_log_group"),
        regional!(20, "put_retention_policy"),
    ]
}

/// A use of an API key, without a credential id: the normal case.
pub(super) fn bearer_call() -> Template {
    Template::new(include_str!("templates/bearer_call.json"))
}

/// The life of an API key: created, deactivated, activated.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) create: Template,
    pub(super) deactivate: Template,
    pub(super) activate: Template,
}

pub(super) fn life() -> Life {
    Life {
        create: Template::new(include_str!("templates/create_service_specific_credential.json")),
        deactivate: Template::new(include_str!("templates/update_service_specific_credential_inactive.json")),
        activate: Template::new(include_str!("templates/update_service_specific_credential_active.json")),
    }
}

/// One of `parts`, by weight, that may be recorded in `region`.
pub(super) fn draw<'a>(parts: &'a [Part], region: &str, random: &mut crate::random::Random) -> &'a Template {
    let allowed = || parts.iter().filter(|part| !part.global || region == "us-east-1");
    let mut left = random.below(allowed().map(|part| part.weight).sum());
    for part in allowed() {
        if left < part.weight {
            return &part.template;
        }
        left -= part.weight;
    }
    unreachable!("the draw is below the sum of the weights")
}
