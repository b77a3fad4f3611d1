"""Builders of steps that start other workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import orjson

from knock_fake.json_values import json_copy
from knock_fake.steps._arguments import given, required_text, text, text_or_object
from knock_fake.steps._options import StepOptions, read_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.json_types import Json, JsonObject

__all__ = ["trigger_workflow"]


def trigger_workflow(
    workflow: str,
    *,
    recipients: str | Sequence[Json] | None = None,
    actor: str | Mapping[str, Json] | None = None,
    tenant: str | Mapping[str, Json] | None = None,
    data: str | Mapping[str, Json] | None = None,
    cancellation_key: str | None = None,
    **options: Unpack[StepOptions],
) -> JsonObject:
    """Return a step that triggers another workflow, once for each run that comes by.

    What is left out is that of this run: its recipient, actor, tenant, data and cancellation key. An empty text is
    nothing at all. All texts are Liquid, and text that renders to a JSON list or object is read as such.

    Args:
        workflow: the key of the workflow.
        recipients: the id of a user, or a list of whatever a trigger takes: ids, references, inline identifications.
        actor: the id of a user, or the reference or identification of a user or an object.
        tenant: the id of a tenant, or its identification.
        data: the trigger data: an object, whose texts are Liquid, or Liquid that renders to one.
        cancellation_key: what the runs can be cancelled by.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    settings: JsonObject = {
        "workflow_key": required_text("trigger_workflow", "workflow", workflow),
        "recipients": _as_text("recipients", recipients),
        "actor": _as_text("actor", actor),
        "tenant": _as_text("tenant", tenant),
        "data": text_or_object("trigger_workflow", "data", data),
        "cancellation_key": text("trigger_workflow", "cancellation_key", cancellation_key),
    }
    return {
        "type": "trigger_workflow",
        **given(read_options("trigger_workflow", options)),
        "settings": given(settings),
    }


def _as_text(argument: str, value: object) -> str | None:
    """Return whom an argument names as Knock's JSON has it: as text."""
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(json_copy(value, f"trigger_workflow({argument}=...)")).decode()
