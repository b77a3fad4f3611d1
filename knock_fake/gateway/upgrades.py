"""Upgrades to a websocket. Browsers cannot send headers with them: key, user token and version stand in the query."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from knock_fake.errors import ApiError, framework_error
from knock_fake.gateway.authentication import USER_TOKEN_HEADER, verified_token
from knock_fake.gateway.query import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from knock_fake.gateway.call import Call, Reply
    from knock_fake.gateway.keys import Keys
    from knock_fake.gateway.security import Security
    from knock_fake.gateway.user_tokens import UserToken
    from knock_fake.json_types import Json

WEBSOCKET_PATH = "/ws/v1/websocket"
"""Where Knock's browser clients connect to."""

CONNECT = "realtime.connect"
"""What the journal calls an upgrade."""

_VERSION = re.compile(r"2\.0\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Admission:
    """An upgrade that is let in, and the user token that it came with, if any."""

    token: UserToken | None


class Socket(Protocol):
    """A connection as a skin sees it: text frames go in and come out, until one side closes it."""

    @property
    def close_code(self) -> int | None:
        """With which code it is to be closed once everything is sent that :meth:`take` returns; ``None`` to go on."""
        ...

    def receive(self, text: str) -> None:
        """Take a text frame from the client. Never raises for anything that a client may send."""
        ...

    def take(self) -> list[str]:
        """Return the text frames to be sent now, each of them once."""
        ...

    def close(self, code: int) -> None:
        """Let the connection end: nothing is pushed to it any more."""
        ...


@runtime_checkable
class Connecting(Protocol):
    """A handler that websockets can be connected to as well."""

    def connect(self, call: Call, wake: Callable[[], None]) -> Socket | Reply:
        """Return a connection, or the answer that refuses the upgrade.

        Args:
            call: the upgrade, as :func:`upgrade_call` returned it.
            wake: called, from any thread, whenever the connection has frames to be sent or is to be closed.
        """
        ...


@runtime_checkable
class KeepingTime(Protocol):
    """A handler with worlds in it that may follow the machine's time."""

    def keep_time(self) -> bool:
        """Let happen what is due by now, and tell whether any world follows the machine's time."""
        ...


_KEYLESS = "a websocket has its key in its query: connect with api_key=pk_test_..."


def is_websocket_path(path: str) -> bool:
    """Whether browser clients connect to a path; a trailing slash in their ``host`` doubles its first one."""
    return f"/{path.lstrip('/')}" == WEBSOCKET_PATH


def upgrade_call(call: Call) -> Call:
    """Return an upgrade with what its query says of key and user token where other calls have it: in the headers."""
    try:
        query = parse_query(call.query)
    except ApiError:
        query = {}  # admit() misses the version in it
    key, token = query.get("api_key"), query.get("user_token")
    headers = {name: value for name, value in call.headers.items() if name not in ("authorization", USER_TOKEN_HEADER)}
    if isinstance(key, str):
        headers["authorization"] = f"Bearer {key}"
    if isinstance(token, str):
        headers[USER_TOKEN_HEADER] = token
    return replace(call, headers=headers)


def admit(call: Call, keys: Keys, security: Security, now: datetime) -> Admission:
    """Let an upgrade in: with a publishable key, a user token where there has to be one, and version 2 of the protocol.

    Raises:
        ApiError: with status 403, whatever the reason, as Phoenix answers.
    """
    try:
        version = parse_query(call.query).get("vsn")
        kind = keys.kind_of(call)
        token = verified_token(call, CONNECT, security, now, is_required=security.is_enhanced)
    except ApiError as error:
        in_query = "a websocket has them in its query: api_key=pk_test_..., user_token=..."
        is_keyless = isinstance(error.body, dict) and error.body.get("code") == "api_key_missing"
        is_keyless = is_keyless and "authorization" not in call.headers
        hint = _KEYLESS if is_keyless else f"{error.hint}; {in_query}"
        raise ApiError(403, _with_status(error.body, 403), hint=hint) from error
    if kind != "public":
        raise _forbidden("browsers connect with a publishable key (pk_...), this came with a secret one")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise _forbidden("the websocket speaks Phoenix's protocol 2.0.0: connect with vsn=2.0.0")
    return Admission(token)


def _with_status(body: Json, status: int) -> Json:
    return {**body, "status": status} if isinstance(body, dict) and "status" in body else body


def _forbidden(hint: str) -> ApiError:
    return framework_error(403, "Forbidden", hint)
