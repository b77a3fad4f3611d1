from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from knock_fake.identifiers import Identifiers
from tests.property.deeds import Deed, histories, make_world, read_everything

if TYPE_CHECKING:
    import pytest

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
KSUID = re.compile(r"\b[0-9A-Za-z]{27}\b")
SHORT_LINK = re.compile(r"(?<=go\.knock\.app/)[0-9A-Za-z]{10}\b")
STORY = r"""
from knock_fake import KnockFake
from knock_fake.gateway.call import Call
from knock_fake.steps import delay, email, in_app_feed

world = KnockFake(seed=7)
world.workflows.add("digest", steps=[in_app_feed("{{ data }}"), delay("1h"), email("S", "{{ recipient.name }}")])
headers = {"authorization": "Bearer sk_test_x"}
body = b'{"recipients": [{"id": "jane", "email": "jane@example.com"}, "john"], "data": {"b": 1, "a": {"z": 1, "y": 2}}}'
print(world.handle(Call("POST", "/v1/workflows/digest/trigger", headers=headers, body=body)))
message = world.state.messages.all()[0]
for mark in ("seen", "interacted", "archived"):
    print(world.handle(Call("PUT", f"/v1/messages/{message.id}/{mark}", headers=headers)))
print(world.handle(Call("PUT", "/v1/users/a%20b", headers=headers, body=b'{"timezone": "Mars/Olympus", "id": 5}')))
print(world.clock.advance("1h"))
print(world.handle(Call("GET", "/v1/messages", headers=headers)))
print(*world.journal, *(event for run in world.state.runs for event in run.events), sep="\n")
"""


def live(seed: int, history: list[Deed]) -> list[str]:
    """Make a world, do everything to it, and return everything that can be seen of it."""
    world = make_world(seed)
    seen = [*(deed(world) for deed in history), read_everything(world)]
    assert [entry.error for entry in world.journal if entry.error is not None] == []
    return seen


@settings(max_examples=60, deadline=None)
@given(histories, st.integers())
def test_two_worlds_with_one_seed_are_byte_for_byte_alike(history: list[Deed], seed: int) -> None:
    assert live(seed, history) == live(seed, history)


def without_ids(seen: list[str], seed: int) -> str:
    """Return what was seen with every identifier replaced by the order of its first appearance."""
    text = "\n".join(seen)
    identifiers = Identifiers(seed)
    for number in range(1, text.count("x-request-id") + 1):
        text = text.replace(identifiers.request_id(number), f"<request {number}>")
    known: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        return known.setdefault(match[0], f"<id {len(known)}>")

    for form in (UUID, KSUID, SHORT_LINK):
        text = form.sub(name, text)
    return text


@settings(max_examples=60, deadline=None)
@given(histories, st.integers(0, 3))
def test_another_seed_changes_identifiers_and_nothing_else(history: list[Deed], seed: int) -> None:
    one, other = live(seed, history), live(seed + 1, history)
    assert without_ids(one, seed) == without_ids(other, seed + 1)
    assert one != other


def test_neither_the_hash_seed_nor_the_time_zone_of_the_machine_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for hash_seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York")):
        monkeypatch.setenv("PYTHONHASHSEED", hash_seed)
        monkeypatch.setenv("TZ", zone)
        done = subprocess.run([sys.executable, "-c", STORY], capture_output=True, text=True, check=True)  # noqa: S603
        told.append(done.stdout)
    assert told[0] == told[1]
    assert "message sent: digest/email_1 to jane" in told[0]
