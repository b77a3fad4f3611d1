"""Hears what happens in a world, and lets it be told to the endpoints that listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.signals import MessageEventRecorded, ResourceChanged, RunEnded, RunErred, RunStarted
from knock_fake.webhooks.courier import Courier
from knock_fake.webhooks.events import message_event, resource_event, run_event
from knock_fake.webhooks.resources import show_resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.state.webhooks import WebhookEvent


def listen(core: Core) -> None:
    """Let a world hear of what endpoints are told; one that does already goes on.

    A world without endpoints does not, so that nothing is spent on them.
    """
    if core.webhooks is None:
        core.webhooks = Listening(core, Courier(core))


class Listening:
    """Hears every signal that Knock has a webhook for.

    Args:
        core: the world's environment.
        courier: carries events to endpoints.
    """

    def __init__(self, core: Core, courier: Courier) -> None:
        self._core = core
        self._store = core.state.webhooks
        self._courier = courier
        signals = core.state.signals
        signals.on(MessageEventRecorded, self._hear_message)
        signals.on(RunStarted, self._hear_start)
        signals.on(RunEnded, self._hear_end)
        signals.on(RunErred, self._hear_error)
        signals.on(ResourceChanged, self._hear_change)

    def _hear_message(self, signal: MessageEventRecorded) -> None:
        type_, message = f"message.{signal.event}", self._core.state.messages.get(signal.message_id)
        if message is not None:
            self._tell(type_, lambda: message_event(type_, signal.at, message, signal.data))

    def _hear_start(self, signal: RunStarted) -> None:
        self._tell_run("started", signal.at, signal.run_id)

    def _hear_end(self, signal: RunEnded) -> None:
        """Hear that a run is over. That one which was cancelled has no webhook is our choice."""
        if signal.status == "completed":
            self._tell_run("completed", signal.at, signal.run_id)

    def _hear_error(self, signal: RunErred) -> None:
        self._tell_run("error", signal.at, signal.run_id)

    def _tell_run(self, name: str, at: datetime, run_id: str) -> None:
        type_, run = f"workflow_recipient_run.{name}", self._core.state.runs.get(run_id)
        if run is not None:
            self._tell(type_, lambda: run_event(type_, at, run))

    def _hear_change(self, signal: ResourceChanged) -> None:
        """Hear of a resource. What is committed was updated before (our choice); it is told at once."""
        shown = show_resource(self._core, signal)
        if shown is None:
            return
        updated, committed = f"{signal.kind}.updated", f"{signal.kind}.committed"
        self._tell(updated, lambda: resource_event(updated, signal.at, shown, None))
        if signal.commit_id is not None:
            self._tell(committed, lambda: resource_event(committed, signal.at, shown, signal.commit_id))
        self.tell_now()

    def tell_now(self) -> None:
        """Let endpoints be told of what was committed, unless more belongs to it that is still to come."""
        if not self._core.commits.are_under_way:
            self._core.clock.settle()

    def _tell(self, type_: str, make: Callable[[], WebhookEvent]) -> None:
        listeners = self._store.listeners(type_)
        if listeners:
            event = make()
            for endpoint in listeners:
                self._courier.send(endpoint, event)
