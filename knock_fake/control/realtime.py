"""``/_fake/realtime``: who is connected, what is pushed, and what is to go wrong on websockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.control.operations import ControlResource
from knock_fake.errors import UnknownNameError, nearest
from knock_fake.json_types import as_object, as_text
from knock_fake.realtime.connection import SERVICE_RESTART

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.realtime.watcher import Watcher

realtime = ControlResource("realtime")


@realtime.operation("get", "GET", "/realtime", response="realtime")
def get(request: ControlRequest) -> Json:
    """Return the connected websockets with their topics, and the watchers, oldest first, and what is to go wrong."""
    found = request.world.realtime
    return {
        "connections": [
            {"number": one.number, "user_id": one.user_id, "topics": [*one.topics]} for one in found.connections
        ],
        "watchers": [_show(one) for one in found.watchers],
        "failures": [*found.failures],
    }


@realtime.operation("drop", "POST", "/realtime/drop", status=204, body="realtime_drop_request")
def drop(request: ControlRequest) -> Json:
    """Close every websocket, with a code or with 1012; browser clients come back within a second."""
    code = request.body.get("code")
    request.world.realtime.drop(code if isinstance(code, int) else SERVICE_RESTART)
    return None


@realtime.operation(
    "refuse_connections", "POST", "/realtime/refuse-connections", status=204, body="realtime_times_request"
)
def refuse_connections(request: ControlRequest) -> Json:
    """Answer the next attempts to connect with 403."""
    request.world.realtime.refuse_connections(_times(request))
    return None


@realtime.operation("refuse_joins", "POST", "/realtime/refuse-joins", status=204, body="realtime_refuse_request")
def refuse_joins(request: ControlRequest) -> Json:
    """Refuse the next attempts to join a topic."""
    reason = as_text(request.body.get("reason"))
    given = {} if reason is None else {"reason": reason}
    request.world.realtime.refuse_joins(_topic(request), **given, times=_times(request))
    return None


@realtime.operation("swallow", "POST", "/realtime/swallow", status=204, body="realtime_swallow_request")
def swallow(request: ControlRequest) -> Json:
    """Let the next events get lost."""
    request.world.realtime.swallow(_topic(request), times=_times(request))
    return None


@realtime.operation("delay", "POST", "/realtime/delay", status=204, body="realtime_delay_request")
def delay(request: ControlRequest) -> Json:
    """Let the next events be late, on the world's clock."""
    request.world.realtime.delay(str(request.body["by"]), _topic(request), times=_times(request))
    return None


@realtime.operation("clear", "DELETE", "/realtime/failures", status=204)
def clear(request: ControlRequest) -> Json:
    """Let nothing go wrong any more."""
    request.world.realtime.clear()
    return None


@realtime.operation("watch_feed", "POST", "/realtime/feeds", status=201, body="watch_feed_request", response="watcher")
def watch_feed(request: ControlRequest) -> Json:
    """Watch what is pushed for a user's feed."""
    body = request.body
    filters = as_object(body.get("filters"))
    return _show(request.world.realtime.feed(str(body["user"]), as_text(body.get("channel")), **filters))


@realtime.operation(
    "watch_guides", "POST", "/realtime/guides", status=201, body="watch_guides_request", response="watcher"
)
def watch_guides(request: ControlRequest) -> Json:
    """Watch what is pushed of guides to a user."""
    body = request.body
    channel, tenant, data = as_text(body.get("channel")), as_text(body.get("tenant")), as_object(body.get("data"))
    return _show(request.world.realtime.guides(str(body["user"]), channel, tenant=tenant, data=data))


@realtime.operation("events", "GET", "/realtime/watchers/{number}", response="watcher_with_events")
def events(request: ControlRequest) -> Json:
    """Return what a watcher has seen, oldest first."""
    watcher = _named(request)
    return {**_show(watcher), "events": [one.to_json() for one in watcher.events]}


@realtime.operation("unwatch", "DELETE", "/realtime/watchers/{number}", status=204)
def unwatch(request: ControlRequest) -> Json:
    """Watch no longer."""
    _named(request).close()
    return None


def _named(request: ControlRequest) -> Watcher:
    every = {str(one.number): one for one in request.world.realtime.watchers}
    number = request.params["number"]
    if number not in every:
        raise UnknownNameError(f"there is no watcher {number}: {nearest(number, [*every])}")
    return every[number]


def _show(watcher: Watcher) -> JsonObject:
    return {"number": watcher.number, "topic": watcher.topic}


def _topic(request: ControlRequest) -> str:
    return as_text(request.body.get("topic")) or "*"


def _times(request: ControlRequest) -> int | None:
    times = request.body.get("times", 1)
    return times if isinstance(times, int) else None
