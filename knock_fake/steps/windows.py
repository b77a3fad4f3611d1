"""Builders of steps that collect what is triggered within a window, or hold it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from knock_fake.errors import UsageError
from knock_fake.steps._arguments import choice, flag, given, text, whole_number
from knock_fake.steps._durations import duration
from knock_fake.steps._options import StepOptions, read_options

if TYPE_CHECKING:
    from datetime import timedelta

    from knock_fake.json_types import JsonObject


def batch(
    window: str | timedelta | None = None,
    *,
    until: str | None = None,
    key: str | None = None,
    sliding: bool = False,
    extension_limit: str | timedelta | None = None,
    max_items: int | None = None,
    render_limit: int | None = None,
    order: Literal["asc", "desc"] = "asc",
    flush_leading: bool = False,
    version_mode: Literal["latest", "pinned"] = "latest",
    **options: Unpack[StepOptions],
) -> JsonObject:
    """Return a step that collects what is triggered for a recipient within a window; one run goes on with all of it.

    Args:
        window: how long the window is: text such as ``"10m"`` or a timedelta, in whole seconds. With ``until`` it is
            added to that moment; a negative timedelta then means before it.
        until: the path of a timestamp, duration or window rule among the run's variables, such as
            ``"recipient.digest_at"``.
        key: what recipients' triggers are further grouped by: a key of the data (``"page_id"``), a path
            (``"recipient.plan"``) or Liquid.
        sliding: whether each trigger begins the window anew.
        extension_limit: how long after its opening a sliding window closes at the latest; without it there is no limit.
        max_items: how many triggers close the window at once, 2 to 1,000.
        render_limit: how many activities and actors templates see, 1 to 100; 10 when left out.
        order: which ones: ``"asc"`` for the first, ``"desc"`` for the last.
        flush_leading: whether the run that opens the window goes on at once and is not in the batch.
        version_mode: whether a batch goes on in the latest version of the workflow or in the one that opened it.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageError: there is no window, a limit for one that does not slide, or a duration that is negative or has a
            fraction of a second.
        ClockError: a text is no duration.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    if window is None and until is None:
        raise UsageError("batch() needs a window such as '10m', or until='data.<field>'")
    if extension_limit is not None and not sliding:
        raise UsageError("batch(extension_limit=...) limits a sliding window: write sliding=True too")
    settings: JsonObject = {
        "batch_key": text("batch", "key", key),
        "batch_window": _length("batch", "window", window, negative=until is not None),
        "batch_until_field_path": text("batch", "until", until),
        "batch_window_type": "sliding" if flag("batch", "sliding", sliding) else "fixed",
        "batch_window_extension_limit": _length("batch", "extension_limit", extension_limit),
        "batch_items_max_limit": whole_number("batch", "max_items", max_items),
        "batch_items_render_limit": whole_number("batch", "render_limit", render_limit),
        "batch_order": choice("batch", "order", order, ("asc", "desc")),
        "batch_execution_mode": "flush_leading" if flag("batch", "flush_leading", flush_leading) else "accumulate",
        "workflow_version_mode": choice("batch", "version_mode", version_mode, ("latest", "pinned")),
    }
    return given({"type": "batch", **read_options("batch", options), "settings": given(settings)})


def throttle(
    window: str | timedelta | None = None,
    *,
    until: str | None = None,
    limit: int = 1,
    key: str | None = None,
    **options: Unpack[StepOptions],
) -> JsonObject:
    """Return a step that lets only so many runs of a recipient pass within a window, and ends the others.

    Args:
        window: how long the window is, from the run that opens it on: text such as ``"1h"`` or a timedelta, in whole
            seconds.
        until: the path of a timestamp, duration or window rule among the run's variables, such as
            ``"data.quiet_until"``.
        limit: how many runs pass.
        key: what a recipient's runs are further grouped by: a key of the data (``"alert_id"``), a path
            (``"recipient.plan"``) or Liquid.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageError: there is no window, or it is negative or has a fraction of a second.
        ClockError: the text is no duration.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    if window is None and until is None:
        raise UsageError("throttle() needs a window such as '1h', or until='data.<field>'")
    settings: JsonObject = {
        "throttle_key": text("throttle", "key", key),
        "throttle_window": _length("throttle", "window", window, negative=until is not None),
        "throttle_window_field_path": text("throttle", "until", until),
        "throttle_limit": whole_number("throttle", "limit", limit),
    }
    return given({"type": "throttle", **read_options("throttle", options), "settings": given(settings)})


def _length(builder: str, argument: str, value: str | timedelta | None, *, negative: bool = False) -> JsonObject | None:
    return None if value is None else duration(builder, argument, value, negative=negative)
