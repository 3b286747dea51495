"""moto in this process, with credentials that open nothing."""

import pytest
from moto import mock_aws

import gaps


@pytest.fixture
def aws(monkeypatch):
    """An empty AWS account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws(), gaps.closed(monkeypatch):
        yield
