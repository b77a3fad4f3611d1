"""Builders of steps that wait for an event, and of the events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from knock_fake.errors import UsageError
from knock_fake.steps._arguments import given, json_object, refuse, required_text
from knock_fake.steps._durations import duration
from knock_fake.steps._options import StepOptions, read_options

if TYPE_CHECKING:
    from datetime import timedelta

    from knock_fake.json_types import Json, JsonObject

__all__ = ["audience_event", "message_event", "recipient_event", "source_event", "wait_for_event", "workflow_event"]


def message_event(
    source: str, event: str, *, source_type: Literal["workflow", "broadcast", "guide"] = "workflow"
) -> JsonObject:
    """Return the event that something happens to a message for the recipient, for :func:`wait_for_event`.

    Args:
        source: the key of the workflow or guide that makes the message, the waiting workflow itself, say.
        event: what happens: a delivery status such as ``delivered``, or a mark such as ``seen``, ``unseen``, ``read``,
            ``interacted`` or ``link_clicked``.
        source_type: what the source is.

    Raises:
        UsageTypeError: an argument is of a wrong type.
    """
    return {
        "event_type": "message",
        "source_type": required_text("message_event", "source_type", source_type),
        "source_key": required_text("message_event", "source", source),
        "event_key": required_text("message_event", "event", event),
    }


def workflow_event(workflow: str, event: Literal["started", "completed"] = "completed") -> JsonObject:
    """Return the event that a run of a workflow starts or completes for the recipient, for :func:`wait_for_event`.

    Args:
        workflow: the key of the workflow.
        event: which of both.

    Raises:
        UsageTypeError: an argument is of a wrong type.
    """
    return {
        "event_type": "workflow",
        "source_key": required_text("workflow_event", "workflow", workflow),
        "event_key": required_text("workflow_event", "event", event),
    }


def audience_event(audience: str, event: Literal["enter", "exit"] = "enter") -> JsonObject:
    """Return the event that the recipient enters or leaves an audience, for :func:`wait_for_event`.

    Args:
        audience: the key of the audience.
        event: which of both.

    Raises:
        UsageTypeError: an argument is of a wrong type.
    """
    return {
        "event_type": "audience",
        "audience_key": required_text("audience_event", "audience", audience),
        "event_key": required_text("audience_event", "event", event),
    }


def recipient_event() -> JsonObject:
    """Return the event that properties, preferences or channel data of the recipient change."""
    return {"event_type": "recipient", "event_key": "updated"}


def source_event(source: str, event: str) -> JsonObject:
    """Return the event that comes from an integration source, as ``knock.sources.send`` sends it.

    Args:
        source: the key of the source, such as ``segment``.
        event: the key of the event, such as ``order_placed``.

    Raises:
        UsageTypeError: an argument is of a wrong type.
    """
    return {
        "event_type": "integration_source",
        "integration_source_key": required_text("source_event", "source", source),
        "event_key": required_text("source_event", "event", event),
    }


def wait_for_event(
    event: JsonObject,
    *,
    match: JsonObject | None = None,
    on_match: Literal["continue", "halt"] = "continue",
    on_timeout: Literal["continue", "halt"] = "halt",
    expires_after: str | timedelta = "15m",
    **options: Unpack[StepOptions],
) -> JsonObject:
    """Return a step that waits for an event.

        >>> from knock_fake.conditions import equal_to
        >>> from knock_fake.steps import message_event, wait_for_event
        >>> its_own = equal_to("event.step_ref", "in_app_feed_1")
        >>> step = wait_for_event(message_event("digest", "seen"), match=its_own, on_timeout="continue")

    Later steps see ``refs.<ref>.matched``, and what the event brought as ``refs.<ref>.signal_variables``.

    Args:
        event: what :func:`message_event`, :func:`workflow_event`, :func:`audience_event`, :func:`recipient_event` or
            :func:`source_event` returns.
        match: conditions that the event has to fulfil, such as ``equal_to("event.data.status", "paid")``: one of
            them, or what ``all_of`` or ``any_of`` returns. Events of messages and workflows need some.
        on_match: whether the run goes on or is cancelled when such an event comes.
        on_timeout: whether the run goes on or is cancelled when none comes in time.
        expires_after: how long it waits at most: text such as ``"1d"`` or a timedelta; 30 days are the longest.
        options: ``ref``, ``name`` and ``conditions``, which decide whether it waits at all.

    Raises:
        UsageError: ``match`` is nested deeper than Knock's match conditions, or the time is negative.
        ClockError: the time is no duration.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    awaited = json_object("wait_for_event", "event", event)
    if awaited is None or "event_type" not in awaited:
        refuse("wait_for_event", "event", "what a builder of events such as message_event() returns", event)
    settings: JsonObject = {
        "event": awaited,
        "match_conditions": _match_conditions(json_object("wait_for_event", "match", match)),
        "on_match": required_text("wait_for_event", "on_match", on_match),
        "on_timeout": required_text("wait_for_event", "on_timeout", on_timeout),
        "expires_after": duration("wait_for_event", "expires_after", expires_after),
    }
    return {"type": "wait_for_event", **given(read_options("wait_for_event", options)), "settings": given(settings)}


def _match_conditions(match: JsonObject | None) -> list[Json] | None:
    """Return conditions as groups of which one has to hold, each of conditions that all have to."""
    if match is None:
        return None
    members = match.get("any")
    groups = [_all(one) for one in members] if isinstance(members, list) else [_all(match)]
    return [{"operator": "and", "conditions": group} for group in groups]


def _all(group: Json) -> list[Json]:
    members = group.get("all", [group]) if isinstance(group, dict) else group
    if not isinstance(members, list) or not all(isinstance(one, dict) and "variable" in one for one in members):
        remedy = "give one condition, all_of() of conditions, or any_of() of these"
        raise UsageError(f"wait_for_event(match=...): {group!r} is no match condition: {remedy}")
    return members
