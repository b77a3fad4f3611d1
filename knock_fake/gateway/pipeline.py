"""The straight line of one request: route, authenticate, count, replay, validate, answer, settle, write down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import ApiError, framework_error, invalid_field, rate_limit_exceeded
from knock_fake.gateway.authentication import authorize, check_grants, read_token
from knock_fake.gateway.batch_limits import BatchLimits
from knock_fake.gateway.bodies import check_data_size, decode_body
from knock_fake.gateway.call import Reply
from knock_fake.gateway.entry_points import follow_entry
from knock_fake.gateway.faults.attempt import Attempt
from knock_fake.gateway.faults.registry import Faults
from knock_fake.gateway.faults.rule import ConditionError
from knock_fake.gateway.idempotency import IdempotencyStore, fingerprint, replay
from knock_fake.gateway.journal import Entry, Journal
from knock_fake.gateway.operation_names import names_of
from knock_fake.gateway.operations import Request
from knock_fake.gateway.query import read_query
from knock_fake.gateway.rate_limits import TIERS, RateLimits
from knock_fake.gateway.security import Security
from knock_fake.gateway.upgrades import CONNECT, Admission, admit
from knock_fake.gateway.validation import check
from knock_fake.json_types import as_object
from knock_fake.signals import Remarked

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.call import Call
    from knock_fake.gateway.faults.strike import Strike
    from knock_fake.gateway.keys import Keys
    from knock_fake.gateway.operations import Operation
    from knock_fake.gateway.router import Router
    from knock_fake.json_types import Json, JsonObject

HINT_HEADER = "x-knock-fake-hint"
_JSON = "application/json; charset=utf-8"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Gateway:
    """Answers the calls of one world and keeps the journal of them."""

    def __init__(self, core: Core, router: Router[Operation], keys: Keys) -> None:
        self._core = core
        self._router = router
        self.keys = keys
        self.journal = Journal()
        self.names = names = names_of(router)
        self.batch_limits = BatchLimits(core.clock, names, core.state.messages)
        self.rate_limits = RateLimits(core.clock, names, self.batch_limits)
        self.faults = Faults(core.clock, core.identifiers, names)
        self.security = Security(core.clock)
        self._idempotency = IdempotencyStore(core.clock)
        self._count = 0
        self._remarks: list[str] = []
        core.state.signals.on(Remarked, self._hear)

    def handle(self, call: Call) -> Reply:
        """Answer one call. Whatever a client sends gets a reply; what is due is done before it is handed back."""
        core = self._core
        self._count += 1
        number = self._count
        request_id = core.identifiers.request_id(number)
        operation, hint, failure, strike = None, None, None, None
        try:
            core.clock.meet_request()
            if self.faults.is_armed:
                strike = self.faults.strike(self._attempt(call))
                strike.begin(core.clock)
            reply = follow_entry(core, call)
            if reply is None:
                operation, params = self._router.route(call.method, call.path)
                self._remarks.clear()
                reply = self._answer(call, operation, params, request_id)
                hint = "; ".join(self._remarks) or None
        except ApiError as refused:
            reply, hint = refusal(refused), refused.hint
        except Exception as error:  # a defect of the fake must reach the journal, not break the client
            failure, hint = error, _describe(error)
            reply = refusal(framework_error(500, "Internal Server Error", hint))
        reply.headers["x-request-id"] = request_id
        name = operation.name if operation is not None else None
        entry = Entry(number, core.clock.now, call, reply, name, hint, failure)
        if strike is not None and strike.rules:
            reply = _disturb(entry, strike)
        self.journal.write(entry)
        return reply

    def _hear(self, signal: Remarked) -> None:
        if signal.text not in self._remarks:
            self._remarks.append(signal.text)

    def admit(self, call: Call) -> Admission | Reply:
        """Let a websocket in, or return the answer that refuses it; the journal keeps either."""
        core = self._core
        core.clock.catch_up()
        self._count += 1
        reply, hint = Reply(101), None
        admission: Admission | None = None
        try:
            if not core.state.realtime_script.takes_connection():
                raise framework_error(403, "Forbidden", "realtime.refuse_connections() refuses it on purpose")
            admission = admit(call, self.keys, self.security, core.clock.now)
        except ApiError as refused:
            reply, hint = refusal(refused), refused.hint
        reply.headers["x-request-id"] = core.identifiers.request_id(self._count)
        self.journal.write(Entry(self._count, core.clock.now, call, reply, CONNECT, hint))
        return admission or reply

    def _attempt(self, call: Call) -> Attempt:
        """Return a call as faults see it: they strike calls that nothing answers, too."""
        try:
            operation, params = self._router.route(call.method, call.path)
        except ApiError:
            return Attempt(call, None, {}, self._core.clock.now)
        return Attempt(call, operation, params, self._core.clock.now)

    def _answer(self, call: Call, operation: Operation, params: dict[str, str], request_id: str) -> Reply:
        kind = self.keys.kind_of(call)
        authorize(operation, kind)
        is_public = kind == "public"
        token = read_token(call, operation, params, self.security, self._core.clock.now) if is_public else None
        request = Request(self._core, call, operation, kind, self.rate_limits, params, token)
        if self.rate_limits.enforced:
            self._count_against_tier(request)
        body = decode_body(call)
        key = (call.headers.get("idempotency-key") or None) if operation.idempotent else None
        print_ = fingerprint(call, body) if key is not None else b""
        if key is not None:
            recorded = self._idempotency.find(call.path, key, print_)
            if recorded is not None:
                return replay(recorded)
        reply = self._run(request, body)
        self._core.clock.settle()
        if self._remarks:
            reply.headers[HINT_HEADER] = header_safe("; ".join(self._remarks))
        if key is not None:
            self._idempotency.remember(call.path, key, print_, reply, request_id)
        return reply

    def _run(self, request: Request, body: Json) -> Reply:
        call, operation = request.call, request.operation
        if call.query or operation.query_schema is not None:
            request.query = read_query(call.query, operation.query_schema)
        if request.user_token is not None:
            check_grants(request)
        request.body = _checked_body(operation, body, len(call.body))
        answer = operation.endpoint(request)
        headers = request.reply_headers
        if operation.status == 204:
            return Reply(204, b"", headers)
        headers["content-type"] = _JSON
        return Reply(operation.status, orjson.dumps(answer), headers)

    def _count_against_tier(self, request: Request) -> None:
        operation = request.operation
        wait = self.rate_limits.take(operation.name, operation.tier, _counted_for(request))
        if wait is None:
            return
        headers = {"retry-after": str(max(1, int(-(-wait // 1))))}
        if self._core.clock.is_manual:
            headers["x-should-retry"] = "false"  # time stands still: waiting cannot help, the SDK need not try
        limit = self.rate_limits.rate_of(operation.name, operation.tier) or TIERS[operation.tier]
        why = f"is in tier {operation.tier}" if limit == TIERS[operation.tier] else f"is limited to {limit} per second"
        hint = f"{operation.name} {why}; the next call passes {wait:g} s later on the world's clock"
        raise rate_limit_exceeded(limit, headers, hint)


def _counted_for(request: Request) -> str | None:
    """Return the user that an endpoint's limit is counted for, ``None`` where all share it (Knock's API reference).

    Where the endpoint does not count per user of its path, a signed user token makes it count per user of the token.
    """
    if request.operation.per_user:
        return request.params.get("user_id")
    return None if request.user_token is None else request.user_token.user_id


def _checked_body(operation: Operation, body: Json, size: int) -> JsonObject:
    if operation.body_schema is None:
        return as_object(body)
    if not isinstance(body, dict):
        raise invalid_field("body", "must be a JSON object", "type")
    check(operation.body_schema, body)
    check_data_size(body, size)
    return body


def _disturb(entry: Entry, strike: Strike) -> Reply:
    """Let faults do their work on an answer: the journal keeps what the world has said, the client gets the rest."""
    reply = entry.reply
    entry.operation = strike.operation
    entry.faults = tuple(map(str, strike.rules))
    if entry.hint != strike.hint:
        entry.hint = f"{strike.hint}; {entry.hint}" if entry.hint else strike.hint
    reply.headers[HINT_HEADER] = header_safe(entry.hint)
    strike.disturb(reply)
    lost = strike.stand_in()
    if lost is None:
        return reply
    shown = refusal(lost)
    shown.headers["x-request-id"] = reply.headers["x-request-id"]
    shown.disruption = reply.disruption
    return shown


def _describe(error: Exception) -> str:
    if isinstance(error, ConditionError):
        return str(error)
    return f"knock_fake itself failed: {type(error).__name__}: {error}"


def refusal(error: ApiError) -> Reply:
    """Return what a client gets of a refused request."""
    headers = {"content-type": _JSON, **error.headers}
    if error.hint:
        headers[HINT_HEADER] = header_safe(error.hint)
    return Reply(error.status, orjson.dumps(error.body), headers)


def header_safe(text: str) -> str:
    """Return text as a header can carry it.

    Header values are one line of printable ASCII: other characters are escaped, control characters become spaces,
    and the length is kept reasonable.
    """
    return _CONTROL.sub(" ", text.encode("ascii", "backslashreplace").decode("ascii"))[:500]
