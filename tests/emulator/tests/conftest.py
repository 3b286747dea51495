"""
One emulator for the whole run; every test has users, queues and tables of its own and leaves no fault behind.
"""

import itertools

import boto3
import pytest
from botocore.config import Config

from emulator.control_client import Control
from emulator.iam_extension import DEFAULT_PAGE
from emulator.stack import REGION, Stack

ACCESS_KEY = "AKIAEMULATORTEST0000"  # no user's
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def stack():
    with Stack() as running:
        yield running


@pytest.fixture
def control(stack):
    control = Control(stack.addresses["control"])
    yield control
    control.remove_faults()
    control.set_clock(offset_seconds=0)
    control.set_iam(page_size=DEFAULT_PAGE, stale_listings=0)


@pytest.fixture
def client(stack):
    """Makes boto3 clients that check shapes, as they come, and don't retry."""

    def make(service, access_key=ACCESS_KEY, secret="secret", attempts=1, region=REGION):
        config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
        return boto3.client(
            service,
            endpoint_url=stack.addresses["endpoint"],
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            config=config,
        )

    return make


@pytest.fixture
def iam(client, control):
    return client("iam")


@pytest.fixture
def name():
    """Makes names that no other test has."""
    return lambda prefix: f"{prefix}-{next(_numbers)}"


@pytest.fixture
def user(iam, name):
    user_name = name("user")
    iam.create_user(UserName=user_name)
    return user_name
