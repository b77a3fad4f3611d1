"""The timeline of a scenario: calls of Knock's API that come by themselves when their moment does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.durations import parse_duration
from knock_fake.errors import UsageError
from knock_fake.json_types import as_object
from knock_fake.scenarios.calls import CALL
from knock_fake.timers import Task
from knock_fake.timestamps import parse_instant
from knock_fake.workflows.triggering import require_workflow

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.scenarios.laying import Laying


def lay_timeline(laying: Laying, start: datetime) -> None:
    """Set a timer for every call of the timeline."""
    for spot, entry in laying.entries("timeline"):
        with laying.reporting(spot.inside("trigger", "workflow")):
            _check_workflow(laying.core, entry)
        with laying.reporting(spot.inside("at")):
            at = _moment(str(entry["at"]), start)
            argument = _call(entry)
            label = f"scenario: {argument['method']} {argument['path']}"
            laying.core.clock.call_at(at, Task(CALL, argument), label)


def _check_workflow(core: Core, entry: JsonObject) -> None:
    """Refuse a trigger of a workflow that is unknown now: it would be lost when its moment comes."""
    trigger = entry.get("trigger")
    if isinstance(trigger, dict):
        require_workflow(core.workflows, str(trigger["workflow"]), must_be_active=False)


def _moment(text: str, start: datetime) -> datetime:
    if text.startswith("+"):
        try:
            return start + parse_duration(text[1:])
        except OverflowError as error:
            raise UsageError(f"{text!r} after the start is beyond the calendar") from error
    try:
        at = parse_instant(text)
    except ValueError as error:
        remedy = "write an instant such as 2026-01-01T09:00:00Z, or a length after the start such as +2h"
        raise UsageError(f"{text!r} is no moment: {remedy}") from error
    if at < start:
        raise UsageError(f"{text!r} is before the start of the scenario")
    return at


def _call(entry: JsonObject) -> JsonObject:
    trigger = entry.get("trigger")
    if isinstance(trigger, dict):
        body = {name: value for name, value in trigger.items() if name != "workflow"}
        return {"method": "POST", "path": f"/v1/workflows/{trigger['workflow']}/trigger", "body": body}
    call = entry["call"]
    return {"body": None, **as_object(call)}
