//! What the functions say about themselves: a log in JSON lines, and metrics in CloudWatch's embedded metric format.
//!
//! Both go to standard output, which Lambda takes to the function's log group. Every line carries the request's id
//! (`lambda_runtime` opens a span with it). Texts of other people's making are JSON strings there, in which whatever could end
//! a line, colour a terminal or turn the direction of writing is escaped.

use std::io::Write;
use std::process::ExitCode;

use keytrail_engine::time::Time;
use serde_json::{Map, Value, json};
use tracing::{Level, Subscriber};

use crate::log_line::LogLine;

/// The namespace of Keytrail's metrics.
pub const NAMESPACE: &str = "Keytrail";

/// Begins the log. A second call changes nothing.
pub fn start_log(level: Level) {
    // An error says that there is a log already.
    drop(tracing::subscriber::set_global_default(log(level, std::io::stdout)));
}

fn log<W: Write + 'static>(
    level: Level,
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_target(false)
        .with_max_level(level)
        .with_writer(move || LogLine(writer()))
        .finish()
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

/// A number of things that happened, by the metric's name. A name that ends in `Milliseconds` is a duration.
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
            write(&self.line(counts, now));
        }
    }

    /// Writes one metric for each value of a dimension of its own, such as a rule's id, in place of the function's name:
    /// what more than one function counts then adds up.
    pub fn count_by<'a>(
        &self,
        name: &str,
        dimension: &str,
        counts: impl IntoIterator<Item = (&'a str, u64)>,
        now: Time,
    ) {
        for (value, count) in counts {
            write(&self.line_by(name, dimension, value, count, now));
        }
    }

    fn line_by(&self, name: &str, dimension: &str, value: &str, count: u64, now: Time) -> Value {
        let metrics = json!([{ "Name": name, "Unit": "Count" }]);
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [[dimension]], "Metrics": metrics });
        let metadata = json!({ "Timestamp": now.millis(), "CloudWatchMetrics": [directive] });
        json!({ "_aws": metadata, "FunctionName": self.function, dimension: value, name: count })
    }

    fn line(&self, counts: &[Count], now: Time) -> Value {
        let metrics: Vec<_> =
            counts.iter().map(|(name, _)| json!({ "Name": name, "Unit": unit(name) })).collect();
        let mut line = Map::new();
        let directive =
            json!({ "Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": metrics });
        line.insert("_aws".into(), json!({ "Timestamp": now.millis(), "CloudWatchMetrics": [directive] }));
        line.insert("FunctionName".into(), json!(self.function));
        line.extend(counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))));
        Value::Object(line)
    }
}

/// CloudWatch's word for what a metric is measured in.
fn unit(name: &str) -> &'static str {
    if name.ends_with("Milliseconds") { "Milliseconds" } else { "Count" }
}

fn write(line: &Value) {
    let mut line = line.to_string();
    line.push('\n');
    // A log that can't be written is nobody's to repair from here.
    drop(std::io::stdout().lock().write_all(line.as_bytes()));
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_of_the_log_says_where_it_belongs_and_is_one_line_whatever_it_says() {
        let (kept, hostile) = (Kept::default(), "gateway\n{\"level\":\"INFO\"}\u{9b}31m\u{202e}");
        let writer = kept.clone();
        tracing::subscriber::with_default(log(Level::INFO, move || writer.clone()), || {
            let _entered = tracing::info_span!("Lambda runtime invoke", requestId = "r-1").entered();
            tracing::debug!("too fine");
            tracing::warn!(subject = %hostile, event = 7, "seen");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.trim_end().chars().all(|c| !c.is_control() && c != '\u{202e}'), "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "seen");
        assert_eq!(line["subject"], hostile);
        assert_eq!(line["event"], 7);
        assert_eq!(line["spans"][0]["requestId"], "r-1");
    }

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

    #[test]
    fn what_is_counted_by_a_dimension_of_its_own_has_that_dimension_alone() {
        let line = Metrics::of("keytrail-detect").line_by(
            "FindingsFired",
            "Rule",
            "ransom",
            2,
            Time::from_millis(5),
        );
        assert_eq!(
            line,
            json!({
                "_aws": { "Timestamp": 5, "CloudWatchMetrics": [{
                    "Namespace": "Keytrail", "Dimensions": [["Rule"]],
                    "Metrics": [{ "Name": "FindingsFired", "Unit": "Count" }]
                }]},
                "FunctionName": "keytrail-detect", "Rule": "ransom", "FindingsFired": 2
            })
        );
    }

    #[test]
    fn a_duration_is_no_count() {
        let line = Metrics::of("keytrail-detect").line(&[("LagMilliseconds", 7)], Time::from_millis(5));
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][0]["Metrics"],
            json!([{ "Name": "LagMilliseconds", "Unit": "Milliseconds" }])
        );
    }
}
