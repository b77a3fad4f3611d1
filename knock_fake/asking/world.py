"""What a world can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from knock_fake.errors import ExpectationError, UnknownNameError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from knock_fake.asking.collection import Collection
    from knock_fake.asking.messages import Messages
    from knock_fake.asking.recipients import KnownRecipient
    from knock_fake.asking.requests import Request
    from knock_fake.asking.runs import RecipientRun
    from knock_fake.asking.triggers import Trigger
    from knock_fake.core import Core
    from knock_fake.gateway.journal import Entry
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.state.recipients import Recipient
    from knock_fake.state.runs import Run


COLLECTIONS = ("users", "objects", "tenants", "runs", "messages", "triggers", "requests", "webhook_deliveries")
"""The names of all collections."""


class Asking:
    """The part of a world that answers: collections with ``all``, ``one``, ``none``, ``last`` and ``count``."""

    _core: Core
    _gateway: Gateway
    _lock: AbstractContextManager[object]

    @property
    def users(self) -> Collection[Recipient, KnownRecipient]:
        """The users that were identified."""
        from knock_fake.asking.recipients import ask_users

        return ask_users(self._core.state)

    @property
    def objects(self) -> Collection[Recipient, KnownRecipient]:
        """The objects of every collection, tenants left out."""
        from knock_fake.asking.recipients import ask_objects

        return ask_objects(self._core.state)

    @property
    def tenants(self) -> Collection[Recipient, KnownRecipient]:
        """The tenants that are known."""
        from knock_fake.asking.recipients import ask_tenants

        return ask_tenants(self._core.state)

    @property
    def runs(self) -> Collection[Run, RecipientRun]:
        """The recipient runs."""
        from knock_fake.asking.runs import ask_runs

        return ask_runs(self._core.state)

    @property
    def messages(self) -> Messages:
        """The messages, each with verbs such as ``bounce()`` and ``read()``."""
        from knock_fake.asking.messages import ask_messages

        return ask_messages(self._core, self._lock)

    @property
    def triggers(self) -> Collection[tuple[Run, ...], Trigger]:
        """Whatever started runs: calls, schedules, audiences, ..."""
        from knock_fake.asking.triggers import ask_triggers

        return ask_triggers(self._core.state)

    @property
    def requests(self) -> Collection[Entry, Request]:
        """The calls that reached the world, with their answers."""
        from knock_fake.asking.requests import ask_requests

        return ask_requests(self._gateway.journal)

    @property
    def unimplemented(self) -> dict[str, int]:
        """How often operations were called that this version does not answer, by name."""
        return self._gateway.journal.unbuilt

    def collection(self, name: str) -> Collection[Any, Any]:
        """Return a collection by its name, such as ``users``.

        Raises:
            UnknownNameError: there is no such collection.
        """
        if name not in COLLECTIONS:
            raise UnknownNameError(f"there is no collection {name!r}: {nearest(name, COLLECTIONS)}")
        found: Collection[Any, Any] = getattr(self, name)
        return found

    def assert_no_errors(self) -> None:
        """Check that every call succeeded, that no run met an error, and that no receiver of webhooks raised one.

        Raises:
            ExpectationError: one was refused or failed; the message lists them.
        """
        problems = [*self.problems()]
        if problems:
            raise ExpectationError("\n".join(["there were errors:", *(f"  {line}" for line in problems)]))

    def problems(self) -> Iterator[str]:
        """Yield lines for refused calls, for runs that met errors, and for webhooks whose receiver raised an error.

        A receiver is the function or the application that was to answer; the caller of Knock does not see its error.
        """
        from knock_fake.workflows.reasons import describe_run

        yield from (str(entry) for entry in self._gateway.journal if entry.reply.status >= 400)
        for run in self._core.state.runs:
            if run.error_count:
                yield from describe_run(run)
        yield from self._core.state.webhooks.raised()
