"""The journal: every call that reached the world, with its answer and what the fake has to say about it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from knock_fake.gateway.call import Call, Reply

CAPACITY = 10_000
"""Entries kept; the oldest go first, so that a server that runs for days stays small."""

CAPACITY_BYTES = 64 * 1024 * 1024
"""Bytes of bodies kept, requests and answers together; the newest entry is kept whatever its size."""


@dataclass(slots=True, eq=False)
class Entry:
    """One call: ``operation`` is ``None`` for a path that nothing answers, ``error`` the fake's own failure.

    ``reply`` is what the world answered, even where the client never got it; ``faults`` are the scripted failures that
    struck the call, in words.

    Written once and never changed; it is not frozen because that would double the cost of writing it.
    """

    number: int
    at: datetime
    call: Call
    reply: Reply
    operation: str | None
    hint: str | None
    error: BaseException | None = None
    faults: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """What became of the call: the status of its answer, and how that failed to arrive."""
        disruption = self.reply.disruption
        if disruption is None or disruption.failure is None:
            return str(self.reply.status)
        return f"{self.reply.status}, {disruption.failure}" if disruption.processed else disruption.failure

    @property
    def body_bytes(self) -> int:
        """Return what the bodies of the entry take."""
        return len(self.call.body) + len(self.reply.body)

    def __str__(self) -> str:
        path = self.call.path + (f"?{self.call.query}" if self.call.query else "")
        said = f"  ({self.hint})" if self.hint else ""
        return f"{show_instant(self.at)[:-8]}Z  {self.call.method} {path} -> {self.outcome}{said}"


class Journal:
    """The calls of a world in order, newest last."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._unbuilt: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<Journal, calls: {len(self)}>"

    def write(self, entry: Entry) -> None:
        """Append an entry; make room for it at the other end."""
        entries = self._entries
        entries.append(entry)
        self._bytes += entry.body_bytes
        while len(entries) > CAPACITY or (self._bytes > CAPACITY_BYTES and len(entries) > 1):
            self._bytes -= entries.popleft().body_bytes
        if entry.reply.status == 501 and entry.operation is not None:
            self._unbuilt[entry.operation] = self._unbuilt.get(entry.operation, 0) + 1

    @property
    def unbuilt(self) -> dict[str, int]:
        """How often operations were called that this version does not answer, by name."""
        return dict(self._unbuilt)

    def last(self, count: int) -> list[Entry]:
        """Return the newest entries, oldest first."""
        return list(self._entries)[-count:] if count > 0 else []

    def __iter__(self) -> Iterator[Entry]:
        return iter([*self._entries])  # of this moment: another thread may call meanwhile

    def __len__(self) -> int:
        return len(self._entries)
