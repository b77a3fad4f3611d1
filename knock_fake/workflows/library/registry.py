"""What the registries of layouts, partials and message types have in common."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.json_values import json_copy
from knock_fake.workflows.definition import KEY_FORM, is_workflow_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.signals import ResourceKind
    from knock_fake.workflows.commits import Commits


class Keyed(Protocol):
    """What a registry holds: frozen, and equal to another that was compiled from the same document."""

    @property
    def key(self) -> str:
        """What it is found by."""
        ...


Definition = TypeVar("Definition", bound=Keyed)


class ResourceRegistry(Generic[Definition]):
    """The latest version of each resource of one kind, by key.

    Every kind says what it is called, where its registry is found, and what checks and compiles one of it.

    Args:
        lock: held during every write.
        commits: told of every change, where the kind is one that Knock tells of.
    """

    kind: ClassVar[ResourceKind | None] = None
    _noun: ClassVar[str]
    _place: ClassVar[str]
    _compile: Callable[[str, Json], Definition]

    def __init__(self, lock: AbstractContextManager[object] | None = None, commits: Commits | None = None) -> None:
        self._lock = nullcontext() if lock is None else lock
        self._commits = commits
        self._by_key: dict[str, Definition] = {}

    def add_json(self, key: str, document: object) -> Definition:
        """Commit one from its decoded JSON file, as Knock's command line pulls it, with the texts of other files in it.

        Raises:
            WorkflowDefinitionError: something cannot be honoured; the message names resource, field and remedy.
        """
        definition = self._compile(key, read_document(document, f"{self._noun} {key!r}"))
        self.commit(definition)
        return definition

    def explain_unknown(self, key: str) -> str:
        """Return what is wrong with a name that nothing has, and the remedy."""
        return f"there is no {self._noun} {key!r}; {self.suggest(key)}, or add it with {self._place}.add"

    def commit(self, definition: Definition) -> bool:
        """Commit what was compiled already, in place of the version before it. Returns whether anything changed."""
        with self._lock:
            changes = self.get(definition.key) != definition
            self._by_key[definition.key] = definition
            if changes and self._commits is not None and self.kind is not None:
                self._commits.tell(self.kind, definition.key)
            return changes

    def get(self, key: str) -> Definition | None:
        """Return the latest version."""
        return self._by_key.get(key)

    def keys(self) -> list[str]:
        """Return the keys in order of addition."""
        return list(self._by_key)

    def suggest(self, key: str) -> str:
        """Return what a misspelt key may have meant."""
        return nearest(key, self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def __iter__(self) -> Iterator[Definition]:
        found = map(self.get, self.keys())  # of this moment: another thread may add one meanwhile
        return (definition for definition in found if definition is not None)

    def __len__(self) -> int:
        return len(self.keys())


def read_document(document: object, place: str) -> JsonObject:
    """Return a document as JSON of its own, which no later change to what was given can reach.

    Args:
        document: what a user of Python gave.
        place: such as ``layout 'default'``.

    Raises:
        WorkflowDefinitionError: JSON cannot hold it, or it is no object.
    """
    copied = json_copy(document, place, WorkflowDefinitionError)
    if not isinstance(copied, dict):
        raise WorkflowDefinitionError(f"{place}: must be an object, not {copied!r}")
    return copied


def check_key(key: object, place: str) -> None:
    """Refuse what Knock would not take as the key of a resource."""
    if not is_workflow_key(key):
        raise WorkflowDefinitionError(f"{place}: a key {KEY_FORM}")
