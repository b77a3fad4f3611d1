"""Steps compiled into a program: in document order, each with the places that it leads to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.workflows.channel_references import with_channel_type
from knock_fake.workflows.condition_checks import check_conditions
from knock_fake.workflows.step_types import Body, StepDefinition, StepType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from knock_fake.json_types import Json, JsonObject

MAX_DEPTH = 5
"""How deep branches may stand in one another (Knock's docs on the branch and experiment functions)."""

_COMMON_KEYS = frozenset({"type", "ref", "name", "description", "conditions"})


def compile_steps(
    value: Json | Sequence[JsonObject],
    place: str,
    step_types: Mapping[str, StepType],
    channel_types: Mapping[str, str],
) -> tuple[StepDefinition, ...]:
    """Check and compile the steps of a workflow, those inside branches included.

    Raises:
        WorkflowDefinitionError: something cannot be honoured; the message names the place and the remedy.
    """
    if not isinstance(value, list | tuple) or not value:
        remedy = "build them with knock_fake.steps, or write Knock's step JSON"
        raise WorkflowDefinitionError(f"{place}: steps: must be a list of at least one step; {remedy}")
    nodes = _Compiler(step_types, channel_types).nodes(value, f"{place}: steps", depth=0)
    end = sum(node.size for node in nodes)
    return tuple(_laid_out(nodes, at=0, after=end, end=end))


@dataclass(slots=True)
class _Node:
    """One step with its branches, each with whether the workflow ends behind it. ``size`` counts all their steps."""

    definition: StepDefinition
    branches: list[tuple[list[_Node], bool]] = field(default_factory=list)
    size: int = 1

    def add(self, nodes: list[_Node], *, terminates: bool) -> None:
        self.branches.append((nodes, terminates))
        self.size += sum(node.size for node in nodes)


def _laid_out(nodes: Sequence[_Node], at: int, after: int, end: int) -> Iterator[StepDefinition]:
    """Yield steps that begin at the place ``at`` and lead to ``after``; those of terminating branches to ``end``."""
    for index, node in enumerate(nodes):
        behind = at + node.size
        following = behind if index + 1 < len(nodes) else after
        bodies: list[StepDefinition] = []
        entries = []
        for body, terminates in node.branches:
            leads_to = end if terminates else following
            place = at + 1 + len(bodies)
            entries.append(place if body else leads_to)
            bodies.extend(_laid_out(body, place, leads_to, end))
        yield replace(node.definition, next=following, entries=tuple(entries))
        yield from bodies
        at = behind


class _Compiler:
    """Compiles the steps of one workflow; refs are counted and unique across all of its branches."""

    def __init__(self, step_types: Mapping[str, StepType], channel_types: Mapping[str, str]) -> None:
        self._step_types = step_types
        self._channel_types = channel_types
        self._counter: Counter[str] = Counter()
        self._refs: dict[str, None] = {}

    def nodes(self, value: Json | Sequence[JsonObject], place: str, depth: int) -> list[_Node]:
        if not isinstance(value, list | tuple):
            raise WorkflowDefinitionError(f"{place}: must be a list of steps, not {value!r}")
        return [self._node(step, f"{place}[{index}]", depth) for index, step in enumerate(value)]

    def _node(self, step: Json, place: str, depth: int) -> _Node:
        checked, type_ = self._checked(step, place)
        spec = self._step_types[type_]
        definition = self._definition(checked, type_, place, spec)
        for conditions, where in ((definition.conditions, f"{place}.conditions"), *spec.conditions(checked, place)):
            check_conditions(conditions, where, refs=[*self._refs])
        self._refs[definition.ref] = None
        node = _Node(definition)
        for body in spec.bodies(checked, place):
            node.add(self._body(body, depth + 1), terminates=body.terminates)
        return node

    def _body(self, body: Body, depth: int) -> list[_Node]:
        if depth > MAX_DEPTH:
            raise WorkflowDefinitionError(f"{body.place}: branches may stand at most {MAX_DEPTH} deep in one another")
        check_conditions(body.conditions, f"{body.place}.conditions", refs=[*self._refs])
        return self.nodes(body.steps, f"{body.place}.steps", depth)

    def _checked(self, step: Json, place: str) -> tuple[JsonObject, str]:
        if not isinstance(step, dict):
            raise WorkflowDefinitionError(f"{place}: a step is an object with a type, not {step!r}")
        type_ = step.get("type")
        if type_ is None:
            raise WorkflowDefinitionError(f"{place}.type: is missing; {nearest('', [*self._step_types])}")
        if not isinstance(type_, str) or type_ not in self._step_types:
            remedy = nearest(str(type_), [*self._step_types])
            problem = f"steps of type {type_!r} cannot be run by this version"
            raise WorkflowDefinitionError(f"{place}.type: {problem}; {remedy}")
        known = self._step_types[type_].keys | _COMMON_KEYS
        for key in step:
            if key not in known:
                remedy = nearest(str(key), sorted(known))
                raise WorkflowDefinitionError(f"{place}: unknown key {key!r} in a {type_} step; {remedy}")
        return (with_channel_type(step, place, self._channel_types) if type_ == "channel" else step), type_

    def _definition(self, step: JsonObject, type_: str, place: str, spec: StepType) -> StepDefinition:
        compiled = spec.compile(step, place)
        stem = spec.stem(step)
        self._counter[stem] += 1
        given = step.get("ref")
        if given is not None and not isinstance(given, str):
            raise WorkflowDefinitionError(f"{place}.ref: must be text, not {given!r}")
        ref = given or f"{stem}_{self._counter[stem]}"
        if ref in self._refs:
            raise WorkflowDefinitionError(f"{place}.ref: {ref!r} names an earlier step already")
        return StepDefinition(ref, type_, step.get("conditions"), compiled)
