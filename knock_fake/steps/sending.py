"""What channel steps share beyond their templates: send windows, and the step that leads to a guide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.steps._arguments import given, required_text
from knock_fake.steps._options import StepOptions, read_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import JsonObject

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS = {"every_day": _WEEK, "weekdays": _WEEK[:5], "weekends": _WEEK[5:]}


def send_window(
    opens: str = "00:00", closes: str | None = None, *, days: str | Sequence[str] = "every_day"
) -> list[JsonObject]:
    """Return the ``send_windows`` of a channel step: the same hours on some days, none on the others.

    Args:
        opens: the time of day from which messages are sent, such as ``"09:00"``.
        closes: the time from which they wait again; the end of the day when left out.
        days: ``every_day``, ``weekdays``, ``weekends`` or a list such as ``["monday", "friday"]``.

    Raises:
        UsageError: there is no such day. UsageTypeError: an argument is of a wrong type.
    """
    open_days = _read_days(days)
    hours: JsonObject = {"type": "send", "from": required_text("send_window", "opens", opens)}
    if closes is not None:
        hours["until"] = required_text("send_window", "closes", closes)
    return [{"day": day, **(hours if day in open_days else {"type": "do_not_send"})} for day in _WEEK]


def _read_days(days: object) -> Sequence[str]:
    if isinstance(days, str):
        if days not in _GROUPS:
            raise UsageError(f"send_window(days={days!r}): {nearest(days, [*_GROUPS])}")
        return _GROUPS[days]
    if not isinstance(days, list | tuple):
        raise UsageTypeError(f"send_window(days=...) must be a word or a list of weekdays, not {days!r}")
    for day in days:
        if day not in _WEEK:
            raise UsageError(f"send_window(days=...): there is no weekday {day!r}; {nearest(str(day), _WEEK)}")
    return [str(day) for day in days]


def in_app_guide(guide_key: str, **options: Unpack[StepOptions]) -> JsonObject:
    """Return a step that lets the recipient into the audience of a guide.

    Args:
        guide_key: the key of a guide with a ``target_audience_key``.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    read = read_options("in_app_guide", options, StepOptions)
    key = required_text("in_app_guide", "guide_key", guide_key)
    return given({"type": "channel", "channel_type": "in_app_guide", **read, "guide_key": key})
