"""The parts of one world, put together: what endpoint functions work with."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from knock_fake.delivery.dispatcher import Dispatcher
from knock_fake.delivery.http_channels import HttpChannels
from knock_fake.responders import Responders
from knock_fake.state import State
from knock_fake.workflows.audience_changes import AudienceTriggers, DynamicAudiences
from knock_fake.workflows.audience_registry import AudienceRegistry
from knock_fake.workflows.channel_registry import ChannelRegistry
from knock_fake.workflows.commits import Commits
from knock_fake.workflows.context import Services
from knock_fake.workflows.engine import Engine
from knock_fake.workflows.guide_registry import GuideRegistry
from knock_fake.workflows.library import Library
from knock_fake.workflows.registry import WorkflowRegistry
from knock_fake.workflows.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from os import PathLike

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.responders.outside import Outside
    from knock_fake.responders.turns import HttpAnswering
    from knock_fake.workflows.loaded import Loaded


class TellingEndpoints(Protocol):
    """What tells endpoints of outbound webhooks of what happens."""

    def tell_now(self) -> None:
        """Let endpoints be told of what was committed, though nobody calls and time stands still."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What skins lend to a core that does no I/O.

    Attributes:
        time: returns the machine's time (UTC), for endpoints whose requests are signed by it.
        let_answer: returns the function by which an application of this process answers requests; raises
            UsageTypeError for what is none.
    """

    time: Callable[[], datetime]
    let_answer: Callable[[object], HttpAnswering]


class Core:
    """Clock, identifiers, state, workflows, engine and delivery of one Knock environment.

    Args:
        clock: the world's time.
        identifiers: the world's identifiers.
        accept_unknown_workflows: whether a trigger makes up the workflow that it names.
        strict_variables: whether a variable that a template lacks is an error.
        load: reads directories and puts them into an environment; see :meth:`load`.
        lock: held by what users of Python may write to from any thread; it must be re-entrant.
        outside: the real endpoints that workflows may ask; ``None`` for none.
        machine: what is needed of the machine, which the core does not know.
    """

    def __init__(
        self,
        clock: VirtualClock,
        identifiers: Identifiers,
        *,
        accept_unknown_workflows: bool,
        strict_variables: bool = False,
        machine: Machine,
        load: Callable[[Core, tuple[str | PathLike[str], ...], bool], Loaded],
        lock: AbstractContextManager[object] | None = None,
        outside: Outside | None = None,
    ) -> None:
        self.clock = clock
        self.identifiers = identifiers
        self._load = load
        self._lock = nullcontext() if lock is None else lock
        self.machine = machine
        self.environment_id = identifiers.environment
        self.state = State(clock, identifiers, lock)
        self.commits = Commits(clock, identifiers, self.state.signals)
        self.library = Library(strict_variables=strict_variables, lock=lock, commits=self.commits)
        self.channels = ChannelRegistry(self.state.channels, self.state.channel_groups)
        self.workflows = WorkflowRegistry(
            identifiers,
            self.state.channels,
            self.load,
            lock,
            accept_unknown=accept_unknown_workflows,
            commits=self.commits,
        )
        self.guides = GuideRegistry(clock, identifiers, self.state.channels, self.state.signals, lock)
        self.responders = Responders(lock, outside)
        self.dispatcher = Dispatcher(clock, self.state, HttpChannels(clock, self.responders))
        self.services = Services(
            clock, identifiers, self.state, self.dispatcher, self.library, self.guides, self.workflows, self.responders
        )
        self.engine = Engine(self.services)
        self.audiences = AudienceRegistry(clock, self.state)
        self.listeners = (
            Waiting(self.services, self.engine),
            DynamicAudiences(clock, self.state),
            AudienceTriggers(self.services),
        )
        self.webhooks: TellingEndpoints | None = None  # from the first endpoint on

    def load(self, *directories: str | PathLike[str], add_channels: bool = True) -> Loaded:
        """Load Knock directories; see :meth:`KnockFake.load`."""
        with self._lock:
            with self.commits.together():
                loaded = self._load(self, directories, add_channels)
            if self.webhooks is not None:
                self.webhooks.tell_now()
            return loaded
