"""What a step sees of the world while it executes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knock_fake.state.retention import is_retained
from knock_fake.workflows.audience_members import is_member
from knock_fake.workflows.conditions import ConditionScope, MessageStatus
from knock_fake.workflows.outcomes import Proceed
from knock_fake.workflows.scope import run_variables
from knock_fake.workflows.wording import describe_skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.clock import VirtualClock
    from knock_fake.delivery.dispatcher import Dispatcher
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject
    from knock_fake.responders import Responders
    from knock_fake.state import State
    from knock_fake.state.messages import Message
    from knock_fake.state.runs import Run
    from knock_fake.workflows.definition import WorkflowDefinition
    from knock_fake.workflows.guide_registry import GuideRegistry
    from knock_fake.workflows.library import Library
    from knock_fake.workflows.registry import WorkflowRegistry
    from knock_fake.workflows.scopes import Scope
    from knock_fake.workflows.step_types import StepDefinition


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a world that the engine and its steps work with."""

    clock: VirtualClock
    identifiers: Identifiers
    state: State
    dispatcher: Dispatcher
    library: Library
    guides: GuideRegistry
    workflows: WorkflowRegistry
    responders: Responders


@dataclass(slots=True)
class RunContext:
    """One run with its definition, at one moment; ``step`` is ``None`` before the first step."""

    services: Services
    definition: WorkflowDefinition
    run: Run
    step: StepDefinition | None = None
    _variables: Scope | None = field(default=None, init=False, repr=False)

    @property
    def variables(self) -> Scope:
        """What templates and conditions see, as it was when the step first asked; do not change it."""
        if self._variables is None:
            self._variables = run_variables(self)
        return self._variables

    @property
    def step_ref(self) -> str:
        """The name of the step that executes."""
        assert self.step is not None  # noqa: S101 - only steps ask
        return self.step.ref

    @property
    def named_step(self) -> tuple[str, str] | None:
        """Ref and type of the step that executes, if one does."""
        return None if self.step is None else (self.step.ref, self.step.type)

    def record(self, event: str, data: JsonObject | None = None, *, status: str = "ok") -> None:
        """Append a decision to the run's history; ``status`` is ``ok`` or ``error``."""
        self.services.state.runs.record(self.run, event, data, step=self.named_step, status=status)

    def skip(self, reason: str, data: JsonObject, *, status: str = "ok") -> Proceed:
        """Record that the step is skipped, with the facts that decided it, and go on."""
        facts: JsonObject = {"reason": reason, **data}
        self.record("step_skipped", facts, status=status)
        ref = self.step.ref if self.step else self.run.workflow
        self.services.clock.note(f"step {ref} skipped for {self.run.recipient}: {describe_skip(facts)}")
        return Proceed()

    def condition_scope(self) -> ConditionScope:
        """Return what conditions of this run are evaluated against."""
        return ConditionScope(
            self.variables,
            self.services.clock.now,
            message_statuses=self.message_statuses,
            is_audience_member=self.is_audience_member,
        )

    def is_audience_member(self, key: str) -> bool:
        """Whether the recipient is in an audience, for the very tenant of the run (Knock's docs on audiences)."""
        return is_member(self.services.state, self.services.clock.now, key, self.run.recipient, self.run.tenant)

    def message_statuses(self, step_ref: str) -> Sequence[MessageStatus] | None:
        """Return where the messages stand that a step of the run made, ``None`` when it made none."""
        made = [message for message in self.run.messages if message.source.step_ref == step_ref]
        return [self._message_status(message) for message in made] or None

    def _message_status(self, message: Message) -> MessageStatus:
        expired = not is_retained(message.inserted_at, self.services.clock.now)
        return MessageStatus(message.status, message.engagements, expired)
