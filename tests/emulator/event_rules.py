"""
EventBridge's rules in place of moto's, from matching to delivery into a queue.

moto flattens an event before it matches, so that no pattern reaches into an array of objects (a CloudTrail
record's `resources`); takes patterns that EventBridge refuses; delivers for disabled rules; and pastes an
event's texts unescaped into a template that lacks the account. Custom buses, archives and log groups as
targets stay moto's.
"""

import json
from datetime import UTC, datetime

from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPattern, EventPatternParser, Rule
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from . import patterns

ENVELOPE = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
RESHAPING = ("Input", "InputPath", "InputTransformer")

_moto_send_to_targets = Rule.send_to_targets


def _matches_event(self, event):
    return not self.get_pattern() or patterns.matches(self.get_pattern(), event)


def _parse(self):
    if not self.pattern:
        return {}
    if len(self.pattern) > patterns.LONGEST_PATTERN:
        raise InvalidEventPatternException(reason=f"longer than {patterns.LONGEST_PATTERN} characters")
    try:
        pattern = json.loads(self.pattern)
        patterns.require_valid(pattern)
    except ValueError as error:  # of JSON or of the pattern
        raise InvalidEventPatternException(reason=str(error)) from error
    return pattern


def _send_to_targets(self, original_event, transform_input=True):
    if self.state == "DISABLED" or not self.event_pattern.matches_event(original_event):
        return
    queues = [target for target in self.targets if ":sqs:" in target["Arn"]]
    for target in queues:
        _deliver(target, _envelope(original_event))
    if len(queues) < len(self.targets):
        others = Rule.__new__(Rule)
        others.__dict__.update(
            self.__dict__, targets=[target for target in self.targets if target not in queues]
        )
        _moto_send_to_targets(others, original_event, transform_input)


def _envelope(event):
    sent = {name: event[name] for name in ENVELOPE}
    sent["time"] = datetime.fromtimestamp(float(event["time"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps(sent)


def _deliver(target, body):
    """Into the queue or, where there is none any more, into the target's dead-letter queue."""
    if any(target.get(key) for key in RESHAPING):
        raise NotImplementedError(f"a target that reshapes its events: {target['Id']}")
    if not _send(target["Arn"], body):
        dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
        if dead_letters:
            _send(dead_letters, body)


def _send(arn, body):
    queue = parse_arn(arn)
    backend = sqs_backends[queue.account][queue.region]
    if queue.resource_id not in backend.queues:
        return False
    backend.send_message(queue_name=queue.resource_id, message_body=body)
    return True


def install():
    """Make moto's EventBridge check, match and deliver as above."""
    EventPattern.matches_event = _matches_event
    EventPatternParser.parse = _parse
    Rule.send_to_targets = _send_to_targets
