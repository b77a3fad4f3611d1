"""A call of the real SDK on the world's transport against the same call on a transport that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import knockapi

from benchmarks.timing import compare
from knock_fake import KnockFake
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.timing import Comparison

_USER = {
    "__typename": "User",
    "id": "jane",
    "name": "Jane",
    "email": "jane@example.com",
    "created_at": None,
    "updated_at": "2026-01-01T00:00:00.000000Z",
}
_RUN = {"workflow_run_id": "5e6cdb40-112c-4698-b0ea-0013b809474e"}


def _answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=_RUN if request.method == "POST" else _USER)


def _null_client() -> knockapi.Knock:
    http_client = httpx.Client(
        transport=httpx.MockTransport(_answer), base_url="https://api.knock.app", trust_env=False
    )
    return knockapi.Knock(api_key="sk_test_null", max_retries=0, http_client=http_client)


def _identify(client: knockapi.Knock) -> object:
    return client.users.update("jane", name="Jane", email="jane@example.com")


def _get(client: knockapi.Knock) -> object:
    return client.users.get("jane")


def _trigger(client: knockapi.Knock) -> object:
    return client.workflows.trigger("comment-created", recipients=["jane"], actor="jane", data={"page": "Roadmap"})


CALLS: tuple[tuple[str, Callable[[knockapi.Knock], object], str], ...] = (
    ("users.get", _get, "at most 1.10x"),
    ("users.update (identify)", _identify, "at most 1.15x"),
    ("workflows.trigger, one in-app step", _trigger, "at most 1.6x"),
)


def measure() -> Iterator[tuple[str, Comparison, str]]:
    """Yield name, comparison and goal of each call."""
    world = KnockFake()
    body = "**{{ actor.name }}** commented on {{ data.page }}"
    world.workflows.add("comment-created", steps=[in_app_feed(body=body)])
    ours, null = world.client(), _null_client()
    _identify(ours)
    for name, call, goal in CALLS:
        yield name, compare(lambda call=call: call(ours), lambda call=call: call(null), calls=150), goal  # type: ignore[misc]
