"""The operators of Knock's conditions, and the tests of message statuses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.errors import nearest
from knock_fake.json_types import is_number
from knock_fake.workflows.condition_values import (
    ConditionError,
    ConditionScope,
    MessageStatus,
    Operand,
    compare,
    json_equal,
    loosely_equal,
    moment_of,
    read_timestamp,
    resolve_reference,
    show_json,
    timestamp_of,
)
from knock_fake.workflows.paths import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from knock_fake.json_types import Json


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two sides of a condition, resolved, and what they were resolved in."""

    variable: Operand
    argument: Operand
    scope: ConditionScope


Operator: TypeAlias = "Callable[[Comparison], bool]"


def _negation(operator: Operator) -> Operator:
    # A ConditionError passes through: what cannot be answered is false, and so is its negation.
    return lambda sides: not operator(sides)


def _ordered(accepts: Callable[[int], bool]) -> Operator:
    def operator(sides: Comparison) -> bool:
        sign = compare(sides.variable.filled, sides.argument.filled)
        return sign is not None and accepts(sign)

    return operator


def _equal_to(sides: Comparison) -> bool:
    return loosely_equal(sides.variable.filled, sides.argument)


def _contains(sides: Comparison) -> bool:
    value, wanted = sides.variable.filled, sides.argument.filled
    if isinstance(value, list) and isinstance(wanted, list):
        return any(json_equal(one, other) for one in value for other in wanted)
    if isinstance(value, list):
        return any(loosely_equal(item, sides.argument) for item in value)
    if isinstance(wanted, list):
        return any(json_equal(value, item) for item in wanted)
    text = wanted if isinstance(wanted, str) else sides.argument.text
    return isinstance(value, str) and text is not None and text in value


def _contains_all(sides: Comparison) -> bool:
    value = [] if sides.variable.value is MISSING else sides.variable.value
    if not isinstance(value, list):
        raise ConditionError(f"{show_json(value)} is not a list")
    wanted = sides.argument
    parts = [Operand(item) for item in wanted.value] if isinstance(wanted.value, list) else [wanted]
    return all(any(loosely_equal(item, part) for item in value) for part in parts)


def _empty(sides: Comparison) -> bool:
    value = sides.variable.filled
    return value is None or (isinstance(value, str | list | dict) and not value)


def _exists(sides: Comparison) -> bool:
    return sides.variable.value is not MISSING and sides.variable.value is not None


def _is_timestamp(sides: Comparison) -> bool:
    return read_timestamp(sides.variable.filled) is not None


def _is_timestamp_before(sides: Comparison) -> bool:
    return timestamp_of(sides.variable) < moment_of(sides.argument, sides.scope.now)


def _is_timestamp_before_date(sides: Comparison) -> bool:
    return timestamp_of(sides.variable).date() < moment_of(sides.argument, sides.scope.now).date()


def _is_timestamp_before_now(sides: Comparison) -> bool:
    return timestamp_of(sides.variable) < sides.scope.now


def _is_timestamp_between(sides: Comparison) -> bool:
    start, end = _bounds(sides)
    return timestamp_of(start) <= timestamp_of(sides.variable) <= timestamp_of(end)


def _is_between(sides: Comparison) -> bool:
    start, end = _bounds(sides)
    value = sides.variable.filled
    return compare(start.filled, value) in {-1, 0} and compare(value, end.filled) in {-1, 0}


def _bounds(sides: Comparison) -> tuple[Operand, Operand]:
    bounds = sides.argument.filled
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise ConditionError(f"the argument must be a list of two, start and end, not {show_json(bounds)}")
    start, end = (
        (resolve_reference(bound, sides.scope) if isinstance(bound, str) else None) or Operand(bound)
        for bound in bounds
    )
    return start, end


def _is_audience_member(sides: Comparison) -> bool:
    key = sides.argument.value if sides.argument.text is None else sides.argument.text
    if not isinstance(key, str):
        raise ConditionError("the argument must be the key of an audience")
    return sides.scope.is_audience_member(key)


def _is_in_random_cohort(sides: Comparison) -> bool:
    # Chance without chance: one recipient always falls on the same spot of 0.0..99.9 percent.
    share = sides.argument.filled
    if not is_number(share) or not 0 <= share <= 100:
        raise ConditionError(f"the argument must be a percentage from 0 to 100, not {show_json(share)}")
    digest = blake2b(str(sides.variable.filled).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) % 1000 < round(share * 10)


OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "equal_to": _equal_to,
        "not_equal_to": _negation(_equal_to),
        "greater_than": _ordered(lambda sign: sign > 0),
        "greater_than_or_equal_to": _ordered(lambda sign: sign >= 0),
        "less_than": _ordered(lambda sign: sign < 0),
        "less_than_or_equal_to": _ordered(lambda sign: sign <= 0),
        "contains": _contains,
        "not_contains": _negation(_contains),
        "contains_all": _contains_all,
        "not_contains_all": _negation(_contains_all),
        "empty": _empty,
        "not_empty": _negation(_empty),
        "exists": _exists,
        "not_exists": _negation(_exists),
        "is_timestamp": _is_timestamp,
        "is_not_timestamp": _negation(_is_timestamp),
        "is_timestamp_before": _is_timestamp_before,
        "is_timestamp_on_or_after": _negation(_is_timestamp_before),
        "is_timestamp_before_date": _is_timestamp_before_date,
        "is_timestamp_on_or_after_date": _negation(_is_timestamp_before_date),
        "is_timestamp_before_now": _is_timestamp_before_now,
        "is_timestamp_on_or_after_now": _negation(_is_timestamp_before_now),
        "is_timestamp_between": _is_timestamp_between,
        "is_between": _is_between,
        "is_audience_member": _is_audience_member,
        "is_not_audience_member": _negation(_is_audience_member),
        "is_in_random_cohort": _is_in_random_cohort,
    }
)

UNARY_OPERATORS = frozenset(
    {"empty", "not_empty", "exists", "not_exists", "is_timestamp", "is_not_timestamp"}
    | {"is_timestamp_before_now", "is_timestamp_on_or_after_now"}
)

# Answered by absence itself, so an unknown step ref is no error to them.
ABSENCE_OPERATORS = frozenset(
    {"empty", "not_empty", "exists", "not_exists", "not_equal_to", "not_contains", "is_not_timestamp"}
)


_DELIVERY_RANKS = {
    "skipped": 0,
    "undelivered": 1,
    "bounced": 2,
    "delivery_attempted": 3,
    "queued": 4,
    "not_sent": 5,
    "sent": 6,
    "delivered": 7,
}
_ENGAGEMENT_RANKS = {"seen": 8, "read": 9, "interacted": 10, "link_clicked": 10, "archived": 11}
_COMBINED_RANKS = _DELIVERY_RANKS | _ENGAGEMENT_RANKS
_ONE_WITHOUT_OTHER = {"seen_not_read": ("seen", "read"), "read_not_link_clicked": ("read", "link_clicked")}
_RANK_OPERATORS: Mapping[str, Callable[[int, int], bool]] = MappingProxyType(
    {
        "equal_to": eq,
        "not_equal_to": ne,
        "greater_than": gt,
        "greater_than_or_equal_to": ge,
        "less_than": lt,
        "less_than_or_equal_to": le,
    }
)
_MESSAGE_VARIABLE = re.compile(r"refs\.([^\s.]+)\.(delivery_status|engagement_status|status)")
_CASE_PREFIX = "$message."

MESSAGE_CASES = tuple(_CASE_PREFIX + case for case in (*_COMBINED_RANKS, *_ONE_WITHOUT_OTHER))


@dataclass(frozen=True, slots=True)
class MessageTest:
    """A condition over the message of a step: ``refs.<step_ref>.<kind>`` against ``$message.<case>``."""

    step_ref: str
    kind: str
    case: str


def is_message_variable(variable: Json) -> bool:
    """Return whether a variable is the status of a message, such as ``refs.email_1.delivery_status``."""
    return isinstance(variable, str) and _MESSAGE_VARIABLE.fullmatch(variable) is not None


def is_message_case(argument: Json) -> bool:
    """Return whether an argument is in the room that is kept for message statuses, ``$message.<case>``."""
    return isinstance(argument, str) and argument.startswith(_CASE_PREFIX)


def read_message_test(variable: Json, argument: Json) -> MessageTest:
    """Return what a condition asks of a step's message.

    Raises:
        ConditionError: the variable is no message status, or the argument no case that Knock knows.
    """
    status = _MESSAGE_VARIABLE.fullmatch(variable) if isinstance(variable, str) else None
    if status is None:
        remedy = "the variable must be refs.<step_ref>.delivery_status or refs.<step_ref>.engagement_status"
        raise ConditionError(f"{show_json(argument)} tests a message: {remedy}")
    if not isinstance(argument, str) or argument not in MESSAGE_CASES:
        remedy = nearest(str(argument), MESSAGE_CASES) if is_message_case(argument) else "write $message.<case>"
        raise ConditionError(f"{show_json(argument)} is no message status: {remedy}")
    return MessageTest(status[1], status[2], argument.removeprefix(_CASE_PREFIX))


def tested_message(statuses: Sequence[MessageStatus] | None) -> MessageStatus:
    """Return the message that a test looks at: of several the one whose best status ranks highest.

    A step without a message counts as ``skipped``, whatever the cause (undocumented by Knock: our choice).

    Raises:
        ConditionError: retention has removed the message; then every test is false, negations too.
    """
    if not statuses:
        return MessageStatus("skipped", frozenset())
    if any(status.expired for status in statuses):
        raise ConditionError("the message has expired from retention")
    return max(statuses, key=_best_rank)


def highest_status(message: MessageStatus) -> str:
    """Return the status of a message that ranks highest, of those of its delivery and of its engagement."""
    return max((message.delivery, *sorted(message.engagements)), key=lambda status: _COMBINED_RANKS.get(status, 0))


def _best_rank(message: MessageStatus) -> int:
    return _COMBINED_RANKS.get(highest_status(message), 0)


def message_passes(test: MessageTest, operator: str, message: MessageStatus) -> bool:
    """Return whether a message is (or is not) in the tested case.

    Raises:
        ConditionError: the operator or the case does not go with this kind of status.
    """
    if operator in {"contains", "not_contains"} and test.kind != "delivery_status":
        return _is_in_case(message, test.case) is (operator == "contains")
    if operator not in _RANK_OPERATORS or test.kind == "engagement_status":
        takes = "contains and not_contains" if test.kind == "engagement_status" else "equality and order"
        raise ConditionError(f"{operator} does not go with {test.kind}, which takes {takes}")
    ranks = _DELIVERY_RANKS if test.kind == "delivery_status" else _COMBINED_RANKS
    if test.case not in ranks:
        raise ConditionError(f"$message.{test.case} is no {test.kind.replace('_', ' ')}")
    rank = _best_rank(message) if test.kind == "status" else _DELIVERY_RANKS.get(message.delivery, 0)
    return _RANK_OPERATORS[operator](rank, ranks[test.case])


def _is_in_case(message: MessageStatus, case: str) -> bool:
    if case in _ONE_WITHOUT_OTHER:
        had, lacked = _ONE_WITHOUT_OTHER[case]
        return had in message.engagements and lacked not in message.engagements
    return case in message.engagements or case == message.delivery
