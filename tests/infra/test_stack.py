"""How the resources fit together: times, queues, functions, schedules, alarms."""

import pytest

from template import Stack, template

STACK = Stack(RescueKmsKeys="true")
QUEUES = STACK.of_type("AWS::SQS::Queue")
FUNCTIONS = STACK.of_type("AWS::Serverless::Function")
ALARMS = STACK.of_type("AWS::CloudWatch::Alarm")
TIMEOUT = template()["Globals"]["Function"]["Timeout"]
FOURTEEN_DAYS = 14 * 86400
DEAD_LETTERS = {"ControlDeadLetters", "UsageDeadLetters", "SweepDeadLetters", "UndeliveredEvents", "GivenUp"}


def queue_events(function):
    events = FUNCTIONS[function].get("Events", {}).values()
    return [event["Properties"] for event in events if event["Type"] == "SQS"]


def name_of(arn):
    return arn.rsplit(":", 1)[-1]


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_keeps_its_messages_safe(name):
    queue = QUEUES[name]
    assert queue["SqsManagedSseEnabled"] is True
    # Sweep's units are made anew every day.
    assert queue["MessageRetentionPeriod"] == (86400 if name == "SweepQueue" else FOURTEEN_DAYS)
    assert (name in DEAD_LETTERS) != ("RedrivePolicy" in queue)
    if name not in DEAD_LETTERS:
        # Lambda asks for 5 at least.
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
        assert name_of(queue["RedrivePolicy"]["deadLetterTargetArn"]) == name.replace("Queue", "DeadLetters")


@pytest.mark.parametrize(("function", "queue"), [("Detect", "ControlQueue"), ("Detect", "UsageQueue"), ("Sweep", "SweepQueue")])
def test_a_message_stays_hidden_for_six_times_its_functions_time(function, queue):
    (event,) = [event for event in queue_events(function) if event["Queue"] == STACK.arn(queue)]
    seconds = 6 * FUNCTIONS[function].get("Timeout", TIMEOUT) + event.get("MaximumBatchingWindowInSeconds", 0)
    assert QUEUES[queue]["VisibilityTimeout"] >= seconds
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # Above 10 messages Lambda asks for a window.
    assert event["BatchSize"] <= 10 or event["MaximumBatchingWindowInSeconds"] >= 1


def test_use_never_delays_a_change():
    control, usage = queue_events("Detect")
    assert "MaximumBatchingWindowInSeconds" not in control
    reserved = FUNCTIONS["Detect"]["ReservedConcurrentExecutions"]
    both = control["ScalingConfig"]["MaximumConcurrency"] + usage["ScalingConfig"]["MaximumConcurrency"]
    assert both <= reserved


def test_sweep_has_room_for_its_ticks_beside_its_units():
    (units,) = queue_events("Sweep")
    assert units["ScalingConfig"]["MaximumConcurrency"] < FUNCTIONS["Sweep"]["ReservedConcurrentExecutions"]


def test_the_reserve_is_what_the_parameter_says_and_can_be_left_out():
    def total(stack):
        return sum(function["ReservedConcurrentExecutions"] for function in stack.of_type("AWS::Serverless::Function").values())

    assert f"({total(Stack())} in all, {total(STACK)} with RescueKmsKeys)" in template()["Parameters"]["ReserveConcurrency"]["Description"]
    without = Stack(ReserveConcurrency="false").of_type("AWS::Serverless::Function")
    assert not [name for name, function in without.items() if "ReservedConcurrentExecutions" in function]


SETTINGS = {
    "Detect": {"KEYTRAIL_POLICY_PARAMETER"},
    "Respond": {"KEYTRAIL_POLICY_PARAMETER", "KEYTRAIL_DENY_POLICY_ARN", "KEYTRAIL_RESCUE_FUNCTION"},
    "Notify": {"KEYTRAIL_TOPIC_ARN", "KEYTRAIL_EVENT_BUS_ARN", "KEYTRAIL_CHAT_TOPIC_ARN"},
    "Sweep": {"KEYTRAIL_POLICY_PARAMETER", "KEYTRAIL_SWEEP_QUEUE_URL", "KEYTRAIL_EXTERNAL_ID", "KEYTRAIL_SWEEP_REGIONS"},
    "Rescue": {"KEYTRAIL_POLICY_PARAMETER", "KEYTRAIL_ACCOUNT"},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_function_is_built_and_set_up_for_its_own_work(name):
    assert set(FUNCTIONS) == set(SETTINGS)
    low = name.lower()
    function, whole = FUNCTIONS[name], STACK.resources[name]
    common = template()["Globals"]["Function"]
    assert (common["Runtime"], common["Handler"]) == ("provided.al2023", "bootstrap")
    assert whole["Metadata"] == {"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": f"keytrail-{low}"}}
    assert function["CodeUri"] == f"../functions/{low}"
    assert set(common["Environment"]["Variables"]) == {"KEYTRAIL_TABLE", "KEYTRAIL_LOG"}
    assert set(function.get("Environment", {}).get("Variables", {})) == SETTINGS[name]
    # Its event sources are refused while the role can't read them.
    assert whole["DependsOn"] == f"{name}Policy"
    assert function["Role"] == STACK.arn(f"{name}Role")
    assert STACK[f"{name}Policy"]["Roles"] == [f"{name}Role"]
    assert function["LoggingConfig"] == {"LogGroup": f"{name}Log"}
    assert STACK[f"{name}Log"]["RetentionInDays"] == 90


def test_settings_lead_where_they_should():
    def setting(name, key):
        return FUNCTIONS[name]["Environment"]["Variables"][key]

    assert setting("Respond", "KEYTRAIL_DENY_POLICY_ARN") == STACK.arn("KeytrailDenyBearer")
    assert setting("Notify", "KEYTRAIL_TOPIC_ARN") == STACK.arn("Pages")
    assert setting("Sweep", "KEYTRAIL_SWEEP_QUEUE_URL").endswith("/SweepQueue")


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_processor_is_a_parameter(architecture):
    assert Stack(Architecture=architecture)._resolve(template()["Globals"]["Function"]["Architectures"]) == [architecture]


def test_the_ledger_outlives_mistakes():
    table, whole = STACK["Table"], STACK.resources["Table"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert (whole["DeletionPolicy"], whole["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_indexes_are_those_that_the_ledger_asks_and_hold_keys_alone():
    indexes = STACK["Table"]["GlobalSecondaryIndexes"]
    keys = {index["IndexName"]: [part["AttributeName"] for part in index["KeySchema"]] for index in indexes}
    assert keys == {"kinds": ["kind", "pk"], "due": ["kind", "due"]}
    assert {index["Projection"]["ProjectionType"] for index in indexes} == {"KEYS_ONLY"}


def test_deleting_the_stack_lets_no_key_in_again():
    policy = STACK.resources["KeytrailDenyBearer"]
    assert (policy["DeletionPolicy"], policy["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert policy["Properties"]["ManagedPolicyName"] == "KeytrailDenyBearer"


def test_sweep_ticks_every_minute_and_looks_at_everything_once_a_day():
    schedules = STACK.of_type("AWS::Scheduler::Schedule")
    assert {name: schedule["ScheduleExpression"] for name, schedule in schedules.items()} == {
        "Tick": "rate(1 minute)",
        "RescueTick": "rate(1 minute)",
        "DailySweep": "cron(17 3 * * ? *)",
    }
    for name, schedule in schedules.items():
        assert schedule["Target"]["Arn"] == STACK.arn("Rescue" if name == "RescueTick" else "Sweep")
        assert schedule["Target"]["RoleArn"] == STACK.arn("ScheduleRole")


def alarms_on(metric, **dimensions):
    wanted = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return [alarm for alarm in ALARMS.values() if alarm["MetricName"] == metric and alarm["Dimensions"] == wanted]


@pytest.mark.parametrize("queue", sorted(DEAD_LETTERS))
def test_a_dead_letter_alarms(queue):
    (alarm,) = alarms_on("ApproximateNumberOfMessagesVisible", QueueName=queue)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_error_alarms(function):
    (alarm,) = alarms_on("Errors", FunctionName=function)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize("function", ["Respond", "Notify"])
def test_a_late_stream_alarms(function):
    (alarm,) = alarms_on("IteratorAge", FunctionName=function)
    assert alarm["Threshold"] <= 300_000


def test_only_a_missing_heartbeat_alarms_by_silence():
    (heartbeat,) = alarms_on("Heartbeat", FunctionName="Sweep")
    assert (heartbeat["Threshold"], heartbeat["ComparisonOperator"]) == (1, "LessThanThreshold")
    assert [alarm for alarm in ALARMS.values() if alarm["TreatMissingData"] == "breaching"] == [heartbeat]
    assert heartbeat["AlarmActions"] == [STACK.arn("OwnAlarms"), STACK.arn("Pages")]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_heard_and_says_what_to_do(name):
    alarm = ALARMS[name]
    assert STACK.arn("OwnAlarms") in alarm["AlarmActions"]
    assert alarm["OKActions"] == alarm["AlarmActions"]
    assert len(alarm["AlarmDescription"].split()) >= 12


def test_an_address_is_subscribed_to_both_topics_or_to_none():
    assert STACK.of_type("AWS::SNS::Subscription") == {}
    subscriptions = Stack(Email="oncall@example.com").of_type("AWS::SNS::Subscription").values()
    assert {part["TopicArn"] for part in subscriptions} == {STACK.arn("Pages"), STACK.arn("OwnAlarms")}


def test_defaults_change_nothing_and_every_parameter_says_what_it_is_for():
    for name, parameter in template()["Parameters"].items():
        assert "Default" in parameter, name
        assert len(parameter["Description"].split()) >= 5, name
    # Without one Keytrail observes.
    assert STACK.parameters["PolicyParameter"] == ""
