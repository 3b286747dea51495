"""The dashboard and the alarms name metrics that exist: Keytrail's own are in the functions' code."""

import json
import re

import pytest

from template import ROOT, Stack

STACK = Stack(RescueKmsKeys="true")
BODY = json.loads(STACK["Dashboard"]["DashboardBody"])
FUNCTIONS = ("Detect", "Respond", "Notify", "Sweep", "Rescue")
# It may not be there, so that its name is said without asking.
NAMES = {"keytrail-rescue": "Rescue"}
QUEUES = STACK.of_type("AWS::SQS::Queue")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
OF_AWS = {
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    "AWS/Lambda": {"Errors", "Duration", "IteratorAge"},
}


def emitted(function):
    """The names that a function's code counts under: pairs of a name in quotes and a number."""
    code = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "functions" / function.lower() / "src").glob("*.rs"))
    )
    return set(re.findall(r'\(\s*"([A-Z][A-Za-z]+)",', code))


def series():
    """(namespace, metric, dimension, value) of each line of the dashboard that names one metric."""
    for widget in BODY["widgets"]:
        for line in widget["properties"]["metrics"]:
            if isinstance(line[0], str):
                namespace, metric, dimension, value = line
                yield namespace, metric, dimension, NAMES.get(value, value)


@pytest.mark.parametrize("one", [pytest.param(one, id="-".join(one[1::2])) for one in series()])
def test_a_line_shows_a_metric_that_there_is(one):
    namespace, metric, dimension, value = one
    if namespace == "Keytrail":
        assert (dimension, value in FUNCTIONS) == ("FunctionName", True)
        assert metric in emitted(value)
    else:
        assert metric in OF_AWS[namespace]
        there = {"QueueName": QUEUES, "FunctionName": FUNCTIONS}[dimension]
        assert value in there


@pytest.mark.parametrize("function", FUNCTIONS)
def test_everything_that_a_function_counts_is_shown(function):
    shown = {metric for namespace, metric, _, value in series() if (namespace, value) == ("Keytrail", function)}
    # How many messages came says nothing that the records don't say, and units that were asked for are done or not.
    assert emitted(function) - shown <= {"Messages", "UnitsAskedFor", "FindingsFired"}


def test_findings_are_counted_by_rule_by_both_who_find():
    main = (ROOT / "functions" / "detect" / "src" / "main.rs").read_text(encoding="utf-8")
    assert 'count_by("FindingsFired", "Rule"' in main
    sweep = (ROOT / "functions" / "sweep" / "src" / "lib.rs").read_text(encoding="utf-8")
    assert re.search(r'tracing::warn!\(rule = [^;]*"a finding fired"\)', sweep)
    finding = STACK["FindingsOfSweep"]
    assert finding["FilterPattern"] == '{ $.message = "a finding fired" }'
    (metric,) = finding["MetricTransformations"]
    assert (metric["MetricNamespace"], metric["MetricName"]) == ("Keytrail", "FindingsFired")
    assert metric["Dimensions"] == [{"Key": "Rule", "Value": "$.rule"}]
    (search,) = [
        line[0]["expression"]
        for widget in BODY["widgets"]
        for line in widget["properties"]["metrics"]
        if isinstance(line[0], dict)
    ]
    assert search.startswith("SEARCH('{Keytrail,Rule} MetricName=\"FindingsFired\"'")


@pytest.mark.parametrize("name", STACK.of_type("AWS::CloudWatch::Alarm"))
def test_an_alarm_watches_a_metric_that_there_is(name):
    alarm = STACK[name]
    (dimension,) = alarm["Dimensions"]
    if alarm["Namespace"] != "Keytrail":
        assert alarm["MetricName"] in OF_AWS[alarm["Namespace"]]
    elif dimension["Name"] == "Rule":
        assert alarm["MetricName"] == "FindingsFired"
        assert (ROOT / "shared" / "engine" / "src" / "rules" / f"{dimension['Value']}.rs").exists()
    else:
        assert alarm["MetricName"] in emitted(dimension["Value"])


def test_widgets_do_not_overlap_and_fit():
    taken = set()
    for widget in BODY["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        assert all(x < 24 for x, _ in cells) and not cells & taken
        taken |= cells
    assert BODY["widgets"]


# What a night on call needs a sound for: (alarm, function or rule).
@pytest.mark.parametrize(
    ("metric", "value"),
    [("BudgetsSpent", "Respond"), ("PolicyBroken", "Sweep"), ("ActionsFailed", "Respond"), ("RecordsUnresolved", "Detect"), ("FindingsFired", "coverage_lost")],
)
def test_what_needs_a_person_alarms_at_the_first(metric, value):
    (alarm,) = [
        alarm
        for alarm in STACK.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric and alarm["Dimensions"][0]["Value"] == value
    ]
    assert (alarm["Threshold"], alarm["ComparisonOperator"], alarm["EvaluationPeriods"]) == (0, "GreaterThanThreshold", 1)
