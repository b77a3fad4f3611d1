"""Events of integration sources, and the workflows that they trigger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """One workflow that an event triggers; ``paths`` say where in the event each part of the trigger stands."""

    workflow: str
    paths: JsonObject


class SourceStore:
    """The mappings of a world, by source and event."""

    def __init__(self) -> None:
        self._mappings: dict[tuple[str, str], list[SourceMapping]] = {}

    def add(self, source: str, event: str, mapping: SourceMapping) -> None:
        """Let an event trigger one workflow more."""
        self._mappings.setdefault((source, event), []).append(mapping)

    def of(self, source: str, event: str) -> Sequence[SourceMapping]:
        """Return what an event triggers, in the order in which it was added."""
        return [*self._mappings.get((source, event), ())]

    def find(self, key: str) -> tuple[str, SourceMapping] | None:
        """Return the event and the newest mapping of a key ``source/event/workflow``."""
        for (source, event), mappings in self._mappings.items():
            for mapping in reversed(mappings):
                if key == action_key(source, event, mapping.workflow):
                    return event, mapping
        return None


def action_key(source: str, event: str, workflow: str) -> str:
    """Return what one mapping is known by."""
    return f"{source}/{event}/{workflow}"
