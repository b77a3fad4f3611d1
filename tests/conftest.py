"""Fixtures that tests of every room share. ``knock`` and ``knock_server`` come from the project's own plugin."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake import KnockFake

pytest_plugins = ["pytester"]

# The old client has the name of today's: its tests are there when it was put in front, and asking for them when it
# was not is an error. `.ci/run` does both.
collect_ignore = [] if version("knockapi").startswith("0.") else ["legacy_sdk"]

# How long an example takes, or is drawn for, is the machine's business: a limit would make tests fail on a busy one.
settings.register_profile("no deadline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no deadline")


@pytest.fixture
def api(knock: KnockFake) -> Iterator[httpx.Client]:
    """A bare HTTP client that calls the test's world with a secret key."""
    headers = {"authorization": f"Bearer {knock.secret_key}"}
    transport, base_url = knock.transport(), "https://api.knock.app"
    with httpx.Client(transport=transport, base_url=base_url, headers=headers, trust_env=False) as client:
        yield client
