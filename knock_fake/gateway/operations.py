"""What an endpoint declares: one function, one declaration; everything else reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from knock_fake.errors import not_built

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.core import Core
    from knock_fake.gateway.call import Call
    from knock_fake.gateway.grants import Ability
    from knock_fake.gateway.rate_limits import RateLimits
    from knock_fake.gateway.user_tokens import UserToken
    from knock_fake.json_types import Json, JsonObject

PublicKey: TypeAlias = Literal["documented", "client_sdk", "grant", "no"]
"""Who may call with a publishable key: Knock documents it, its browser SDKs do it, a user token must grant it, none."""

Documented: TypeAlias = Literal["both", "older", "current", "ours"]
"""Where an operation is documented: in Knock's older and current API reference, or one of them, or it is our own."""

KeyKind: TypeAlias = Literal["secret", "public"]


@dataclass(slots=True)
class Request:
    """A call that has passed the gateway: routed, authenticated, decoded and validated.

    ``params`` are the decoded path segments by name, ``query`` the decoded query as its schema types it,
    ``body`` the decoded body (``{}`` for an empty one). ``user_token`` is the verified token of a call with a
    publishable key, if it came with one. ``reply_headers`` are added to the answer.
    """

    core: Core
    call: Call
    operation: Operation
    key_kind: KeyKind
    rate_limits: RateLimits
    params: dict[str, str]
    user_token: UserToken | None = None
    query: JsonObject = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)
    reply_headers: dict[str, str] = field(default_factory=dict)


Endpoint: TypeAlias = "Callable[[Request], Json]"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of Knock's API and the function that answers it.

    Attributes:
        name: resource and verb as the Python SDK spells them, such as ``users.get``.
        method: the HTTP method.
        path: the path template, such as ``/v1/users/{user_id}``.
        endpoint: the function; it returns the decoded body of the answer (ignored for a 204).
        tier: the rate limit tier, 1 to 5.
        batch_tier: whether the batch deduplication limit applies, and its tier.
        retention: whether data retention hides old messages here.
        idempotent: whether ``Idempotency-Key`` is honoured.
        public_key: who may call with a publishable key.
        ability: what a user token has to grant for it, when publishable keys may call at all.
        status: the status of success.
        body_schema, query_schema, response_schema: names of schemas such as ``users/identify_request``.
        per_user: whether the rate limit counts each user of the path by itself.
        reference: where Knock documents it.
        since: the version that answered it first.
        is_built: whether this version answers the operation.
    """

    name: str
    method: str
    path: str
    endpoint: Endpoint
    tier: int
    batch_tier: int | None = None
    retention: bool = False
    idempotent: bool = False
    public_key: PublicKey = "no"
    ability: Ability | None = None
    status: int = 200
    body_schema: str | None = None
    query_schema: str | None = None
    response_schema: str | None = None
    per_user: bool = False
    reference: Documented = "both"
    since: str = "0.1.0"
    is_built: bool = True


class Resource:
    """Collects the operations of one resource as its module declares them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operations: list[Operation] = []

    def operation(
        self,
        name: str,
        method: str,
        path: str,
        *,
        tier: int,
        batch_tier: int | None = None,
        retention: bool = False,
        idempotent: bool = False,
        public_key: PublicKey = "no",
        ability: Ability | None = None,
        status: int = 200,
        body: str | None = None,
        query: str | None = None,
        response: str | None = None,
        per_user: bool = False,
        reference: Documented = "both",
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare the decorated function as an operation; see :class:`Operation` for the arguments."""

        def declare(endpoint: Endpoint) -> Endpoint:
            self.operations.append(
                Operation(
                    name=f"{self.name}.{name}",
                    method=method,
                    path=path,
                    endpoint=endpoint,
                    tier=tier,
                    batch_tier=batch_tier,
                    retention=retention,
                    idempotent=idempotent,
                    public_key=public_key,
                    ability=ability,
                    status=status,
                    body_schema=body,
                    query_schema=query,
                    response_schema=response,
                    per_user=per_user,
                    reference=reference,
                )
            )
            return endpoint

        return declare


def refuse_unbuilt(request: Request) -> Json:
    """Answer an operation that Knock has and this version has not."""
    raise not_built(request.operation.name)
