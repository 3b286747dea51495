"""Where moto's CloudFormation is short of AWS's in a way that would stop a stack that AWS takes."""

import contextlib

from moto.cloudformation import parsing
from moto.events.models import EventBus

_clean_json = parsing.clean_json


def _without_no_value(value, resources):
    """`AWS::NoValue` takes its place out of a list; moto leaves a None there."""
    cleaned = _clean_json(value, resources)
    return [part for part in cleaned if part is not None] if isinstance(value, list) else cleaned


@contextlib.contextmanager
def closed(monkeypatch):
    """Closes them while a test runs."""
    monkeypatch.setattr(parsing, "clean_json", _without_no_value)
    # `Ref` of an event bus is its name; moto gives the object.
    monkeypatch.setattr(EventBus, "physical_resource_id", property(lambda self: self.name), raising=False)
    yield
