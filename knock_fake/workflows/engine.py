"""The engine: starts runs, walks their steps, pauses them on timers, resumes, cancels and ends them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.state import runs as status
from knock_fake.workflows.conditions import evaluate
from knock_fake.workflows.context import RunContext
from knock_fake.workflows.outcomes import Await, Enter, Finish, Pause, Proceed, ProceedIn, StepFailedError
from knock_fake.workflows.pausing import RESUME, pause
from knock_fake.workflows.starting import MAX_DEPTH, START, describe_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.references import Reference
    from knock_fake.state.runs import Run
    from knock_fake.workflows.context import Services
    from knock_fake.workflows.outcomes import Outcome
    from knock_fake.workflows.step_types import StepDefinition

RETRY, CONTINUE = "run.retry", "run.continue"
"""Tasks of runs, each with the id of its run."""


class Engine:
    """Walks workflows. Everything it decides is recorded on the run."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._runs = services.state.runs
        self._workflows = services.workflows
        handlers = {START: self._start, RESUME: self._resume, RETRY: self._retry, CONTINUE: self._continue}
        for kind, handler in handlers.items():
            services.clock.on(kind, partial(self._with_run, handler))

    def wake(self, run: Run) -> None:
        """Let a paused run resume now instead of when its timer is due; a run that is not paused stays as it is."""
        if run.status == status.PAUSED and run.timer is not None:
            pause(self._services.clock, self._runs, run, self._services.clock.now)

    def cancel(self, workflow: str, cancellation_key: str, recipients: Iterable[Reference] | None) -> None:
        """Cancel the queued and paused runs of a key, of all recipients or of those named.

        A run that opened or joined an open batch only loses what it brought to it: the window stays open, and the
        run that opened it goes on with what is left when it closes.
        """
        wanted = None if recipients is None else set(recipients)
        for run in self._runs.cancellable(workflow, cancellation_key):
            if wanted is None or run.recipient in wanted:
                self._cancel(run, {"cancellation_key": cancellation_key})

    def _cancel(self, run: Run, facts: JsonObject) -> None:
        batches = self._services.state.batches
        batch = batches.open_one_with(run.id)
        if batch is None:
            if run.status in (status.QUEUED, status.PAUSED):
                self._stop(run, "cancelled by its cancellation key", facts)
        elif batches.remove(batch, run.id):
            context = self._context_of_step(run) or self._context(run)
            context.record("batch_left", {"reason": "cancelled by its cancellation key", **facts})

    def stop_runs_of(self, recipient: Reference, reason: str) -> None:
        """Cancel whatever still waits for a recipient that is deleted or merged away."""
        for run in self._runs.of_recipient(recipient):
            if not run.is_over:
                self._stop(run, reason, {})

    def _stop(self, run: Run, reason: str, data: JsonObject) -> None:
        if run.timer is not None:
            run.timer.cancel()
        self._end(self._context(run), status.CANCELLED, "run_cancelled", {"reason": reason, **data})

    def _context(self, run: Run, step: StepDefinition | None = None) -> RunContext:
        return RunContext(self._services, self._workflows.version(run.version_id), run, step)

    def _with_run(self, handler: Callable[[Run], None], run_id: Json) -> None:
        run = self._runs.get(str(run_id))
        if run is not None:  # its recipient may have been deleted meanwhile
            handler(run)

    def _start(self, run: Run) -> None:
        self._runs.go_on(run)
        context = self._context(run)
        path: JsonObject = {"subscribed_to": run.subscription.object.shown()} if run.subscription is not None else {}
        context.record("run_started", path or None)
        if self._can_begin(context) and self._may_begin(context):
            self._runs.pass_trigger(run)
            self._walk(run)

    def _can_begin(self, context: RunContext) -> bool:
        """End a run without a recipient, one that comes of a loop, or one whose data do not fit; others can begin."""
        run = context.run
        if self._services.state.recipients.get(run.recipient) is None:
            reason = f"nobody identified {run.recipient}"
            context.record("recipient_missing", {"recipient": run.recipient.shown(), "reason": reason}, status="error")
            self._end(context, status.COMPLETED, "run_completed", {"reason": reason})
        elif run.origin.depth > MAX_DEPTH:
            reason = describe_loop(run.workflow)
            context.record("trigger_loop", {"depth": run.origin.depth, "reason": reason}, status="error")
            self._end(context, status.COMPLETED, "run_halted", {"reason": reason})
        elif run.origin.problems:
            problems = run.origin.problems
            context.record("trigger_data_invalid", {"errors": [one.shown() for one in problems]}, status="error")
            reason = f"trigger data does not fit: {'; '.join(f'{one.field} {one.message}' for one in problems)}"
            self._end(context, status.COMPLETED, "run_halted", {"reason": reason})
        return not run.is_over

    def _may_begin(self, context: RunContext) -> bool:
        definition = context.definition
        if definition.conditions is not None:
            evaluation = evaluate(definition.conditions, context.condition_scope())
            context.record("trigger_conditions_evaluated", {**evaluation.shown(), "decided_by": evaluation.reason()})
            if not evaluation.passed:
                reason = f"trigger conditions are false: {evaluation.reason()}"
                self._end(context, status.COMPLETED, "run_halted", {"reason": reason})
                return False
        if self._is_frequency_limited(context):
            reason = f"trigger frequency is {definition.trigger_frequency} and an earlier run counts"
            self._end(context, status.COMPLETED, "trigger_frequency_limited", {"reason": reason})
            return False
        return True

    def _is_frequency_limited(self, context: RunContext) -> bool:
        frequency, run = context.definition.trigger_frequency, context.run
        if frequency == "every_trigger":
            return False
        per_tenant = frequency == "once_per_recipient_per_tenant"
        return any(
            other.passed_trigger and other.workflow == run.workflow and (not per_tenant or other.tenant == run.tenant)
            for other in self._runs.of_recipient(run.recipient)
        )

    def _walk(self, run: Run) -> None:
        """Execute steps from the run's position until one waits or none is left."""
        while not run.is_over:
            context = self._context_of_step(run)
            if context is None:
                self._end(self._context(run), status.COMPLETED, "run_completed", {})
            elif not self._may_go_on(run) or not self._run_step(context, self._execute):
                return

    def _run_step(self, context: RunContext, action: Callable[[RunContext], Outcome]) -> bool:
        """Let a step act, and do what it asks for. Returns whether the walk goes on at once."""
        return self._follow(context, self._attempt(context, partial(action, context)))

    def _may_go_on(self, run: Run) -> bool:
        """End a run whose workflow was switched off or archived meanwhile. Returns whether it was not."""
        is_archived = self._workflows.is_archived_version(run.version_id)
        if not is_archived and self._workflows.is_active(run.workflow):
            return True
        what = "archived" if is_archived else "switched off"
        self._end(self._context(run), status.CANCELLED, "run_cancelled", {"reason": f"the workflow was {what}"})
        return False

    def _context_of_step(self, run: Run) -> RunContext | None:
        """Return the context of the step at the run's position, ``None`` behind the last one."""
        steps = self._workflows.version(run.version_id).steps
        return self._context(run, steps[run.position]) if run.position < len(steps) else None

    def _execute(self, context: RunContext) -> Outcome:
        step = _step_of(context)
        if step.conditions is not None:
            evaluation = evaluate(step.conditions, context.condition_scope())
            context.record("step_conditions_evaluated", {**evaluation.shown(), "decided_by": evaluation.reason()})
            if not evaluation.passed:
                return context.skip("conditions", {"decided_by": evaluation.reason()})
        return step.step.execute(context)

    def _attempt(self, context: RunContext, action: Callable[[], Outcome]) -> Outcome:
        """Try a step until it succeeds, wants a pause before it is tried again, or no attempt is left."""
        run = context.run
        while True:
            try:
                return action()
            except StepFailedError as error:
                failure = error
            except Exception as defect:  # a step must not take down the clock, and with it everybody else's calls
                failure = StepFailedError(f"knock_fake itself failed: {type(defect).__name__}: {defect}")
            context.record("step_failed", {"reason": str(failure)}, status="error")
            if failure.fatal or run.attempt >= failure.attempts:
                return _give_up(context, failure)
            if failure.retry_after is not None:
                return _Retry(self._services.clock.now + failure.retry_after)
            self._runs.try_step(run, run.attempt + 1)

    def _follow(self, context: RunContext, outcome: Outcome) -> bool:
        """Do what a step asks for. Returns whether the walk goes on at once."""
        run, step = context.run, _step_of(context)
        if run.is_over:  # what the step asked outside has meanwhile taken the recipient away
            return False
        if isinstance(outcome, Pause):
            task = RETRY if isinstance(outcome, _Retry) else RESUME
            pause(self._services.clock, self._runs, run, outcome.until, task)
            return False
        if isinstance(outcome, Await):
            self._runs.hold(run, outcome.held)
            pause(self._services.clock, self._runs, run, outcome.until, CONTINUE, state=status.PROCESSING)
            return False
        if isinstance(outcome, Finish):
            facts: JsonObject = {"reason": outcome.reason, **outcome.data}
            self._end(context, outcome.status, outcome.event, facts)
            return False
        if isinstance(outcome, ProceedIn):
            step = self._workflows.version(outcome.version_id).steps[outcome.place]
            self._runs.adopt(run, outcome.version_id)
        self._runs.go_to(run, step.entries[outcome.branch] if isinstance(outcome, Enter) else step.next)
        return True

    def _resume(self, run: Run) -> None:
        self._runs.try_step(run, 1)
        self._continue(run)

    def _continue(self, run: Run) -> None:
        self._go_on(run, lambda context: _step_of(context).step.resume(context))

    def _retry(self, run: Run) -> None:
        self._runs.try_step(run, run.attempt + 1)
        self._go_on(run, self._execute)

    def _go_on(self, run: Run, action: Callable[[RunContext], Outcome]) -> None:
        self._runs.go_on(run)
        context = self._context_of_step(run)
        assert context is not None  # noqa: S101 - a paused run waits in a step
        if self._may_go_on(run) and self._run_step(context, action):
            self._walk(run)

    def _end(self, context: RunContext, state: str, event: str, data: JsonObject) -> None:
        context.record(event, data or None)
        self._runs.end(context.run, state)
        self._services.state.batches.let_go_of(context.run.id)
        reason = data.get("reason")
        if reason:
            self._services.clock.note(f"run ended: {context.run.workflow} for {context.run.recipient}: {reason}")


class _Retry(Pause):
    """A pause after which the step is executed anew."""

    __slots__ = ()


def _step_of(context: RunContext) -> StepDefinition:
    assert context.step is not None  # noqa: S101 - only called where a step runs
    return context.step


def _give_up(context: RunContext, failure: StepFailedError) -> Outcome:
    if not failure.halts:
        return Proceed()
    times = "for good" if failure.fatal else f"{failure.attempts} times"
    return Finish("run_halted", f"step {_step_of(context).ref} failed {times}")
