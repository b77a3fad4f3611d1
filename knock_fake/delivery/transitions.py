"""Which delivery statuses can follow one another, by channel type (Knock's docs on message statuses)."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from knock_fake.state.messages import DeliveryStatus

Successors: TypeAlias = "Mapping[DeliveryStatus, tuple[DeliveryStatus, ...]]"

# Providers of email and SMS tell what became of a message that they took, those of push and chat do not, except that
# they find out that nobody is there any more.
_CONFIRMED: Successors = {
    "queued": ("delivery_attempted", "sent", "bounced", "not_sent"),
    "delivery_attempted": ("queued", "undelivered"),
    "sent": ("delivered", "bounced", "undelivered"),
}
_UNCONFIRMED: Successors = {**_CONFIRMED, "sent": ("bounced",)}

_BY_TYPE: Mapping[str, Successors] = MappingProxyType(
    {
        "email": _CONFIRMED,
        "sms": _CONFIRMED,
        "push": _UNCONFIRMED,
        "chat": _UNCONFIRMED,
        "http": {
            "queued": ("delivery_attempted", "delivered", "not_sent"),
            "delivery_attempted": ("queued", "undelivered"),
        },
        "in_app_feed": {"queued": ("delivered",)},
        "in_app_guide": {},
    }
)
CHANNEL_TYPES = tuple(_BY_TYPE)


def successors(channel_type: str, status: DeliveryStatus) -> tuple[DeliveryStatus, ...]:
    """Return the statuses that can follow a status at once; none follow a final one."""
    return _BY_TYPE[channel_type].get(status, ())


def misstep(channel_type: str, statuses: Iterable[DeliveryStatus]) -> tuple[DeliveryStatus, DeliveryStatus] | None:
    """Return the first two neighbours of which the second cannot follow the first, ``None`` when there are none."""
    pairs = pairwise(statuses)
    return next(((one, other) for one, other in pairs if other not in successors(channel_type, one)), None)


def route(channel_type: str, start: DeliveryStatus, goal: DeliveryStatus) -> Sequence[DeliveryStatus] | None:
    """Return the statuses on the shortest way to another status, the goal included; ``None`` when none leads there."""
    came_from: dict[DeliveryStatus, DeliveryStatus] = {}
    waiting = deque([start])
    while waiting:
        status = waiting.popleft()
        for following in successors(channel_type, status):
            if following not in came_from and following != start:
                came_from[following] = status
                waiting.append(following)
    if goal not in came_from:
        return None
    way = [goal]
    while (before := came_from[way[0]]) != start:
        way.insert(0, before)
    return way
