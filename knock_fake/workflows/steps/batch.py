"""The batch step: what is triggered for one recipient within a window is collected, and one run goes on with it all.

The rules are those of Knock's docs on the batch function; where these are silent the choices are ours and the
functions say so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError
from knock_fake.state.activities import collected, combined_data
from knock_fake.state.batches import BatchIdentity
from knock_fake.state.index import by_sequence
from knock_fake.timestamps import show_instant
from knock_fake.workflows.batch_settings import BatchSettings, read_batch_settings
from knock_fake.workflows.content.fields import Fields
from knock_fake.workflows.moments import recipient_zone
from knock_fake.workflows.outcomes import Finish, Outcome, Pause, Proceed, ProceedIn, StepFailedError
from knock_fake.workflows.pausing import pause
from knock_fake.workflows.spans import add_span
from knock_fake.workflows.step_types import StepType
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.json_types import JsonObject
    from knock_fake.state.activities import Activity
    from knock_fake.state.batches import Batch
    from knock_fake.state.runs import Run
    from knock_fake.workflows.context import RunContext

_OVER = "its window is over"


@dataclass(frozen=True, slots=True)
class BatchStep:
    """A compiled batch step."""

    settings: BatchSettings

    def execute(self, context: RunContext) -> Outcome:
        """Open a batch, or join the one that is open.

        The window of a fixed batch is read from the trigger that opens it, that of a sliding one from every trigger.
        Where it cannot be read the step is skipped, so that this trigger is not batched at all.
        """
        identity = self._identity(context)
        batch = context.services.state.batches.find(identity, context.services.clock.now)
        try:
            return self._open(context, identity) if batch is None else self._join(context, batch)
        except UsageError as error:
            return context.skip("invalid_window", {"decided_by": str(error)}, status="error")

    def _identity(self, context: RunContext) -> BatchIdentity:
        """Return what this trigger is batched by; a key that leads to nothing is a value of its own (our choice)."""
        run = context.run
        try:
            key = self.settings.key.resolve(context.variables) if self.settings.key is not None else None
        except TemplateError as error:
            raise StepFailedError(str(error)) from error
        if self.settings.is_pinned:
            return BatchIdentity(run.workflow, run.recipient, key or "", run.version_id, None)
        first = context.services.workflows.first_version_id(run.workflow) or run.version_id
        return BatchIdentity(run.workflow, run.recipient, key or "", first, context.step_ref)

    def _open(self, context: RunContext, identity: BatchIdentity) -> Outcome:
        batches, run = context.services.state.batches, context.run
        closes_at = self.settings.window.end(context)
        batch = batches.open(identity, context.services.clock.now, closes_at)
        if self.settings.flushes_leading:
            context.record("batch_flushed", {"closes_at": show_instant(closes_at)})
            return Proceed()
        batches.add(batch, run.id, _activity_of(run))
        return _wait(context, closes_at)

    def _join(self, context: RunContext, batch: Batch) -> Outcome:
        services, run = context.services, context.run
        batches, now = services.state.batches, services.clock.now
        batches.move_end(batch, self._end(context, batch))
        batches.add(batch, run.id, _activity_of(run))
        closing = self._reason_to_close(batch, now)
        if closing is not None:
            batches.close(batch, closing)
        closes_at = batch.closes_at if closing is None else now
        if batch.holder == run.id:
            return _wait(context, closes_at)
        _move_holder(context, batch, closes_at)
        closes = show_instant(closes_at)
        facts: JsonObject = {"continued_by": batch.holder, "closes_at": closes}
        return Finish("batch_joined", f"joined the batch that closes at {closes}", facts)

    def _end(self, context: RunContext, batch: Batch) -> datetime:
        """Return when a batch closes that a trigger joins now; the limit of extensions counts from its opening."""
        if not self.settings.is_sliding:
            return batch.closes_at
        end, limit = self.settings.window.end(context), self.settings.extension_limit
        return end if limit is None else min(end, add_span(batch.opened_at, limit, recipient_zone(context)))

    def _reason_to_close(self, batch: Batch, now: datetime) -> str | None:
        if batch.closes_at <= now:
            is_cut = self.settings.is_sliding
            return f"its extension limit was reached at {show_instant(batch.closes_at)}" if is_cut else _OVER
        if 0 < self.settings.items_limit <= len(batch.activities):
            return f"its limit of {self.settings.items_limit} activities was reached"
        return None

    def resume(self, context: RunContext) -> Outcome:
        """Close the batch, if it is not closed yet, and go on with what it holds.

        A batch that holds nothing, since everything was cancelled, ends the run (our choice).
        """
        batches, now, run = context.services.state.batches, context.services.clock.now, context.run
        batch = batches.held_by(run.id)
        assert batch is not None  # noqa: S101 - only a run that holds a batch is paused here
        if batches.is_open(batch):
            if now < batch.closes_at:
                return Pause(batch.closes_at)
            batches.close(batch, _OVER)
        if not batch.activities:
            facts: JsonObject = {"decided_by": batch.closed_because, "total_activities": 0, "total_actors": 0}
            return Finish("batch_closed", "everything in the batch was cancelled", facts)
        settings, outcome = self._continuation(context)
        activities = sorted(batch.activities.values(), key=by_sequence)
        digest = collected(activities, settings.render_limit, settings.order)
        context.services.state.runs.collect(run, digest, combined_data(digest.activities))
        batches.let_go_of(run.id)
        _tell_of_closing(context, batch)
        return outcome

    def _continuation(self, context: RunContext) -> tuple[BatchSettings, Outcome]:
        """Return how the batch is rendered and where its run goes on.

        Unless it is pinned to its version, that is in the latest version which still has this step, and has it not
        pinned either.
        """
        if not self.settings.is_pinned:
            for definition in context.services.workflows.versions(context.run.workflow):
                place = definition.place_of(context.step_ref)
                step = None if place is None else definition.steps[place].step
                if place is not None and isinstance(step, BatchStep) and not step.settings.is_pinned:
                    return step.settings, ProceedIn(definition.version_id, place)
        return self.settings, Proceed()


def _activity_of(run: Run) -> Activity:
    """Return what a run brings to a batch: its trigger, with the data as the steps before have left it (our choice)."""
    return replace(run.activity, packed_data=run.packed_data)


def _wait(context: RunContext, closes_at: datetime) -> Outcome:
    context.record("batch_opened", {"closes_at": show_instant(closes_at)})
    return Pause(closes_at)


def _move_holder(context: RunContext, batch: Batch, closes_at: datetime) -> None:
    """Let the run that waits for the batch resume when it closes now, if that has changed."""
    clock, runs = context.services.clock, context.services.state.runs
    holder = runs.get(str(batch.holder))
    if holder is not None and holder.timer is not None and holder.timer.due != closes_at:
        pause(clock, runs, holder, closes_at)


def _tell_of_closing(context: RunContext, batch: Batch) -> None:
    run, digest = context.run, context.run.digest
    facts: JsonObject = {
        "decided_by": batch.closed_because,
        "total_activities": digest.total_activities,
        "total_actors": digest.total_actors,
    }
    context.record("batch_closed", facts)
    count = digest.total_activities
    held = f"{count} activit{'y' if count == 1 else 'ies'}"
    context.services.clock.note(f"batch closed: {run.workflow}/{context.step_ref} for {run.recipient}: {held}")


def compile_batch_step(step: JsonObject, place: str) -> BatchStep:
    """Compile a batch step's JSON.

    Raises:
        WorkflowDefinitionError: a setting is missing, unknown or malformed.
    """
    return BatchStep(read_batch_settings(Fields(step, place)))


def _stem(_step: JsonObject) -> str:
    return "batch"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_batch_step, stem=_stem)
