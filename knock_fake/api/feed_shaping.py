"""What of a feed is shown: response filters, attachments that are not, and paths that a call excludes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import invalid_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.response_filters import FilterRule

MAX_EXCLUDE_DEPTH = 3

_ATTACHMENT = ("name", "content_type", "content")


def filtered(entity: JsonObject, rule: FilterRule) -> JsonObject | None:
    """Return an entity as a response filter leaves it, ``None`` when it is not shown (Knock's docs on in-app feeds).

    ``__typename`` stays whatever the filter says: by it clients tell a user from an object (our choice).
    """
    if isinstance(rule, bool):
        return entity if rule else None
    if not rule.is_only:
        return _without_all(entity, rule.paths)
    kept: JsonObject = {"__typename": entity["__typename"]} if "__typename" in entity else {}
    for path in rule.paths:
        kept = _with(kept, entity, path)
    return kept


def _with(kept: JsonObject, entity: JsonObject, path: Sequence[str]) -> JsonObject:
    """Return what is kept already together with what a path leads to."""
    key, *rest = path
    if key not in entity:
        return kept
    value, before = entity[key], kept.get(key, {})
    if not rest:
        return {**kept, key: value}
    if not isinstance(value, dict) or not isinstance(before, dict):
        return kept
    return {**kept, key: _with(before, value, rest)}


def without_attachments(data: JsonObject) -> JsonObject:
    """Return trigger data without the attachments in it, wherever they are (Knock's API reference).

    An attachment is an object with the texts ``name``, ``content_type`` and ``content`` (our choice). A list that held
    nothing else goes with them.
    """
    return {key: _without_attachments(value) for key, value in data.items() if not _is_attached(value)}


def _without_attachments(value: Json) -> Json:
    if isinstance(value, dict):
        return without_attachments(value)
    if isinstance(value, list):
        return [_without_attachments(one) for one in value if not _is_attached(one)]
    return value


def _is_attached(value: Json) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_attached, value))
    return isinstance(value, dict) and all(isinstance(value.get(key), str) for key in _ATTACHMENT)


def excluding(feed: JsonObject, paths: str | None) -> JsonObject:
    """Return a feed without what ``exclude`` names: comma-separated paths from the envelope.

    Raises:
        ApiError: 422 for a path of more than three levels.
    """
    split = [one.strip().split(".") for one in (paths or "").split(",")]
    if any(len(path) > MAX_EXCLUDE_DEPTH for path in split):
        raise invalid_field("exclude", f"has a path of more than {MAX_EXCLUDE_DEPTH} levels", "length")
    return _without_all(feed, split)


def _without_all(value: JsonObject, paths: Iterable[Sequence[str]]) -> JsonObject:
    for path in paths:
        left = _without(value, path)
        value = left if isinstance(left, dict) else value
    return value


def _without(value: Json, path: Sequence[str]) -> Json:
    """Return a value without what a path leads to; nothing is cut in place, since stored data is shown as it stands."""
    if isinstance(value, list):
        return [_without(one, path) for one in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {key: one for key, one in value.items() if key != path[0]}
    return {**value, path[0]: _without(value[path[0]], path[1:])}
