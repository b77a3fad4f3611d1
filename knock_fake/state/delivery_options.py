"""How one message is to be delivered, beside what it says: decided by its channel and step when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """What delivery must know of a message and nobody is shown.

    ``tracks_opens`` says that an email has a pixel, ``deregisters_token`` that a bounce takes a push token from its
    recipient, ``problem`` why the provider cannot even be asked. ``signing_key`` signs the request of a webhook.
    ``headers`` are what the email carries beyond the usual, ``payload`` what the provider's request holds beside the
    content.
    """

    tracks_opens: bool = False
    deregisters_token: bool = False
    problem: str | None = None
    signing_key: str | None = None
    headers: JsonObject | None = None
    payload: JsonObject | None = None


DEFAULT_OPTIONS = DeliveryOptions()
"""The options of a message that has none; shared, since most messages have none."""
