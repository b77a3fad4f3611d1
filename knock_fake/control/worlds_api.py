"""``/_fake``, ``/_fake/worlds``, ``/_fake/snapshots``: whole worlds, reset, kept and gone back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.control.operations import ControlResource
from knock_fake.scenarios.scenario import read_text
from knock_fake.timestamps import show_instant
from knock_fake.version import __version__

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json

worlds = ControlResource("worlds")


@worlds.operation("get", "GET", "", response="world")
def get_world(request: ControlRequest) -> Json:
    """Return what this world is, in a few numbers."""
    world = request.world
    return {
        "version": __version__,
        "now": show_instant(world.clock.now),
        "revision": request.revisions.of(world),
        "seed": world.seed,
        "calls": len(world.journal),
        "runs": len(world.state.runs),
        "messages": len(world.state.messages),
        "workflows": [*world.workflows.keys()],
    }


@worlds.operation("reset", "POST", "/reset", status=204)
def reset(request: ControlRequest) -> Json:
    """Make the world pristine: no state, no workflows, no journal, time back at its start."""
    request.world.reset()
    return None


@worlds.operation("snapshot", "POST", "/snapshots", status=201, response="snapshot")
def take_snapshot(request: ControlRequest) -> Json:
    """Keep what the world holds now; return the name to go back by."""
    return {"snapshot": request.snapshots.take(request.world)}


@worlds.operation("restore", "POST", "/snapshots/{snapshot}/restore", status=204)
def restore(request: ControlRequest) -> Json:
    """Go back to a snapshot, as often as you like."""
    request.snapshots.restore(request.world, request.params["snapshot"])
    return None


@worlds.operation("forget_snapshot", "DELETE", "/snapshots/{snapshot}", status=204)
def forget_snapshot(request: ControlRequest) -> Json:
    """Forget a snapshot."""
    request.snapshots.forget(request.world, request.params["snapshot"])
    return None


@worlds.operation("lay", "POST", "/scenario", status=204, body="scenario_request")
def lay_scenario(request: ControlRequest) -> Json:
    """Replace everything in the world by what a scenario says, given as text, YAML or JSON, or as a document.

    Directories that it names are looked for from where the server was started.
    """
    given = request.body["scenario"]
    text = given if isinstance(given, str) else orjson.dumps(given, option=orjson.OPT_INDENT_2).decode()
    request.world.lay(read_text(text, "scenario"))
    return None


@worlds.operation("save", "GET", "/saved")
def save(request: ControlRequest) -> Json:
    """Return the whole world as a document, from which it can be made again."""
    return request.world.to_json()


@worlds.operation("become", "PUT", "/saved", status=204, body="saved_request")
def become(request: ControlRequest) -> Json:
    """Replace everything in the world by a saved one; its clock stands still from then on."""
    request.world.become(request.body)
    return None


@worlds.operation("list", "GET", "/worlds", response="worlds", needs_key=False)
def list_worlds(request: ControlRequest) -> Json:
    """Return the names of the worlds of this server."""
    return {"worlds": [*request.worlds.names()]}


@worlds.operation("drop", "DELETE", "/worlds/{key}", status=204, needs_key=False)
def drop(request: ControlRequest) -> Json:
    """Make the world of an API key pristine."""
    request.worlds.drop(request.params["key"])
    return None
