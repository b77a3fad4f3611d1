"""The types of events that Knock sends webhooks for (Knock's docs on webhook event types)."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.wildcards import wild

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OF_MESSAGES = (
    "sent",
    "delivered",
    "delivery_attempted",
    "undelivered",
    "bounced",
    "seen",
    "unseen",
    "read",
    "unread",
    "archived",
    "unarchived",
    "interacted",
    "link_clicked",
)
_OF_RUNS = ("started", "completed", "error")
RESOURCES = ("workflow", "email_layout", "translation", "source_event_action", "partial")
"""What is updated and committed in an environment."""

EVENT_TYPES = (
    *(f"message.{name}" for name in _OF_MESSAGES),
    *(f"workflow_recipient_run.{name}" for name in _OF_RUNS),
    *(f"{resource}.{name}" for resource in RESOURCES for name in ("updated", "committed")),
)
"""Every type, in the order of Knock's docs."""

_UNTOLD = ("message.created", "message.queued", "message.not_sent")
"""Events of messages that have no webhook."""


def read_events(events: object, place: str) -> tuple[str, ...]:
    """Read which types of events an endpoint hears of.

    Args:
        events: names of types, or one; ``*`` in them stands for any text. ``None`` is every type.
        place: what the names are given to, for errors.

    Returns:
        The types in the order of Knock's docs.

    Raises:
        UsageError: there is no such type, or nothing is named. UsageTypeError: it is something else.
    """
    if events is None:
        return EVENT_TYPES
    named = [events] if isinstance(events, str) else [*events] if isinstance(events, Iterable) else None
    if named is None or not all(isinstance(one, str) for one in named):
        raise UsageTypeError(f"{place}: events must be names of types such as ['message.sent'], not {events!r}")
    if not named:
        raise UsageError(f"{place}: events names no type of event: leave it out to hear of all")
    wanted = {type_ for name in named for type_ in _meant(name, place)}
    return tuple(one for one in EVENT_TYPES if one in wanted)


def _meant(name: str, place: str) -> Iterator[str]:
    pattern = wild(name)
    found = [one for one in EVENT_TYPES if pattern.fullmatch(one)]
    if not found and name in _UNTOLD:
        raise UsageError(f"{place}: Knock sends no webhook for {name}; it does for message.sent and what follows")
    if not found:
        raise UsageError(f"{place}: there is no event {name!r}; {nearest(name, _candidates(name))}")
    yield from found


def _candidates(name: str) -> Sequence[str]:
    """Return what a name that is none may mean: what begins like it, as far as there is such a kind of events."""
    kinds = [*dict.fromkeys(one.partition(".")[0] for one in EVENT_TYPES)]
    meant = get_close_matches(name.partition(".")[0], kinds, n=1) if "." in name else []
    if not meant:
        return EVENT_TYPES
    within = [one for one in EVENT_TYPES if one.startswith(f"{meant[0]}.")]
    return [f"{meant[0]}.*"] if name.endswith(".*") else within
