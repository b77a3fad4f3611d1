"""Knock's React feed, from npm, in a real browser, against the server."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from knock_fake import KnockFake
from knock_fake.steps import in_app_feed
from tests.browser.conftest import SECONDS_TO_WAIT, packages
from tests.browser.pages import browsing, serving
from tests.realtime.sockets import FEED, JANES_FEED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.pages import PageServer


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("chromium is not installed")
    return found


@pytest.fixture(scope="module")
def script(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The page's script, bundled."""
    bundle = ["npx", "esbuild", "page.jsx", "--bundle", "--outfile=page.js", "--jsx=automatic"]
    defined = ["--define:process.env.NODE_ENV='production'", "--loader:.svg=dataurl"]
    with packages(Path(__file__).parent / "react", tmp_path_factory.mktemp("react") / "page") as directory:
        subprocess.run([*bundle, *defined], cwd=directory, check=True, capture_output=True, timeout=SECONDS_TO_WAIT)  # noqa: S603 - our own page
        return (directory / "page.js").read_bytes()


def shows(page: PageServer, wanted: Callable[[Any], bool]) -> None:
    """Wait until the page shows something."""
    while not wanted(page.shown.get(timeout=SECONDS_TO_WAIT)):
        pass


def test_the_react_feed_shows_what_comes_and_marks_it_seen(chromium: str, script: bytes, tmp_path: Path) -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("Hello {{ data.n }}")])
    feed = world.realtime.feed("jane")

    def trigger(number: int) -> None:
        world.client().workflows.trigger("hello", recipients=["jane"], data={"n": number})

    with world.serve() as server, serving(script) as page:
        query = urlencode({"host": server.url, "feed": FEED})
        with browsing(chromium, f"{page.url}/?{query}", tmp_path):
            shows(page, lambda shown: shown == {"badge": "", "items": []})
            while not any(JANES_FEED in one.topics for one in world.realtime.connections):
                Event().wait(0.05)
            trigger(1)
            shows(page, lambda shown: shown["badge"] == "1")
            shows(page, lambda shown: shown == {"badge": "", "items": ["Hello 1"]})
            trigger(2)
            shows(page, lambda shown: shown["items"] == ["Hello 2", "Hello 1"])
    assert feed.events.last().total_count == 2
    assert world.messages.all()[0].engagements >= {"seen"}
