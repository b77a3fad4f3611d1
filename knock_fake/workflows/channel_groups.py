"""Channel groups: how they are read, and which of their channels a step uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.json_values import json_copy
from knock_fake.state.channel_groups import ChannelGroup, ChannelRule, RuleType
from knock_fake.state.channels import DEFAULT_PROVIDERS
from knock_fake.workflows.condition_checks import check_conditions
from knock_fake.workflows.conditions import evaluate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel, ChannelStore
    from knock_fake.workflows.conditions import ConditionScope

_RULE_TYPES: tuple[RuleType, ...] = ("always", "if", "unless")
_OPERATORS: tuple[Literal["any", "all"], ...] = ("any", "all")
_CONDITION_KEYS = ("variable", "operator", "argument")
_RULE_KEYS = ("index", "rule_type", "channel", *_CONDITION_KEYS)


def read_channel_group(
    key: object, name: object, channel_type: object, operator: object, rules: object, channels: ChannelStore
) -> ChannelGroup:
    """Check what a user gives for a group.

    Raises:
        UsageError: something cannot be taken; the message names the place. UsageTypeError: it is of a wrong type.
    """
    place = f"channel group {key!r}"
    if not isinstance(key, str) or not key or not isinstance(name, str | None):
        raise UsageTypeError(f"{place}: key and name must be texts")
    if not isinstance(channel_type, str) or channel_type not in DEFAULT_PROVIDERS:
        raise UsageError(f"{place}: unknown type {channel_type!r}; {nearest(str(channel_type), [*DEFAULT_PROVIDERS])}")
    chosen = next((one for one in _OPERATORS if one == operator), None)
    if chosen is None:
        raise UsageError(f"{place}: operator cannot be {operator!r}; {nearest(str(operator), _OPERATORS)}")
    given = json_copy(rules, f"{place}: rules")
    if not isinstance(given, list) or not given:
        raise UsageError(f"{place}: rules must be a list of at least one channel")
    read = [_read_rule(rule, f"{place}: rules[{index}]", channel_type, channels) for index, rule in enumerate(given)]
    return ChannelGroup(key, name or key, channel_type, chosen, tuple(rule for _, rule in sorted(read, key=_by_index)))


def _by_index(indexed: tuple[int, ChannelRule]) -> int:
    return indexed[0]


def _read_rule(rule: Json, place: str, channel_type: str, channels: ChannelStore) -> tuple[int, ChannelRule]:
    """Return a rule with its place among the others."""
    given: Json = {"channel": rule, "rule_type": "always"} if isinstance(rule, str) else rule
    if not isinstance(given, dict):
        raise UsageTypeError(f"{place} must be a channel's key or a rule, not {rule!r}")
    for name in given:
        if name not in _RULE_KEYS:
            raise UsageError(f"{place}: unknown key {name!r}; {nearest(name, _RULE_KEYS)}")
    type_ = next((one for one in _RULE_TYPES if one == given.get("rule_type", "always")), None)
    if type_ is None:
        raise UsageError(f"{place}: rule_type cannot be {given['rule_type']!r}; write 'always', 'if' or 'unless'")
    index = given.get("index")
    channel = _known_channel(given.get("channel"), place, channel_type, channels)
    return index if isinstance(index, int) else 0, ChannelRule(channel, type_, _read_condition(given, type_, place))


def _known_channel(key: Json, place: str, channel_type: str, channels: ChannelStore) -> str:
    known = [channel.key for channel in channels if channel.type == channel_type]
    if not isinstance(key, str) or key not in known:
        remedy = nearest(str(key), known)
        raise UsageError(f"{place}.channel: there is no channel {key!r} of type {channel_type!r}; {remedy}")
    return key


def _read_condition(rule: JsonObject, type_: RuleType, place: str) -> JsonObject | None:
    if type_ == "always":
        return None
    condition = {name: rule[name] for name in _CONDITION_KEYS if rule.get(name) is not None}
    if "variable" not in condition or "operator" not in condition:
        raise UsageError(f"{place}: a rule of type {type_!r} needs 'variable' and 'operator'")
    check_conditions(condition, place, allow_message_status=False, refs=())
    return condition


def chosen_channels(group: ChannelGroup, channels: ChannelStore, scope: ConditionScope) -> Sequence[Channel]:
    """Return the channels of a group that a step uses, in the order of their rules.

    With ``any`` those whose rule holds, with ``all`` all of them if every rule holds (our choice).
    """
    holding = [rule for rule in group.rules if _holds(rule, scope)]
    if group.operator == "all" and len(holding) < len(group.rules):
        return ()
    found = (channels.by_key(key) for key in dict.fromkeys(rule.channel for rule in holding))
    return [channel for channel in found if channel is not None]


def _holds(rule: ChannelRule, scope: ConditionScope) -> bool:
    if rule.condition is None:
        return True
    return evaluate(rule.condition, scope).passed is (rule.type == "if")
