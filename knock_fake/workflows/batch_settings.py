"""The settings of a batch step, checked and compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.workflows.group_keys import GroupKey, read_group_key
from knock_fake.workflows.windows import Window, check_length, read_window

if TYPE_CHECKING:
    from knock_fake.json_types import Json
    from knock_fake.state.activities import Order
    from knock_fake.workflows.content.fields import Fields

DEFAULT_RENDER_LIMIT = 10
"""How many activities templates see when the step does not say (Knock's docs on the batch function)."""

_SETTINGS = (
    "batch_key",
    "batch_window",
    "batch_until_field_path",
    "batch_window_type",
    "batch_window_extension_limit",
    "batch_items_max_limit",
    "batch_items_render_limit",
    "batch_order",
    "batch_execution_mode",
    "workflow_version_mode",
)


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How a batch step collects.

    ``extension_limit`` is a duration object, or ``None`` for a sliding window that may be extended for ever.
    ``items_limit`` is how many activities close a batch at once, 0 for no limit.
    """

    key: GroupKey | None
    window: Window
    is_sliding: bool
    extension_limit: Json
    items_limit: int
    render_limit: int
    order: Order
    flushes_leading: bool
    is_pinned: bool


def read_batch_settings(step: Fields) -> BatchSettings:
    """Read the settings of a batch step, with Knock's defaults; a step that names no version mode is pinned.

    Raises:
        WorkflowDefinitionError: a setting is missing, unknown or malformed.
    """
    settings = step.section("settings", _SETTINGS)
    is_sliding = settings.choice("batch_window_type", ("fixed", "sliding"), "fixed") == "sliding"
    limit_key = "batch_window_extension_limit"
    if settings.has(limit_key):
        check_length(settings, limit_key)
    return BatchSettings(
        key=read_group_key(settings.values.get("batch_key"), f"{settings.place}.batch_key"),
        window=read_window(settings, "batch_window", "batch_until_field_path"),
        is_sliding=is_sliding,
        extension_limit=settings.values.get(limit_key),
        items_limit=settings.whole("batch_items_max_limit", 0, 2, 1000),
        render_limit=settings.whole("batch_items_render_limit", DEFAULT_RENDER_LIMIT, 1, 100),
        order="desc" if settings.choice("batch_order", ("asc", "desc"), "asc") == "desc" else "asc",
        flushes_leading=settings.choice("batch_execution_mode", ("accumulate", "flush_leading"), "accumulate")
        == "flush_leading",
        is_pinned=settings.choice("workflow_version_mode", ("latest", "pinned"), "pinned") == "pinned",
    )
