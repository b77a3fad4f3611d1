"""``/_fake/ask``: what a world holds and what happened in it, and expectations that explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.control.operations import ControlResource
from knock_fake.json_types import as_object, as_text

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json

asking = ControlResource("asking")


@asking.operation("ask", "POST", "/ask/{collection}", body="ask_request", response="asked")
def ask(request: ControlRequest) -> Json:
    """Return the records of a collection that fit the filters.

    With ``expect`` the call is an assertion: ``one`` and ``none`` say how many must fit, ``last`` that one does and the
    newest is meant. What is not so is answered with 417, and a message that shows what comes nearest, and why.
    """
    collection = request.world.collection(request.params["collection"])
    filters = as_object(request.body.get("filters"))
    expected = request.body.get("expect", "all")
    if expected == "none":
        collection.none(**filters)
        return {"entries": []}
    if expected in ("one", "last"):
        found = collection.one(**filters) if expected == "one" else collection.last(**filters)
        return {"entries": [found.to_json()]}
    return {"entries": [one.to_json() for one in collection.all(**filters)]}


@asking.operation("errors", "GET", "/errors", response="errors")
def errors(request: ControlRequest) -> Json:
    """Return refused calls, runs that met errors, webhooks whose receiver raised one, and operations not built."""
    return {"errors": [*request.world.problems()], "unimplemented": {**request.world.unimplemented}}


@asking.operation("explain", "GET", "/explain", query="explain_query", response="explained")
def explain(request: ControlRequest) -> Json:
    """Say what happened in runs, step by step, and why; where nothing ran, near misses are named."""
    recipient, workflow = request.query.get("recipient"), request.query.get("workflow")
    explanation = request.world.explain(as_text(recipient), as_text(workflow))
    return {"text": str(explanation), "explanation": explanation.to_json()}
