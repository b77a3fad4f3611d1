"""Knock's own browser client, from npm, against the server."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from knock_fake import KnockFake
from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import WorldsByKey
from knock_fake.skins.live import LiveServer
from tests.browser.conftest import SECONDS_TO_WAIT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_browser_client_works_against_the_server(node_directory: Path) -> None:
    tests = (node_directory / "knock_client.test.js").read_text()
    with LiveServer(ControlledServer(WorldsByKey(KnockFake))) as server:
        done = subprocess.run(
            ["node", "--test", "--test-force-exit", "knock_client.test.js"],  # noqa: S607 - whichever node there is
            cwd=node_directory,
            env={**os.environ, "KNOCK_BASE_URL": server.url, "no_proxy": "*"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_TO_WAIT,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^. pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None, done.stdout
    assert int(passed[1]) == len(re.findall(r"^test\(", tests, re.MULTILINE))
