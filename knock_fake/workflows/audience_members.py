"""Who is in an audience: in a static one who was added, in a dynamic one whoever its segments fit at the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.state.audiences import AudienceMember
from knock_fake.state.references import USERS
from knock_fake.workflows.condition_checks import check_conditions
from knock_fake.workflows.conditions import ConditionScope, evaluate
from knock_fake.workflows.people import recipient_variables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from knock_fake.json_types import Json
    from knock_fake.state import State
    from knock_fake.state.audiences import Audience
    from knock_fake.state.references import Reference
    from knock_fake.workflows.content.fields import Fields

_CONDITION_KEYS = ("property", "operator", "argument")


def is_member(
    state: State, now: datetime, key: str, user: Reference, tenant: str | None, *, asked: frozenset[str] = frozenset()
) -> bool:
    """Whether a user is in an audience, for the very tenant (Knock's docs on audiences).

    A dynamic audience knows no tenants. One that asks for itself, by way of others or directly, has no members (our
    choice).

    Args:
        state: what the world remembers.
        now: the moment.
        key: the audience.
        user: who.
        tenant: for which tenant; ``None`` for none.
        asked: the dynamic audiences whose conditions led here.
    """
    audience = state.audiences.get(key)
    if audience is None or audience.conditions is None:
        return state.audiences.is_member(key, user, tenant)
    recipient = recipient_variables(state, user)
    if tenant is not None or user.collection != USERS or recipient is None or key in asked:
        return False

    def is_in(other: str) -> bool:
        return is_member(state, now, other, user, None, asked=asked | {key})

    return evaluate(audience.conditions, ConditionScope({"recipient": recipient}, now, is_audience_member=is_in)).passed


def members_of(state: State, now: datetime, audience: Audience) -> Sequence[AudienceMember]:
    """Return the members of an audience; those of a dynamic one in order of their creation (our choice)."""
    if audience.conditions is None:
        return state.audiences.members(audience.key)
    return [
        AudienceMember(user.sequence, audience.key, user.reference, None, user.updated_at)
        for user in state.recipients.in_collection(USERS)
        if is_member(state, now, audience.key, user.reference, None)
    ]


def compile_segments(fields: Fields) -> Json:
    """Return the conditions that a dynamic audience's segments amount to: any of them, and all conditions within it.

    Args:
        fields: the audience's JSON (the audience schema of Knock's management API).

    Raises:
        WorkflowDefinitionError: there is none, or one is malformed.
    """
    segments = fields.items("segments", ("conditions",))
    if not segments:
        fields.refuse("segments", "a dynamic audience needs at least one segment")
    return {"any": [{"all": _conditions(segment)} for segment in segments]}


def _conditions(segment: Fields) -> list[Json]:
    conditions = segment.items("conditions", _CONDITION_KEYS)
    if not conditions:
        segment.refuse("conditions", "a segment needs at least one condition")
    return [_condition(condition) for condition in conditions]


def _condition(fields: Fields) -> Json:
    fields.required_text("property")
    condition = {"variable" if key == "property" else key: value for key, value in fields.values.items()}
    try:
        check_conditions(condition, fields.place, allow_message_status=False, refs=())
    except WorkflowDefinitionError as error:
        raise WorkflowDefinitionError(
            str(error).replace(f"{fields.place}.variable", f"{fields.place}.property")
        ) from error
    return condition
