"""Why no event fits: what got lost, what is still to come, what the runs decided, and whom it went to instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.asking.unsent import why_unsent
from knock_fake.realtime.pushes import LATE_EVENT
from knock_fake.state.references import USERS
from knock_fake.timeline import brief
from knock_fake.timers import Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.core import Core

MAX_OTHERS = 3
"""How many other users are named."""


def why_unpushed(core: Core, topic: str, *, is_open: bool) -> Iterator[str]:
    """Yield lines that say why a watcher may not have seen an event.

    Args:
        core: the world's parts.
        topic: what is watched.
        is_open: whether it still is.
    """
    if not is_open:
        yield "the watcher is closed"
    lost = core.state.realtime_script.lost(topic)
    if lost:
        yield f"{lost} event{' was' if lost == 1 else 's were'} swallowed"
    yield from _still_to_come(core, topic)
    kind, _, rest = topic.partition(":")
    if kind == "feeds":
        channel_id, _, user_id = rest.partition(":")
        yield from why_unsent(core.state.runs, {"recipient": user_id})
        yield from _to_others(core, channel_id, user_id)


def _still_to_come(core: Core, topic: str) -> Iterator[str]:
    for timer in core.clock.pending():
        is_late = isinstance(timer.action, Task) and timer.action.kind == LATE_EVENT
        if is_late and timer.label.endswith(f" to {topic}"):
            yield f"an event is delayed until {brief(timer.due)}"


def _to_others(core: Core, channel_id: str, user_id: str) -> Iterator[str]:
    """Yield to whom else items of the channel went."""
    found = (one for one in core.state.messages if one.channel.id == channel_id and one.recipient.id != user_id)
    others = [*dict.fromkeys(one.recipient.id for one in found if one.recipient.collection == USERS)]
    if others:
        more = len(others) - MAX_OTHERS
        listed = ", ".join(others[:MAX_OTHERS]) + (f" and {more} more" if more > 0 else "")
        yield f"items of this channel are in the feeds of others: {listed}"
