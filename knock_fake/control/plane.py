"""The control plane: answers what is called below ``/_fake``, and lets everything else through to a world."""

from __future__ import annotations

from functools import cache
from hmac import compare_digest
from typing import TYPE_CHECKING

import orjson

from knock_fake.control.callers import refuse_foreign
from knock_fake.control.operations import ControlOperation, ControlRequest
from knock_fake.control.revisions import Revisions
from knock_fake.control.snapshots import NamedSnapshots
from knock_fake.errors import (
    ApiError,
    ExpectationError,
    KnockFakeError,
    UnknownNameError,
    control_refusal,
    framework_error,
    invalid_field,
)
from knock_fake.gateway.bodies import decode_body
from knock_fake.gateway.call import Reply
from knock_fake.gateway.pipeline import refusal
from knock_fake.gateway.query import read_query
from knock_fake.gateway.validation import check
from knock_fake.skins.network import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.control.worlds import Worlds
    from knock_fake.gateway.call import Call
    from knock_fake.gateway.router import Router
    from knock_fake.gateway.upgrades import Socket
    from knock_fake.json_types import JsonObject

ROOT = "/_fake"
TOKEN_HEADER = "x-knock-fake-token"  # noqa: S105 - the name of a header
_JSON = "application/json; charset=utf-8"


@cache
def _router() -> Router[ControlOperation]:
    from knock_fake.control.table import CONTROL_OPERATIONS
    from knock_fake.gateway.router import Router

    return Router(CONTROL_OPERATIONS)


class ControlledServer:
    """A handler for servers: calls of Knock's API go to the world they mean, those below ``/_fake`` control it.

    Args:
        worlds: the worlds that the server serves.
        host: the address that it listens on. Where others than this machine can call, there is no control without
            a token: every path below ``/_fake`` is answered with 404.
        token: what calls below ``/_fake`` have to send in the header ``X-Knock-Fake-Token``; ``None`` takes all but
            those that come from pages of other machines.

    ``has_control`` says whether there is control.
    """

    def __init__(self, worlds: Worlds, *, host: str = "127.0.0.1", token: str | None = None) -> None:
        self.worlds = worlds
        self._token = token
        self.has_control = token is not None or is_loopback(host.lower())
        self._snapshots = NamedSnapshots()
        self._revisions = Revisions()

    def handle(self, call: Call) -> Reply:
        """Answer one call."""
        if call.path == ROOT or call.path.startswith(f"{ROOT}/"):
            return self._control(call)
        return self.worlds.handle(call)

    def connect(self, call: Call, wake: Callable[[], None]) -> Socket | Reply:
        """Let a websocket in to the world that it means; see :class:`knock_fake.gateway.upgrades.Connecting`."""
        return self.worlds.of(call).connect(call, wake)

    def keep_time(self) -> bool:
        """Let happen what is due by now, and tell whether any world follows the machine's time."""
        kept = [world.keep_time() for world in self.worlds.all()]
        return any(kept)

    def _control(self, call: Call) -> Reply:
        try:
            return self._answer(call)
        except ApiError as refused:
            return refusal(refused)
        except ExpectationError as error:
            return refusal(control_refusal(417, "expectation_failed", str(error)))
        except UnknownNameError as error:
            return refusal(control_refusal(404, "unknown_name", str(error)))
        except KnockFakeError as error:
            return refusal(control_refusal(422, "invalid_params", str(error)))
        except Exception as error:  # a defect of the fake must be told, not break the client
            hint = f"knock_fake itself failed: {type(error).__name__}: {error}"
            return refusal(framework_error(500, "Internal Server Error", hint))

    def _answer(self, call: Call) -> Reply:
        self._authorize(call)
        operation, params = _router().route(call.method, call.path)
        query = read_query(call.query, operation.query_schema)
        if query and operation.query_schema is None:
            raise invalid_field(next(iter(query)), "is unknown: this operation has no query parameters", "unknown")
        body = _checked_body(call, operation)
        if operation.needs_key:
            self.worlds.require_key(call)
        world = self.worlds.of(call)
        with world.lock:
            world.clock.catch_up()
            request = ControlRequest(world, self.worlds, self._snapshots, self._revisions, call, params, query, body)
            if operation.method != "GET":
                self._revisions.note_write()
            answer = operation.endpoint(request)
            world.clock.settle()
        if operation.status == 204:
            return Reply(204, b"")
        return Reply(operation.status, orjson.dumps(answer), {"content-type": _JSON})

    def _authorize(self, call: Call) -> None:
        if not self.has_control:
            hint = "control is off where others than this machine can call: start the server with a control token"
            raise framework_error(404, "Not Found", hint)
        if self._token is None:
            refuse_foreign(call)
            return
        sent = call.headers.get(TOKEN_HEADER, "")
        if not compare_digest(sent.encode(), self._token.encode()):
            raise control_refusal(401, "control_token_missing", "send the control token in X-Knock-Fake-Token")


def _checked_body(call: Call, operation: ControlOperation) -> JsonObject:
    body = decode_body(call)
    if not isinstance(body, dict):
        raise invalid_field("body", "must be a JSON object", "type")
    if operation.body_schema is not None:
        check(operation.body_schema, body)
    elif body:
        raise invalid_field(next(iter(body)), "is unknown: this operation takes no body", "unknown")
    return body
