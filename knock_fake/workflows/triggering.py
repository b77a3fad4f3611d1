"""Starting workflows: what trigger calls, legacy notify calls, schedules and audiences have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from knock_fake.errors import actor_missing, invalid_params, workflow_inactive, workflow_missing
from knock_fake.json_types import as_object
from knock_fake.schema_checks import data_errors
from knock_fake.state.packed import pack
from knock_fake.state.runs import DEFAULT_SETTINGS, RunSettings, TriggerSource
from knock_fake.workflows.fan_out import reach
from knock_fake.workflows.identification import Identification, check_identification, identify
from knock_fake.workflows.starting import Trigger, begin_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from knock_fake.errors import FieldError
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.references import Reference
    from knock_fake.state.runs import Run
    from knock_fake.workflows.context import Services
    from knock_fake.workflows.definition import WorkflowDefinition
    from knock_fake.workflows.registry import WorkflowRegistry


@dataclass(frozen=True, slots=True)
class People:
    """Everybody whom one call names; those who are inline are identified once all of them have been checked."""

    recipients: Sequence[Identification]
    actor: Identification | None = None
    tenant: Identification | None = None

    def inline(self) -> Iterator[Identification]:
        """Yield those who say more than whom they mean, recipients first."""
        return (one for one in (*self.recipients, self.actor, self.tenant) if one is not None and one.is_inline)

    @property
    def actor_reference(self) -> Reference | None:
        """Who did it, if the call says so."""
        return self.actor.reference if self.actor is not None else None

    @property
    def tenant_id(self) -> str | None:
        """The tenant's id, if the call names one."""
        return self.tenant.reference.id if self.tenant is not None else None


def require_workflow(workflows: WorkflowRegistry, key: str, *, must_be_active: bool = True) -> None:
    """Refuse a workflow that nobody added (unless the world makes one up for it), and one that is switched off.

    Raises:
        ApiError: 404 ``workflow_missing`` or 400 ``workflow_inactive``.
    """
    if key not in workflows:
        if workflows.can_make_up(key):
            return
        is_gone = workflows.was_archived(key)
        unknown = f"there is no workflow {key!r}: {workflows.suggest(key)}"
        raise workflow_missing(key, f"workflow {key!r} was archived, for good" if is_gone else unknown)
    if must_be_active and not workflows.is_active(key):
        raise workflow_inactive(key)


def check_data(workflows: WorkflowRegistry, key: str, data: Json) -> None:
    """Refuse trigger data that does not fit the workflow's own schema; no data counts as ``{}``.

    Raises:
        ApiError: 422 naming every place that does not fit.
    """
    errors = _problems(workflows.get(key), data)
    if errors:
        raise invalid_params(*errors)


def _problems(definition: WorkflowDefinition | None, data: Json) -> tuple[FieldError, ...]:
    if definition is None or definition.trigger_data_json_schema is None:
        return ()
    return data_errors(definition.trigger_data_json_schema, {} if data is None else data)


def check_people(state: State, people: People) -> None:
    """Refuse inline identifications that cannot be stored, and a bare actor whom nobody identified.

    Raises:
        ApiError: 422, or 400 ``actor_missing``.
    """
    for one in people.inline():
        check_identification(state, one)
    actor = people.actor
    if actor is None or actor.is_inline:
        return
    known_by_now = {one.reference for one in people.inline()}
    if actor.reference not in known_by_now and state.recipients.get(actor.reference) is None:
        raise actor_missing(str(actor.reference))


def identify_people(state: State, people: People) -> None:
    """Write the inline identifications of a call whose people have been checked."""
    for one in people.inline():
        identify(state, one)


def start_workflow(
    services: Services,
    key: str,
    people: People,
    data: Json,
    source: TriggerSource,
    settings: RunSettings = DEFAULT_SETTINGS,
) -> str:
    """Check a call that names a workflow, identify everybody inline, start the runs; return the id they share.

    Raises:
        ApiError: 404, 400 or 422; nothing has changed then.
    """
    require_workflow(services.workflows, key)
    check_data(services.workflows, key, data)
    check_people(services.state, people)
    definition = services.workflows.get_or_make_up(key)
    if (meant := services.workflows.meant(key)) is not None:
        services.state.remark([f"the workflow {key!r} is made up; did you mean {meant!r}?"])
    identify_people(services.state, people)
    trigger = Trigger(
        workflow_run_id=services.identifiers.uuid(services.identifiers.next_sequence()),
        actor=people.actor_reference,
        tenant=people.tenant_id,
        source=source,
        settings=settings,
    )
    _begin_runs(services, definition, trigger, people.recipients, as_object(data))
    return trigger.workflow_run_id


def _begin_runs(
    services: Services,
    definition: WorkflowDefinition,
    trigger: Trigger,
    recipients: Sequence[Identification],
    data: JsonObject,
) -> None:
    """Start a run for each distinct recipient, and for the subscribers of objects among them.

    Of a recipient listed twice the first entry counts. Data of an object's own are not its subscribers' (our choice).
    """
    shared = pack(data)
    own: dict[Reference, JsonObject | None] = {}
    for one in recipients:
        own.setdefault(one.reference, one.trigger_data)
    for reference, subscription in reach(services.state.subscriptions, own, trigger.actor).items():
        extra = own.get(reference)
        begin_run(services, definition, trigger, reference, pack({**data, **extra}) if extra else shared, subscription)


def start_stored(
    services: Services, definition: WorkflowDefinition, trigger: Trigger, recipient: Reference, data: Json
) -> Run:
    """Start one run with data that nobody could check when it was stored; a run whose data does not fit halts.

    The recipient runs alone, subscribers of an object do not (Knock's docs on schedules).
    """
    problems = _problems(definition, data)
    checked = replace(trigger, problems=problems) if problems else trigger
    return begin_run(services, definition, checked, recipient, pack(as_object(data)))
