"""What timers set by the API do: the handlers of their tasks, made known to a world's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api import bulk, schedule_timing

if TYPE_CHECKING:
    from knock_fake.core import Core


def register_tasks(core: Core) -> None:
    """Tell the clock of a new world how to do the tasks of every resource."""
    schedule_timing.register_tasks(core)
    bulk.register_tasks(core)
