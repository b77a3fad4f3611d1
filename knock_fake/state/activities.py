"""Activities: triggers as runs, templates and messages tell of them, one by one or collected by a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from knock_fake.state.packed import unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from knock_fake.json_types import JsonObject
    from knock_fake.state.packed import Packed
    from knock_fake.state.references import Reference

Order = Literal["asc", "desc"]
"""Which activities of many are rendered: the first ones or the last ones."""

TEXT_LENGTH = 256
"""Longer texts are cut where the data of several triggers are combined (Knock's docs on the batch function)."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Activity:
    """One trigger as a message tells of it; a message has several after a batch."""

    sequence: int
    actor: Reference | None
    recipient: Reference
    packed_data: Packed
    at: datetime

    @property
    def data(self) -> JsonObject:
        """The data of the trigger."""
        return unpack(self.packed_data)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a run tells of.

    ``activities`` and ``actors`` are those that are rendered, oldest first; the totals count all of them. ``first``
    is the first activity of all, which need not be rendered. ``order`` says which ones were taken where there were
    too many.
    """

    activities: tuple[Activity, ...]
    actors: tuple[Reference, ...]
    first: Activity
    total_activities: int
    total_actors: int
    order: Order = "asc"

    def actors_within(self, limit: int) -> tuple[Reference, ...]:
        """Return at most so many of the rendered actors."""
        return tuple(taken(self.actors, limit, self.order))

    def given_to(self, recipient: Reference) -> Digest:
        """Return the same, with another recipient."""
        return replace(
            self,
            activities=tuple(replace(one, recipient=recipient) for one in self.activities),
            first=replace(self.first, recipient=recipient),
        )


def single(activity: Activity) -> Digest:
    """Return what a run tells of that no batch has collected."""
    actors = () if activity.actor is None else (activity.actor,)
    return Digest((activity,), actors, activity, 1, len(actors))


def collected(activities: Sequence[Activity], limit: int, order: Order) -> Digest:
    """Return what a batch tells of.

    An actor counts once and stands where it came first (our choice).

    Args:
        activities: everything that the batch holds, at least one, oldest first.
        limit: how many activities, and how many actors, are rendered.
        order: which ones, if there are more.
    """
    actors = [*dict.fromkeys(one.actor for one in activities if one.actor is not None)]
    return Digest(
        activities=tuple(taken(activities, limit, order)),
        actors=tuple(taken(actors, limit, order)),
        first=activities[0],
        total_activities=len(activities),
        total_actors=len(actors),
        order=order,
    )


def taken(values: Sequence[_Value], limit: int, order: Order) -> Sequence[_Value]:
    """Return at most so many values, from the begin of the sequence or from its end."""
    return values[:limit] if order == "asc" else values[-limit:]


def combined_data(activities: Iterable[Activity]) -> JsonObject:
    """Return the data of several triggers as one flat object; of a key that several have, the last value counts.

    Lists and objects are left out, long texts are cut (Knock's docs on the batch function).
    """
    return {key: value for one in activities for key, value in flat_data(one.data).items()}


def flat_data(data: JsonObject) -> JsonObject:
    """Return data without lists and objects, and long texts cut."""
    return {
        key: value[:TEXT_LENGTH] if isinstance(value, str) else value
        for key, value in data.items()
        if not isinstance(value, dict | list)
    }
