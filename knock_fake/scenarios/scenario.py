"""Scenarios: read from a file, checked as a whole, laid over a world."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from knock_fake.errors import UsageTypeError, unreadable
from knock_fake.json_types import as_list, as_text
from knock_fake.scenarios.behaviour import lay_behaviour
from knock_fake.scenarios.definitions import lay_definitions
from knock_fake.scenarios.doubles import double_errors
from knock_fake.scenarios.errors import ScenarioError, ScenarioProblem
from knock_fake.scenarios.history import beginning_of, history_entries, lay_history
from knock_fake.scenarios.instants import instant_errors
from knock_fake.scenarios.laying import Laying
from knock_fake.scenarios.people import lay_people
from knock_fake.scenarios.reading import Source, read_scenario
from knock_fake.scenarios.timeline import lay_timeline
from knock_fake.schema_checks import field_errors
from knock_fake.signals import WorldFilled
from knock_fake.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.json_types import Json

SCHEMA = "scenario/scenario"


def read_file(path: object) -> Source:
    """Read and check a scenario.

    Raises:
        ScenarioError: the file cannot be read, or is no scenario.
        UsageTypeError: the path is none.
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageTypeError(f"a scenario is a path to a file, not {type(path).__name__} {path!r}")
    file = Path(os.fsdecode(os.fspath(path)))
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError([ScenarioProblem(str(file), 0, "", unreadable(error))]) from error
    return read_text(text, str(file))


def read_text(text: str, file: str) -> Source:
    """Read and check a scenario that is at hand; ``file`` is how errors name it.

    Raises:
        ScenarioError: it is no scenario; it holds everything that is wrong.
    """
    source = read_scenario(text, file)
    errors = [(error.field, error.message) for error in field_errors(SCHEMA, source.document)]
    errors.extend(instant_errors(source.document))
    errors.extend([] if errors else double_errors(source.document))
    if errors:
        raise ScenarioError([source.problem_at(field, message) for field, message in errors])
    return source


def read_all(scenarios: Iterable[object]) -> tuple[Source, ...]:
    """Read files; what was read already is taken as it is.

    Raises:
        ScenarioError: a file cannot be read, or is no scenario.
        UsageTypeError: a path is none.
    """
    return tuple(one if isinstance(one, Source) else read_file(one) for one in scenarios)


class Scenario:
    """One or several scenarios, put together."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    @property
    def seed(self) -> int | None:
        """Where identifiers come from."""
        value = self._setting("seed")
        return value if isinstance(value, int) else None

    @property
    def unknown_workflows(self) -> str | None:
        """What becomes of triggers of unknown workflows."""
        return as_text(self._setting("unknown_workflows"))

    @property
    def start(self) -> datetime | None:
        """Where the clock begins."""
        value = self._setting("start")
        return parse_instant(value) if isinstance(value, str) else None

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The secret API keys."""
        return self._texts("secret_keys")

    @property
    def public_keys(self) -> tuple[str, ...]:
        """The publishable API keys."""
        return self._texts("public_keys")

    def _setting(self, name: str) -> Json:
        """Return a setting of the last scenario that has it."""
        found = (source.document[name] for source in reversed(self._sources) if name in source.document)
        return next(found, None)

    def _texts(self, name: str) -> tuple[str, ...]:
        return tuple(str(one) for one in as_list(self._setting(name)))

    def beginning(self, start: datetime) -> datetime:
        """Return where the clock of a world has to stand for the scenario to be laid over it."""
        return beginning_of([entry for source in self._sources for entry in history_entries(source.document)], start)

    def fill(self, core: Core, gateway: Gateway, start: datetime) -> None:
        """Fill a pristine world; its clock is led from the beginning of the history to the start.

        Raises:
            ScenarioError: something cannot be honoured; the world is half filled. It holds all that is wrong with
                definitions, or else with people, or else with the rest.
        """
        laying = Laying(core, gateway, self._sources)
        signals = core.state.signals
        with signals.muted():
            for fill in (lay_definitions, lay_people):
                fill(laying)
                _stop_at_problems(laying)
            lay_history(laying, start)
        signals.send(WorldFilled(core.clock.now))
        lay_behaviour(laying)
        lay_timeline(laying, start)
        _stop_at_problems(laying)


def _stop_at_problems(laying: Laying) -> None:
    if laying.problems:
        raise ScenarioError(laying.problems)
