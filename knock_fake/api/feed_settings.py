"""``knock.feeds``: what Knock's dashboard holds of feed channels."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.gateway.arguments import read_argument
from knock_fake.json_types import as_list
from knock_fake.state.response_filters import KeyPaths, ResponseFilter

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.response_filters import FilterRule

_ENTITIES = ("vars", "actor", "recipient", "data")


class FeedSettings:
    """The settings of a world's feed channels.

    Args:
        state: the world's stores.
        lock: held during every write.
    """

    def __init__(self, state: State, lock: AbstractContextManager[object] | None = None) -> None:
        self._state = state
        self._lock = nullcontext() if lock is None else lock

    def set_response_filter(self, channel_key: str, response_filter: JsonObject) -> None:
        """Choose what the feeds of a channel show (Knock's docs on in-app feeds); an empty filter shows everything.

        Args:
            channel_key: a channel of type ``in_app_feed``, such as ``in-app-feed``.
            response_filter: any of ``vars``, ``actor``, ``recipient`` and ``data``, each ``True``, ``False``,
                ``{"only": [...]}`` or ``{"except": [...]}`` with key paths such as ``plan.name``. It takes the place
                of the filter before.

        Raises:
            UsageError: there is no such feed channel, or the filter does not fit; the message names the place.
            UsageTypeError: an argument is of a wrong type.
        """
        place = "feeds.set_response_filter"
        if not isinstance(channel_key, str):
            raise UsageTypeError(f"{place}: a channel key is text, not {type(channel_key).__name__}")
        channel = self._state.channels.by_key(channel_key)
        if channel is None or channel.type != "in_app_feed":
            known = [one.key for one in self._state.channels if one.type == "in_app_feed"]
            raise UsageError(f"{place}: there is no feed channel {channel_key!r}; {nearest(channel_key, known)}")
        checked = read_argument("feeds/response_filter", response_filter, place, known=_ENTITIES)
        rules = {entity: _read_rule(rule) for entity, rule in checked.items()}
        with self._lock:
            self._state.response_filters.set(channel.id, ResponseFilter(**rules))


def _read_rule(rule: Json) -> FilterRule:
    if not isinstance(rule, dict):
        return rule is not False
    is_only = "only" in rule
    paths = rule["only" if is_only else "except"]
    return KeyPaths(tuple(tuple(str(path).split(".")) for path in as_list(paths)), is_only)
