"""Guides: what Knock's dashboard holds of one, checked and compiled when it is added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.timestamps import parse_instant
from knock_fake.workflows.condition_checks import check_conditions
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template
from knock_fake.workflows.definition import KEY_FORM, is_workflow_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel, ChannelStore

CHANNEL_TYPE = "in_app_guide"

_UNREAD = (
    "name",
    "description",
    "tags",
    "goal_attachment",
    "guide_audience_conditions",
    "priority",
    "semver",
    "$schema",
)
_KEYS = (
    "channel_key",
    "type",
    "steps",
    "target_audience_key",
    "target_property_conditions",
    "activation_url_rules",
    "activation_url_patterns",
    "activation_location_rules",
    "active_from",
    "active_until",
    "bypass_global_group_limit",
)
_STEP_KEYS = ("ref", "name", "schema_key", "schema_semver", "schema_variant_key", "values")


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One piece of UI of a guide; ``content`` renders its values."""

    ref: str
    schema_key: str
    schema_semver: str
    schema_variant_key: str
    content: JsonTemplate


@dataclass(frozen=True, slots=True)
class GuideDefinition:
    """What a guide says, whichever version of it: its type, its steps, whom it is for and where it shows.

    ``active_from`` and ``active_until`` bound the time in which it shows, the end not being part of it. ``document`` is
    the JSON that it was compiled from.
    """

    type: str
    channel: Channel
    steps: tuple[GuideStep, ...]
    target_audience_key: str | None
    target_property_conditions: Json
    activation_url_rules: tuple[JsonObject, ...]
    activation_url_patterns: tuple[JsonObject, ...]
    active_from: datetime | None
    active_until: datetime | None
    bypass_global_group_limit: bool
    document: Json

    def shows_at(self, now: datetime) -> bool:
        """Whether an instant is in the time in which the guide shows."""
        return not (
            (self.active_from is not None and now < self.active_from)
            or (self.active_until is not None and now >= self.active_until)
        )

    def step(self, ref: str) -> GuideStep | None:
        """Return the step with this ref."""
        return next((step for step in self.steps if step.ref == ref), None)


@dataclass(frozen=True, slots=True)
class Guide:
    """The latest version of a guide. ``id`` and ``inserted_at`` stay the same through its versions."""

    id: str
    key: str
    version: int
    version_id: str
    definition: GuideDefinition
    inserted_at: datetime
    updated_at: datetime

    @property
    def semver(self) -> str:
        """The version as the API shows it: the last number counts (our choice)."""
        return f"0.0.{self.version}"

    def __repr__(self) -> str:
        return f"<Guide {self.key!r}, steps: {', '.join(step.ref for step in self.definition.steps)}>"


def compile_guide(key: str, document: Json, channels: ChannelStore) -> GuideDefinition:
    """Check and compile one guide.

    Args:
        key: 3 to 255 characters of ``a-z 0-9 _ -``.
        document: the guide as Knock's management API takes it, with ``type`` and ``bypass_global_group_limit``
            beside it, as the API shows guides.
        channels: the world's channels.

    Raises:
        WorkflowDefinitionError: something cannot be honoured; the message names the place and the remedy.
    """
    place = f"guide {key!r}"
    if not is_workflow_key(key):
        raise WorkflowDefinitionError(f"{place}: a key {KEY_FORM}")
    fields = read_fields(document, place, (*_KEYS, *_UNREAD))
    given_type = fields.text("type")
    steps = fields.items("steps", _STEP_KEYS)
    if not steps:
        fields.refuse("steps", "a guide needs at least one step, such as {'ref': 'step_1', 'values': {...}}")
    type_ = given_type or steps[0].text("schema_key") or key
    return GuideDefinition(
        type=type_,
        channel=_channel(fields, channels),
        steps=_steps(steps, type_),
        target_audience_key=fields.text("target_audience_key"),
        target_property_conditions=_conditions(fields),
        activation_url_rules=tuple(map(_rule, fields.items("activation_url_rules", tuple(_RULE)))),
        activation_url_patterns=_patterns(fields),
        active_from=_instant(fields, "active_from"),
        active_until=_instant(fields, "active_until"),
        bypass_global_group_limit=fields.flag("bypass_global_group_limit"),
        document=document,
    )


def _channel(fields: Fields, channels: ChannelStore) -> Channel:
    key = fields.text("channel_key")
    channel = channels.default_of(CHANNEL_TYPE) if key is None else channels.by_key(key)
    if channel is None or channel.type != CHANNEL_TYPE:
        known = [one.key for one in channels if one.type == CHANNEL_TYPE]
        fields.refuse(
            "channel_key", f"there is no channel {key!r} of type {CHANNEL_TYPE!r}; {nearest(key or '', known)}"
        )
    return channel


def _conditions(fields: Fields) -> Json:
    conditions = fields.values.get("target_property_conditions")
    check_conditions(conditions, f"{fields.place}.target_property_conditions", allow_message_status=False, refs=())
    return conditions


def _steps(steps: list[Fields], type_: str) -> tuple[GuideStep, ...]:
    compiled: dict[str, GuideStep] = {}
    for fields in steps:
        step = _step(fields, type_)
        if step.ref in compiled:
            fields.refuse("ref", f"{step.ref!r} is taken by another step of this guide")
        compiled[step.ref] = step
    return tuple(compiled.values())


def _step(fields: Fields, type_: str) -> GuideStep:
    ref = fields.required_text("ref")
    if not is_workflow_key(ref):
        fields.refuse("ref", f"a ref {KEY_FORM}, not {ref!r}")
    if not isinstance(fields.values.get("values"), dict | None):
        fields.refuse("values", f"must be an object, not {fields.values['values']!r}")
    content = read_json_template(fields, "values") or JsonTemplate({}, f"{fields.place}.values")
    return GuideStep(
        ref=ref,
        schema_key=fields.text("schema_key") or type_,
        schema_semver=fields.text("schema_semver") or "0.0.1",
        schema_variant_key=fields.text("schema_variant_key") or "default",
        content=content,
    )


_DIRECTIVES = ("allow", "block")
_RULE: Mapping[str, tuple[str, ...]] = {
    "directive": _DIRECTIVES,
    "variable": ("pathname",),
    "operator": ("contains", "equal_to"),
    "argument": (),
}
"""The keys of a URL rule, each with the words it may hold; none means any text (Knock's API reference)."""


_PATTERN_KEYS = ("directive", "pathname", "search")


def _rule(fields: Fields) -> JsonObject:
    return {key: fields.choice(key, words) if words else fields.required_text(key) for key, words in _RULE.items()}


def _patterns(fields: Fields) -> tuple[JsonObject, ...]:
    """Return the URL patterns, those under their older name too, which had paths only."""
    older = fields.items("activation_location_rules", ("directive", "pathname"))
    return tuple(map(_pattern, [*older, *fields.items("activation_url_patterns", _PATTERN_KEYS)]))


def _instant(fields: Fields, key: str) -> datetime | None:
    text = fields.text(key)
    try:
        return None if text is None else parse_instant(text)
    except ValueError:
        fields.refuse(key, f"{text!r} is no ISO-8601 instant: write one such as 2026-01-01T09:00:00Z")


def _pattern(fields: Fields) -> JsonObject:
    if not fields.has("pathname") and not fields.has("search"):
        fields.refuse("pathname", "is required where there is no search")
    pattern: JsonObject = {"directive": fields.choice("directive", _DIRECTIVES)}
    return pattern | {key: fields.required_text(key) for key in ("pathname", "search") if fields.has(key)}
