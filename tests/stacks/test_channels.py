"""What machines and chats get is what the schemas say: each snapshot of `shared/engine/src/render/formats.rs`."""

import json

import pytest
from jsonschema import Draft202012Validator

from template import ROOT

HERE = ROOT / "tests" / "stacks" / "schemas"
SCHEMAS = {
    "notice_json": ROOT / "docs" / "schema" / "notice-1.json",
    "ocsf": HERE / "ocsf-1.6.0-detection-finding.json",
    "chat": HERE / "chat-1.0.json",
}
KINDS = {
    "found", "hostile", "held back", "withdrawn", "done", "failed", "budget", "trouble", "test", "incident", "digest",
}  # fmt: skip


def snapshot(name):
    """{kind: what is sent}"""
    file = ROOT / "shared/engine/src/render/snapshots" / f"keytrail_engine__render__formats__{name}.snap"
    return json.loads(file.read_text(encoding="utf-8").split("\n---\n", 1)[1])


def validator(name):
    schema = json.loads(SCHEMAS[name].read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_kind_is_as_its_schema_says(name):
    sent, schema = snapshot(name), validator(name)
    assert set(sent) == KINDS
    for kind, it in sent.items():
        for one in it if isinstance(it, list) else [it]:
            faults = [f"{fault.json_path}: {fault.message}" for fault in schema.iter_errors(one)]
            assert not faults, (kind, faults)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("notice_json", lambda it: it.update(kind="gossip")),
        ("notice_json", lambda it: it["news"]["finding"].pop("why")),
        ("ocsf", lambda it: it[0].update(severity_id=7)),
        ("ocsf", lambda it: it[0]["cloud"].pop("provider")),
        ("ocsf", lambda it: it[0].update(rule="ours")),
        ("chat", lambda it: it.update(version="2.0")),
        ("chat", lambda it: it["content"].pop("description")),
    ],
)
def test_the_schemas_refuse_what_is_wrong(name, spoil):
    wrong = snapshot(name)["found"]
    spoil(wrong)
    wrong = wrong[0] if isinstance(wrong, list) else wrong
    assert not validator(name).is_valid(wrong)


def test_what_is_done_with_a_finding_has_the_findings_id():
    sent = snapshot("ocsf")
    uid = lambda kind: sent[kind][0]["finding_info"]["uid"]  # noqa: E731
    assert uid("found") == uid("withdrawn") == uid("held back")
    assert uid("done") == uid("failed")
    assert len(sent["incident"]) == len(sent["digest"]) == 2
