"""The workflows of a world, by key, with every version that a run may still be walking."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from knock_fake.errors import UnknownNameError, UsageTypeError, WorkflowDefinitionError, nearest
from knock_fake.json_values import json_copy
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.definition import WORKFLOW_KEYS, WorkflowDefinition, compile_workflow, is_workflow_key
from knock_fake.workflows.steps import STEP_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from os import PathLike

    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject
    from knock_fake.state.channels import ChannelStore
    from knock_fake.workflows.commits import Commits
    from knock_fake.workflows.loaded import Loaded, Loader

_NEAR = 0.75
"""How like another key one must be to count as misspelt."""


class WorkflowRegistry:
    """What ``knock.workflows`` is: add workflows, switch them on and off, look them up.

    Args:
        identifiers: make the ids of versions.
        channels: the world's channels, which steps name by key.
        load: loads directories into the world.
        lock: held during every write.
        accept_unknown: whether a workflow that nobody added is made up when something is to run it.
        commits: told of every change; a workflow that is made up is none.
    """

    def __init__(
        self,
        identifiers: Identifiers,
        channels: ChannelStore,
        load: Loader,
        lock: AbstractContextManager[object] | None = None,
        *,
        accept_unknown: bool = False,
        commits: Commits | None = None,
    ) -> None:
        self._commits = commits
        self._identifiers = identifiers
        self._channels = channels
        self._load = load
        self._lock = nullcontext() if lock is None else lock
        self._accept_unknown = accept_unknown
        self._latest: dict[str, WorkflowDefinition] = {}
        self._versions: dict[str, WorkflowDefinition] = {}
        self._inactive: set[str] = set()
        self._first: dict[str, str] = {}
        self._archived: set[str] = set()
        self._made_up: set[str] = set()

    def __repr__(self) -> str:
        return f"<WorkflowRegistry: {', '.join(self.keys()) or 'none'}>"

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
        document = _copied(
            key,
            steps=steps,
            name=name,
            description=description,
            categories=categories,
            tags=tags,
            conditions=conditions,
            settings=settings,
            trigger_frequency=trigger_frequency,
            trigger_data_json_schema=trigger_data_json_schema,
            goal_attachment=goal_attachment,
        )
        return self._compile_and_commit(key, document, active=active)

    def add_json(self, key: str, document: JsonObject, *, active: bool = True) -> WorkflowDefinition:
        """Commit a workflow from its decoded ``workflow.json``, all of its texts in place.

        Args:
            key: what a trigger names it by.
            document: the arguments of :meth:`add`, under the same names.
            active: whether it can be triggered.

        Raises:
            WorkflowDefinitionError: something cannot be honoured; the message names step, field and remedy.
        """
        read_fields(document, f"workflow {key!r}", WORKFLOW_KEYS)
        return self._compile_and_commit(key, _copied(key, **document), active=active)

    def _compile_and_commit(
        self, key: str, document: JsonObject, *, active: bool, is_told: bool = True
    ) -> WorkflowDefinition:
        if not isinstance(active, bool):
            raise WorkflowDefinitionError(f"workflow {key!r}: active: must be True or False, not {active!r}")
        with self._lock:
            channel_types = {channel.key: channel.type for channel in self._channels}
            compiled = compile_workflow(key, "", document, STEP_TYPES, channel_types)
            committed = self._commit(compiled, active=active)
            if is_told:
                self._tell(key)
            return committed

    def load(self, *directories: str | PathLike[str], add_channels: bool = True) -> Loaded:
        """Load Knock directories, and not their workflows alone: another name of :meth:`KnockFake.load`.

        Raises:
            DirectoryError: something cannot be honoured; it holds every problem, and nothing was loaded.
        """
        return self._load(*directories, add_channels=add_channels)

    def commit(self, compiled: WorkflowDefinition, *, active: bool) -> bool:
        """Commit a workflow that was compiled elsewhere; one that is the latest version already stays that version.

        Args:
            compiled: the definition; its ``version_id`` is replaced, its document belongs to the registry from now on.
            active: whether it can be triggered.

        Returns:
            Whether anything changed.
        """
        with self._lock:
            latest = self._latest.get(compiled.key)
            if latest is None or latest.document != compiled.document:
                self._commit(compiled, active=active)
                self._tell(compiled.key)
                return True
            return self._switch(compiled.key, is_on=active)

    def _commit(self, compiled: WorkflowDefinition, *, active: bool) -> WorkflowDefinition:
        # Drawn last: a workflow that is refused must not change the identifiers of what comes after it.
        version_id = self._identifiers.uuid(self._identifiers.next_sequence())
        definition = replace(compiled, version_id=version_id)
        self._latest[definition.key] = definition
        self._made_up.discard(definition.key)
        self._versions[version_id] = definition
        self._first.setdefault(definition.key, version_id)
        (self._inactive.discard if active else self._inactive.add)(definition.key)
        return definition

    def activate(self, key: str) -> None:
        """Switch a workflow on. Raises UnknownNameError for a key that was never added."""
        with self._lock:
            self._switch(self._known(key), is_on=True)

    def deactivate(self, key: str) -> None:
        """Switch a workflow off: triggers are refused, and running runs end before their next step.

        Raises:
            UnknownNameError: no workflow with this key was added.
        """
        with self._lock:
            self._switch(self._known(key), is_on=False)

    def _switch(self, key: str, *, is_on: bool) -> bool:
        """Switch a workflow on or off. Returns whether it was not so before."""
        changes = self.is_active(key) != is_on
        (self._inactive.discard if is_on else self._inactive.add)(key)
        if changes:
            self._tell(key, is_committed=False)
        return changes

    def _tell(self, key: str, *, is_committed: bool = True) -> None:
        if self._commits is not None:
            self._commits.tell("workflow", key, is_committed=is_committed)

    def archive(self, key: str) -> None:
        """Remove a workflow for good: nothing can trigger it, and running runs end when they resume.

        Its key can be used anew; runs and batches of the old workflow end all the same (our choice).

        Raises:
            UnknownNameError: no workflow with this key was added.
        """
        with self._lock:
            del self._latest[self._known(key)], self._first[key]
            self._inactive.discard(key)
            self._archived.update(one.version_id for one in self._versions.values() if one.key == key)

    def was_archived(self, key: str) -> bool:
        """Whether the key is that of an archived workflow and of no other one since."""
        return key not in self._latest and any(self._versions[one].key == key for one in self._archived)

    def is_archived_version(self, version_id: str) -> bool:
        """Whether the workflow that this is a version of was archived."""
        return version_id in self._archived

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

    def can_make_up(self, key: str) -> bool:
        """Whether a workflow that is unknown by this key would be made up; one that was archived is gone for good."""
        return self._accept_unknown and not self.was_archived(key) and is_workflow_key(key)

    def get_or_make_up(self, key: str) -> WorkflowDefinition:
        """Return the latest version of a workflow, or one with a single in-app item for a key that has none."""
        known = self.get(key)
        if known is not None:
            return known
        stand_in: JsonObject = {"steps": [*_in_app_stand_in(key)]}
        with self._lock:
            made_up = self._compile_and_commit(key, stand_in, active=True, is_told=False)
            self._made_up.add(key)
        return made_up

    def meant(self, key: str) -> str | None:
        """Return the workflow that one which was made up is likely a misspelling of, ``None`` for all others."""
        if key not in self._made_up:
            return None
        defined = [one for one in self._latest if one not in self._made_up]
        return next(iter(get_close_matches(key, defined, n=1, cutoff=_NEAR)), None)

    def version(self, version_id: str) -> WorkflowDefinition:
        """Return the version that a run began with."""
        return self._versions[version_id]

    def first_version_id(self, key: str) -> str | None:
        """Return the id of the first version of a workflow, which tells it from an archived one of the same key."""
        return self._first.get(key)

    def versions(self, key: str) -> Iterator[WorkflowDefinition]:
        """Yield the versions of a workflow, the latest first; none of one that was archived."""
        latest = self._latest.get(key)
        if latest is not None:
            yield latest
        for one in reversed(self._versions.values()):
            if one.key == key and one is not latest and one.version_id not in self._archived:
                yield one

    def is_active(self, key: str) -> bool:
        """Whether the workflow exists and is switched on."""
        return key in self._latest and key not in self._inactive

    def keys(self) -> list[str]:
        """Return the keys in order of addition."""
        return list(self._latest)

    def __contains__(self, key: object) -> bool:
        return key in self._latest


def _copied(key: object, **document: object) -> JsonObject:
    """Return the document as JSON of its own, which no later change to what was given can reach."""
    return {
        name: json_copy(value, f"workflow {key!r}: {name}", WorkflowDefinitionError) for name, value in document.items()
    }


def _in_app_stand_in(key: str) -> list[JsonObject]:
    """Return the steps of a workflow that nobody defined: one in-app item that says so."""
    return [
        {
            "type": "channel",
            "channel_type": "in_app_feed",
            "template": {"markdown_body": f"Workflow `{key}` was triggered."},
        }
    ]
