"""What it costs a test that its world has fifty workflows from disk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, time

from benchmarks.timing import seconds_per_call
from knock_fake import KnockFake
from knock_fake.directories import preparing, reading

WORKFLOWS = 50

_STEPS = [
    {
        "type": "channel",
        "ref": "in_app_feed_1",
        "channel_type": "in_app_feed",
        "channel_key": "knock-feed",
        "template": {
            "markdown_body@": "in_app_feed_1/markdown_body.md",
            "action_url": "{{ vars.app_url }}/{{ data.id }}",
        },
    },
    {"type": "delay", "ref": "delay_1", "settings": {"delay_for": {"unit": "hours", "value": 2}}},
    {
        "type": "channel",
        "ref": "email_1",
        "channel_type": "email",
        "channel_key": "postmark",
        "template": {"subject": "Order {{ data.id }}", "visual_blocks@": "email_1/visual_blocks.json", "settings": {}},
    },
]
_FILES = {
    "workflow.json": json.dumps({"name": "Order", "steps": _STEPS}),
    "in_app_feed_1/markdown_body.md": "**{{ actor.name }}** did {{ data.what }}",
    "email_1/visual_blocks.json": json.dumps([{"type": "markdown", "content@": "visual_blocks/1.content.md"}]),
    "email_1/visual_blocks/1.content.md": "Hi {{ recipient.name }}, your order {{ data.id }} is on its way.",
}


def _write(directory: Path) -> None:
    for number in range(WORKFLOWS):
        for name, content in _FILES.items():
            path = directory / "workflows" / f"workflow-{number}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    an_hour_ago = time() - 3600
    for path in (directory, *directory.rglob("*")):
        os.utime(path, (an_hour_ago, an_hour_ago))


def world_with_workflows() -> tuple[float, float]:
    """Return the seconds of a world with fifty workflows from disk: read and compiled anew, and as it was."""
    with TemporaryDirectory() as directory:
        _write(Path(directory))
        firsts = []
        for _ in range(5):
            reading.forget()
            preparing.prepare.cache_clear()
            began = perf_counter()
            KnockFake(knock_dir=directory)
            firsts.append(perf_counter() - began)
        later = median(seconds_per_call(lambda: KnockFake(knock_dir=directory), 20) for _ in range(15))
    return median(firsts), later
