"""Who looks at guides: what their templates and conditions see, and why a guide is not for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.api.shown_guides import show_guide
from knock_fake.state.references import TENANTS, Reference
from knock_fake.timestamps import show_instant
from knock_fake.workflows.audience_members import is_member
from knock_fake.workflows.conditions import ConditionScope, evaluate
from knock_fake.workflows.people import locale_of, recipient_variables
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.templating import TemplateError
from knock_fake.workflows.vars import shared_vars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.state.guide_engagements import GuideKey
    from knock_fake.state.messages import Message
    from knock_fake.workflows.guides import Guide, GuideStep


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user who looks at guides, for a tenant or for none, with the data that the client sent along."""

    user: Reference
    tenant: str | None
    data: JsonObject

    def key_of(self, guide: Guide) -> GuideKey:
        """Return what this viewer's engagement with a guide is kept by."""
        return guide.key, self.tenant


@dataclass(frozen=True, slots=True)
class Ineligible:
    """Why a user is not shown a guide: the reason as Knock spells it, and the facts behind it."""

    reason: str
    message: str


def viewer_variables(core: Core, viewer: Viewer) -> Scope:
    """Return what conditions and contents of guides see (Knock's docs on guides).

    A user whom nobody identified has an id and nothing else (our choice).
    """
    state, tenant = core.state, viewer.tenant
    recipient = recipient_variables(state, viewer.user) or {"__typename": "User", "id": viewer.user.id}
    variables: JsonObject = {
        "recipient": recipient,
        "tenant": recipient_variables(state, Reference(TENANTS, tenant)) if tenant is not None else None,
        "data": viewer.data,
        "vars": shared_vars(state, tenant),
        "timestamp": show_instant(core.clock.now),
    }
    return Scope(variables, core.library, state, tenant=tenant, locale=locale_of(recipient))


def step_messages(core: Core, viewer: Viewer, guide: Guide) -> dict[str, Message]:
    """Return the messages of the steps that the viewer has engaged with, by step ref.

    A message that was deleted counts as never made.
    """
    engagement = core.state.guide_engagements.of(viewer.user, viewer.key_of(guide))
    found = {ref: core.state.messages.get(one) for ref, one in engagement.message_ids.items()} if engagement else {}
    return {ref: message for ref, message in found.items() if message is not None}


def why_ineligible(core: Core, viewer: Viewer, guide: Guide, variables: JsonObject) -> Ineligible | None:
    """Return the first reason why a viewer is not shown a guide, in the order of Knock's API reference.

    Args:
        core: the world's parts.
        viewer: who looks.
        guide: at what.
        variables: what :func:`viewer_variables` returned for the viewer.
    """
    if not core.guides.is_active(guide.key):
        return Ineligible("guide_not_active", "The guide is switched off.")
    if _is_archived(core, viewer, guide):
        return Ineligible("marked_as_archived", "The user has archived the guide.")
    return _untargeted(core, viewer, guide, variables)


def _is_archived(core: Core, viewer: Viewer, guide: Guide) -> bool:
    """Whether the guide was archived as a whole or step by step; what is archived in part still shows (our choice)."""
    engagement = core.state.guide_engagements.of(viewer.user, viewer.key_of(guide))
    if engagement is None or engagement.is_over:
        return engagement is not None
    messages = step_messages(core, viewer, guide)
    made = [messages.get(step.ref) for step in guide.definition.steps]
    return all(message is not None and message.archived_at is not None for message in made)


def _untargeted(core: Core, viewer: Viewer, guide: Guide, variables: JsonObject) -> Ineligible | None:
    def is_in(audience: str) -> bool:
        return is_member(core.state, core.clock.now, audience, viewer.user, viewer.tenant)

    scope = ConditionScope(variables, core.clock.now, is_audience_member=is_in)
    evaluation = evaluate(guide.definition.target_property_conditions, scope)
    if not evaluation.passed:
        return Ineligible("target_conditions_not_met", f"The target conditions are not met. {evaluation.reason()}.")
    audience = guide.definition.target_audience_key
    if audience is None or is_in(audience):
        return None
    place = f"the audience {audience!r}" + (f" for the tenant {viewer.tenant!r}" if viewer.tenant is not None else "")
    return Ineligible("not_in_target_audience", f"The user is not in {place}.")


def judge_guides(
    core: Core, channel: Channel, viewer: Viewer, variables: JsonObject, type_: str | None = None
) -> list[tuple[Guide, Ineligible | None]]:
    """Return the guides of a channel, of one type if it is named, in their order, each with why it does not show."""
    return [
        (guide, why_ineligible(core, viewer, guide, variables))
        for guide in core.guides
        if guide.definition.channel.id == channel.id and type_ in (None, guide.definition.type)
    ]


def show_to(
    core: Core, viewer: Viewer, guide: Guide, variables: JsonObject, on_error: Callable[[TemplateError], None]
) -> JsonObject:
    """Return a guide as a viewer sees it; ``on_error`` is told of steps that cannot be rendered."""
    return show_guide(
        guide,
        is_active=core.guides.is_active(guide.key),
        contents={step.ref: render_step(core, step, variables, on_error) for step in guide.definition.steps},
        messages=step_messages(core, viewer, guide),
    )


def render_step(
    core: Core, step: GuideStep, variables: Mapping[str, Json], on_error: Callable[[TemplateError], None]
) -> JsonObject:
    """Return a step's content; one that cannot be rendered is empty, and ``on_error`` is told (our choice).

    Where the step's message type is known to the world, the content has the form that it gives.
    """
    message_type = core.library.message_types.get(step.schema_key)
    variant = message_type.variant(step.schema_variant_key) if message_type is not None else None
    try:
        content = step.content.render(variables)
        return content if variant is None else variant.shape(content)
    except TemplateError as error:
        on_error(error)
        return {}
