"""What comes of a change: who enters and leaves dynamic audiences, and which workflows run for who enters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.signals import AudienceChanged, AudienceDefined, RecipientUpdated, WorldFilled
from knock_fake.state.references import USERS, Reference, user
from knock_fake.state.runs import DEFAULT_SETTINGS, TriggerSource
from knock_fake.workflows.audience_members import is_member, members_of
from knock_fake.workflows.starting import Trigger
from knock_fake.workflows.triggering import start_stored

if TYPE_CHECKING:
    from knock_fake.clock import VirtualClock
    from knock_fake.state import State
    from knock_fake.workflows.context import Services


class DynamicAudiences:
    """Lets users enter and leave dynamic audiences as they change (Knock's docs on audiences).

    Who fits an audience when it is defined is a member without having entered it.
    """

    def __init__(self, clock: VirtualClock, state: State) -> None:
        self._clock = clock
        self._state = state
        state.signals.on(RecipientUpdated, self._hear_update)
        state.signals.on(AudienceChanged, self._hear_change)
        state.signals.on(AudienceDefined, lambda signal: self._learn(signal.audience))
        state.signals.on(WorldFilled, self._hear_filling)

    def _hear_update(self, signal: RecipientUpdated) -> None:
        if signal.collection == USERS:
            self._ask_again(Reference(signal.collection, signal.id))

    def _hear_change(self, signal: AudienceChanged) -> None:
        self._ask_again(user(signal.user_id))  # an audience may ask for members of another one

    def _hear_filling(self, _signal: WorldFilled) -> None:
        for key in self._state.audiences.dynamic():
            self._learn(key)

    def _ask_again(self, one: Reference) -> None:
        for key in self._state.audiences.dynamic():
            fits = is_member(self._state, self._clock.now, key, one, None)
            self._state.audiences.fit(key, one, fits=fits)

    def _learn(self, key: str) -> None:
        audience = self._state.audiences.get(key)
        members = members_of(self._state, self._clock.now, audience) if audience is not None else ()
        self._state.audiences.know_fitting(key, (member.user for member in members))


class AudienceTriggers:
    """Starts workflows for whoever enters the audience that they are bound to."""

    def __init__(self, services: Services) -> None:
        self._services = services
        services.state.signals.on(AudienceChanged, self._hear)

    def _hear(self, signal: AudienceChanged) -> None:
        audience = self._services.state.audiences.get(signal.audience)
        if audience is not None and signal.transition == "enter":
            for key in audience.triggers:
                self._start(key, signal)

    def _start(self, key: str, signal: AudienceChanged) -> None:
        """Start a workflow for who enters; one that is unknown or switched off does not run (our choice)."""
        services = self._services
        definition = services.workflows.get(key)
        if definition is None or not services.workflows.is_active(key):
            return
        trigger = Trigger(
            workflow_run_id=services.identifiers.uuid(services.identifiers.next_sequence()),
            actor=None,
            tenant=signal.tenant,
            source=TriggerSource("audience", audience_key=signal.audience),
            settings=DEFAULT_SETTINGS,
        )
        start_stored(services, definition, trigger, user(signal.user_id), {})
