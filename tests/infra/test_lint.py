"""The template is what CloudFormation and SAM take, as far as their own checkers can tell."""

import os
import subprocess

import pytest

from template import PATH, ROOT

BIN = ROOT / ".tools" / "bin"
ENVIRONMENT = {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0", "PATH": os.environ["PATH"]}


COMMANDS = {
    "cfn-lint": ["--", str(PATH)],
    "sam": ["validate", "--lint", "--template", str(PATH)],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """All checkers at once: they are most of the time that these tests take."""
    home = {"HOME": str(tmp_path_factory.mktemp("home"))}
    started = {}
    for name, arguments in COMMANDS.items():
        assert (BIN / name).exists(), "run tests/tools/install lint"
        started[name] = subprocess.Popen(
            [BIN / name, *arguments], env=ENVIRONMENT | home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    yield started
    for process in started.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_checker_finds_nothing(running, name):
    said, _ = running[name].communicate(timeout=120)
    assert running[name].returncode == 0, said
