"""The options that builders have in common, and how they are read."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, TypedDict

from knock_fake.errors import UsageTypeError, nearest
from knock_fake.steps._arguments import condition_group, json_object, json_objects, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.json_types import Json, JsonObject

_OBJECTS = ("conditions", "overrides")
_EMAIL_OVERRIDES = ("to_address", "from_address", "from_name", "reply_to_address", "cc_address", "bcc_address")
# Where to put what people look for under another name, and what Knock's own JSON calls the argument `body`.
_ELSEWHERE = {
    ("email", "layout_key"): "did you mean 'layout'?",
    ("email", "attachments"): "they come with the trigger's data, under attachment_key",
    ("email", "to"): "the address comes from the recipient, or from overrides={'to_address': ...}",
    ("sms", "to"): "the number comes from the recipient, or from to_number=...",
    ("branch", "branches"): "write branch(when(...), when(...), otherwise(...))",
    ("branch", "conditions"): "a branch step has none: put them into when(...), or on the steps inside",
    ("experiment", "cohorts"): "write experiment(cohort(50, [...]), cohort(50, [...]))",
    ("experiment", "conditions"): "an experiment has none: put it into a branch, or them on the steps inside",
}
_JSON_NAMES = ("html_body", "markdown_body", "text_body")


class ForkOptions(TypedDict, total=False):
    """What every step can have. ``None`` is the same as leaving an option out.

    ``ref`` is the step's name in its workflow; the workflow numbers the steps that have none (``email_1``).
    """

    ref: str | None
    name: str | None


class StepOptions(ForkOptions, total=False):
    """What every step can have that does not branch.

    ``conditions`` is what :mod:`knock_fake.conditions` builds, one condition or a group, or Knock's JSON, such as
    ``{"all": [{"variable": "data.plan", "operator": "equal_to", "argument": "pro"}]}``.
    """

    conditions: Json


class ChannelOptions(StepOptions, total=False):
    """What every channel step can have.

    ``channel_key`` names one channel of the world, ``channel_group_key`` a group of them; without either the step uses
    the first channel of its type. ``overrides`` are the step's channel overrides, such as
    ``{"to_address": "{{ data.billing_email }}"}``, ``send_windows`` what :func:`send_window` builds.
    """

    channel_key: str | None
    channel_group_key: str | None
    overrides: Mapping[str, Json] | None
    send_windows: Sequence[JsonObject] | None


def read_options(builder: str, options: Mapping[str, object], known: type[ForkOptions] = StepOptions) -> JsonObject:
    """Return the options that a builder got, as they stand in step JSON.

    Raises:
        UsageTypeError: an option does not exist, or is of a wrong type.
    """
    # A misspelt keyword lands here, because the options travel as one dict.
    read: JsonObject = {}
    for name, value in options.items():
        if name not in known.__annotations__:
            raise UsageTypeError(f"{builder}() has no argument {name!r}; {_remedy(builder, name, known)}")
        read[name] = _option(builder, name, value)
    return read


def _remedy(builder: str, name: str, known: type[ForkOptions]) -> str:
    from knock_fake import steps

    if (builder, name) in _ELSEWHERE:
        return _ELSEWHERE[builder, name]
    if builder == "email" and name in _EMAIL_OVERRIDES:
        return f"write overrides={{{name!r}: ...}}"
    named = [*signature(getattr(steps, builder)).parameters][:-1]
    if name in _JSON_NAMES and "body" in named:
        return "did you mean 'body'?"
    return nearest(name, [*named, *known.__annotations__])


def _option(builder: str, name: str, value: object) -> Json:
    if name == "conditions" and isinstance(value, list):
        return value
    if name == "send_windows":
        return json_objects(builder, name, value)
    if name not in _OBJECTS:
        return text(builder, name, value)
    given = json_object(builder, name, value)
    return condition_group(given) if given and name == "conditions" else given
