"""The body of a trigger call, wherever it comes from: a request, a step, or an event of an integration source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_list
from knock_fake.schema_checks import field_errors
from knock_fake.workflows.identification import read_identification, read_tenant
from knock_fake.workflows.triggering import People

if TYPE_CHECKING:
    from knock_fake.errors import FieldError
    from knock_fake.json_types import Json, JsonObject

_SCHEMA = "workflows/trigger_request"


def complete_body(recipients: Json, **parts: Json) -> JsonObject:
    """Return a body from its parts; one recipient alone stands for a list of it."""
    listed: Json = recipients if recipients is None or isinstance(recipients, list) else [recipients]
    return {"recipients": listed, **parts}


def body_errors(body: JsonObject) -> tuple[FieldError, ...]:
    """Return what is wrong with a body by the schema of the trigger call."""
    return field_errors(_SCHEMA, body)


def people_of(body: JsonObject) -> People:
    """Return everybody whom a body names that has passed its schema."""
    named, actor = body["recipients"], body.get("actor")
    recipients = [read_identification(one, f"recipients.{index}") for index, one in enumerate(as_list(named))]
    return People(
        recipients,
        read_identification(actor, "actor") if actor is not None else None,
        read_tenant(body.get("tenant")),
    )


def cancellation_key_of(body: JsonObject) -> str | None:
    """Return the cancellation key of a body; an empty one is none."""
    key = body.get("cancellation_key")
    return key if isinstance(key, str) and key else None
