"""Messages that a scenario tells of: written as the template of a channel step, with what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.delivery.journeys import good_end
from knock_fake.delivery.status_changes import StatusChange, apply_change
from knock_fake.delivery.transitions import route
from knock_fake.errors import invalid_field
from knock_fake.json_types import as_list, as_object, as_text
from knock_fake.state.activities import Activity, Digest
from knock_fake.state.messages import DELIVERY_STATUSES, ENGAGEMENTS, Message, MessageSource
from knock_fake.state.packed import pack
from knock_fake.state.references import read_reference
from knock_fake.timestamps import show_instant
from knock_fake.workflows.addresses import Inquiry, Unreachable, find_addresses
from knock_fake.workflows.content import assemble_content, compile_channel_template
from knock_fake.workflows.people import locale_of, recipient_variables
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.vars import shared_vars

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.state.recipients import Recipient
    from knock_fake.state.references import Reference
    from knock_fake.state.runs import Run
    from knock_fake.workflows.addresses import Address


def recall_message(core: Core, entry: JsonObject) -> Message:
    """Put a message into the world as it would be now.

    Args:
        core: the parts of the world.
        entry: a message of a scenario, having passed its schema.

    Raises:
        ApiError: the id is taken, what the entry names is unknown, or the recipient cannot be reached.
        WorkflowDefinitionError: the template is none of the channel's type.
    """
    channel, recipient = _channel(core, str(entry["channel"])), _recipient(core, read_reference(entry["recipient"]))
    address = _address(core, channel, recipient)
    sequence, now = core.identifiers.next_sequence(), core.clock.now
    message_id = str(entry.get("id") or core.identifiers.ksuid(sequence, now))
    if core.state.messages.get(message_id) is not None:
        raise invalid_field("id", f"is taken: there is a message {message_id!r} already", "taken")
    packed_data = pack(as_object(entry.get("data")))
    actors = _references(entry.get("actors"))
    actor = actors[0] if actors else None
    activity = Activity(core.identifiers.next_sequence(), actor, recipient.reference, packed_data, now)
    message = Message(
        id=message_id,
        sequence=sequence,
        channel=channel,
        recipient=recipient.reference,
        tenant=as_text(entry.get("tenant")),
        source=_source(core, entry, channel),
        run=_run(core, entry, recipient.reference),
        told=Digest((activity,), actors, activity, 1, len(actors)),
        packed_data=packed_data,
        packed_content=pack(_content(core, entry, channel, recipient, address, message_id)),
        inserted_at=now,
        updated_at=now,
        packed_snapshot=pack(address.snapshot),
    )
    core.state.messages.insert(message)
    if message.run is not None:
        core.state.runs.recall_message(message.run, message, (message.source.step_ref, "channel"))
    _live_through(core, message, entry)
    return message


def _channel(core: Core, key: str) -> Channel:
    channel = core.state.channels.by_key(key) or core.state.channels.get(key)
    if channel is None:
        known = ", ".join(core.state.channels.keys())
        raise invalid_field("channel", f"there is no channel with the key or id {key!r}: there are {known}", "unknown")
    return channel


def _recipient(core: Core, reference: Reference) -> Recipient:
    recipient = core.state.recipients.get(reference)
    if recipient is None:
        raise invalid_field("recipient", f"nobody identified {reference}: add it to users or objects", "unknown")
    return recipient


def _address(core: Core, channel: Channel, recipient: Recipient) -> Address:
    data = core.state.channel_data.of(recipient.reference).get(channel.id, {})
    settings = {name: value for name, value in channel.settings.items() if isinstance(value, str)}
    found = find_addresses(Inquiry(channel, recipient, data, settings))
    if isinstance(found, Unreachable):
        raise invalid_field("recipient", f"cannot be reached on {channel.key}: it needs {found.needs}", "invalid")
    return found[0]


def _content(
    core: Core, entry: JsonObject, channel: Channel, recipient: Recipient, address: Address, message_id: str
) -> JsonObject:
    template = compile_channel_template(channel.type, entry["template"], "template")
    data, shown = entry.get("data"), recipient_variables(core.state, recipient.reference)
    variables: JsonObject = {
        "data": as_object(data),
        "recipient": shown,
        "vars": shared_vars(core.state, None),
        "timestamp": show_instant(core.clock.now),
    }
    scope = Scope(variables, core.library, core.state, locale=address.locale or locale_of(shown))
    return assemble_content(channel.type, template.render(scope), address.content, message_id)


def _source(core: Core, entry: JsonObject, channel: Channel) -> MessageSource:
    key = str(entry["workflow"])
    definition = core.workflows.get(key)
    if definition is None:
        raise invalid_field("workflow", f"there is no workflow {key!r}: {core.workflows.suggest(key)}", "unknown")
    step_ref = as_text(entry.get("step_ref")) or f"{channel.type}_1"
    return MessageSource(key, definition.version_id, definition.categories, step_ref)


def _run(core: Core, entry: JsonObject, recipient: Reference) -> Run | None:
    run_id, workflow = as_text(entry.get("workflow_recipient_run_id")), str(entry["workflow"])
    if run_id is None:
        return None
    run = core.state.runs.get(run_id)
    if run is None:
        raise invalid_field("workflow_recipient_run_id", f"there is no run {run_id!r}: add it to runs", "unknown")
    if (run.workflow, run.recipient) != (workflow, recipient):
        told = f"the run {run_id!r} is one of {run.workflow} for {run.recipient}, not of {workflow} for {recipient}"
        raise invalid_field("workflow_recipient_run_id", f"{told}: name one of its own, or none", "invalid")
    return run


def _live_through(core: Core, message: Message, entry: JsonObject) -> None:
    """Let the message take every status on the way to the one it has, then the marks of its recipient."""
    channel_type = message.channel.type
    status = str(entry.get("status", good_end(channel_type)))
    goal = next((one for one in DELIVERY_STATUSES if one == status), None)
    way = () if goal in ("queued", None) else route(channel_type, "queued", goal)
    if goal is None or way is None:
        raise invalid_field("status", f"a message on a channel of type {channel_type} is never {status}", "enum")
    for one in ("queued", *way):
        apply_change(core.state, message, StatusChange(one))
    marks = entry.get("engagement")
    for mark in ENGAGEMENTS:
        if isinstance(marks, list) and mark in marks:
            core.state.messages.mark(message, mark)


def _references(value: Json) -> tuple[Reference, ...]:
    return tuple(read_reference(one) for one in as_list(value))
