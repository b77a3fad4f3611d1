"""The names that people know operations by: the SDK's of today, wildcards over them, and those of older SDKs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.gateway.operations import Operation
    from knock_fake.gateway.router import Router

_STATUSES = ("mark_as_seen", "mark_as_read", "mark_as_interacted", "archive")
_TAKEN_BACK = ("mark_as_unseen", "mark_as_unread", "unarchive")

ALIASES: Mapping[str, tuple[str, ...]] = {
    "users.identify": ("users.update",),
    "users.bulk_identify": ("users.bulk.identify",),
    "users.bulk_delete": ("users.bulk.delete",),
    "users.get_messages": ("users.list_messages",),
    "users.get_subscriptions": ("users.list_subscriptions",),
    "users.get_schedules": ("users.list_schedules",),
    "users.get_feed": ("users.feeds.list_items",),
    "users.get_all_preferences": ("users.list_preferences",),
    "objects.set_object": ("objects.set",),
    "objects.bulk_set": ("objects.bulk.set",),
    "objects.bulk_delete": ("objects.bulk.delete",),
    "objects.bulk_add_subscriptions": ("objects.bulk.add_subscriptions",),
    "objects.get_messages": ("objects.list_messages",),
    "objects.get_schedules": ("objects.list_schedules",),
    "objects.get_all_preferences": ("objects.list_preferences",),
    "tenants.set_tenant": ("tenants.set",),
    "workflows.list_schedules": ("schedules.list",),
    "workflows.create_schedules": ("schedules.create",),
    "workflows.update_schedules": ("schedules.update",),
    "workflows.delete_schedules": ("schedules.delete",),
    "messages.get_events": ("messages.list_events",),
    "messages.get_activities": ("messages.list_activities",),
    "messages.get_delivery_logs": ("messages.list_delivery_logs",),
    "messages.set_status": tuple(f"messages.{name}" for name in _STATUSES),
    "messages.unset_status": tuple(f"messages.{name}" for name in (*_TAKEN_BACK, "unmark_interacted")),
    "messages.batch_set_status": tuple(f"messages.batch.{name}" for name in (*_STATUSES, *_TAKEN_BACK)),
}
"""Operations as Knock's Python SDK before 1.0 spells them, by the names of today where they differ."""


@dataclass(frozen=True, slots=True, eq=False)
class OperationNames:
    """Finds operations by name.

    Args:
        by_name: every operation there is.
    """

    by_name: Mapping[str, Operation]

    @property
    def all(self) -> tuple[Operation, ...]:
        """Every operation."""
        return tuple(self.by_name.values())

    def resolve(self, name: str, place: str) -> tuple[Operation, ...]:
        """Return the operations that a name stands for.

        Args:
            name: ``users.update``; ``users.*`` for all whose names begin so; or the name that an older SDK has for it,
                such as ``users.identify``.
            place: how messages name the argument.

        Raises:
            UsageError: no operation has that name; the message names the nearest. UsageTypeError: it is no text.
        """
        if not isinstance(name, str):
            raise UsageTypeError(f"{place}: an operation is named by text such as 'users.update', not {name!r}")
        if name in self.by_name:
            return (self.by_name[name],)
        found = ALIASES.get(name) or tuple(self._below(name))
        if not found:
            raise UsageError(f"{place}: Knock has no operation {name!r}; {self._nearest(name)}")
        return tuple(self.by_name[one] for one in found)

    def _below(self, name: str) -> list[str]:
        resource, star, rest = name.partition(".*")
        if not (star and resource) or rest:
            return []
        return [one for one in self.by_name if one.startswith(f"{resource}.")]

    def _nearest(self, name: str) -> str:
        resources = {f"{one.split('.')[0]}.*" for one in self.by_name}
        return nearest(name, [*self.by_name, *ALIASES, *sorted(resources)])


@lru_cache(maxsize=4)
def names_of(router: Router[Operation]) -> OperationNames:
    """Return the names of the operations that a router leads to; the same router's are made once."""
    return OperationNames({operation.name: operation for operation in router.operations})
