"""Builders of conditions: functions that return Knock's own condition JSON, named after Knock's operators.

    >>> from knock_fake.conditions import all_of, any_of, equal_to, exists
    >>> equal_to("data.plan", "pro")
    {'variable': 'data.plan', 'operator': 'equal_to', 'argument': 'pro'}
    >>> conditions = all_of(exists("recipient.email"), any_of(equal_to("data.plan", "pro"), exists("data.trial")))

Use them wherever conditions stand: in steps, branches, waits and workflows. A variable is a path such as
``"data.plan"`` or ``"recipient.timezone"``. An argument may be a path as well; other text, numbers, booleans and
lists stand for themselves. Moments are datetimes (naive means UTC), ISO-8601 text, paths, or relative:
``"30_days_ago"``, ``"2_hours_from_now"``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import orjson

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.json_values import json_copy
from knock_fake.timestamps import as_utc, show_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

__all__ = [
    "MessageCase",
    "all_of",
    "any_of",
    "contains",
    "contains_all",
    "empty",
    "equal_to",
    "exists",
    "greater_than",
    "greater_than_or_equal_to",
    "is_audience_member",
    "is_between",
    "is_not_audience_member",
    "is_not_timestamp",
    "is_timestamp",
    "is_timestamp_before",
    "is_timestamp_before_date",
    "is_timestamp_before_now",
    "is_timestamp_between",
    "is_timestamp_on_or_after",
    "is_timestamp_on_or_after_date",
    "is_timestamp_on_or_after_now",
    "less_than",
    "less_than_or_equal_to",
    "message_is",
    "message_is_not",
    "not_contains",
    "not_contains_all",
    "not_empty",
    "not_equal_to",
    "not_exists",
]

MessageCase: TypeAlias = Literal[
    "skipped",
    "undelivered",
    "bounced",
    "sent",
    "delivered",
    "seen",
    "seen_not_read",
    "read",
    "read_not_link_clicked",
    "interacted",
    "link_clicked",
    "archived",
]
"""What the message of a step can be asked for."""

Argument: TypeAlias = "Json | Sequence[Json] | datetime"

_REACHED = ("sent", "delivered")
_EQUAL = ("skipped", "undelivered", "bounced")


def all_of(*conditions: JsonObject) -> JsonObject:
    """Every one of the conditions is true; without any, that is so."""
    return {"all": [_member("all_of", one) for one in conditions]}


def any_of(*conditions: JsonObject) -> JsonObject:
    """At least one of the conditions, or of the groups made by :func:`all_of`, is true."""
    return {"any": [_member("any_of", one) for one in conditions]}


def equal_to(variable: str, argument: Argument) -> JsonObject:
    """Both sides are equal."""
    return _condition("equal_to", variable, argument)


def not_equal_to(variable: str, argument: Argument) -> JsonObject:
    """The sides differ."""
    return _condition("not_equal_to", variable, argument)


def greater_than(variable: str, argument: Argument) -> JsonObject:
    """The variable is above the argument: numbers, or texts by code point."""
    return _condition("greater_than", variable, argument)


def greater_than_or_equal_to(variable: str, argument: Argument) -> JsonObject:
    """The variable is not below the argument."""
    return _condition("greater_than_or_equal_to", variable, argument)


def less_than(variable: str, argument: Argument) -> JsonObject:
    """The variable is below the argument."""
    return _condition("less_than", variable, argument)


def less_than_or_equal_to(variable: str, argument: Argument) -> JsonObject:
    """The variable is not above the argument."""
    return _condition("less_than_or_equal_to", variable, argument)


def contains(variable: str, argument: Argument) -> JsonObject:
    """The argument is a part of the text, an item of the list, or a list that has an item in common."""
    return _condition("contains", variable, argument)


def not_contains(variable: str, argument: Argument) -> JsonObject:
    """The opposite of :func:`contains`."""
    return _condition("not_contains", variable, argument)


def contains_all(variable: str, argument: Argument) -> JsonObject:
    """Every item of the argument is in the variable, a list."""
    return _condition("contains_all", variable, argument)


def not_contains_all(variable: str, argument: Argument) -> JsonObject:
    """The opposite of :func:`contains_all`."""
    return _condition("not_contains_all", variable, argument)


def empty(variable: str) -> JsonObject:
    """The variable is not set, null, an empty text, list or object."""
    return _condition("empty", variable)


def not_empty(variable: str) -> JsonObject:
    """The opposite of :func:`empty`."""
    return _condition("not_empty", variable)


def exists(variable: str) -> JsonObject:
    """The variable is set, and not null."""
    return _condition("exists", variable)


def not_exists(variable: str) -> JsonObject:
    """The variable is not set, or null."""
    return _condition("not_exists", variable)


def is_timestamp(variable: str) -> JsonObject:
    """The variable is an ISO-8601 timestamp."""
    return _condition("is_timestamp", variable)


def is_not_timestamp(variable: str) -> JsonObject:
    """The variable is none."""
    return _condition("is_not_timestamp", variable)


def is_timestamp_before_now(variable: str) -> JsonObject:
    """The variable is a moment that is past when the condition is asked."""
    return _condition("is_timestamp_before_now", variable)


def is_timestamp_on_or_after_now(variable: str) -> JsonObject:
    """The variable is a moment that is not past when the condition is asked."""
    return _condition("is_timestamp_on_or_after_now", variable)


def is_timestamp_before(variable: str, moment: datetime | str) -> JsonObject:
    """The variable is a moment before ``moment``."""
    return _condition("is_timestamp_before", variable, moment)


def is_timestamp_on_or_after(variable: str, moment: datetime | str) -> JsonObject:
    """The variable is a moment that is not before ``moment``."""
    return _condition("is_timestamp_on_or_after", variable, moment)


def is_timestamp_before_date(variable: str, moment: datetime | str) -> JsonObject:
    """The variable is on a day (UTC) before that of ``moment``."""
    return _condition("is_timestamp_before_date", variable, moment)


def is_timestamp_on_or_after_date(variable: str, moment: datetime | str) -> JsonObject:
    """The variable is on a day (UTC) that is not before that of ``moment``."""
    return _condition("is_timestamp_on_or_after_date", variable, moment)


def is_between(variable: str, low: Argument, high: Argument) -> JsonObject:
    """The variable is neither below ``low`` nor above ``high``."""
    return _condition("is_between", variable, [_plain(low), _plain(high)])


def is_timestamp_between(variable: str, start: datetime | str, end: datetime | str) -> JsonObject:
    """The variable is a moment from ``start`` to ``end``, neither of them relative."""
    return _condition("is_timestamp_between", variable, [_plain(start), _plain(end)])


def is_audience_member(audience: str) -> JsonObject:
    """The recipient is in the audience with this key, for the very tenant of the run."""
    return _condition("is_audience_member", "recipient", audience)


def is_not_audience_member(audience: str) -> JsonObject:
    """The recipient is not in the audience with this key, for the very tenant of the run."""
    return _condition("is_not_audience_member", "recipient", audience)


def message_is(step_ref: str, case: MessageCase) -> JsonObject:
    """The message that an earlier step made is in a case: it was sent, seen, skipped, ...

    A message that is ``sent`` or more counts as ``sent``. A message of a sandbox is not.

    Raises:
        UsageError: there is no such case.
    """
    return _message(step_ref, case, ("equal_to", "greater_than_or_equal_to", "contains"))


def message_is_not(step_ref: str, case: MessageCase) -> JsonObject:
    """The message that an earlier step made is not in a case; see :func:`message_is`.

    Raises:
        UsageError: there is no such case.
    """
    return _message(step_ref, case, ("not_equal_to", "less_than", "not_contains"))


def _message(step_ref: str, case: str, operators: tuple[str, str, str]) -> JsonObject:
    if case not in get_args(MessageCase):
        raise UsageError(f"a message cannot be {case!r}; {nearest(str(case), get_args(MessageCase))}")
    equal, reached, engaged = operators
    by_delivery = case in _EQUAL or case in _REACHED
    operator = equal if case in _EQUAL else reached if case in _REACHED else engaged
    kind = "delivery_status" if by_delivery else "engagement_status"
    return _condition(operator, f"refs.{step_ref}.{kind}", f"$message.{case}")


def _member(builder: str, condition: object) -> JsonObject:
    if not isinstance(condition, dict):
        raise UsageTypeError(f"{builder}() takes conditions and groups of them, not {condition!r}")
    return condition


def _condition(operator: str, variable: object, argument: Argument = None) -> JsonObject:
    if not isinstance(variable, str):
        raise UsageTypeError(f"{operator}(): a variable is a path such as 'data.plan', not {variable!r}")
    plain = _plain(argument)
    # Knock's arguments are text; what is none stands in it as JSON, and is read so.
    text = plain if plain is None or isinstance(plain, str) else orjson.dumps(plain).decode()
    return {"variable": variable, "operator": operator, "argument": text}


def _plain(argument: Argument) -> Json:
    if isinstance(argument, datetime):
        return show_instant(as_utc(argument, "a moment"))
    return json_copy(argument, "an argument")
