"""Preference sets: how they merge, and whether they let a channel step send.

All of it is pure: sets are plain data, read and never changed. Results may share parts with what went in.
The rules are those of Knock's docs on preferences; choices where they are silent are marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.workflows.condition_values import show_json
from knock_fake.workflows.conditions import ConditionScope, Evaluation, evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from knock_fake.json_types import Json, JsonObject

STRATEGY = "__strategy__"
"""Marks a node of a default set that stands against what more specific sets say, or says that it does not."""

_PERSISTENCE_STRATEGY = "__persistence_strategy__"
_OVERRIDE = "override_preferences"
_COMMERCIAL = "commercial_subscribed"


def merge_preference_sets(lower: JsonObject | None, higher: JsonObject | None) -> JsonObject:
    """Return a default set with a more specific one laid over it, leaf by leaf.

    The higher set wins at every leaf; ``null`` counts as not set. A workflow, a category, or the top-level
    ``channel_types`` or ``channels`` of the lower set that carries ``"__strategy__": "replace"`` stands as it
    is, whatever the higher set says there. Undocumented by Knock, our choice: where a boolean meets
    an object, or conditions meet conditions, the higher set's stand alone.
    """
    return _merged_objects(lower or {}, higher or {}, ())


def deep_merge_preferences(existing: JsonObject | None, update: JsonObject) -> JsonObject:
    """Return a stored set with an inline update merged in: values are set or changed, never removed.

    Lists of conditions are replaced. ``null`` in the update changes nothing, since older SDKs send it for
    what was not given (undocumented by Knock: our choice).
    """
    return _merged_objects(existing or {}, strip_persistence_strategy(update), None)


def strip_persistence_strategy(update: JsonObject) -> JsonObject:
    """Return a written set without ``__persistence_strategy__``, which is never stored."""
    return {key: value for key, value in update.items() if key != _PERSISTENCE_STRATEGY}


# ``path`` is where a node stands in its set; None while writing, when __strategy__ is a value like any other.
def _merged_objects(lower: JsonObject, higher: JsonObject, path: tuple[str, ...] | None) -> JsonObject:
    return {
        key: _merged(lower.get(key), higher.get(key), None if path is None else (*path, key)) for key in lower | higher
    }


def _merged(lower: Json, higher: Json, path: tuple[str, ...] | None) -> Json:
    if higher is None or _stands(lower, path):
        return lower
    if isinstance(lower, dict) and isinstance(higher, dict):
        return _merged_objects(lower, higher, path)
    return higher


def _stands(node: Json, path: tuple[str, ...] | None) -> bool:
    if path is None or not isinstance(node, dict) or node.get(STRATEGY) != "replace":
        return False
    if len(path) == 1:
        return path[0] in {"channel_types", "channels"}
    return len(path) == 2 and path[0] in {"workflows", "categories"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether preferences let a channel step send, and what decided it.

    ``rule`` is the path in the set that decided, such as ``workflows.digest.channel_types.email``,
    ``override_preferences`` for a workflow that does not ask, ``None`` when nothing is set. ``value`` is what
    stands there; ``evaluation`` tells how its conditions went, when it has any.
    """

    allowed: bool
    rule: str | None
    value: Json
    evaluation: Evaluation | None = None

    def shown(self) -> JsonObject:
        """Return the verdict as plain data; ``evaluation`` only where conditions decided."""
        shown: JsonObject = {"allowed": self.allowed, "rule": self.rule, "value": self.value}
        if self.evaluation is not None:
            shown["evaluation"] = self.evaluation.shown()
        return shown

    def reason(self, source: str) -> str:
        """Return one line that names the set, the rule and the value.

        Args:
            source: what the set that decided is called, see :meth:`PreferenceLayers.source_of`.
        """
        if self.rule == _OVERRIDE:
            return "the workflow overrides preferences"
        if self.rule is None:
            return f"{source} sets nothing for this step, which allows it"
        if self.evaluation is not None:
            outcome = "hold" if self.allowed else "do not hold"
            return f"{source}, {self.rule} {outcome}: {self.evaluation.reason()}"
        return f"{source}, {self.rule} is {show_json(self.value)}"


_UNSET = Verdict(True, None, None)


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """What is asked of every node: does it let this channel send?"""

    channel_id: str
    channel_type: str
    scope: ConditionScope


def decide(
    preferences: JsonObject,
    *,
    channel_id: str,
    channel_type: str,
    workflow: str,
    categories: Sequence[str],
    scope: ConditionScope,
    is_commercial: bool,
    override: bool,
) -> Verdict:
    """Return whether a preference set lets a channel step send.

    Every node that is set must agree: the workflow, each of its categories, the set's own channels and
    channel types. Inside a node its conditions come first, then ``channels`` before ``channel_types``. What
    is not set allows. Of several that refuse, ``commercial_subscribed`` is named, else the most specific one.

    Args:
        preferences: the one set that applies, see :mod:`knock_fake.workflows.preference_layers`.
        channel_id: the step's channel.
        channel_type: its type, such as ``email``.
        workflow: the workflow's key.
        categories: the workflow's categories.
        scope: what conditions in the set are evaluated against.
        is_commercial: whether the workflow is subject to ``commercial_subscribed``.
        override: whether the workflow overrides preferences; then it always sends (over
            ``commercial_subscribed`` too, which is undocumented by Knock: our choice).
    """
    if override:
        return Verdict(True, _OVERRIDE, True)
    inquiry = _Inquiry(channel_id, channel_type, scope)
    commercial = _setting_verdict(_COMMERCIAL, preferences.get(_COMMERCIAL), scope) if is_commercial else None
    if commercial is not None and not commercial.allowed:
        return commercial
    verdicts = [one for one in _node_verdicts(preferences, workflow, categories, inquiry) if one is not None]
    consent = verdicts[0] if verdicts else commercial or _UNSET
    return next((verdict for verdict in verdicts if not verdict.allowed), consent)


def _node_verdicts(
    preferences: JsonObject, workflow: str, categories: Sequence[str], inquiry: _Inquiry
) -> Iterator[Verdict | None]:
    for section, keys in (("workflows", (workflow,)), ("categories", categories)):
        nodes = preferences.get(section)
        if isinstance(nodes, dict):
            yield from (_node_verdict(f"{section}.{key}", nodes.get(key), inquiry) for key in keys)
    yield _entry_verdict("", preferences, inquiry)


def _node_verdict(path: str, node: Json, inquiry: _Inquiry) -> Verdict | None:
    if not isinstance(node, dict):
        return _setting_verdict(path, node, inquiry.scope)
    gate = _setting_verdict(path, node, inquiry.scope) if node.get("conditions") else None
    if gate is not None and not gate.allowed:
        return gate
    return _entry_verdict(f"{path}.", node, inquiry) or gate


def _entry_verdict(prefix: str, node: JsonObject, inquiry: _Inquiry) -> Verdict | None:
    for section, key in (("channels", inquiry.channel_id), ("channel_types", inquiry.channel_type)):
        entries = node.get(section)
        entry = entries.get(key) if isinstance(entries, dict) else None
        verdict = _setting_verdict(f"{prefix}{section}.{key}", entry, inquiry.scope)
        if verdict is not None:
            return verdict
    return None


def _setting_verdict(path: str, setting: Json, scope: ConditionScope) -> Verdict | None:
    """Judge a boolean or ``{"conditions": [...]}``; anything else sets nothing."""
    if isinstance(setting, bool):
        return Verdict(setting, path, setting)
    if not isinstance(setting, dict):
        return None
    conditions = setting.get("conditions")
    if not conditions:
        return Verdict(True, path, setting)
    evaluation = evaluate(conditions, scope)
    return Verdict(evaluation.passed, f"{path}.conditions", conditions, evaluation)
