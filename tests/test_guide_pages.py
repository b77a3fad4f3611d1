"""Every code block of the guides is run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
EXAMPLES = DOCS.parent / "examples"

IMPORTS = {
    "conditions": """
from knock_fake.conditions import *
from knock_fake.steps import delay, email, in_app_feed

""",
    "faults": """
from contextlib import suppress
from datetime import timedelta

import knockapi
import pytest
from hypothesis import given
from knockapi import Knock

from knock_fake import Fault, KnockFake, UsageError, faults
from knock_fake.steps import in_app_feed
from knock_fake.strategies import storms

""",
    "realtime": "",
    "responders": """
import re

import pytest

from knock_fake import Answer, ModelAnswer
from knock_fake.steps import ai_agent, delay, email, http_fetch, in_app_feed, update_data, webhook

""",
    "templates": """
import pytest

from knock_fake.steps import email, in_app_feed, sms

""",
    "scenarios": """
import pytest

from knock_fake import KnockFake

""",
    "testing-guide": "",
    "time": """
from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

from knock_fake import KnockFake

""",
    "webhooks": "",
    "workflows": """
from datetime import timedelta

from knock_fake.conditions import all_of, equal_to, exists, greater_than
from knock_fake.steps import *

""",
}

# How long an example of hypothesis takes, or is drawn for, is the machine's business.
CONFTEST = """
from hypothesis import HealthCheck, settings

settings.register_profile("no deadline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no deadline")
"""
SECONDS_TO_WAIT = 600  # reached only when something is broken


@pytest.mark.parametrize("page", IMPORTS)
def test_every_code_block_passes(page: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.DOTALL)
    (tmp_path / "shop.yaml").write_text((EXAMPLES / "scenarios" / "shop.yaml").read_text())
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_page.py").write_text(IMPORTS[page] + "\n\n".join(blocks))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"]
    done = subprocess.run(  # noqa: S603 - our own interpreter and files
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=SECONDS_TO_WAIT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(re.findall('def test_', ''.join(blocks)))} passed" in done.stdout
