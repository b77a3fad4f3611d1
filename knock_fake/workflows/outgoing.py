"""Messages as a channel step makes them: rendered, with everything that delivery must know of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from knock_fake.delivery.entry_urls import ORIGIN, UNSUBSCRIBE, link_url, unsubscribe_url
from knock_fake.delivery.link_tracking import track_links, with_open_pixel
from knock_fake.state.channel_settings import EXTERNAL_ID
from knock_fake.state.delivery_options import DEFAULT_OPTIONS, DeliveryOptions
from knock_fake.state.messages import Message, MessageSource
from knock_fake.state.packed import pack
from knock_fake.timestamps import show_instant
from knock_fake.workflows.content import assemble_content
from knock_fake.workflows.moments import recipient_zone

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.references import Reference
    from knock_fake.workflows.addresses import Address
    from knock_fake.workflows.channel_checks import ChannelCheck
    from knock_fake.workflows.content import ChannelTemplate
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.scopes import Scope
    from knock_fake.workflows.send_windows import SendWindows


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is rendered and not yet in the world; ``never_departs`` when its send windows are never open."""

    check: ChannelCheck
    message: Message
    never_departs: bool

    def enqueue(self) -> None:
        """Put the message into the world and hand it to delivery."""
        context, message = self.check.context, self.message
        services = context.services
        self._track()
        services.state.messages.insert(message)
        assert context.named_step is not None  # noqa: S101 - a message is only made by a step
        services.state.runs.add_message(context.run, message, context.named_step)
        sandbox = context.run.settings.sandbox_mode
        services.dispatcher.enqueue(message, sandbox=sandbox, never_departs=self.never_departs)

    def _track(self) -> None:
        message, channel = self.message, self.check.channel
        if self.check.overrides.is_on("link_tracking", channel):
            message.packed_content = pack(track_links(channel.type, message.content, self._tracked))
        if message.options.tracks_opens:
            message.packed_content = pack(with_open_pixel(message.content, message.id))

    def _tracked(self, url: str) -> str:
        """Return the address that stands for another one; those that lead to Knock itself stay (our choice)."""
        if url.startswith(ORIGIN + UNSUBSCRIBE):
            return url
        link = self.check.context.services.state.tracked_links.track(self.message.id, url)
        return link_url(link, is_short=self.check.channel.type == "sms")


def prepare(check: ChannelCheck, address: Address, template: ChannelTemplate, windows: SendWindows | None) -> Outgoing:
    """Render the message of a step for one address.

    Raises:
        TemplateError: a field cannot be rendered with these variables.
    """
    context, channel = check.context, check.channel
    services, run, step = context.services, context.run, context.step
    assert step is not None  # noqa: S101 - a message is only made by a step
    now = services.clock.now
    sequence = services.identifiers.next_sequence()
    message_id = services.identifiers.ksuid(sequence, now)
    at = show_instant(now)
    current: JsonObject = {"id": message_id, "inserted_at": at, "updated_at": at}
    variables = check.variables.having({"current_message": current}).translated_for(address.locale)
    template = template.on(channel)
    rendered = template.render(variables)
    opening = now if windows is None else windows.next_opening(now, _zone(context, address))
    message = Message(
        id=message_id,
        sequence=sequence,
        channel=channel,
        recipient=run.recipient,
        tenant=run.tenant,
        source=MessageSource(run.workflow, run.version_id, context.definition.categories, step.ref),
        run=run,
        told=run.walk.batched,
        packed_data=run.packed_data,
        packed_content=pack(assemble_content(channel.type, rendered, address.content, message_id)),
        inserted_at=now,
        updated_at=now,
        packed_snapshot=pack(address.snapshot),
        scheduled_at=None if opening == now else opening,
        options=_options(check, address, _payload(check, template, variables)),
        variables=dict(variables) if template.is_translated else None,
    )
    return Outgoing(check, message, never_departs=opening is None)


def _zone(context: RunContext, address: Address) -> ZoneInfo:
    """Return the zone of the device that is to be reached, or else the recipient's (Knock's docs on send windows)."""
    return recipient_zone(context) if address.zone is None else ZoneInfo(address.zone)


def _payload(check: ChannelCheck, template: ChannelTemplate, variables: Scope) -> JsonObject | None:
    """Return what the template and the overrides of the step add to the provider's request; overrides count more."""
    overrides = check.overrides.payload.render(variables) if check.overrides.payload is not None else None
    parts = [part for part in (template.payload(variables), overrides) if part is not None]
    return {key: value for part in parts for key, value in part.items()} if parts else None


def _options(check: ChannelCheck, address: Address, payload: JsonObject | None) -> DeliveryOptions:
    channel, overrides, context = check.channel, check.overrides, check.context
    is_commercial_email = channel.type == "email" and context.definition.is_commercial
    options = DeliveryOptions(
        tracks_opens=channel.type == "email" and overrides.is_on("open_tracking", channel),
        deregisters_token=channel.type == "push"
        and overrides.is_on("token_deregistration", channel)
        and channel.settings.get("recipient_mode") != EXTERNAL_ID,
        problem=address.problem,
        signing_key=check.settings().get("signing_key") if channel.type == "http" else None,
        headers=_unsubscribe_headers(context.run.recipient) if is_commercial_email else None,
        payload=payload,
    )
    return DEFAULT_OPTIONS if options == DEFAULT_OPTIONS else options


def _unsubscribe_headers(recipient: Reference) -> JsonObject:
    """Return what commercial emails carry (Knock's docs on commercial unsubscribe; the names are those of RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_url(recipient)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
