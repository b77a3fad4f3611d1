"""How guides, their steps and their group are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.state.messages import ENGAGEMENTS
from knock_fake.timestamps import show_instant, show_optional_instant
from knock_fake.workflows.guide_registry import DEFAULT_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.api.guide_viewers import Ineligible
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message
    from knock_fake.workflows.guide_registry import GuideRegistry
    from knock_fake.workflows.guides import Guide, GuideStep


def show_guide(
    guide: Guide, *, is_active: bool, contents: Mapping[str, JsonObject], messages: Mapping[str, Message]
) -> JsonObject:
    """Return a guide as one user sees it.

    Args:
        guide: the guide.
        is_active: whether it is switched on.
        contents: the rendered content of each step, by ref.
        messages: the user's messages for the steps that were marked, by ref.
    """
    definition = guide.definition
    steps: list[Json] = [_show_step(step, contents[step.ref], messages.get(step.ref)) for step in definition.steps]
    return {
        "__typename": "Guide",
        "id": guide.id,
        "key": guide.key,
        "type": definition.type,
        "semver": guide.semver,
        "active": is_active,
        "channel_id": definition.channel.id,
        "steps": steps,
        "activation_url_rules": [*definition.activation_url_rules],
        "activation_url_patterns": [*definition.activation_url_patterns],
        "bypass_global_group_limit": definition.bypass_global_group_limit,
        "dashboard_url": f"https://dashboard.knock.app/~/guides/{guide.key}",
        "inserted_at": show_instant(guide.inserted_at),
        "updated_at": show_instant(guide.updated_at),
    }


def _show_step(step: GuideStep, content: JsonObject, message: Message | None) -> JsonObject:
    marks: JsonObject = {
        f"{one}_at": show_optional_instant(message.engaged_at(one) if message is not None else None)
        for one in ENGAGEMENTS
    }
    return {
        "ref": step.ref,
        "schema_key": step.schema_key,
        "schema_semver": step.schema_semver,
        "schema_variant_key": step.schema_variant_key,
        "content": content,
        "message": {"id": message.id if message is not None else None, **marks},
    }


def show_group(guides: GuideRegistry) -> JsonObject:
    """Return the guide group: the turns of all guides, and of those with and without a throttle."""
    group = guides.group
    unthrottled = [guide.key for guide in guides if guide.definition.bypass_global_group_limit]
    throttled = [guide.key for guide in guides if not guide.definition.bypass_global_group_limit]
    return {
        "__typename": "GuideGroup",
        "key": DEFAULT_GROUP,
        "display_sequence": [*unthrottled, *throttled],
        "display_sequence_unthrottled": [*unthrottled],
        "display_sequence_throttled": [*throttled],
        "display_interval": group.display_interval,
        "inserted_at": show_instant(group.inserted_at),
        "updated_at": show_instant(group.updated_at),
    }


def show_ineligible(guide: Guide, why: Ineligible) -> JsonObject:
    """Return the marker of a guide that a user is not shown."""
    return {"__typename": "GuideIneligibilityMarker", "key": guide.key, "reason": why.reason, "message": why.message}
