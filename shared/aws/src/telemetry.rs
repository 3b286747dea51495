//! What the functions say about themselves: a log in JSON lines, and metrics in CloudWatch's embedded metric format.
//!
//! Both go to standard output, which Lambda takes to the function's log group. Every line carries the request's id
//! (`lambda_runtime` opens a span with it). Texts of other people's making are JSON strings there: a control character is
//! escaped and can't end a line or colour a terminal.

use std::io::Write;
use std::process::ExitCode;

use keytrail_engine::time::Time;
use serde_json::{Map, Value, json};
use tracing::Level;

/// The namespace of Keytrail's metrics.
pub const NAMESPACE: &str = "Keytrail";

/// Begins the log. A second call changes nothing.
pub fn start_log(level: Level) {
    let log = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_target(false)
        .with_max_level(level)
        .with_writer(std::io::stdout);
    // An error says that there is a log already.
    drop(log.try_init());
}

/// Ends a function that could not start, or that lost its runtime: the log says why.
pub fn exit_code<E: std::fmt::Display>(ended: &Result<(), E>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The log itself may be what could not be started as wished.
            start_log(Level::INFO);
            tracing::error!(error = %error, "the function can't run");
            ExitCode::FAILURE
        }
    }
}

/// A number of things that happened, by the metric's name.
pub type Count = (&'static str, u64);

/// Writes metrics. Each has the function's name as its one dimension.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
#[derive(Clone, Debug)]
pub struct Metrics {
    function: Box<str>,
}

impl Metrics {
    /// Those of a function.
    pub fn of(function: &str) -> Self {
        Self { function: function.into() }
    }

    /// Writes what was counted in an invocation; nothing for nothing.
    pub fn count(&self, counts: &[Count], now: Time) {
        if !counts.is_empty() {
            let mut line = self.line(counts, now).to_string();
            line.push('\n');
            // A log that can't be written is nobody's to repair from here.
            drop(std::io::stdout().lock().write_all(line.as_bytes()));
        }
    }

    fn line(&self, counts: &[Count], now: Time) -> Value {
        let metrics: Vec<_> =
            counts.iter().map(|(name, _)| json!({ "Name": name, "Unit": "Count" })).collect();
        let mut line = Map::new();
        let directive =
            json!({ "Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": metrics });
        line.insert("_aws".into(), json!({ "Timestamp": now.millis(), "CloudWatchMetrics": [directive] }));
        line.insert("FunctionName".into(), json!(self.function));
        line.extend(counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))));
        Value::Object(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_metrics_has_the_form_that_cloudwatch_reads() {
        let line =
            Metrics::of("keytrail-sweep").line(&[("Heartbeat", 1), ("Driven", 0)], Time::from_millis(5));
        let expected = json!({
            "_aws": {
                "Timestamp": 5,
                "CloudWatchMetrics": [{
                    "Namespace": "Keytrail",
                    "Dimensions": [["FunctionName"]],
                    "Metrics": [{ "Name": "Heartbeat", "Unit": "Count" }, { "Name": "Driven", "Unit": "Count" }]
                }]
            },
            "FunctionName": "keytrail-sweep", "Heartbeat": 1, "Driven": 0
        });
        assert_eq!(line, expected);
    }
}
