"""The store of recipient runs: the one place where they are written to."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

from knock_fake.signals import RunEnded, RunErred, RunStarted
from knock_fake.state.index import Index, by_sequence
from knock_fake.state.interner import Interner
from knock_fake.state.packed import pack
from knock_fake.state.runs import MESSAGE_ENQUEUED, NOWHERE, PAUSED, PLAIN_ORIGIN, PROCESSING, QUEUED, Decided, Walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from knock_fake.clock import VirtualClock
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.signals import Signals
    from knock_fake.state.activities import Digest
    from knock_fake.state.messages import Message
    from knock_fake.state.references import Reference
    from knock_fake.state.runs import Run
    from knock_fake.timers import Timer


class RunStore:
    """All runs of a world in order of creation, with an index for everything that lists and cancellations name.

    ``walking`` is the run whose steps are being executed, if any are.
    """

    def __init__(self, clock: VirtualClock, signals: Signals) -> None:
        self._clock = clock
        self._signals = signals
        self._interner = Interner()
        self.walking: Run | None = None
        self._by_id: dict[str, Run] = {}
        self._all: list[Run] = []
        self._by_workflow_run: Index[str, Run] = Index()
        self._by_recipient: Index[Reference, Run] = Index()
        self._by_workflow: Index[str, Run] = Index()
        self._by_tenant: Index[str, Run] = Index()
        self._by_cancellation: Index[tuple[str, str], Run] = Index()

    def __iter__(self) -> Iterator[Run]:
        return iter([*self._all])  # of this moment: another thread may trigger meanwhile

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> Sequence[Run]:
        """Return every run in order of creation."""
        return self._all

    def of_workflow(self, key: str) -> Sequence[Run]:
        """Return a workflow's runs in order of creation."""
        return self._by_workflow.of(key)

    def of_tenant(self, tenant: str) -> Sequence[Run]:
        """Return a tenant's runs in order of creation."""
        return self._by_tenant.of(tenant)

    def get(self, run_id: str) -> Run | None:
        """Return the run with this id."""
        return self._by_id.get(run_id)

    def of_workflow_run(self, workflow_run_id: str) -> Sequence[Run]:
        """Return the runs of one trigger call in order of creation."""
        return self._by_workflow_run.of(workflow_run_id)

    def of_recipient(self, reference: Reference) -> Sequence[Run]:
        """Return the runs of a recipient in order of creation."""
        return self._by_recipient.of(reference)

    def cancellable(self, workflow: str, cancellation_key: str) -> Sequence[Run]:
        """Return the runs that a cancel call with this key names, whatever their state."""
        return self._by_cancellation.of((workflow, cancellation_key))

    def insert(self, run: Run) -> None:
        """Remember a new run."""
        run.tenant = self._interner.intern(run.tenant)
        run.source, run.settings = self._interner.intern(run.source), self._interner.intern(run.settings)
        run.origin = PLAIN_ORIGIN if run.origin == PLAIN_ORIGIN else run.origin
        self._by_id[run.id] = run
        self._all.append(run)
        self._by_workflow_run.append(run.workflow_run_id, run)
        self._by_recipient.append(run.recipient, run)
        self._by_workflow.append(run.workflow, run)
        if run.tenant is not None:
            self._by_tenant.append(run.tenant, run)
        if run.source.cancellation_key is not None:
            self._by_cancellation.append((run.workflow, run.source.cancellation_key), run)

    def wait(self, run: Run, timer: Timer, status: str = PAUSED) -> None:
        """Let a run wait for the timer that will go on with it, queued or paused."""
        run.status, run.walk = status, replace(run.walk, timer=timer)
        self._stop_walking(run)

    def go_on(self, run: Run) -> None:
        """Begin or go on with a run that has waited."""
        is_new = run.status == QUEUED
        run.status, run.walk = PROCESSING, replace(run.walk, timer=None)
        self.walking = run
        if is_new:
            self._signals.send(RunStarted(self._clock.now, run.id))

    def _stop_walking(self, run: Run) -> None:
        if self.walking is run:
            self.walking = None

    def pass_trigger(self, run: Run) -> None:
        """Note that a run got past its trigger, which is what trigger frequencies count."""
        run.passed_trigger = True

    def try_step(self, run: Run, attempt: int) -> None:
        """Note which attempt at its step a run makes."""
        run.walk = replace(run.walk, attempt=attempt)

    def go_to(self, run: Run, position: int) -> None:
        """Move a run on to another step."""
        run.walk = replace(run.walk, position=position, attempt=1, held=None)

    def hold(self, run: Run, value: Json) -> None:
        """Keep what the step goes on with that a run was left in."""
        run.walk = replace(run.walk, held=value)

    def adopt(self, run: Run, version_id: str) -> None:
        """Let a run go on in another version of its workflow."""
        run.version_id = version_id

    def set_data(self, run: Run, data: JsonObject) -> None:
        """Give the steps that follow other trigger data; whoever holds the former keeps it as it was."""
        run.packed_data = pack(data)

    def collect(self, run: Run, digest: Digest, data: JsonObject) -> None:
        """Let a run tell of all that its batch collected, with the data of it combined."""
        run.walk = replace(run.walk, batched=digest)
        run.packed_data = pack(data)

    def note_ref(self, run: Run, ref: str, value: JsonObject) -> None:
        """Keep what a step leaves for later ones, which see it as ``refs.<ref>``."""
        run.walk = replace(run.walk, refs={**(run.walk.refs or {}), ref: value})

    def end(self, run: Run, status: str) -> None:
        """End a run, completed or cancelled."""
        run.status = status
        walk = Walk(refs=run.walk.refs, batched=run.walk.batched)
        run.walk = NOWHERE if walk == NOWHERE else walk
        self._stop_walking(run)
        self._signals.send(RunEnded(self._clock.now, run.id, status))

    def record(
        self,
        run: Run,
        event: str,
        data: JsonObject | None = None,
        *,
        step: tuple[str, str] | None = None,
        status: str = "ok",
    ) -> None:
        """Append a decision to a run's history.

        Args:
            run: the run.
            event: what was decided.
            data: the facts that decided it.
            step: ref and type of the step that decided it, if it was one.
            status: ``ok`` or ``error``.
        """
        ref, type_ = step or (None, None)
        now = self._clock.now
        decided = Decided(event, status, run.attempt, ref, type_, pack(data), now - run.inserted_at)
        run.history = self._interner.intern_history((*run.history, decided))
        if status == "error":
            self._signals.send(RunErred(now, run.id))

    def add_message(self, run: Run, message: Message, step: tuple[str, str]) -> None:
        """Note that a step of the run, given by ref and type, made a message."""
        run.made = (*run.messages, message) if run.made else message
        self.record(run, MESSAGE_ENQUEUED, step=step)

    def recall_message(self, run: Run, message: Message, step: tuple[str, str]) -> None:
        """Note that a run whose history was written already made a message now, before it ended or began to wait.

        Args:
            run: the run. What was decided in it last is taken to have been decided after the message, thus now.
            message: the message.
            step: ref and type of the step that made it.
        """
        last = run.history[-1]
        run.history = run.history[:-1]
        self.add_message(run, message, step)
        now = self._clock.now - run.inserted_at
        run.history = self._interner.intern((*run.history, last._replace(after=now)))

    def move(self, source: Reference, target: Reference) -> None:
        """Give the runs of ``source`` to ``target``."""
        for run in [*self.of_recipient(source)]:
            self._by_recipient.remove(source, run)
            run.recipient = target
            self._by_recipient.insert(target, run)

    def delete_of(self, reference: Reference) -> None:
        """Forget the runs of a recipient."""
        for run in [*self.of_recipient(reference)]:
            del self._by_id[run.id]
            del self._all[bisect_left(self._all, run.sequence, key=by_sequence)]
            self._by_workflow_run.remove(run.workflow_run_id, run)
            self._by_recipient.remove(reference, run)
            self._by_workflow.remove(run.workflow, run)
            if run.tenant is not None:
                self._by_tenant.remove(run.tenant, run)
            if run.source.cancellation_key is not None:
                self._by_cancellation.remove((run.workflow, run.source.cancellation_key), run)
