"""What a control operation is: one function with one declaration, as the operations of Knock's API are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.control.revisions import Revisions
    from knock_fake.control.snapshots import NamedSnapshots
    from knock_fake.control.worlds import Worlds
    from knock_fake.gateway.call import Call
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.world import KnockFake


@dataclass(slots=True)
class ControlRequest:
    """A call to the control plane that was routed, decoded and validated.

    ``world`` is the one that the call's API key means; ``params``, ``query`` and ``body`` are as for Knock's API.
    """

    world: KnockFake
    worlds: Worlds
    snapshots: NamedSnapshots
    revisions: Revisions
    call: Call
    params: dict[str, str] = field(default_factory=dict)
    query: JsonObject = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)


Endpoint: TypeAlias = "Callable[[ControlRequest], Json]"


@dataclass(frozen=True, slots=True)
class ControlOperation:
    """One control operation.

    Attributes:
        name: resource and verb, such as ``clock.advance``.
        method, path: how it is called; ``path`` is a template such as ``/_fake/channels/{key}``.
        endpoint: the function; it returns the decoded body of the answer (ignored for a 204).
        status: the status of success.
        body_schema, query_schema, response_schema: names of schemas such as ``control/advance_request``.
        needs_key: whether it is about the world that the call's key means, not about the server.
    """

    name: str
    method: str
    path: str
    endpoint: Endpoint
    status: int = 200
    body_schema: str | None = None
    query_schema: str | None = None
    response_schema: str | None = None
    needs_key: bool = True


class ControlResource:
    """Collects the operations of one part of a world as its module declares them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operations: list[ControlOperation] = []

    def operation(
        self,
        name: str,
        method: str,
        path: str,
        *,
        status: int = 200,
        body: str | None = None,
        query: str | None = None,
        response: str | None = None,
        needs_key: bool = True,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare the decorated function as an operation below ``/_fake``; see :class:`ControlOperation`.

        ``body``, ``query`` and ``response`` name definitions of ``schemas/control.json``.
        """

        def declare(endpoint: Endpoint) -> Endpoint:
            self.operations.append(
                ControlOperation(
                    f"{self.name}.{name}",
                    method,
                    f"/_fake{path}",
                    endpoint,
                    status,
                    _schema(body),
                    _schema(query),
                    _schema(response),
                    needs_key,
                )
            )
            return endpoint

        return declare


def _schema(name: str | None) -> str | None:
    return None if name is None else f"control/{name}"
