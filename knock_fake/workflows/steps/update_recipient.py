"""The steps that write to a user, an object or a tenant: ``update_user``, ``update_object``, ``update_tenant``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import ApiError, WorkflowDefinitionError
from knock_fake.schema_checks import field_errors
from knock_fake.state.references import TENANTS, USERS, Reference
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.content.json_template import read_json_template
from knock_fake.workflows.identification import check_identification, identify, read_identification
from knock_fake.workflows.outcomes import Outcome, Proceed, StepFailedError
from knock_fake.workflows.step_types import InstantStep, StepType
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.workflows.content.fields import Fields
    from knock_fake.workflows.content.json_template import JsonTemplate
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.templating import Template

_GID = re.compile(r"gid://Object/([^/\s]+)/(.+)")
_MODES = ("current", "reference")
_PLACE = "update_properties"
# What a step cannot write: names, and channel data (Knock's docs on the update functions; that they are left out
# in silence is our choice).
_LEFT_OUT = frozenset({"id", "collection", "channel_data", "$trigger_data"})


@dataclass(frozen=True, slots=True)
class Target:
    """What one type of step writes to: its noun, its collection (any other one for objects), the schema of its data."""

    noun: str
    collection: str | None
    schema: str

    @property
    def example(self) -> str:
        """How such a target is named."""
        return f"gid://Object/{self.collection or 'projects'}/the-id"

    def takes(self, reference: Reference) -> bool:
        """Whether steps of this type write to such a recipient; tenants are objects too."""
        return reference.collection != USERS if self.collection is None else reference.collection == self.collection


USER = Target("user", USERS, "users/identify_request")
OBJECT = Target("object", None, "objects/set_request")
TENANT = Target("tenant", TENANTS, "tenants/set_request")


@dataclass(frozen=True, slots=True)
class UpdateRecipientStep(InstantStep):
    """A compiled update; without a name of its own it writes to the run's recipient, or its tenant."""

    target: Target
    gid: Template | None
    properties: JsonTemplate

    def execute(self, context: RunContext) -> Outcome:
        """Merge the rendered properties in depth into the target, which comes into being if need be."""
        try:
            variables = context.variables
            named = self._current(context) if self.gid is None else self._named(self.gid.render(variables).strip())
            if isinstance(named, str):
                return context.skip(f"no_{self.target.noun}", {"decided_by": named}, status="error")
            properties = self.properties.render(variables)
        except TemplateError as error:
            raise StepFailedError(str(error)) from error
        self._write(context, named, {key: value for key, value in properties.items() if key not in _LEFT_OUT})
        return Proceed()

    def _current(self, context: RunContext) -> Reference | str:
        """Return whom the run is about, or why there is nobody; then the step is skipped (our choice)."""
        run = context.run
        if self.target is TENANT:
            return "the run has no tenant" if run.tenant is None else Reference(TENANTS, run.tenant)
        return run.recipient if run.recipient.is_user else f"the recipient is an object, {run.recipient}"

    def _named(self, gid: str) -> Reference:
        reference = _read_gid(gid)
        if reference is None or not self.target.takes(reference):
            raise StepFailedError(f"{gid!r} names no {self.target.noun}; write {self.target.example}")
        return reference

    def _write(self, context: RunContext, reference: Reference, properties: JsonObject) -> None:
        state = context.services.state
        errors = field_errors(self.target.schema, properties)
        problems = [f"{_PLACE}.{one.field} {one.message}" for one in errors]
        if problems:
            raise StepFailedError("; ".join(problems))
        one = read_identification(properties, _PLACE, reference=reference)
        try:
            check_identification(state, one)
        except ApiError as error:
            raise StepFailedError(error.hint or str(error)) from error
        before = _snapshot(state, reference)
        identify(state, one)
        after = _snapshot(state, reference)
        context.record("recipient_updated", {"recipient": reference.shown(), "before": before, "after": after})


def _snapshot(state: State, reference: Reference) -> Json:
    """Return a recipient as run logs show it, without channel data; ``None`` when nobody identified it."""
    recipient = state.recipients.get(reference)
    if recipient is None:
        return None
    preferences: JsonObject = {**state.preferences.of(reference)}
    return {**recipient.properties, "preferences": preferences} if preferences else recipient.properties


def _read_gid(text: str) -> Reference | None:
    named = _GID.fullmatch(text)
    return Reference(named[1], named[2]) if named is not None else None


def _step_type(target: Target) -> StepType:
    """Return the type of the step that writes to one kind of target."""

    def compile_step(step: JsonObject, place: str) -> UpdateRecipientStep:
        keys = ("recipient_gid", "update_properties", *(("recipient_mode",) if target.collection else ()))
        fields = read_fields(step.get("settings"), f"{place}.settings", keys)
        properties = read_json_template(fields, "update_properties")
        if properties is None:
            fields.refuse(
                "update_properties", 'is required; write JSON such as {"plan": "pro"}, or Liquid that gives it'
            )
        is_current = target.collection is not None and fields.choice("recipient_mode", _MODES) == "current"
        return UpdateRecipientStep(target, None if is_current else _compile_gid(target, fields), properties)

    return StepType(frozenset({"settings"}), compile_step, lambda _step: f"update_{target.noun}")


def _compile_gid(target: Target, fields: Fields) -> Template:
    template = fields.required_template("recipient_gid")
    reference = _read_gid(template.source)
    if template.program is None and (reference is None or not target.takes(reference)):
        raise WorkflowDefinitionError(
            f"{fields.place}.recipient_gid: {template.source!r} names no {target.noun}; write {target.example}"
        )
    return template


UPDATE_USER, UPDATE_OBJECT, UPDATE_TENANT = map(_step_type, (USER, OBJECT, TENANT))
