"""The workflows of a world, by key, with every version that a run may still be walking."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from knock_fake.errors import UnknownNameError, UsageTypeError, nearest
from knock_fake.workflows.definition import WorkflowDefinition, compile_workflow
from knock_fake.workflows.steps import STEP_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json, JsonObject


class WorkflowRegistry:
    """What ``knock.workflows`` is: add workflows, switch them on and off, look them up."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._latest: dict[str, WorkflowDefinition] = {}
        self._versions: dict[str, WorkflowDefinition] = {}
        self._inactive: set[str] = set()

    def add(
        self,
        key: str,
        steps: Sequence[JsonObject],
        *,
        name: str | None = None,
        description: str | None = None,
        categories: Sequence[str] = (),
        tags: Sequence[str] = (),
        conditions: JsonObject | None = None,
        settings: JsonObject | None = None,
        trigger_frequency: str = "every_trigger",
        trigger_data_json_schema: JsonObject | None = None,
        goal_attachment: JsonObject | None = None,
        active: bool = True,
    ) -> WorkflowDefinition:
        """Commit a workflow, or a new version of one that exists. Running runs keep the version they began with.

        Args:
            key: what a trigger names it by: 3 to 255 characters of ``a-z 0-9 _ -``.
            steps: Knock's step JSON, by hand or from the builders of :mod:`knock_fake.steps`.
            name: display name; the key when left out.
            description: for people only.
            categories: preference categories, case sensitive.
            tags: for people only.
            conditions: the trigger step's conditions; when they are false the run ends before its first step.
            settings: ``is_commercial`` and ``override_preferences``, both false by default.
            trigger_frequency: ``every_trigger``, ``once_per_recipient`` or ``once_per_recipient_per_tenant``.
            trigger_data_json_schema: a JSON Schema (2020-12) that a trigger's ``data`` must fit.
            goal_attachment: for Knock's analytics only.
            active: whether it can be triggered; see :meth:`activate`.

        Raises:
            WorkflowDefinitionError: something cannot be honoured; the message names step, field and remedy.
        """
        document: JsonObject = {
            "steps": _listed(steps),
            "name": name,
            "categories": _listed(categories),
            "conditions": conditions,
            "settings": settings,
            "trigger_frequency": trigger_frequency,
            "trigger_data_json_schema": trigger_data_json_schema,
        }
        del description, tags, goal_attachment  # no meaning at run time, in Knock as here
        sequence = self._identifiers.next_sequence()
        definition = compile_workflow(key, self._identifiers.uuid(sequence), document, STEP_TYPES)
        self._latest[key] = definition
        self._versions[definition.version_id] = definition
        (self._inactive.discard if active else self._inactive.add)(key)
        return definition

    def activate(self, key: str) -> None:
        """Switch a workflow on. Raises UnknownNameError for a key that was never added."""
        self._inactive.discard(self._known(key))

    def deactivate(self, key: str) -> None:
        """Switch a workflow off: triggers are refused, and running runs end before their next step.

        Raises:
            UnknownNameError: no workflow with this key was added.
        """
        self._inactive.add(self._known(key))

    def _known(self, key: str) -> str:
        if not isinstance(key, str):
            raise UsageTypeError(f"a workflow key is text, not {type(key).__name__}")
        if key not in self._latest:
            raise UnknownNameError(f"there is no workflow {key!r}: {self.suggest(key)}")
        return key

    def suggest(self, key: str) -> str:
        """Return what a misspelt key may have meant."""
        return nearest(key, [*self._latest])

    def get(self, key: str) -> WorkflowDefinition | None:
        """Return the latest version of a workflow."""
        return self._latest.get(key)

    def version(self, version_id: str) -> WorkflowDefinition:
        """Return the version that a run began with."""
        return self._versions[version_id]

    def is_active(self, key: str) -> bool:
        """Whether the workflow exists and is switched on."""
        return key in self._latest and key not in self._inactive

    def keys(self) -> list[str]:
        """Return the keys in order of addition."""
        return list(self._latest)

    def __contains__(self, key: object) -> bool:
        return key in self._latest


def _listed(value: Sequence[JsonObject] | Sequence[str]) -> Json:
    """Return a tuple as the list that JSON has; what is neither is left for the compiler to refuse."""
    return cast("Json", [*value] if isinstance(value, tuple) else value)


def in_app_stand_in(key: str) -> list[JsonObject]:
    """Return the steps of a workflow that nobody defined: one in-app item that says so."""
    return [
        {
            "type": "channel",
            "channel_type": "in_app_feed",
            "template": {"markdown_body": f"Workflow `{key}` was triggered."},
        }
    ]
