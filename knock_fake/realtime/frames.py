"""Frames of Phoenix's protocol, version 2.0.0: JSON arrays of five."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import KnockFakeError

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

_MEMBERS = 5


class FrameError(KnockFakeError, ValueError):
    """A text is no frame of the protocol."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, in either direction.

    ``ref`` is a number that the client counts up, as text, and null in what the server pushes by itself. ``join_ref``
    is the ``ref`` of the join that the channel began with. Both are echoed as they came.
    """

    join_ref: Json
    ref: Json
    topic: str
    event: str
    payload: Json

    def write(self) -> str:
        """Return the frame as it is sent."""
        return orjson.dumps([self.join_ref, self.ref, self.topic, self.event, self.payload]).decode()

    def reply(self, join_ref: Json, response: JsonObject | None = None) -> Frame:
        """Return the answer that all went well."""
        return self._answer(join_ref, "ok", response or {})

    def refuse(self, join_ref: Json, reason: str) -> Frame:
        """Return the answer that something is refused."""
        return self._answer(join_ref, "error", {"reason": reason})

    def _answer(self, join_ref: Json, status: str, response: JsonObject) -> Frame:
        return Frame(join_ref, self.ref, self.topic, "phx_reply", {"status": status, "response": response})


def read_frame(text: str) -> Frame:
    """Return what a client sent. What follows the fifth member is not read, as Phoenix does not.

    Raises:
        FrameError: it is no JSON array with references, topic and event at their places.
    """
    try:
        members: Json = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise FrameError(f"a frame must be JSON: {error}") from error
    if not isinstance(members, list) or len(members) < _MEMBERS:
        raise FrameError("a frame must be an array: [join_ref, ref, topic, event, payload]")
    join_ref, ref, topic, event, payload = members[:_MEMBERS]
    # They are echoed, and what can be read may be too deep to be written.
    if isinstance(join_ref, dict | list) or isinstance(ref, dict | list):
        raise FrameError("the references of a frame must be texts, numbers or null")
    if not isinstance(topic, str) or not isinstance(event, str):
        raise FrameError("the topic and the event of a frame must be texts")
    return Frame(join_ref, ref, topic, event, payload)
