"""What happened before the scenario begins, under the ids given: runs, messages, bulk operations; and schedules.

The past is lived through in order: the clock stands at each entry's ``inserted_at`` when the entry is recalled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from knock_fake.api.schedule_requests import create_schedules, read_draft
from knock_fake.gateway.validation import check
from knock_fake.json_types import as_text
from knock_fake.scenarios.laying import without
from knock_fake.scenarios.recalled_messages import recall_message
from knock_fake.scenarios.recalled_operations import recall_bulk_operation
from knock_fake.scenarios.recalled_runs import recall_run
from knock_fake.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.scenarios.laying import Laying
    from knock_fake.scenarios.reading import Spot

_Recall: TypeAlias = "Callable[[Core, JsonObject], object]"

# Runs come before the messages that name them when both are of one instant.
_SECTIONS: dict[str, _Recall] = {
    "runs": recall_run,
    "messages": recall_message,
    "bulk_operations": recall_bulk_operation,
}


def beginning_of(laying_entries: list[JsonObject], start: datetime) -> datetime:
    """Return the instant at which the history begins: that of its oldest entry, or else the start."""
    return min([start, *(_instant(entry, start) for entry in laying_entries)])


def history_entries(document: JsonObject) -> list[JsonObject]:
    """Return the entries of all sections that are history."""
    sections = (document.get(name) for name in _SECTIONS)
    return [entry for one in sections if isinstance(one, list) for entry in one if isinstance(entry, dict)]


def _instant(entry: JsonObject, default: datetime) -> datetime:
    at = entry.get("inserted_at")
    return parse_instant(at) if isinstance(at, str) else default


def lay_history(laying: Laying, start: datetime) -> None:
    """Recall what happened, then plan what is to come from the start on."""
    found: list[tuple[datetime, Spot, JsonObject, _Recall]] = []
    for section, recall in _SECTIONS.items():
        for spot, entry in laying.entries(section):
            at, resumes_at = _instant(entry, start), entry.get("resumes_at")
            if isinstance(resumes_at, str) and parse_instant(resumes_at) <= start:
                laying.refuse(spot.inside("resumes_at"), "must be after the start of the scenario: the run waits then")
            elif at > start:
                laying.refuse(spot.inside("inserted_at"), "is after the start of the scenario: its history ends there")
            else:
                found.append((at, spot, entry, recall))
    for at, spot, entry, recall in sorted(found, key=lambda one: one[0]):
        laying.core.clock.travel(at)
        with laying.reporting(spot):
            recall(laying.core, entry)
    laying.core.clock.travel(start)
    for spot, entry in laying.entries("schedules"):
        with laying.reporting(spot):
            _lay_schedule(laying.core, entry)


def _lay_schedule(core: Core, entry: JsonObject) -> None:
    recipient, identifier = entry["recipient"], entry.get("id")
    body: JsonObject = {**without(entry, "id", "recipient"), "recipients": [recipient]}
    check("schedules/create_request", body)
    draft = read_draft(core, body, [("recipient", recipient)])
    create_schedules(core, draft, as_text(identifier))
