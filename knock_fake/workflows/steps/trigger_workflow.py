"""The trigger workflow step: a run starts another workflow, as a call of the API would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import ApiError
from knock_fake.state.runs import TriggerSource
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template
from knock_fake.workflows.outcomes import Outcome, Proceed, StepFailedError
from knock_fake.workflows.starting import MAX_DEPTH, depth_of_next, describe_loop
from knock_fake.workflows.step_types import InstantStep, StepType
from knock_fake.workflows.templating import Template, TemplateError, compile_template
from knock_fake.workflows.trigger_bodies import body_errors, cancellation_key_of, complete_body, people_of
from knock_fake.workflows.triggering import start_workflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.content.fields import Fields
    from knock_fake.workflows.context import RunContext

_DEFAULTS = {
    "recipients": "{{ recipient.id }}",
    "actor": "{{ actor.id }}",
    "tenant": "{{ tenant.id }}",
    "data": "{{ data | json }}",
    "cancellation_key": "{{ workflow.cancellation_key }}",
}
"""What a setting is that the step leaves out (Knock's docs on the trigger workflow function)."""


@dataclass(frozen=True, slots=True)
class TriggerWorkflowStep(InstantStep):
    """A compiled trigger; all of its settings are templates."""

    workflow: Template
    settings: Mapping[str, Template | JsonTemplate]

    def execute(self, context: RunContext) -> Outcome:
        """Start the workflow by its latest version, for whoever the settings name when they are rendered.

        A workflow that is switched off or archived skips the step; what the API would refuse fails it. The runs are
        in sandbox mode, or skip delays, if this one is or does (our choice).
        """
        workflows, run = context.services.workflows, context.run
        try:
            key = self.workflow.render(context.variables).strip()
            rendered = {name: setting.render(context.variables) for name, setting in self.settings.items()}
        except TemplateError as error:
            raise StepFailedError(str(error)) from error
        if workflows.was_archived(key) or (key in workflows and not workflows.is_active(key)):
            what = "archived" if workflows.was_archived(key) else "switched off"
            return context.skip("workflow_inactive", {"workflow": key, "decided_by": f"workflow {key!r} is {what}"})
        depth = depth_of_next(context.services)
        if depth > MAX_DEPTH:
            context.record("trigger_loop", {"workflow": key, "depth": depth})
            raise StepFailedError(describe_loop(key), fatal=True)
        body = _read_body(rendered)
        source = TriggerSource("workflow_step", cancellation_key_of(body))
        try:
            started = start_workflow(context.services, key, people_of(body), body["data"], source, run.settings)
        except ApiError as error:
            raise StepFailedError(error.hint or str(error)) from error
        facts: JsonObject = {"workflow": key, "workflow_run_id": started, "recipients": body["recipients"]}
        context.record("workflow_triggered", facts)
        return Proceed()


def _read_body(rendered: Mapping[str, str | JsonObject]) -> JsonObject:
    """Return the body of the call that the rendered settings amount to.

    Raises:
        StepFailedError: it is none that the API would take.
    """
    body = complete_body(**{name: _decode(value) for name, value in rendered.items()})
    errors = body_errors(body)
    if errors:
        raise StepFailedError("; ".join(f"{one.field} {one.message}" for one in errors))
    return body


def _decode(value: str | JsonObject) -> Json:
    """Read a rendered setting: a JSON list or object is that, empty text is nothing, other text an id (our choice)."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text[:1] not in ("[", "{"):
        return text or None
    try:
        decoded: Json = orjson.loads(text)
    except ValueError:
        return text
    return decoded


def compile_trigger_workflow_step(step: JsonObject, place: str) -> TriggerWorkflowStep:
    """Compile a trigger's JSON.

    Raises:
        WorkflowDefinitionError: the workflow is missing, or a setting is unknown or no valid template.
    """
    settings = read_fields(step.get("settings"), f"{place}.settings", ("workflow_key", *_DEFAULTS))
    templates = {name: _template(settings, name) for name in _DEFAULTS}
    return TriggerWorkflowStep(settings.required_template("workflow_key"), templates)


def _template(settings: Fields, name: str) -> Template | JsonTemplate:
    # An object is no text that Knock's JSON would hold; its values cannot break it.
    if name == "data" and isinstance(settings.values.get(name), dict):
        data = read_json_template(settings, name)
        if data is not None:
            return data
    return settings.template(name) or compile_template(_DEFAULTS[name], f"{settings.place}.{name}")


def _stem(_step: JsonObject) -> str:
    return "trigger_workflow"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_trigger_workflow_step, stem=_stem)
