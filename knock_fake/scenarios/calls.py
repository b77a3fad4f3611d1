"""Calls of Knock's API that a scenario makes by itself when their moment has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import orjson

from knock_fake.gateway.call import Call, Handler
from knock_fake.json_types import as_object

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.json_types import Json

CALL = "scenario.call"
"""The task of a call, with its method, path and body."""


class Called(Handler, Protocol):
    """A world: it answers calls, and knows a key that it takes."""

    @property
    def secret_key(self) -> str:
        """A secret key that the world takes."""
        ...


def register_calls(core: Core, world: Called) -> None:
    """Tell the clock of a world how such calls are made: as any client makes them, by the world's own secret key."""

    def call(argument: Json) -> None:
        asked = as_object(argument)
        headers = {"authorization": f"Bearer {world.secret_key}", "content-type": "application/json"}
        content = orjson.dumps(asked["body"]) if asked.get("body") is not None else b""
        path, _, query = str(asked["path"]).partition("?")
        world.handle(Call(str(asked["method"]), path, query, headers, content))

    core.clock.on(CALL, call)
