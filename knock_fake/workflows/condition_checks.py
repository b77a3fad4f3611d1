"""Checking conditions when a workflow is added, before any run can meet what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.json_values import json_copy
from knock_fake.workflows.condition_operators import (
    UNARY_OPERATORS,
    is_message_case,
    is_message_variable,
    read_message_test,
)
from knock_fake.workflows.condition_values import ROOTS, ConditionError, kind_of
from knock_fake.workflows.conditions import DEEPEST, known_operator
from knock_fake.workflows.paths import split_name, split_path

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from knock_fake.json_types import Json, JsonObject

_QUANTIFIERS = ("all", "any")
_PARTS = ("variable", "operator", "argument")

# How alike a first word and a root must be to count as a slip of the pen; other dotted text is a static value.
_ALIKE = 0.75


def read_conditions(conditions: object, place: str) -> Json:
    """Return conditions that a user of Python gave, as JSON of their own; ``None`` where there are none.

    They stand in no workflow, so they can name neither its steps nor their messages.

    Raises:
        UsageTypeError: JSON cannot hold them. WorkflowDefinitionError: as for :func:`check_conditions`.
    """
    if conditions is None or conditions == {}:
        return None
    given = json_copy(conditions, place)
    check_conditions(given, place, allow_message_status=False, refs=())
    return given


def check_conditions(
    group: Json, place: str, *, allow_message_status: bool = True, refs: Collection[str] | None = None
) -> None:
    """Refuse conditions that could never be evaluated, or that cannot mean what is written.

    Args:
        group: conditions as they stand in a definition; nothing at all is fine.
        place: where they stand, such as ``workflow 'digest': steps[0].conditions``.
        allow_message_status: whether they may test the message of an earlier step; Knock lets steps, branches
            and waits do so.
        refs: the names of the steps that come before, the only ones that ``refs.`` may name; ``None`` for
            conditions that stand in no workflow.

    Raises:
        WorkflowDefinitionError: a wrong shape, an unknown key, operator, root or step, an argument that is left
            out, or a message status that is unknown or out of place. The message names the exact place, such as
            ``....all[1].operator``.
    """
    if group is None or group == {}:
        return
    check = _Check(allow_message_status, refs)
    if isinstance(group, list):
        check.members(group, place, DEEPEST)
    else:
        check.node(group, place, DEEPEST)


@dataclass(frozen=True, slots=True)
class _Check:
    allow_message_status: bool
    refs: Collection[str] | None

    def members(self, nodes: Sequence[Json], place: str, depth: int) -> None:
        for index, node in enumerate(nodes):
            self.node(node, f"{place}[{index}]", depth)

    def node(self, node: Json, place: str, depth: int) -> None:
        if depth == 0:
            raise WorkflowDefinitionError(f"{place}: conditions are nested more than {DEEPEST} levels deep")
        if not isinstance(node, dict):
            raise WorkflowDefinitionError(f"{place}: must be a condition or a group of them, not {kind_of(node)}")
        if not any(key in node for key in _QUANTIFIERS):
            self.condition(node, place)
        elif any(key in node for key in _PARTS):
            raise WorkflowDefinitionError(f"{place}: is a group and a condition at once: give each its own object")
        else:
            self.group(node, place, depth)

    def group(self, node: JsonObject, place: str, depth: int) -> None:
        _check_keys(node, _QUANTIFIERS, place)
        for quantifier in _QUANTIFIERS:
            members = node.get(quantifier)
            if members is not None and not isinstance(members, list):
                kind = kind_of(members)
                raise WorkflowDefinitionError(f"{place}.{quantifier}: must be a list of conditions, not {kind}")
            self.members(members or [], f"{place}.{quantifier}", depth - 1)

    def condition(self, node: JsonObject, place: str) -> None:
        _check_keys(node, (*_PARTS, *_QUANTIFIERS), place)
        for key in ("variable", "operator"):
            if key not in node:
                known = f"it has {', '.join(map(repr, node))}" if node else "it is empty"
                problem = f"a condition needs 'variable' and 'operator', {known}"
                raise WorkflowDefinitionError(f"{place}.{key}: is missing; {problem}")
        variable = node["variable"]
        if not isinstance(variable, str):
            raise WorkflowDefinitionError(f"{place}.variable: must be a string, not {kind_of(variable)}")
        _check_operator(node, place)
        _check_root(variable, f"{place}.variable")
        self.message_status(variable, node.get("argument"), place)
        for key in ("variable", "argument"):
            self.step_ref(node.get(key), f"{place}.{key}")

    def message_status(self, variable: str, argument: Json, place: str) -> None:
        if not is_message_variable(variable) and not is_message_case(argument):
            return
        if not self.allow_message_status:
            where = "conditions of steps, branches and waits"
            raise WorkflowDefinitionError(f"{place}: tests the status of a message, which only {where} can do")
        try:
            read_message_test(variable, argument)
        except ConditionError as error:
            raise WorkflowDefinitionError(f"{place}: {error}") from error

    def step_ref(self, operand: Json, place: str) -> None:
        path = split_path(operand.strip("{}- \t\n"), {"refs"}) if isinstance(operand, str) else None
        if path is not None and self.refs is not None and path[1] not in self.refs:
            remedy = nearest(path[1], [*self.refs]) if self.refs else "there are none"
            raise WorkflowDefinitionError(f"{place}: no earlier step is called {path[1]!r}; {remedy}")


def _check_keys(node: JsonObject, known: Sequence[str], place: str) -> None:
    for key in node:
        if key not in known:
            raise WorkflowDefinitionError(f"{place}: unknown key {key!r}; {nearest(key, known)}")


def _check_operator(node: JsonObject, place: str) -> None:
    try:
        operator = known_operator(node["operator"])
    except ConditionError as error:
        raise WorkflowDefinitionError(f"{place}.operator: {error}") from error
    if operator not in UNARY_OPERATORS and "argument" not in node:
        raise WorkflowDefinitionError(f"{place}.argument: is missing; {operator} compares the variable with it")


def _check_root(variable: str, place: str) -> None:
    path = split_name(variable)
    if path is None or len(path) == 1 or path[0] in ROOTS:
        return
    if get_close_matches(path[0], ROOTS, n=1, cutoff=_ALIKE):
        raise WorkflowDefinitionError(f"{place}: unknown root {path[0]!r}; {nearest(path[0], sorted(ROOTS))}")
