"""The part of a world that scenarios are laid over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Self

from knock_fake.clock import VirtualClock
from knock_fake.gateway.keys import Keys
from knock_fake.sharing_time import SharingTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from os import PathLike

    from knock_fake.core import Core
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.scenarios.reading import Source
    from knock_fake.scenarios.scenario import Scenario


class Settings(NamedTuple):
    """What a core and gateway are made with."""

    seed: int
    start: datetime | str | None
    accepts_unknown: bool
    keys: Keys
    time_source: Callable[[], datetime] | None


class Staging(SharingTime, ABC):
    """The part of a world that scenarios are laid over."""

    _core: Core
    _gateway: Gateway
    _lock: AbstractContextManager[object]
    _made_with: Settings
    _own_scenarios: tuple[Source, ...]

    @abstractmethod
    def _rebuild(self, settings: Settings) -> None:
        """Put a pristine core and gateway in the place of those that there are."""

    @abstractmethod
    def _refuse_while_moving(self, verb: str) -> None:
        """Raise UsageError while the clock is moving."""

    @classmethod
    def from_scenario(cls, *scenarios: str | PathLike[str]) -> Self:
        """Make a world from scenario files, YAML or JSON; ``reset()`` gives it back as it was then.

        Args:
            scenarios: the files. What several of them say is put together; of settings the last one counts.

        Raises:
            ScenarioError: a file cannot be honoured; it names what is wrong by file, line and field.
        """
        world = cls()
        world.adopt(*scenarios)
        return world

    def adopt(self, *scenarios: str | PathLike[str] | Source) -> None:
        """Lay scenarios over this world for good: from now on ``reset()`` gives it back as they say.

        Raises:
            ScenarioError: one cannot be honoured; the world stays as it is.
        """
        from knock_fake.scenarios.scenario import read_all

        sources = read_all(scenarios)
        self.lay(*sources)
        self._own_scenarios = sources

    def lay(self, *scenarios: str | PathLike[str] | Source) -> None:
        """Replace everything in this world by what scenarios say; see :meth:`from_scenario`.

        Settings that no scenario has stay the world's own.

        Raises:
            ScenarioError: one cannot be honoured; the world stays as it is.
            UsageError: the clock is moving.
        """
        from knock_fake.scenarios.scenario import Scenario, read_all

        scenario = Scenario(read_all(scenarios))
        with self._lock:
            self._refuse_while_moving("lay")
            before = vars(self).copy()
            try:
                self._fill(scenario)
            except BaseException:
                vars(self).update(before)
                raise
            finally:
                self.share_time()

    def _fill(self, scenario: Scenario) -> None:
        own = self._made_with
        first = self._first_instant(own.start, is_manual=own.time_source is None)
        followed = None if scenario.start is not None else self._followed
        start = scenario.start or VirtualClock(first, source=own.time_source).now
        unknown, given = scenario.unknown_workflows, scenario.secret_keys or scenario.public_keys
        settings = Settings(
            seed=own.seed if scenario.seed is None else scenario.seed,
            start=scenario.beginning(start),
            accepts_unknown=own.accepts_unknown if unknown is None else unknown == "accept",
            keys=Keys(scenario.secret_keys, scenario.public_keys) if given else own.keys,
            time_source=None,  # history is lived through by hand
        )
        self._rebuild(settings)
        self._followed = followed
        scenario.fill(self._core, self._gateway, start)
        if own.time_source is not None:
            self._core.clock.follow(own.time_source)
