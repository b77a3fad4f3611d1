"""``/_fake/messages``, ``/_fake/runs``, ``/_fake/calls``, ``/_fake/recipients``: looking through a world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.asking.plain import plain
from knock_fake.control.newest import contains, newest_first
from knock_fake.control.operations import ControlResource
from knock_fake.control.viewed_messages import texts_of, view_line, view_message
from knock_fake.errors import UnknownNameError
from knock_fake.explaining.records import explain_record
from knock_fake.state.references import TENANTS, USERS
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.gateway.journal import Entry
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.messages import Message
    from knock_fake.state.recipients import Recipient
    from knock_fake.state.runs import Run

inspecting = ControlResource("inspecting")


@inspecting.operation("list_messages", "GET", "/messages", query="messages_query", response="message_lines")
def list_messages(request: ControlRequest) -> Json:
    """Return messages, the newest first: a line each."""
    core, query = request.world.core, request.query
    channel, status, text = query.get("channel"), query.get("status"), query.get("text")

    def fits(message: Message) -> bool:
        return (
            channel in (None, message.channel.key, message.channel.type)
            and status in (None, message.status)
            and contains(query.get("recipient"), str(message.recipient))
            and contains(query.get("workflow"), message.source.key)
            and (text is None or _says(message, str(text)))
        )

    found, older = newest_first(core.state.messages.all(), lambda one: one.sequence, query, fits)
    return {"messages": [view_line(core, one) for one in found], "before": older}


def _says(message: Message, text: str) -> bool:
    """Return whether a text of a message's content contains another one."""
    # Within JSON a text has backslashes of its own. What cannot be there need not be unpacked.
    may = contains(orjson.dumps(text)[1:-1].decode(), message.packed_content.decode())
    return may and contains(text, *texts_of(message.content))


@inspecting.operation("get_message", "GET", "/messages/{message_id}", response="message_view")
def get_message(request: ControlRequest) -> Json:
    """Return everything about a message, and what can be done with it now."""
    core, identifier = request.world.core, request.params["message_id"]
    message = core.state.messages.get(identifier)
    if message is None:
        raise UnknownNameError(f"there is no message {identifier!r}")
    return view_message(core, message, request.call.base_url)


@inspecting.operation("list_runs", "GET", "/runs", query="runs_query", response="run_lines")
def list_runs(request: ControlRequest) -> Json:
    """Return recipient runs, the newest first, each with its explanation."""
    query = request.query

    def fits(run: Run) -> bool:
        return (
            query.get("status") in (None, run.status)
            and contains(query.get("recipient"), str(run.recipient))
            and contains(query.get("workflow"), run.workflow)
        )

    found, older = newest_first(request.world.state.runs.all(), lambda one: one.sequence, query, fits)
    return {"runs": [_view_run(request, one) for one in found], "before": older}


@inspecting.operation("get_run", "GET", "/runs/{run_id}", response="run_line")
def get_run(request: ControlRequest) -> Json:
    """Return a recipient run with its explanation."""
    identifier = request.params["run_id"]
    run = request.world.state.runs.get(identifier)
    if run is None:
        raise UnknownNameError(f"there is no run {identifier!r}")
    return _view_run(request, run)


def _view_run(request: ControlRequest, run: Run) -> JsonObject:
    return {
        "explanation": explain_record(run, request.world.state.webhooks).to_json(),
        "data": run.data,
        "cancellation_key": run.source.cancellation_key,
        "inserted_at": show_instant(run.inserted_at),
        "updated_at": show_instant(run.updated_at),
    }


@inspecting.operation("list_calls", "GET", "/calls", query="calls_query", response="call_lines")
def list_calls(request: ControlRequest) -> Json:
    """Return the calls of the API, the newest first: a line each."""
    query, wants_refused = request.query, request.query.get("refused")

    def fits(entry: Entry) -> bool:
        return wants_refused in (None, entry.reply.status >= 400 or bool(entry.faults)) and contains(
            query.get("text"), f"{entry.call.method} {entry.call.path}", entry.operation, entry.hint
        )

    found, older = newest_first([*request.world.journal], lambda one: one.number, query, fits)
    return {"calls": [_call_line(one) for one in found], "before": older}


@inspecting.operation("get_call", "GET", "/calls/{number}", response="call_view")
def get_call(request: ControlRequest) -> Json:
    """Return one call of the API: the request, the answer, and what the fake has to say about it."""
    named = request.params["number"]
    entry = next((one for one in request.world.journal if str(one.number) == named), None)
    if entry is None:
        raise UnknownNameError(f"there is no call {named!r}: the journal keeps the newest ones")
    call, reply = entry.call, entry.reply
    return {
        **_call_line(entry),
        "headers": {**call.headers},
        "body": _read_body(call.body),
        "answer_headers": {**reply.headers},
        "answer": _read_body(reply.body),
        "error": None if entry.error is None else f"{type(entry.error).__name__}: {entry.error}",
    }


def _call_line(entry: Entry) -> JsonObject:
    return {
        "number": entry.number,
        "at": show_instant(entry.at),
        "method": entry.call.method,
        "path": entry.call.path,
        "query": entry.call.query,
        "operation": entry.operation,
        "status": entry.reply.status,
        "outcome": entry.outcome,
        "hint": entry.hint,
        "faults": [*entry.faults],
    }


def _read_body(content: bytes) -> Json:
    """Return a body as JSON, as text where it is none, ``None`` where there is none."""
    if not content:
        return None
    try:
        decoded: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.decode("utf-8", "replace")
    return decoded


@inspecting.operation("list_recipients", "GET", "/recipients", query="recipients_query", response="recipient_lines")
def list_recipients(request: ControlRequest) -> Json:
    """Return users, objects and tenants, the newest first, with their properties, preferences and channel data."""
    state, query = request.world.state, request.query
    kind, text = query.get("kind"), query.get("text")

    def fits(recipient: Recipient) -> bool:
        return kind in (None, _kind_of(recipient)) and (text is None or _names(recipient, text))

    found, older = newest_first(state.recipients.all(), lambda one: one.sequence, query, fits)
    return {"recipients": [_view_recipient(state, one) for one in found], "before": older}


def _names(recipient: Recipient, text: Json) -> bool:
    """Return whether a recipient's reference or its properties contain a text."""
    return contains(text, str(recipient.reference), orjson.dumps(recipient.properties).decode())


def _kind_of(recipient: Recipient) -> str:
    return {USERS: "user", TENANTS: "tenant"}.get(recipient.reference.collection, "object")


def _view_recipient(state: State, recipient: Recipient) -> JsonObject:
    reference = recipient.reference
    return {
        "kind": _kind_of(recipient),
        "id": reference.id,
        "collection": reference.collection,
        "properties": recipient.properties,
        "preferences": plain(state.preferences.of(reference)),
        "channel_data": plain(state.channel_data.of(reference)),
        "messages": len(state.messages.of_recipient(reference)),
        "runs": len(state.runs.of_recipient(reference)),
        "inserted_at": show_instant(recipient.inserted_at),
        "updated_at": show_instant(recipient.updated_at),
    }
