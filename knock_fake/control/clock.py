"""``/_fake/clock``: look at the world's time, and move it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.control.operations import ControlResource
from knock_fake.timestamps import show_instant, show_optional_instant

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.timeline import Timeline

clock = ControlResource("clock")


@clock.operation("get", "GET", "/clock", response="clock")
def get_clock(request: ControlRequest) -> Json:
    """Return the time, and what waits for its own."""
    world_clock = request.world.clock
    return {
        "now": show_instant(world_clock.now),
        "mode": "manual" if world_clock.is_manual else "real",
        "next_due": show_optional_instant(world_clock.next_due),
        "pending": [{"at": show_instant(timer.due), "text": timer.label} for timer in world_clock.pending()],
    }


@clock.operation("advance", "POST", "/clock/advance", body="advance_request", response="timeline")
def advance(request: ControlRequest) -> Json:
    """Move time on by a length such as ``2h``; return what happened on the way."""
    return _show(request.world.clock.advance(str(request.body["duration"])))


@clock.operation("travel", "POST", "/clock/travel", body="travel_request", response="timeline")
def travel(request: ControlRequest) -> Json:
    """Move time on to an instant; return what happened on the way."""
    return _show(request.world.clock.travel(str(request.body["to"])))


@clock.operation("run_until_idle", "POST", "/clock/run-until-idle", body="run_until_idle_request", response="timeline")
def run_until_idle(request: ControlRequest) -> Json:
    """Move time on until nothing waits any more; return what happened on the way."""
    limit = request.body.get("limit")
    move = request.world.clock.run_until_idle
    return _show(move(limit) if isinstance(limit, int) else move())


def _show(timeline: Timeline) -> JsonObject:
    return {
        "started": show_instant(timeline.started),
        "ended": show_instant(timeline.ended),
        "happenings": [{"at": show_instant(one.at), "text": one.text} for one in timeline],
    }
