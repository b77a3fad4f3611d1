"""Calls to any operation: its path filled in, with bodies and queries drawn from its schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from hypothesis import strategies as st

from tests.contract.answers import Sent
from tests.contract.queries import DIALECTS, queries, write
from tests.contract.valid import mostly, valid
from tests.contract.vocabulary import TEXTS
from tests.worlds import BULK_OPERATION, CHAT, FEED, GUIDES, MESSAGES, MS_TEAMS, PUSH, RUNS

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import Json

_NOTHING: st.SearchStrategy[Json] = st.none()
_CHANNELS = {"slack": CHAT, "ms-teams": MS_TEAMS, "guides": GUIDES}
_IDS = {
    "tenants": "acme",
    "preferences": "default",
    "feeds": FEED,
    "workflow_recipient_runs": RUNS[0],
    "bulk_operations": BULK_OPERATION,
    "objects": "p1",
}


def known_segments(operation: Operation) -> dict[str, str]:
    """Return what the path of an operation leads to in the full world, by the names of its parameters."""
    parts = operation.path.split("/")
    return {
        "user_id": "jane",
        "message_id": "unknown" if "guides" in parts else MESSAGES[0],
        "key": "hello",
        "id": next((one for part, one in _IDS.items() if part in parts), ""),
        "collection": "projects",
        "object_id": "p1",
        "channel_id": next((one for part, one in _CHANNELS.items() if part in parts), PUSH),
        "type": "email",
        "action": "read",
    }


def fill(template: str, segments: dict[str, str]) -> str:
    """Return a path with its parameters in their places."""
    return template.format_map({name: quote(segment, safe="") for name, segment in segments.items()})


def known_path(operation: Operation) -> str:
    """Return a path to an operation that leads to something in the full world."""
    return fill(operation.path, known_segments(operation))


@st.composite
def paths(draw: st.DrawFn, operation: Operation) -> str:
    """Draw a path to an operation; mostly it leads to something."""
    segments = {}
    for name, known in known_segments(operation).items():
        if f"{{{name}}}" in operation.path:
            segments[name] = draw(mostly(st.just(known), TEXTS.filter(bool)))
    return fill(operation.path, segments)


@st.composite
def calls(draw: st.DrawFn, operation: Operation) -> Sent:
    """Draw a call whose body and query fit."""
    query = operation.query_schema
    text = "" if query is None else write(query, draw(queries(query)), draw(DIALECTS))
    body = draw(_NOTHING if operation.body_schema is None else valid(operation.body_schema))
    return Sent(operation, draw(paths(operation)), text, body)
