"""Windows: until when a step waits, collects or holds back, by settings that many steps share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, WorkflowDefinitionError
from knock_fake.timestamps import show_instant
from knock_fake.workflows.moments import check_field_path, recipient_zone, resolve_moment
from knock_fake.workflows.spans import add_span, check_span, nominal_length, show_span

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from knock_fake.json_types import Json
    from knock_fake.workflows.content.fields import Fields
    from knock_fake.workflows.context import RunContext


@dataclass(frozen=True, slots=True)
class Window:
    """A length from now, a moment that a path leads to, or with both that moment shifted by the length.

    A negative length is before the moment (our choice: how Knock writes it is undocumented). ``longest`` is how far
    ahead the end may lie.
    """

    length: Json
    path: str | None = None
    longest: timedelta | None = None

    def end(self, context: RunContext) -> datetime:
        """Return when a window ends that begins now.

        Raises:
            UsageError: the moment is not there, unreadable, not in the future, or too far in it.
        """
        now = context.services.clock.now
        base = now if self.path is None else resolve_moment(context, context.variables, self.path)
        end = base if self.length is None else add_span(base, self.length, recipient_zone(context))
        if end <= now:
            raise UsageError(f"{show_instant(end)} is in the past")
        if self.path is not None and self.longest is not None and end - now > self.longest:
            raise UsageError(f"{show_instant(end)} is more than {self.longest.days} days ahead")
        return end


def read_window(settings: Fields, length_key: str, path_key: str, longest: timedelta | None = None) -> Window:
    """Read the window of a step from the settings that hold its length and the path of its moment.

    Raises:
        WorkflowDefinitionError: neither is given, one is malformed, or a length alone is not positive or too long.
    """
    length, path = settings.values.get(length_key), settings.values.get(path_key)
    if length is None and path is None:
        raise WorkflowDefinitionError(f"{settings.place}: give {length_key}, {path_key}, or both")
    if length is not None:
        check_span(length, f"{settings.place}.{length_key}")
    if path is not None:
        return Window(length, check_field_path(path, f"{settings.place}.{path_key}"), longest)
    check_length(settings, length_key, longest)
    return Window(length, None, longest)


def check_length(settings: Fields, key: str, longest: timedelta | None = None) -> None:
    """Refuse a duration that is missing, malformed, not longer than nothing, or longer than ``longest``.

    Raises:
        WorkflowDefinitionError: naming the place and what is allowed.
    """
    value = settings.values.get(key)
    check_span(value, f"{settings.place}.{key}")
    length = nominal_length(value)
    too_long = longest is not None and length > longest
    if length.total_seconds() <= 0 or too_long:
        limit = f" and at most {longest.days} days" if longest is not None else ""
        settings.refuse(key, f"must be longer than nothing{limit}, not {show_span(value)}")
