"""What the world pushes to those who have joined a topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

LATE_EVENT = "realtime.late"
"""The task of an event that was delayed."""


@dataclass(frozen=True, slots=True)
class Push:
    """One event for one who has joined a topic.

    ``message_id`` is the feed item that a ``new-message`` tells of, which its payload does not name.
    """

    event: str
    payload: JsonObject
    message_id: str | None = None
