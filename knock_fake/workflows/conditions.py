"""Conditions: groups of comparisons that let a step run, choose a branch or gate a preference.

The structure and the operators are those of Knock's docs on conditions; where those are silent the choices
are ours and the functions say so. Evaluation never raises: what cannot be answered is false and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from knock_fake.errors import nearest
from knock_fake.json_types import as_object
from knock_fake.workflows.condition_operators import (
    ABSENCE_OPERATORS,
    OPERATORS,
    UNARY_OPERATORS,
    Comparison,
    is_message_case,
    is_message_variable,
    message_passes,
    read_message_test,
    tested_message,
)
from knock_fake.workflows.condition_values import (
    ConditionError,
    ConditionScope,
    MessageStatus,
    kind_of,
    resolve_operand,
    show_json,
)
from knock_fake.workflows.paths import MISSING, Missing, look_up, split_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

__all__ = [
    "MISSING",
    "ConditionResult",
    "ConditionScope",
    "Evaluation",
    "MessageStatus",
    "Missing",
    "evaluate",
    "has_conditions",
]

DEEPEST = 32
"""Levels of groups. Knock's editor makes two; more are allowed, but evaluation must end for whatever is stored."""


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """What became of one condition.

    ``variable``, ``operator`` and ``argument`` stand as written. ``value`` is what the variable resolved to
    (the empty string when it is not set, then ``found`` is false), ``argument_value`` what a dynamic
    argument did. ``passed`` is ``None`` when a condition before it had settled the matter; ``error`` says
    why a condition could not be answered.
    """

    variable: Json
    operator: Json
    argument: Json
    value: Json = None
    passed: bool | None = None
    error: str | None = None
    found: bool = True
    argument_value: Json | Missing = MISSING

    def shown(self) -> JsonObject:
        """Return the result as plain data; ``argument_value`` and ``error`` only where there is one."""
        shown: JsonObject = {
            "variable": self.variable,
            "operator": self.operator,
            "argument": self.argument,
            "value": self.value,
            "passed": self.passed,
        }
        if self.argument_value is not MISSING:
            shown["argument_value"] = self.argument_value
        if self.error is not None:
            shown["error"] = self.error
        return shown

    def reason(self) -> str:
        """Return one line: the condition, then the facts it met."""
        if self.error is not None and self.operator is None:
            return self.error
        return f"{self._condition()}: {self.error or self._facts()}"

    def _condition(self) -> str:
        operator = _name(self.operator)
        words = [_name(self.variable), operator]
        return " ".join(words if operator in UNARY_OPERATORS else [*words, show_json(self.argument)])

    def _facts(self) -> str:
        is_value = f"is {show_json(self.value)}" if self.found else "is not set"
        facts = f"{_name(self.variable)} {is_value}"
        if self.argument_value is not MISSING:
            facts += f", {_name(self.argument)} is {show_json(self.argument_value)}"
        return facts


def _name(value: Json) -> str:
    return value if isinstance(value, str) else show_json(value)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome of a condition group: every condition's result, and those that settled it."""

    passed: bool
    results: tuple[ConditionResult, ...] = ()
    deciding: tuple[ConditionResult, ...] = ()

    def shown(self) -> JsonObject:
        """Return the outcome as plain data, conditions in the order in which they are written."""
        return {"passed": self.passed, "conditions": [result.shown() for result in self.results]}

    def reason(self) -> str:
        """Return one line that names the conditions which settled the outcome and the values they met."""
        return "; ".join(result.reason() for result in self.deciding) or "there are no conditions"


def evaluate(group: Json, scope: ConditionScope) -> Evaluation:
    """Evaluate conditions from left to right until the outcome is settled.

    A group is ``{"all": [...]}`` or ``{"any": [...]}``, its members conditions or groups; a bare list needs
    every member. Undocumented by Knock, our choice: a group with both keys needs both, one without members
    passes. Never raises.

    Args:
        group: conditions as they stand in a workflow or a preference set.
        scope: the variables and the moment to evaluate them in.
    """
    return _evaluate(group, scope, DEEPEST)


def has_conditions(group: Json) -> bool:
    """Return whether a group holds a condition at any depth; what is no group counts as one."""
    members = _members(group)
    return members is None or any(has_conditions(member) for member in members[1])


def _evaluate(node: Json, scope: ConditionScope, depth: int) -> Evaluation:
    members = _members(node)
    if members is None or depth == 0:
        problem = _problem(node) if members is None else f"conditions are nested more than {DEEPEST} levels deep"
        result = _judge(node, scope) if problem is None else _unreadable(problem)
        return Evaluation(result.passed is True, (result,), (result,))
    quantifier, nodes = members
    return _evaluate_members(nodes, scope, depth - 1, settles=quantifier == "any")


def _evaluate_members(nodes: Sequence[Json], scope: ConditionScope, depth: int, *, settles: bool) -> Evaluation:
    results: list[ConditionResult] = []
    deciding: list[ConditionResult] = []
    settled = False
    for node in nodes:
        if settled:
            results.extend(_unevaluated(node, depth))
            continue
        part = _evaluate(node, scope, depth)
        results.extend(part.results)
        settled = part.passed is settles
        deciding = [*part.deciding] if settled else [*deciding, *part.deciding]
    passed = settles if settled else not settles or not nodes
    return Evaluation(passed, tuple(results), tuple(deciding))


def _members(node: Json) -> tuple[str, list[Json]] | None:
    if not node:
        return ("all", []) if node is None or isinstance(node, list | dict) else None
    if isinstance(node, list):
        return "all", node
    if not isinstance(node, dict):
        return None
    if "all" in node and "any" in node:
        return "all", [{"all": node["all"]}, {"any": node["any"]}]
    for quantifier in ("all", "any"):
        nodes = node.get(quantifier) or []
        if quantifier in node and isinstance(nodes, list) and node[quantifier] in (None, {}, nodes):
            return quantifier, nodes
    return None


def _unevaluated(node: Json, depth: int) -> list[ConditionResult]:
    members = _members(node)
    if members is None or depth == 0:
        return [_written(node)]
    return [result for member in members[1] for result in _unevaluated(member, depth - 1)]


def _written(node: Json) -> ConditionResult:
    parts = as_object(node)
    return ConditionResult(parts.get("variable"), parts.get("operator"), parts.get("argument"))


def _unreadable(problem: str) -> ConditionResult:
    return ConditionResult(None, None, None, passed=False, error=problem)


def _problem(node: Json) -> str | None:
    """Return why a node that is no group is no condition either."""
    if not isinstance(node, dict):
        return f"a condition must be an object, not {kind_of(node)}"
    for quantifier in ("all", "any"):
        if quantifier in node:
            return f"{quantifier!r} must be a list of conditions, not {kind_of(node[quantifier])}"
    lacking = [repr(key) for key in ("variable", "operator") if key not in node]
    return f"a condition needs {' and '.join(lacking)}" if lacking else None


def _judge(node: Json, scope: ConditionScope) -> ConditionResult:
    result = _written(node)
    try:
        if is_message_variable(result.variable) or is_message_case(result.argument):
            return _judge_message(result, scope)
        return _judge_values(result, scope)
    except ConditionError as error:
        return replace(result, passed=False, error=str(error))
    except RecursionError:
        return replace(result, passed=False, error="the values are nested too deeply to be compared")


def _judge_message(result: ConditionResult, scope: ConditionScope) -> ConditionResult:
    test = read_message_test(result.variable, result.argument)
    message = tested_message(scope.message_statuses(test.step_ref))
    engagements: list[Json] = [*sorted(message.engagements)]
    found: dict[str, Json] = {"delivery_status": message.delivery, "engagement_status": engagements}
    passed = message_passes(test, known_operator(result.operator), message)
    return replace(result, value=found.get(test.kind, [message.delivery, *engagements]), passed=passed)


def _judge_values(result: ConditionResult, scope: ConditionScope) -> ConditionResult:
    variable = resolve_operand(result.variable, scope)
    result = replace(result, value=variable.filled, found=variable.value is not MISSING)
    try:
        operator = known_operator(result.operator)
        _require_known_ref(result, scope)
        argument = resolve_operand(result.argument, scope)
        if argument.is_dynamic:
            result = replace(result, argument_value=argument.filled)
        return replace(result, passed=OPERATORS[operator](Comparison(variable, argument, scope)))
    except ConditionError as error:
        return replace(result, passed=False, error=str(error))


def known_operator(operator: Json) -> str:
    """Return an operator that exists.

    Raises:
        ConditionError: it is another one, or no text.
    """
    if not isinstance(operator, str):
        raise ConditionError(f"an operator must be a string, not {kind_of(operator)}")
    if operator not in OPERATORS:
        raise ConditionError(f"{operator!r} is no operator: {nearest(operator, tuple(OPERATORS))}")
    return operator


def _require_known_ref(result: ConditionResult, scope: ConditionScope) -> None:
    keys = split_path(result.variable, {"refs"}) if isinstance(result.variable, str) else None
    if keys is None or result.operator in ABSENCE_OPERATORS:
        return
    if look_up(scope.variables, keys[:2]) is MISSING:
        raise ConditionError(f"no step {keys[1]!r} has left a result in this run")
