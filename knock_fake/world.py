"""One world: everything a test holds when it holds a fake Knock."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Literal, Self

from knock_fake.asking.world import Asking
from knock_fake.clock import VirtualClock
from knock_fake.configuring import Configuring
from knock_fake.core import Core
from knock_fake.directories.world import Loading, load_lazily, several
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.explaining.world import Explaining
from knock_fake.gateway.keys import Keys
from knock_fake.gateway.pipeline import Gateway
from knock_fake.identifiers import Identifiers
from knock_fake.json_types import is_whole
from knock_fake.json_values import json_copy
from knock_fake.on_demand import OnDemand
from knock_fake.realtime.world import Pushing
from knock_fake.responders.outside import read_outside
from knock_fake.saving.world import Saving
from knock_fake.scenarios.world import Settings, Staging
from knock_fake.skins.world import Reached
from knock_fake.timeline import brief
from knock_fake.webhooks.world import Telling

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from knock_fake.directories.world import Directories
    from knock_fake.gateway.call import Call, Reply
    from knock_fake.gateway.journal import Journal
    from knock_fake.gateway.operations import Operation
    from knock_fake.gateway.router import Router
    from knock_fake.gateway.security import Security
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.scenarios.reading import Source
    from knock_fake.skins.interception import Interception
    from knock_fake.skins.live import LiveServer
    from knock_fake.snapshots import Snapshot
    from knock_fake.state import State

API_KEY = "sk_test_knock_fake"
"""The secret key that clients made by a world send."""


@cache
def _router() -> Router[Operation]:
    from knock_fake.api import OPERATIONS
    from knock_fake.gateway.router import Router

    return Router(OPERATIONS)


def _register_tasks(core: Core, world: KnockFake) -> None:
    from knock_fake.api.tasks import register_tasks
    from knock_fake.scenarios.calls import register_calls

    register_tasks(core)
    register_calls(core, world)


def _read_keys(secret: Iterable[str], public: Iterable[str]) -> Keys:
    for name, keys in (("secret_keys", secret), ("public_keys", public)):
        if not isinstance(keys, Iterable):
            raise UsageTypeError(f"{name} must be a list of keys, not {keys!r}")
    given = [keys if isinstance(keys, str) else tuple(keys) for keys in (secret, public)]
    return Keys(given[0] or ((API_KEY,) if given[1] else ()), given[1])


def _copy_variables(variables: Mapping[str, Json] | None) -> JsonObject:
    copied = json_copy({} if variables is None else variables, "variables")
    if not isinstance(copied, dict):
        raise UsageTypeError(f"variables must be a mapping of names to values, not {variables!r}")
    return copied


class KnockFake(Configuring, OnDemand, Telling, Asking, Explaining, Loading, Staging, Pushing, Saving, Reached):
    """A fake Knock environment: in-memory state, a virtual clock, a workflow engine, Knock's HTTP API.

    As a context manager it also intercepts: calls to ``https://api.knock.app`` made through httpx or requests
    anywhere in the process reach it until the block is left.

    Two worlds with one seed answer the same calls byte for byte alike.

    Args:
        seed: where identifiers come from.
        start: the instant at which the clock begins; a datetime (naive means UTC) or ISO-8601 text. When left out,
            2026-01-01T00:00:00Z, or the time that freezegun holds, which the clock shares from then on.
        unknown_workflows: ``"reject"`` answers triggers of unknown workflows as Knock does (``workflow_missing``);
            ``"accept"`` makes a workflow with one in-app step on the fly.
        secret_keys, public_keys: the API keys that this world knows. Without any, every key that begins with ``sk_``
            or ``pk_`` is taken; with public ones only, ``sk_test_knock_fake`` is the secret one.
        variables: environment variables that templates see as ``vars``; public ones, see :attr:`variables`.
        knock_dir: a directory, or several, to :meth:`load` into the world, again after each :meth:`reset`.
        scenario: a scenario file, or several, to lay over the world, again after each :meth:`reset`; what they say of
            seed, start, keys and unknown workflows goes before the other arguments.
        strict_variables: whether a variable that a template shows and that is missing fails the step, instead of
            showing as nothing. Templates may still ask for it: ``{% if data.note %}``, ``| default: "..."``.
        block_network: while intercepting, refuse calls through httpx or requests to any host other than Knock's and
            this machine's; other libraries are not seen.
        allow_http: which real endpoints workflows may ask where no responder is for a request: all with True, or a list
            of URLs in which ``*`` stands for any text, such as ``["https://api.mine.test/*"]``. ``block_network`` wins.
        time_source: for servers that run in real time: returns the instant that the clock follows. Tests leave it out.

    Raises:
        UsageError, UsageTypeError: an argument cannot be taken; the message says what can.
    """

    def __init__(
        self,
        seed: int = 0,
        start: datetime | str | None = None,
        *,
        unknown_workflows: Literal["reject", "accept"] = "reject",
        secret_keys: Iterable[str] = (),
        public_keys: Iterable[str] = (),
        variables: Mapping[str, Json] | None = None,
        knock_dir: Directories | None = None,
        scenario: Directories | None = None,
        strict_variables: bool = False,
        block_network: bool = False,
        allow_http: bool | Iterable[str | re.Pattern[str]] = False,
        time_source: Callable[[], datetime] | None = None,
    ) -> None:
        if not is_whole(seed):
            raise UsageTypeError(f"seed must be an integer, not {seed!r}")
        if unknown_workflows not in ("reject", "accept"):
            raise UsageError(f"unknown_workflows must be 'reject' or 'accept', not {unknown_workflows!r}")
        for name, switch in (("strict_variables", strict_variables), ("block_network", block_network)):
            if not isinstance(switch, bool):
                raise UsageTypeError(f"{name} must be True or False, not {switch!r}")
        if time_source is not None and not callable(time_source):
            raise UsageTypeError(f"time_source must be a function that returns the instant, not {time_source!r}")
        keys = _read_keys(secret_keys, public_keys)
        self._editions = count(1)
        self._made_with = Settings(seed, start, unknown_workflows == "accept", keys, time_source)
        self._variables = _copy_variables(variables)
        self._directories = several(knock_dir)
        self._strict_variables = strict_variables
        self._block_network = block_network
        self._lock = threading.RLock()
        post = None if time_source is None else self._post_outside
        self._outside = read_outside(allow_http, self._ask_outside, post)
        self._interceptions: list[Interception] = []
        self._own_scenarios: tuple[Source, ...] = ()
        self._rebuild(self._made_with)
        if scenario is not None:
            self.adopt(*several(scenario))

    def reset(self) -> None:
        """Give back a pristine world: as it was made, with no state, workflows, added channels or journal.

        Raises:
            DirectoryError: the ``knock_dir`` that it was made with cannot be loaded any more; the world stays as it is.
            UsageError: the clock is moving, as it is while an application is told of an event.
        """
        with self._lock:
            self._refuse_while_moving("reset")
            if self._own_scenarios:
                self.lay(*self._own_scenarios)
            else:
                self._rebuild(self._made_with)

    def _rebuild(self, settings: Settings) -> None:
        with self._lock:
            start = self._first_instant(settings.start, is_manual=settings.time_source is None)
            clock = VirtualClock(start, lock=self._lock, source=settings.time_source)
            core = Core(
                clock,
                Identifiers(settings.seed),
                accept_unknown_workflows=settings.accepts_unknown,
                strict_variables=self._strict_variables,
                load=load_lazily,
                lock=self._lock,
                outside=self._outside,
                machine=self._machine(),
            )
            for key, value in self._variables.items():
                core.state.variables.set(key, value)
            if self._directories:
                core.load(*self._directories)
            self._core, self._gateway = core, Gateway(core, _router(), settings.keys)
            self._edition = next(self._editions)
            _register_tasks(core, self)
            self._listen(core)
            self.share_time()
            self._look_again()

    def _rebuild_for(self, document: JsonObject) -> None:  # noqa: ARG002 - everything that matters is in the parts
        self._rebuild(self._made_with._replace(time_source=None))

    def snapshot(self) -> Snapshot:
        """Keep what the world holds now: state, clock with all that waits on it, identifiers, settings, journal.

        Raises:
            UsageError: the clock is moving.
        """
        from knock_fake.snapshots import Snapshot

        with self._lock:
            self._refuse_while_moving("snapshot")
            return Snapshot(self, (self._core, self._gateway))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of this world, as often as you like; records and stores that you hold go back too.

        Raises:
            UsageError: the snapshot is another world's, or the clock is moving.
            UsageTypeError: it is no snapshot.
        """
        from knock_fake.snapshots import Snapshot

        if not isinstance(snapshot, Snapshot):
            raise UsageTypeError(f"restore() takes what snapshot() returned, not {snapshot!r}")
        if snapshot.owner is not self:
            raise UsageError("restore() takes a snapshot of this very world, and this one is another world's")
        with self._lock:
            self._refuse_while_moving("restore")
            self._core, self._gateway = snapshot.parts  # reset() may have put others in their place
            self._edition = next(self._editions)
            snapshot.restore()
            self._resume()
            self.share_time()
            self._look_again()

    @contextmanager
    def branch(self) -> Iterator[Self]:
        """Try a future: whatever happens in the block is undone when it is left.

        Raises:
            UsageError: the clock is moving.
        """
        snapshot = self.snapshot()
        try:
            yield self
        finally:
            self.restore(snapshot)

    def _refuse_while_moving(self, verb: str) -> None:
        if self._core.clock.is_moving:
            raise UsageError(f"{verb}() was called while {self.clock.shown_move}: call it when the move has ended")

    def __repr__(self) -> str:
        calls, runs = len(self.journal), len(self.state.runs)
        return f"<KnockFake at {brief(self.clock.now)}, seed: {self.seed}, calls: {calls}, runs: {runs}>"

    @property
    def seed(self) -> int:
        """The seed that the world's identifiers come from."""
        return self._core.identifiers.seed

    @property
    def edition(self) -> int:
        """A number that the world had never before it was made, reset, restored or replaced for the last time.

        What else counts in a world goes back with it and may then count to where it was; this does not.
        """
        return self._edition

    @property
    def core(self) -> Core:
        """The parts of the world's environment, as Knock's API works with them."""
        return self._core

    @property
    def lock(self) -> AbstractContextManager[object]:
        """What the world holds while it answers; hold it to see, or do, several things at one moment."""
        return self._lock

    @property
    def secret_key(self) -> str:
        """A secret key that this world takes: the first of its own, or ``sk_test_knock_fake``."""
        return self._gateway.keys.any_secret() or API_KEY

    @property
    def clock(self) -> VirtualClock:
        """The world's time: ``now``, ``advance``, ``travel``, ``run_until_idle``, ``pending``."""
        return self._core.clock

    @property
    def state(self) -> State:
        """What the world remembers; read it, change it through Knock's API."""
        return self._core.state

    @property
    def security(self) -> Security:
        """Enhanced security mode and signed user tokens, off until ``security.enhance()``."""
        return self._gateway.security

    @property
    def journal(self) -> Journal:
        """Every call that reached this world, with its answer."""
        return self._gateway.journal

    def handle(self, call: Call) -> Reply:
        """Answer one request; what is due is done before the answer is handed back. Safe from any thread."""
        with self._lock:
            return self._gateway.handle(call)

    def serve(self, host: str = "127.0.0.1", port: int = 0, *, control_token: str | None = None) -> LiveServer:
        """Start a live server for this world and return it: ready when this returns, ``.url`` is its base URL.

        Use it as a context manager, or call ``stop()``.

        Args:
            host: the address to listen on.
            port: the port; 0 picks a free one.
            control_token: what calls below ``/_fake`` have to send; without one they are taken where only this
                machine can call, and refused elsewhere.

        Raises:
            UsageError: the port is taken.
        """
        from knock_fake.control.plane import ControlledServer
        from knock_fake.control.worlds import OneWorld
        from knock_fake.skins.live import LiveServer

        handler = ControlledServer(OneWorld(self), host=host, token=control_token)
        return LiveServer(handler, host=host, port=port).start()
