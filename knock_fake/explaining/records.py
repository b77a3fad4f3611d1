"""Explaining the runs that a world remembers: they are shown as Knock's API would show them, and read from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.shown_messages import show_message
from knock_fake.api.shown_runs import show_decision, show_run
from knock_fake.explaining.explanation import WebhookFate
from knock_fake.explaining.reading import explain_run

if TYPE_CHECKING:
    from knock_fake.explaining.explanation import RunExplanation
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message
    from knock_fake.state.runs import Run
    from knock_fake.state.webhooks import WebhookDelivery, WebhookStore


def explain_record(run: Run, webhooks: WebhookStore) -> RunExplanation:
    """Explain one run of a world.

    Args:
        run: the run.
        webhooks: the world's, for those that tell of the run.
    """
    events: list[Json] = [show_decision(event) for event in run.events]
    told = [_webhook(one) for one in webhooks.of_run(run.id)]
    return explain_run({**show_run(run), "events": events}, [_message(one) for one in run.messages], told)


def _webhook(delivery: WebhookDelivery) -> WebhookFate:
    event = delivery.event
    return WebhookFate(event.type, delivery.url, event.message_id, delivery.status, str(delivery))


def _message(message: Message) -> JsonObject:
    events: list[Json] = [{"type": f"message.{event.type}", "data": event.data} for event in message.events]
    return {**show_message(message), "events": events}
