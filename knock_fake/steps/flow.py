"""Builders of steps that decide when and whether a workflow goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from knock_fake.errors import UsageError
from knock_fake.steps._arguments import given, text
from knock_fake.steps._durations import duration as read_duration
from knock_fake.steps._options import StepOptions, read_options

if TYPE_CHECKING:
    from datetime import timedelta

    from knock_fake.json_types import JsonObject


def delay(
    duration: str | timedelta | None = None, *, until: str | None = None, **options: Unpack[StepOptions]
) -> JsonObject:
    """Return a step that waits.

    Args:
        duration: how long: text such as ``"2h"`` or ``"1h30m"``, or a timedelta, in whole seconds. With
            ``until`` it is added to that instant; a negative timedelta then means before it.
        until: the path of an instant among the run's variables, such as ``"data.remind_at"``.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageError: neither argument is given, or the duration is negative without ``until`` or has a fraction
            of a second.
        ClockError: the text is no duration.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    if duration is None and until is None:
        raise UsageError("delay() needs a duration such as '2h', or until='data.<field>'")
    backwards = until is not None
    settings: JsonObject = {
        "delay_for": None if duration is None else read_duration("delay", "duration", duration, negative=backwards),
        "delay_until_field_path": text("delay", "until", until),
    }
    return given({"type": "delay", **read_options("delay", options), "settings": given(settings)})
