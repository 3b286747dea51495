"""What the docs say in figures and links is so."""

import re
import runpy
import subprocess

import pytest

import test_dashboard
from template import ROOT, Stack, template

DOCS = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "infra" / "preventive" / "README.md"])
COST = runpy.run_path(str(ROOT / "infra" / "cost"))


def test_the_costs_are_what_the_script_says():
    said = subprocess.run([ROOT / "infra" / "cost"], capture_output=True, text=True, check=True).stdout
    text = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    assert f"<!-- infra/cost -->\n{said.rstrip()}\n<!-- -->" in text


def test_the_script_counts_what_the_template_has():
    stack = Stack()
    assert COST["ALARMS"] >= len(stack.of_type("AWS::CloudWatch::Alarm"))
    by_rule = {"FindingsFired"}
    assert COST["METRICS"] >= sum(len(test_dashboard.emitted(name) - by_rule) for name in test_dashboard.FUNCTIONS)
    usage = stack["Detect"]["Events"]["Usage"]["Properties"]
    assert (COST["BATCH"], COST["WINDOW"]) == (usage["BatchSize"], usage["MaximumBatchingWindowInSeconds"])
    assert COST["DETECT_GB"] * 1024 == stack["Detect"]["MemorySize"]
    assert COST["SWEEP_GB"] * 1024 == template()["Globals"]["Function"]["MemorySize"]
    queues = [event for f in stack.of_type("AWS::Serverless::Function").values() for event in f["Events"].values()]
    assert COST["MAPPED_QUEUES"] == len([event for event in queues if event["Type"] == "SQS"])


def test_more_calls_keys_and_forwarding_never_cost_less():
    def total(*arguments):
        return sum(dollars for _, dollars in COST["parts"](*arguments))

    for less, more in (((1, 10, 0), (2, 10, 0)), ((5, 10, 0), (5, 20, 0)), ((5, 10, 0), (5, 10, 1)), ((0, 10, 0), (1, 10, 0))):
        assert total(*less) <= total(*more)


def anchors(path):
    """What GitHub makes of a file's headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_a_link_leads_somewhere(path):
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_a_file_that_is_named_is_there(path):
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:infra|docs|tests|shared|cli|functions|events)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def test_every_parameter_of_the_hub_is_in_its_table():
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    for name in template()["Parameters"]:
        assert f"| `{name}` |" in text, name


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


def test_every_reason_why_not_is_explained():
    code = (ROOT / "shared" / "engine" / "src" / "action.rs").read_text(encoding="utf-8")
    display = code.split("impl fmt::Display for Reason")[1].split("\n}")[0]
    reasons = re.findall(r'(?:f\.write_str\(|write!\(f, )"([^"]+)"', display)
    assert len(reasons) > 15
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    # As the table writes what is put in: three dots, or nothing at the end.
    missing = [reason for reason in reasons if re.sub(r"\s*\(?\{[^}]*\}\)?", " …", reason).split(" …")[0] not in text]
    assert not missing, "\n".join(missing)
