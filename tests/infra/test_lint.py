"""The templates are what CloudFormation and SAM take, as far as their own checkers can tell, and checkov finds no fault."""

import os
import subprocess
from pathlib import Path

import pytest

from template import MEMBER, PACKAGED, PATH, ROOT, TRAIL

BIN = ROOT / ".tools" / "bin"
ENVIRONMENT = {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0", "PATH": os.environ["PATH"]}


ALL = [str(path) for path in (PATH, PACKAGED, MEMBER, TRAIL)]
COMMANDS = {
    "cfn-lint": ["cfn-lint", "--", *ALL],
    # With its own rules alone it asks no server. What it skips says why in the template.
    "checkov": ["checkov", "--framework", "cloudformation", "--quiet", "--compact", "--skip-download", "--file", *ALL],
} | {f"sam {Path(path).name}": ["sam", "validate", "--lint", "--template", path] for path in ALL}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """All checkers at once: they are most of the time that these tests take."""
    home = {"HOME": str(tmp_path_factory.mktemp("home"))}
    started = {}
    for name, (program, *arguments) in COMMANDS.items():
        assert (BIN / program).exists(), "run tests/tools/install lint checkov"
        started[name] = subprocess.Popen(
            [BIN / program, *arguments], env=ENVIRONMENT | home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    yield started
    for process in started.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_checker_finds_nothing(running, name):
    said, _ = running[name].communicate(timeout=240)
    assert running[name].returncode == 0, said
