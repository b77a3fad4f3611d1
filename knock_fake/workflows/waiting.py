"""Lets runs that wait hear of what happens: the first event that fits ends a wait."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from knock_fake.signals import (
    AudienceChanged,
    MessageEventRecorded,
    RecipientUpdated,
    RunEnded,
    RunStarted,
    SourceEventReceived,
)
from knock_fake.workflows.awaited_events import (
    audience_event,
    is_about,
    message_event,
    recipient_event,
    run_event,
    source_event,
)
from knock_fake.workflows.conditions import evaluate
from knock_fake.workflows.context import RunContext
from knock_fake.workflows.steps.wait_for_event import WaitForEventStep

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject
    from knock_fake.state import State
    from knock_fake.state.waits import Wait, WaitKey
    from knock_fake.workflows.context import Services
    from knock_fake.workflows.engine import Engine

_Kind = TypeVar("_Kind")


class Waiting:
    """Hears every signal that a run may wait for, and wakes the runs whose wait it ends."""

    def __init__(self, services: Services, engine: Engine) -> None:
        self._services = services
        self._state = services.state
        self._engine = engine
        signals = services.state.signals
        signals.on(MessageEventRecorded, partial(self._hear, message_event))
        signals.on(RunStarted, partial(self._hear, run_event))
        signals.on(RunEnded, self._hear_end)
        signals.on(AudienceChanged, partial(self._hear, audience_event))
        signals.on(RecipientUpdated, partial(self._hear, recipient_event))
        signals.on(SourceEventReceived, partial(self._hear, source_event))

    def _hear_end(self, signal: RunEnded) -> None:
        self._state.waits.close(signal.run_id)  # of a run that was cancelled
        self._hear(run_event, signal)

    def _hear(self, read: Callable[[State, _Kind], tuple[WaitKey, JsonObject] | None], signal: _Kind) -> None:
        event = read(self._state, signal) if len(self._state.waits) else None
        if event is not None:
            key, brought = event
            for wait in self._state.waits.of(key):
                self._offer(wait, brought)

    def _offer(self, wait: Wait, brought: JsonObject) -> None:
        """Let an event end a wait if it fits; a run that it does not fit tells why and goes on waiting."""
        run = self._state.runs.get(wait.run_id)
        if run is None or not is_about(wait.key, brought, run.recipient):
            return
        definition = self._services.workflows.version(run.version_id)
        waiting = definition.steps[run.position]
        assert isinstance(waiting.step, WaitForEventStep)  # noqa: S101 - only such steps open waits
        context = RunContext(self._services, definition, run, waiting)
        scope = context.condition_scope()
        evaluation = evaluate(waiting.step.conditions, replace(scope, variables={**scope.variables, "event": brought}))
        if not evaluation.passed:
            facts: JsonObject = {"reason": evaluation.reason(), "event": brought}
            context.record("wait_conditions_evaluated", {**evaluation.shown(), **facts})
            return
        self._state.waits.claim(wait, brought)
        context.record("wait_matched", {"event": brought})
        self._engine.wake(run)
