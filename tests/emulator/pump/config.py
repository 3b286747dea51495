"""
The pump's configuration, one JSON document:

    {
      "endpoint": "http://127.0.0.1:PORT",           the emulator's, of its addresses
      "control": "http://127.0.0.1:PORT/_emulator",  the same; optional, for faults that kill a function
      "region": "us-east-1", "account": "123456789012",
      "logs": "FOLDER",                              the functions' stdout and stderr, NAME-N.log
      "functions": {"NAME": {
          "command": ["target/debug/detect"],        relative to where the pump is started
          "environment": {"VARIABLE": "text"},
          "access_key": "AKIA...",                   20 letters and digits, one for each function
          "timeout": 30, "memory": 256,              seconds, MB (told to the function, not enforced)
          "concurrency": 1}},                        processes
      "mappings": {"NAME": {
          "kind": "queue", "function": "detect", "queue": "QUEUE NAME",
          "batch_size": 10, "window": 0,             a window (seconds) gathers more than SQS's 10 at a time
          "pollers": 1, "partial": true              ReportBatchItemFailures
        } or {
          "kind": "stream", "function": "respond", "table": "TABLE NAME",
          "batch_size": 10, "filters": [PATTERN],    as in the template's FilterCriteria, parsed; any of them
          "partial": true, "bisect": true,
          "retries": 3, "backoff": 0.1,              seconds, doubled by each retry up to 2
          "on_failure": "QUEUE NAME"
        } or {
          "kind": "schedule", "function": "sweep", "every": 60, "event": {...}}}
    }

Everything of a mapping but `kind`, `function` and the source has a default; `"enabled": false` starts it
switched off.
"""

import json
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

from ..patterns import InvalidPattern, require_valid


class InvalidConfig(ValueError):
    """What is wrong with the configuration, and where."""


@dataclass(frozen=True)
class Function:
    name: str
    command: list
    access_key: str
    environment: dict = field(default_factory=dict)
    timeout: float = 30.0
    memory: int = 256
    concurrency: int = 1


@dataclass(frozen=True)
class QueueMapping:
    name: str
    function: str
    queue: str
    batch_size: int = 10
    window: float = 0.0
    pollers: int = 1
    partial: bool = True
    enabled: bool = True


@dataclass(frozen=True)
class StreamMapping:
    name: str
    function: str
    table: str
    batch_size: int = 10
    filters: list = field(default_factory=list)
    partial: bool = True
    bisect: bool = True
    retries: int = 3
    backoff: float = 0.1
    on_failure: str | None = None
    enabled: bool = True


@dataclass(frozen=True)
class ScheduleMapping:
    name: str
    function: str
    every: float
    event: dict = field(default_factory=dict)
    enabled: bool = True


KINDS = {"queue": QueueMapping, "stream": StreamMapping, "schedule": ScheduleMapping}


@dataclass(frozen=True)
class Config:
    endpoint: str
    region: str
    account: str
    logs: Path
    functions: dict
    mappings: dict
    control: str | None = None


def read_config(document):
    """A Config out of parsed JSON; raises InvalidConfig for what is missing, misspelt or names nothing."""
    if not isinstance(document, dict):
        raise InvalidConfig("the configuration is an object")
    named = {
        "functions": {n: _read(Function, n, f) for n, f in document.get("functions", {}).items()},
        "mappings": {n: _read_mapping(n, m) for n, m in document.get("mappings", {}).items()},
    }
    config = _build(
        Config, "the configuration", {**document, **named, "logs": Path(document.get("logs", "."))}
    )
    for mapping in config.mappings.values():
        if mapping.function not in config.functions:
            raise InvalidConfig(
                f"mapping {mapping.name} names the function {mapping.function}, which there is none of"
            )
    return config


def load(path):
    try:
        return read_config(json.loads(Path(path).read_text()))
    except json.JSONDecodeError as error:
        raise InvalidConfig(f"{path} is not JSON: {error}") from error


def _read_mapping(name, document):
    kind = document.get("kind")
    if kind not in KINDS:
        raise InvalidConfig(f"mapping {name}: kind is one of {', '.join(KINDS)}")
    mapping = _read(KINDS[kind], name, {key: value for key, value in document.items() if key != "kind"})
    for pattern in getattr(mapping, "filters", []):
        try:
            require_valid(pattern)
        except InvalidPattern as error:
            raise InvalidConfig(f"mapping {name}: {error}") from error
    return mapping


def _read(kind, name, document):
    return _build(kind, name, {**document, "name": name})


def _build(kind, where, values):
    known = {f.name: f for f in fields(kind)}
    if unknown := set(values) - set(known):
        raise InvalidConfig(f"{where} has the unknown setting {', '.join(sorted(unknown))}")
    required = {n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING}
    if missing := required - set(values):
        raise InvalidConfig(f"{where} lacks {', '.join(sorted(missing))}")
    return kind(**values)
