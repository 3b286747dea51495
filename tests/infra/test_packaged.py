"""What infra/package makes is infra/template.yaml, of released zips."""

import subprocess

import pytest

from template import PACKAGED, PATH, ROOT, Stack


def test_the_command_prints_it():
    done = subprocess.run([ROOT / "infra" / "package"], capture_output=True, text=True, check=True)
    assert done.stdout == PACKAGED.read_text(encoding="utf-8")


def test_it_differs_in_nothing_but_where_the_code_comes_from():
    rescue = {"RescueKmsKeys": "true"}
    built, released = Stack(PATH, **rescue), Stack(PACKAGED, CodeBucket="bucket", **rescue)
    assert set(built.resources) == set(released.resources)
    for name, resource in built.resources.items():
        same = dict(released.resources[name])
        if resource["Type"] == "AWS::Serverless::Function":
            resource = {key: part for key, part in resource.items() if key != "Metadata"}
            code = {"CodeUri": resource["Properties"]["CodeUri"]}
            same["Properties"] = same["Properties"] | code
        assert same == resource, name


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
@pytest.mark.parametrize("name", ["Detect", "Respond", "Notify", "Sweep", "Rescue"])
def test_a_function_gets_the_zip_of_its_processor(name, architecture):
    stack = Stack(PACKAGED, CodeBucket="bucket", RescueKmsKeys="true", CodePrefix="keytrail/0.1.0/", Architecture=architecture)
    key = f"keytrail/0.1.0/keytrail-{name.lower()}-{architecture}.zip"
    assert stack[name]["CodeUri"] == {"Bucket": "bucket", "Key": key}
