from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner

from knock_fake.cli import cli
from knock_fake.demo import demo_world, tell_story

GOLDEN = (Path(__file__).parent / "golden" / "demo.txt").read_text(encoding="utf-8")


def test_the_story_is_the_same_every_time() -> None:
    results = [CliRunner().invoke(cli, ["demo"]) for _ in range(2)]
    # When the story is meant to change: python -m knock_fake demo > tests/golden/demo.txt
    assert [(one.exit_code, one.output) for one in results] == [(0, GOLDEN)] * 2


def test_the_story_fits_a_screen() -> None:
    lines = GOLDEN.splitlines()
    assert len(lines) <= 60
    assert [line for line in lines if len(line) > 100 or line != line.rstrip()] == []


def test_colours_change_nothing_but_the_colour() -> None:
    coloured = CliRunner().invoke(cli, ["demo"], color=True).stdout
    assert click.unstyle(coloured) == GOLDEN
    assert {text for line in coloured.splitlines() for text in re.findall(r"\x1b\[[0-9;]*m(\d{3})\b", line)} == {
        "200",
        "404",
    }
    assert "\x1b[31m\x1b[1m404\x1b[0m" in coloured


def test_every_call_of_the_story_is_one_that_the_world_answered() -> None:
    world = demo_world()
    lines = [click.unstyle(line).strip() for line in tell_story(world)]
    requests = [line for line in lines if re.match("(GET|PUT|POST) /v1/", line)]
    assert [" ".join(line.split()[:2]) for line in requests] == [
        f"{entry.call.method} {entry.call.path}" for entry in world.journal
    ]
    assert (world.journal.unbuilt, [entry.error for entry in world.journal if entry.error]) == ({}, [])


BARE = """
import sys
for absent in ("flask", "freezegun", "httptools", "httpx", "knockapi", "requests", "uvloop"):
    sys.modules[absent] = None
from knock_fake.cli import main
assert main(["demo"]) == 0
for heavy in ("starlette", "uvicorn"):
    assert heavy not in sys.modules, heavy
"""


def test_it_runs_on_a_plain_installation() -> None:
    process = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=False)  # noqa: S603
    assert (process.returncode, process.stderr, process.stdout) == (0, "", GOLDEN)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no way to send this signal to one process")
def test_a_served_story_can_be_gone_on_with_by_the_commands_that_it_prints() -> None:
    command = [sys.executable, "-m", "knock_fake", "demo", "--serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        story = "".join(process.stdout.readline() for _ in GOLDEN.splitlines())
        blank, ready, inspector, intro, *curls = [process.stdout.readline() for _ in range(7)]
        triggered, feed, messages = [run_curl(line) for line in curls]
        process.send_signal(signal.SIGTERM)
        rest, err = process.communicate(timeout=10)
    assert (story, blank, rest, err, process.returncode) == (GOLDEN, "\n", "", "", 0)
    assert re.fullmatch(
        r"knock_fake is ready at http://127\.0\.0\.1:\d+  \(clock: manual, seed: 0, unknown workflows: reject\)\n",
        ready,
    )
    assert re.fullmatch(r"The inspector shows what is sent: http://127\.0\.0\.1:\d+/\n", inspector)
    assert intro == "The world of the story is up. Its clock stands at 2026-01-05T11:00:00Z. Try:\n"
    assert [one.status_code for one in (triggered, feed, messages)] == [200, 200, 200]
    assert [item["blocks"][0]["rendered"] for item in feed.json()["entries"]] == [
        "<p><strong>Ada</strong> says: And now?</p>",
        "<p><strong>Ada</strong> says: Ship it!</p>",
    ]
    assert len(messages.json()["items"]) == 4


def run_curl(line: str) -> httpx.Response:
    # What the line means to curl: -H is a header, -d a body that makes it a POST.
    program, silent, *words = shlex.split(line)
    assert (program, silent) == ("curl", "-s")
    *options, url = words
    pairs = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in pairs if name == "-H")
    bodies = [value for name, value in pairs if name == "-d"]
    assert {name for name, _ in pairs} <= {"-H", "-d"}
    with httpx.Client(trust_env=False) as client:
        return client.request("POST" if bodies else "GET", url, headers=headers, content=bodies[0] if bodies else None)
