"""What tests of windows have in common: a workflow that says what it tells of, and triggers at given minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.state.references import user
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message
    from knock_fake.state.runs import Run

ITEM = in_app_feed("{{ total_activities }}: {% for activity in activities %}{{ activity.n }} {% endfor %}")
"""An item that says how many activities there are, and which ones are rendered."""


def add(knock: KnockFake, *steps: JsonObject) -> None:
    """Add the workflow ``digest`` with these steps and, behind them, the item."""
    knock.workflows.add("digest", steps=[*steps, ITEM])


def trigger(api: httpx.Client, recipients: Json = None, **body: Json) -> None:
    """Trigger the workflow for Jane, or for others; those who are named by their id alone get a name."""
    named = recipients if isinstance(recipients, list) else ["jane"]
    people: list[Json] = [{"id": one, "name": one.title()} if isinstance(one, str) else one for one in named]
    api.post("/v1/workflows/digest/trigger", json={"recipients": people, **body}).raise_for_status()


def trigger_at(knock: KnockFake, api: httpx.Client, minutes: Iterable[int]) -> None:
    """Trigger at some minutes after the world's begin, each with its number ``n``, starting at 1."""
    for number, minute in enumerate(minutes, start=1):
        go_to(knock, minute)
        trigger(api, data={"n": number})


def go_to(knock: KnockFake, minute: float) -> None:
    """Move the clock to a minute after the world's begin."""
    knock.clock.advance(minutes=minute - minute_of(knock.clock.now))


def minute_of(at: datetime) -> float:
    """Return the minute after the begin of the world, which is that of 2026."""
    return (at - at.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)).total_seconds() / 60


def runs_of(knock: KnockFake, recipient: str = "jane") -> list[Run]:
    return [*knock.state.runs.of_recipient(user(recipient))]


def statuses(knock: KnockFake, recipient: str = "jane") -> list[str]:
    return [run.status for run in runs_of(knock, recipient)]


def names(run: Run) -> list[str]:
    return [event.event for event in run.events]


def told(knock: KnockFake, recipient: str = "jane") -> list[tuple[float, str]]:
    """Return the minute and the text of every item that somebody got."""
    return [(minute_of(message.inserted_at), text_of(message)) for message in items(knock, recipient)]


def items(knock: KnockFake, recipient: str = "jane") -> list[Message]:
    return [*knock.state.messages.of_recipient(user(recipient))]


def text_of(message: Message) -> str:
    blocks = message.content["blocks"]
    assert isinstance(blocks, list)
    block = blocks[0]
    assert isinstance(block, dict)
    return str(block["rendered"]).strip().removeprefix("<p>").removesuffix("</p>").strip()
