"""Runs that wait for an event, by the event that each waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.state.index import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject

WaitKey: TypeAlias = tuple[str, ...]
"""What names the events that a wait hears of: their type, whom they are about, and where they come from."""


@dataclass(slots=True)
class Wait:
    """One run that waits. ``payload`` is what the event that claimed the wait brought, ``None`` as long as none has."""

    sequence: int
    run_id: str
    key: WaitKey
    payload: JsonObject | None = None


class WaitStore:
    """The waits of a world; a run has at most one."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._by_run: dict[str, Wait] = {}
        self._by_key: Index[WaitKey, Wait] = Index()

    def __len__(self) -> int:
        return len(self._by_run)

    def open(self, run_id: str, key: WaitKey) -> None:
        """Let a run wait for events of this key."""
        wait = Wait(self._identifiers.next_sequence(), run_id, key)
        self._by_run[run_id] = wait
        self._by_key.append(key, wait)

    def of(self, key: WaitKey) -> Sequence[Wait]:
        """Return the unclaimed waits for an event, in the order in which they began."""
        return [*self._by_key.of(key)]

    def claim(self, wait: Wait, payload: JsonObject) -> None:
        """Note which event a wait has ended with; it hears of no other one."""
        self._by_key.remove(wait.key, wait)
        wait.payload = payload

    def close(self, run_id: str) -> Wait | None:
        """Forget the wait of a run and return it; ``None`` when the run does not wait."""
        wait = self._by_run.pop(run_id, None)
        if wait is not None and wait.payload is None:
            self._by_key.remove(wait.key, wait)
        return wait
