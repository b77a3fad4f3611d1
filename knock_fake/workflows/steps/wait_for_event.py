"""The wait for event step: the run pauses until an event comes that it waits for, or until its time is up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from knock_fake.errors import UsageError, WorkflowDefinitionError
from knock_fake.timestamps import show_instant
from knock_fake.workflows.awaited_events import AwaitedEvent, read_awaited_event
from knock_fake.workflows.conditions import has_conditions
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.moments import recipient_zone
from knock_fake.workflows.outcomes import Finish, Outcome, Pause, Proceed, StepFailedError
from knock_fake.workflows.spans import add_span, check_span
from knock_fake.workflows.step_types import StepType

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.content.fields import Fields
    from knock_fake.workflows.context import RunContext

LONGEST = timedelta(days=30)
"""The longest wait (Knock's docs on the wait for event function)."""

DEFAULT_SPAN: JsonObject = {"unit": "minutes", "value": 15}
"""How long a step waits that does not say it: what Knock's editor begins with (our choice)."""

_SETTINGS = ("event", "match_conditions", "on_match", "on_timeout", "expires_after")
_ACTIONS = ("continue", "halt")
_NEEDS_CONDITIONS = ("message", "workflow")
_SOME_DAY = datetime(2001, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WaitForEventStep:
    """A compiled wait. ``conditions`` are what an event has to fulfil, as one group."""

    event: AwaitedEvent
    conditions: Json
    halts_on_match: bool
    halts_on_timeout: bool
    expires_after: JsonObject

    def execute(self, context: RunContext) -> Outcome:
        """Wait for the first event that fits, from now on."""
        services, run = context.services, context.run
        try:
            until = add_span(services.clock.now, self.expires_after, recipient_zone(context))
        except UsageError as error:
            raise StepFailedError(str(error)) from error
        services.state.waits.open(run.id, self.event.key(run.recipient))
        context.record("wait_started", {"event": self.event.shown(), "until": show_instant(until)})
        return Pause(until)

    def resume(self, context: RunContext) -> Outcome:
        """Go on or end the run, as the step says for an event that came and for time that is up."""
        wait = context.services.state.waits.close(context.run.id)
        payload = wait.payload if wait is not None else None
        if payload is None:
            context.record("wait_timed_out")
        if self.halts_on_timeout if payload is None else self.halts_on_match:
            cause = "no event came in time" if payload is None else "an event matched"
            return Finish("run_cancelled", f"{context.step_ref} halts the run: {cause}", status="cancelled")
        output: JsonObject = {"matched": payload is not None, "signal_variables": payload or {}}
        context.services.state.runs.note_ref(context.run, context.step_ref, output)
        return Proceed()


def compile_wait_for_event_step(step: JsonObject, place: str) -> WaitForEventStep:
    """Compile a wait's JSON; its match conditions are checked with the workflow.

    Raises:
        WorkflowDefinitionError: the event is none, needs conditions and has none, the wait is longer than 30 days, or
            a setting is unknown or malformed.
    """
    settings = read_fields(step.get("settings"), f"{place}.settings", _SETTINGS)
    event = read_awaited_event(settings)
    conditions = _match_conditions(settings)
    if event.type in _NEEDS_CONDITIONS and not has_conditions(conditions):
        problem = f"a wait for an event of type {event.type} needs at least one"
        settings.refuse("match_conditions", f"{problem}; name the step by event.step_ref, say")
    return WaitForEventStep(
        event,
        conditions,
        halts_on_match=settings.choice("on_match", _ACTIONS, "continue") == "halt",
        halts_on_timeout=settings.choice("on_timeout", _ACTIONS, "halt") == "halt",
        expires_after=_expires_after(settings),
    )


def _match_conditions(settings: Fields) -> Json:
    """Return the match conditions as one group: any of their groups, and all conditions within it (our choice)."""
    return {"any": [{"all": [value for value, _ in group.values_of("conditions")]} for group in _groups(settings)]}


def _conditions_inside(step: JsonObject, place: str) -> list[tuple[Json, str]]:
    """Return the conditions that stand in the settings, each list with its place."""
    settings = read_fields(step.get("settings"), f"{place}.settings", _SETTINGS)
    return [(group.values.get("conditions"), f"{group.place}.conditions") for group in _groups(settings)]


def _groups(settings: Fields) -> list[Fields]:
    groups = settings.items("match_conditions", ("operator", "conditions"))
    for group in groups:
        group.choice("operator", ("and",), "and")
    return groups


def _expires_after(settings: Fields) -> JsonObject:
    span = settings.values.get("expires_after")
    place = f"{settings.place}.expires_after"
    if span is None:
        return DEFAULT_SPAN
    check_span(span, place)
    if not isinstance(span, dict) or not timedelta() < _length(span) <= LONGEST:
        raise WorkflowDefinitionError(f"{place}: a wait is longer than nothing and at most 30 days, not {span!r}")
    return span


def _length(span: JsonObject) -> timedelta:
    try:
        return add_span(_SOME_DAY, span, ZoneInfo("UTC")) - _SOME_DAY
    except UsageError:  # out of the calendar
        return timedelta.max


STEP_TYPE = StepType(
    keys=frozenset({"settings"}),
    compile=compile_wait_for_event_step,
    stem=lambda _step: "wait_for_event",
    conditions=_conditions_inside,
)
