"""Checking everything that was read before anything of it is put into a world."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from knock_fake.clock import VirtualClock
from knock_fake.directories.channels import PlannedChannel, named_channels, plan_channel, with_channel_types
from knock_fake.directories.compiling import COMPILERS, Surroundings
from knock_fake.directories.documents import Place, show_place
from knock_fake.directories.every_problem import Refusal, every_refusal
from knock_fake.directories.references import references_in
from knock_fake.directories.resources import GUIDE, LAYOUT, PARTIAL, WORKFLOW
from knock_fake.errors import DirectoryError, Problem, UsageError
from knock_fake.identifiers import Identifiers
from knock_fake.state.channels import ChannelStore
from knock_fake.workflows.definition import KEY_FORM, is_workflow_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.directories.compiling import Commit
    from knock_fake.directories.documents import Bundle, Document
    from knock_fake.directories.resources import Kind
    from knock_fake.json_types import JsonObject

_STAND_IN_KEY = "resource"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is ready to be committed: documents, each with what commits it, and the channels that they need."""

    commits: tuple[tuple[Document, Commit], ...]
    channels: tuple[PlannedChannel, ...]
    unknown_channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """What documents may refer to that is in a world already: channels by key and type, layouts and partials by key."""

    channels: tuple[tuple[str, str], ...] = ()
    layouts: frozenset[str] = frozenset()
    partials: frozenset[str] = frozenset()


@lru_cache(maxsize=32)
def prepare(bundle: Bundle, environment: Environment, *, add_channels: bool) -> Prepared:
    """Check and compile everything in a bundle.

    What comes out depends on nothing but the arguments, so that a second world gets it without any work.

    Args:
        bundle: what was read.
        environment: what the world has.
        add_channels: whether channels that the world does not have are added.

    Raises:
        DirectoryError: something cannot be honoured; it holds every problem.
    """
    known = dict(environment.channels)
    named = {key: type_ for key, type_ in named_channels(bundle.documents).items() if key not in known}
    surroundings = Surroundings(_channel_store({**known, **(named if add_channels else {})}))
    resources = {
        LAYOUT: environment.layouts.union(document.key for document in bundle.of(LAYOUT)),
        PARTIAL: environment.partials.union(document.key for document in bundle.of(PARTIAL)),
    }
    commits, problems = [], [*bundle.problems]
    order = [*COMPILERS]
    for document in sorted(bundle.documents, key=lambda one: order.index(one.kind)):
        preparing = _Preparing(document, surroundings)
        commit = preparing.commit()
        preparing.check_references(resources)
        problems.extend(preparing.problems)
        if commit is not None:
            commits.append((document, commit))
    if problems:
        raise DirectoryError(problems)
    planned = tuple(plan_channel(key, type_) for key, type_ in named.items()) if add_channels else ()
    return Prepared(tuple(commits), planned, () if add_channels else tuple(named))


def _channel_store(types: Mapping[str, str]) -> ChannelStore:
    """Return a store with the channels that compilers are to see; that of a world is not touched before all is well."""
    store = ChannelStore(VirtualClock(), Identifiers(0))
    for key, type_ in types.items():
        if store.by_key(key) is None:
            store.add(key, type=type_)
    return store


@dataclass(slots=True)
class _Preparing:
    """One document on its way to what commits it, and the problems that it met."""

    document: Document
    surroundings: Surroundings
    problems: list[Problem] = field(default_factory=list)

    def commit(self) -> Commit | None:
        key = self._usable_key()
        compiling = partial(COMPILERS[self.document.kind], self.document, key, self.surroundings)
        content = self._content()
        try:
            return compiling(content)
        except UsageError:
            name = f"{self.document.kind.noun} {key!r}"
            for refusal in every_refusal(compiling, content, name, self.document.gaps):
                self._refuse(refusal)
        return None

    def _content(self) -> JsonObject:
        content = self.document.content
        if self.document.kind is not WORKFLOW or "steps" not in content:
            return content
        return {**content, "steps": with_channel_types(content["steps"], self.surroundings.channel_types)}

    def _usable_key(self) -> str:
        document = self.document
        if document.kind not in (WORKFLOW, GUIDE) or is_workflow_key(document.key):
            return document.key
        self.problems.append(Problem(document.file, "key", f"{document.key!r}, the directory's name, {KEY_FORM}"))
        return _STAND_IN_KEY

    def check_references(self, resources: Mapping[Kind, frozenset[str]]) -> None:
        """Refuse layouts and partials that the document names and that are nowhere."""
        for reference in references_in(self.document.content):
            problem = reference.problem(resources)
            if problem is not None:
                self._refuse(Refusal(reference.place, problem))

    def _refuse(self, refusal: Refusal) -> None:
        document = self.document
        place = show_place(document.content, refusal.place, document.kind.noun)
        where = place if refusal.line is None else f"{place}, line {refusal.line}"
        self.problems.append(Problem(_file_of(document, refusal.place), where, refusal.message))


def _file_of(document: Document, place: Place) -> str:
    """Return the file that a value stands in: an extracted one, or the main file of its resource."""
    for end in range(len(place), 0, -1):
        if place[:end] in document.origins:
            return document.origins[place[:end]]
    return document.file
