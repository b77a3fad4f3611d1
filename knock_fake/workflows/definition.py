"""Workflow definitions: Knock's workflow JSON, checked and compiled once, when it is added.

What the fake cannot honour is refused here, so that no run can meet it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.workflows.condition_checks import check_conditions
from knock_fake.workflows.program import compile_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.step_types import StepDefinition, StepType

_KEY = re.compile(r"[a-z0-9_-]{3,255}")
KEY_FORM = "has 3 to 255 characters of a-z, 0-9, '_' and '-'"
"""What a key of a workflow or guide looks like, in words."""

WORKFLOW_KEYS = (
    "name",
    "description",
    "categories",
    "tags",
    "conditions",
    "settings",
    "trigger_frequency",
    "trigger_data_json_schema",
    "goal_attachment",
    "steps",
)
"""What the JSON of a workflow may hold (the workflow schema of Knock's management API)."""

_FREQUENCIES = ("every_trigger", "once_per_recipient", "once_per_recipient_per_tenant")
_SETTINGS = ("is_commercial", "override_preferences")


@dataclass(frozen=True, slots=True)
class WorkflowDefinition:
    """One version of a workflow. ``steps`` are in document order, those of branches behind the step they belong to.

    ``document`` is the JSON that it was compiled from.
    """

    key: str
    name: str
    version_id: str
    categories: tuple[str, ...]
    conditions: Json
    is_commercial: bool
    override_preferences: bool
    trigger_frequency: str
    trigger_data_json_schema: JsonObject | None
    steps: tuple[StepDefinition, ...]
    document: JsonObject

    def place_of(self, ref: str) -> int | None:
        """Return the place of the step with this ref."""
        return next((place for place, step in enumerate(self.steps) if step.ref == ref), None)

    def __repr__(self) -> str:
        return f"<WorkflowDefinition {self.key!r}, steps: {', '.join(step.ref for step in self.steps)}>"


def compile_workflow(
    key: str,
    version_id: str,
    document: JsonObject,
    step_types: Mapping[str, StepType],
    channel_types: Mapping[str, str] = MappingProxyType({}),
) -> WorkflowDefinition:
    """Check and compile one workflow.

    Args:
        key: 3 to 255 characters of ``a-z 0-9 _ -``.
        version_id: the id of this version.
        document: Knock's workflow JSON without the key.
        step_types: the step types that can be honoured, by name.
        channel_types: the type of each channel that exists, by key; steps may leave theirs out.

    Raises:
        WorkflowDefinitionError: something cannot be honoured; the message names the place and the remedy.
    """
    place = f"workflow {key!r}"
    if not is_workflow_key(key):
        raise WorkflowDefinitionError(f"{place}: a key {KEY_FORM}")
    settings = _settings(document.get("settings"), place)
    check_conditions(document.get("conditions"), f"{place}: conditions", allow_message_status=False, refs=())
    _check_unused(document, place)
    return WorkflowDefinition(
        key=key,
        name=_text(document.get("name"), f"{place}: name") or key,
        version_id=version_id,
        categories=_texts(document.get("categories"), f"{place}: categories"),
        conditions=document.get("conditions"),
        is_commercial=settings.get("is_commercial", False),
        override_preferences=settings.get("override_preferences", False),
        trigger_frequency=_frequency(document.get("trigger_frequency"), place),
        trigger_data_json_schema=_data_schema(document.get("trigger_data_json_schema"), place),
        steps=compile_steps(document.get("steps"), place, step_types, channel_types),
        document=document,
    )


def is_workflow_key(key: object) -> bool:
    """Whether Knock would take this as the key of a workflow."""
    return isinstance(key, str) and _KEY.fullmatch(key) is not None


def _check_unused(document: JsonObject, place: str) -> None:
    """Check what has no meaning at run time, in Knock as here."""
    _text(document.get("description"), f"{place}: description")
    _texts(document.get("tags"), f"{place}: tags")
    goal = document.get("goal_attachment")
    if goal is not None and not isinstance(goal, dict):
        raise WorkflowDefinitionError(f"{place}: goal_attachment: must be an object, not {goal!r}")


def _text(value: Json, place: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise WorkflowDefinitionError(f"{place}: must be text, not {value!r}")


def _texts(value: Json, place: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise WorkflowDefinitionError(f"{place}: must be a list of texts, not {value!r}")
    return tuple(str(one) for one in value)


def _settings(value: Json, place: str) -> dict[str, bool]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WorkflowDefinitionError(f"{place}: settings: must be an object, not {value!r}")
    for name, setting in value.items():
        if name not in _SETTINGS:
            raise WorkflowDefinitionError(f"{place}: settings: unknown key {name!r}; {nearest(str(name), _SETTINGS)}")
        if not isinstance(setting, bool):
            raise WorkflowDefinitionError(f"{place}: settings.{name}: must be true or false, not {setting!r}")
    return {name: bool(setting) for name, setting in value.items()}


def _frequency(value: Json, place: str) -> str:
    if value is None:
        return _FREQUENCIES[0]
    if value not in _FREQUENCIES:
        remedy = nearest(str(value), _FREQUENCIES)
        raise WorkflowDefinitionError(f"{place}: trigger_frequency: unknown value {value!r}; {remedy}")
    return str(value)


def _data_schema(value: Json, place: str) -> JsonObject | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise WorkflowDefinitionError(f"{place}: trigger_data_json_schema: must be a JSON Schema object, not {value!r}")
    from knock_fake.json_schema import schema_problem

    problem = schema_problem(value)
    if problem is not None:
        raise WorkflowDefinitionError(f"{place}: trigger_data_json_schema: {problem}")
    return value
