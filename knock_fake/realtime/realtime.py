"""``knock.realtime``: who is connected, what is pushed, and what is to go wrong."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from knock_fake.durations import parse_duration, show_duration
from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError, nearest
from knock_fake.json_values import json_copy
from knock_fake.realtime.connection import SERVICE_RESTART, JoinRefusedError, check_close_code
from knock_fake.realtime.feed_topics import FILTERS
from knock_fake.realtime.watcher import REFERENCE, Watcher
from knock_fake.state.realtime_script import Disturbance, Refusal

if TYPE_CHECKING:
    from datetime import timedelta

    from knock_fake.json_types import JsonObject
    from knock_fake.realtime.connection import Connection
    from knock_fake.realtime.hub import Hub
    from knock_fake.state.channels import Channel
    from knock_fake.state.realtime_script import RealtimeScript

_KINDS = ("feeds:", "guides:")
_REASON = "refused on purpose"


class Realtime:
    """What ``knock.realtime`` is.

    Args:
        hub: who is connected to the world.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __repr__(self) -> str:
        told = [f"connections: {len(self.connections)}", f"watchers: {len(self.watchers)}"]
        return f"<Realtime, {', '.join([*told, *map(_told, self.failures)])}>"

    @property
    def connections(self) -> list[Connection]:
        """The websockets that are connected, the oldest first, each with ``user_id``, ``topics`` and ``close()``."""
        return self._hub.connections

    @property
    def watchers(self) -> list[Watcher]:
        """The watchers that are open, the oldest first."""
        return self._hub.watchers

    @property
    def failures(self) -> list[JsonObject]:
        """What is to go wrong: ``kind``, which is the verb, what it was told, and ``left``: how often, null for always.

        Refused connections stand first, then joins, then what befalls events.
        """
        with self._hub.lock:
            left, rules = self._script.refused_connections, self._script.rules
        refused: list[JsonObject] = [] if left == 0 else [{"kind": "refuse_connections", "left": left}]
        return [*refused, *map(_shown, rules)]

    def feed(self, user: str, channel: str | None = None, **filters: object) -> Watcher:
        """Watch what is pushed for a user's feed, as a browser client with these filters would get it.

        Args:
            user: the id of the user, who need not be known yet.
            channel: key or id of an in-app feed channel; the first one when left out.
            filters: ``status``, ``archived``, ``source``, ``tenant``, ``has_tenant``, ``workflow_categories``,
                ``trigger_data``, ``inserted_at``, as the feed's query has them.

        Raises:
            UnknownNameError: there is no such channel. UsageError: it is no in-app feed, or a filter cannot be read.
            UsageTypeError: there is no such filter, or the user is no text.
        """
        for name in filters:
            if name not in FILTERS:
                raise UsageTypeError(f"realtime.feed: a feed has no filter {name!r}; {nearest(name, FILTERS)}")
        options = json_copy(filters, "realtime.feed: the filters")
        place = "realtime.feed"
        found = self._channel(place, channel, "in_app_feed")
        return self._watch(place, f"feeds:{found.id}:{_user_id(place, user)}", {REFERENCE: options})

    def guides(
        self, user: str, channel: str | None = None, *, tenant: str | None = None, data: JsonObject | None = None
    ) -> Watcher:
        """Watch what is pushed of guides, as a browser client gets it that shows them to a user.

        Args:
            user: the id of the user, who need not be known yet.
            channel: key or id of a guide channel; the first one when left out.
            tenant: for which tenant they look.
            data: what guides are targeted and rendered with.

        Raises:
            UnknownNameError: there is no such channel. UsageError: it is no channel of guides. UsageTypeError: the user
                is no text, or the data no JSON.
        """
        place = "realtime.guides"
        found = self._channel(place, channel, "in_app_guide")
        params: JsonObject = {
            "user_id": _user_id(place, user),
            "tenant": tenant,
            "data": json_copy(data, f"{place}: data"),
        }
        return self._watch(place, f"guides:{found.id}", params)

    def _watch(self, place: str, topic: str, params: JsonObject) -> Watcher:
        try:
            return self._hub.watch(topic, params)
        except JoinRefusedError as error:
            raise UsageError(f"{place}: {error}") from error

    def _channel(self, place: str, named: str | None, type_: str) -> Channel:
        channels = self._hub.core.state.channels
        found = channels.default_of(type_) if named is None else channels.by_key(named) or channels.get(named)
        if found is None:
            known = [channel.key for channel in channels if channel.type == type_]
            raise UnknownNameError(f"{place}: there is no channel {named!r}; {nearest(named or type_, known)}")
        if found.type != type_:
            raise UsageError(f"{place}: the channel {found.key!r} is of type {found.type!r}, not {type_!r}")
        return found

    def drop(self, code: int = SERVICE_RESTART) -> None:
        """Close every websocket. Knock's browser clients come back within a second, unless the code is 1000.

        Args:
            code: of the close frame.

        Raises:
            UsageError: no close frame can have this code. UsageTypeError: it is no number.
        """
        check_close_code(code)
        self._hub.drop(code)

    def refuse_connections(self, times: int | None = 1) -> None:
        """Answer the next attempts to connect with 403.

        Args:
            times: how many; ``None`` for all from now on.

        Raises:
            UsageTypeError: it is no number.
        """
        with self._hub.lock:
            self._script.refuse_connections(_times("refuse_connections", times))

    def refuse_joins(self, topic: str = "*", *, reason: str = _REASON, times: int | None = 1) -> None:
        """Refuse the next attempts to join a topic.

        Args:
            topic: which, such as ``"feeds:*"``; ``*`` stands for any text.
            reason: what the client is told.
            times: how many; ``None`` for all from now on.

        Raises:
            UsageError: no topic can match. UsageTypeError: an argument is of another type.
        """
        refusal = Refusal(_topic("refuse_joins", topic), _text("refuse_joins", reason), _times("refuse_joins", times))
        with self._hub.lock:
            self._script.refuse(refusal)

    def swallow(self, topic: str = "*", *, times: int | None = 1) -> None:
        """Let the next events get lost: nobody is told.

        Args:
            topic: of which topic, such as ``"guides:*"``; ``*`` stands for any text.
            times: how many; ``None`` for all from now on.

        Raises:
            UsageError: no topic can match. UsageTypeError: an argument is of another type.
        """
        self._disturb(Disturbance(_topic("swallow", topic), None, _times("swallow", times)))

    def delay(self, by: str | timedelta, topic: str = "*", *, times: int | None = 1) -> None:
        """Let the next events be late, on the world's clock. What they tell of can be read at once.

        Args:
            by: how late, such as ``"2s"``.
            topic: of which topic; ``*`` stands for any text.
            times: how many; ``None`` for all from now on.

        Raises:
            ClockError: the length is none. UsageError: no topic can match.
            UsageTypeError: an argument is of another type.
        """
        self._disturb(Disturbance(_topic("delay", topic), parse_duration(by), _times("delay", times)))

    def clear(self) -> None:
        """Let nothing go wrong any more; what is late already still arrives."""
        with self._hub.lock:
            self._script.clear()

    def _disturb(self, disturbance: Disturbance) -> None:
        with self._hub.lock:
            self._script.disturb(disturbance)

    @property
    def _script(self) -> RealtimeScript:
        return self._hub.core.state.realtime_script


def _user_id(place: str, user: object) -> str:
    if not isinstance(user, str) or not user:
        raise UsageTypeError(f"{place}: the user must be a non-empty id, not {user!r}")
    return user


def _text(verb: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageTypeError(f"realtime.{verb}: topic and reason are texts, not {value!r}")
    return value


def _topic(verb: str, value: object) -> str:
    topic = _text(verb, value)
    before, star, _ = topic.partition("*")
    if not any(before.startswith(kind) or (star and kind.startswith(before)) for kind in _KINDS):
        head, _, rest = topic.partition(":")
        meant = get_close_matches(f"{head}:", _KINDS, n=1)
        known = "topics are feeds:{channel_id}:{user_id} and guides:{channel_id}"
        remedy = f"did you mean {meant[0] + (rest or '*')!r}?" if meant else known
        raise UsageError(f"realtime.{verb}: there can be no topic {topic!r}; {remedy}")
    return topic


def _shown(rule: Refusal | Disturbance) -> JsonObject:
    if isinstance(rule, Refusal):
        return {"kind": "refuse_joins", "topic": rule.topic, "reason": rule.reason, "left": rule.left}
    if rule.delay is None:
        return {"kind": "swallow", "topic": rule.topic, "left": rule.left}
    return {"kind": "delay", "topic": rule.topic, "by": show_duration(rule.delay), "left": rule.left}


def _told(failure: JsonObject) -> str:
    by = f" by {failure['by']}" if "by" in failure else ""
    topic = f" {failure['topic']}" if "topic" in failure else ""
    return f"{failure['kind']}{topic}{by} ({'always' if failure['left'] is None else failure['left']})"


def _times(verb: str, times: object) -> int | None:
    if times is None:
        return None
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise UsageTypeError(f"realtime.{verb}: times is a number of 1 or more, or None for always, not {times!r}")
    return times
