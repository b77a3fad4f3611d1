"""What steps have in common that ask somebody outside: who asks, and how it is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.responders.requests import Origin

if TYPE_CHECKING:
    from datetime import timedelta

    from knock_fake.json_types import Json
    from knock_fake.workflows.context import RunContext

LOGGED_BYTES = 1024
"""Texts in logs are cut after so many bytes (Knock's docs on debugging workflows)."""


def origin_of(context: RunContext) -> Origin:
    """Return who asks: the run's step, at this moment."""
    run = context.run
    return Origin(
        workflow=run.workflow,
        step_ref=context.step_ref,
        recipient=run.recipient.shown(),
        run_id=run.id,
        attempt=run.attempt,
        at=context.services.clock.now,
    )


def logged(value: Json) -> Json:
    """Return a value as logs show it: every text in it is cut."""
    if isinstance(value, str):
        encoded = value.encode()
        return value if len(encoded) <= LOGGED_BYTES else encoded[:LOGGED_BYTES].decode(errors="ignore")
    if isinstance(value, list):
        return [logged(item) for item in value]
    if isinstance(value, dict):
        return {key: logged(item) for key, item in value.items()}
    return value


def milliseconds(length: timedelta) -> int:
    """Return a length of time as logs show it."""
    return round(length.total_seconds() * 1000)
