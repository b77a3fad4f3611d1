"""The filters of message lists and feeds: which index to walk, and which messages to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, get_args

import orjson

from knock_fake.errors import invalid_field
from knock_fake.json_types import as_list, as_text
from knock_fake.state.activities import TEXT_LENGTH
from knock_fake.state.messages import Engagement
from knock_fake.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.messages import Message

Keep: TypeAlias = "Callable[[Message], bool]"

_BOUNDS: dict[str, Callable[[datetime, datetime], bool]] = {
    "gt": lambda at, bound: at > bound,
    "gte": lambda at, bound: at >= bound,
    "lt": lambda at, bound: at < bound,
    "lte": lambda at, bound: at <= bound,
}
_ENGAGEMENTS = frozenset(get_args(Engagement))


def texts(query: JsonObject, name: str) -> list[str]:
    """Return a list parameter that has passed its schema; absent is empty."""
    return [str(one) for one in as_list(query.get(name))]


def text(query: JsonObject, name: str) -> str | None:
    """Return a text parameter that has passed its schema."""
    return as_text(query.get(name))


def keep_all(filters: Iterable[Keep]) -> Keep | None:
    """Return one filter for many; ``None`` when there is none."""
    chosen = tuple(filters)
    if not chosen:
        return None
    if len(chosen) == 1:
        return chosen[0]
    return lambda message: all(keep(message) for keep in chosen)


def list_filters(query: JsonObject) -> list[Keep]:
    """Return the filters that a message list's query asks for, beyond those that an index answers.

    Raises:
        ApiError: 422 for a ``trigger_data`` or ``inserted_at`` that cannot be read.
    """
    filters: list[Keep] = [*shared_filters(query)]
    for name, read in _EQUALITIES.items():
        wanted = text(query, name)
        if wanted is not None:
            filters.append(_equal(read, wanted))
    statuses = frozenset(texts(query, "status"))
    if statuses:
        filters.append(lambda message: message.status in statuses)
    engagements = texts(query, "engagement_status")
    if engagements:
        filters.append(lambda message: any(has_engagement(message, one) for one in engagements))
    if (tenant := text(query, "tenant")) is not None:
        filters.append(lambda message: message.tenant in (tenant, None))
    return filters


_EQUALITIES: dict[str, Callable[[Message], str | None]] = {
    "source": lambda message: message.source.key,
    "channel_id": lambda message: message.channel.id,
    "workflow_run_id": lambda message: message.workflow_run_id,
    "workflow_recipient_run_id": lambda message: message.workflow_recipient_run_id,
}


def _equal(read: Callable[[Message], str | None], wanted: str) -> Keep:
    return lambda message: read(message) == wanted


def shared_filters(query: JsonObject) -> list[Keep]:
    """Return the filters that message lists and feeds have in common: categories, trigger data, time of creation."""
    filters: list[Keep] = []
    categories = frozenset(texts(query, "workflow_categories"))
    if categories:
        filters.append(lambda message: not categories.isdisjoint(message.source.categories))
    trigger_data = query.get("trigger_data")
    if trigger_data is not None:
        filters.append(trigger_data_filter(trigger_data))
    bounds = query.get("inserted_at")
    if isinstance(bounds, dict):
        filters.extend(_instant_filter(name, value) for name, value in bounds.items() if value is not None)
    return filters


def has_engagement(message: Message, wanted: str) -> bool:
    """Whether a message has an engagement status, or with ``un...`` has not."""
    if wanted in _ENGAGEMENTS:
        return getattr(message, f"{wanted}_at") is not None
    return getattr(message, f"{wanted.removeprefix('un')}_at") is None


def _instant_filter(name: str, value: Json) -> Keep:
    if name not in _BOUNDS:
        raise invalid_field(f"inserted_at.{name}", "must be one of gt, gte, lt, lte", "enum")
    return instant_filter(f"inserted_at.{name}", name, value)


def instant_filter(field: str, bound_name: str, value: Json) -> Keep:
    """Return the filter that compares the time of creation with a bound.

    Args:
        field: the parameter, for the error.
        bound_name: ``gt``, ``gte``, ``lt`` or ``lte``.
        value: the bound as it was sent.

    Raises:
        ApiError: 422 when it is no timestamp.
    """
    compare = _BOUNDS[bound_name]
    try:
        bound = parse_instant(str(value))
    except ValueError:
        raise invalid_field(field, "must be an ISO-8601 timestamp", "format") from None
    return lambda message: compare(message.inserted_at, bound)


def trigger_data_filter(value: Json) -> Keep:
    """Return the filter for ``trigger_data``: every given key equals the message's flattened data, exactly.

    Raises:
        ApiError: 422 when it is not a flat JSON object.
    """
    wanted = _decode(value)
    for key, item in wanted.items():
        if isinstance(item, dict | list):
            raise invalid_field(f"trigger_data.{key}", "must be a text, number, boolean or null", "type")
    cut = {key: _cut(item) for key, item in wanted.items()}
    return lambda message: all(_matches(message.data, key, item) for key, item in cut.items())


def _decode(value: Json) -> JsonObject:
    try:
        decoded = orjson.loads(value) if isinstance(value, str) else value
    except orjson.JSONDecodeError:
        decoded = None
    if not isinstance(decoded, dict):
        raise invalid_field("trigger_data", "must be a JSON object", "type")
    return decoded


def _cut(value: Json) -> Json:
    return value[:TEXT_LENGTH] if isinstance(value, str) else value


def _matches(data: JsonObject, key: str, wanted: Json) -> bool:
    if key not in data:
        return False
    value = _cut(data[key])
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def narrowest_sources(state: State, query: JsonObject, scope: Sequence[Message]) -> list[Sequence[Message]]:
    """Return the lists to walk: the shortest index that a query names, so that a page costs the page.

    Args:
        state: the stores.
        query: the decoded query.
        scope: what the list is over when the query names nothing: all messages, or a recipient's.
    """
    candidates: list[list[Sequence[Message]]] = [[scope]]
    if (source := text(query, "source")) is not None:
        candidates.append([state.messages.of_workflow(source)])
    if (channel_id := text(query, "channel_id")) is not None:
        candidates.append([state.messages.of_channel(channel_id)])
    if (run_id := text(query, "workflow_run_id")) is not None:
        candidates.append([run.messages for run in state.runs.of_workflow_run(run_id)])
    if (recipient_run_id := text(query, "workflow_recipient_run_id")) is not None:
        run = state.runs.get(recipient_run_id)
        candidates.append([run.messages] if run is not None else [])
    if (tenant := text(query, "tenant")) is not None:
        candidates.append([state.messages.of_tenant(tenant), state.messages.of_tenant(None)])
    if identifiers := texts(query, "message_ids"):
        candidates.append([_by_ids(state, identifiers)])
    return min(candidates, key=lambda lists: sum(map(len, lists)))


def _by_ids(state: State, identifiers: Iterable[str]) -> list[Message]:
    found = (state.messages.get(one) for one in dict.fromkeys(identifiers))
    return sorted((one for one in found if one is not None), key=lambda message: message.sequence)
