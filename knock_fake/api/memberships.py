"""Entering and leaving audiences, and the workflows that run for who enters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import invalid_field, resource_missing
from knock_fake.state.references import user
from knock_fake.workflows.identification import check_identification, identify, read_identification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.state.audiences import Audience
    from knock_fake.state.references import Reference
    from knock_fake.workflows.identification import Identification


@dataclass(frozen=True, slots=True)
class Membership:
    """A user as one request makes it a member, for a tenant or for none.

    ``identification`` is missing when the request says no more than the id: such a member may be somebody whom
    nobody identified (Knock's API reference), any property identifies it inline.
    """

    user: Reference
    tenant: str | None
    identification: Identification | None = None


def read_membership(person: JsonObject, tenant: str | None, field: str) -> Membership:
    """Read a user with its ``id`` and anything else; ``field`` is its place in the request."""
    reference = user(str(person["id"]))
    if set(person) == {"id"}:
        return Membership(reference, tenant)
    return Membership(reference, tenant, read_identification(person, field, reference=reference))


def check_membership(core: Core, one: Membership) -> None:
    """Refuse an inline identification that cannot be stored.

    Raises:
        ApiError: 422 naming every offending field.
    """
    if one.identification is not None:
        check_identification(core.state, one.identification)


def require_audience(core: Core, key: str) -> Audience:
    """Return an audience that exists.

    Raises:
        ApiError: 404.
    """
    audience = core.state.audiences.get(key)
    if audience is None:
        raise resource_missing("audience", key)
    return audience


def require_static_audience(core: Core, key: str) -> Audience:
    """Return an audience that members can be added to and removed from.

    Raises:
        ApiError: 404; 422 for a dynamic audience, whose members follow from their properties (our choice).
    """
    audience = require_audience(core, key)
    if audience.conditions is not None:
        raise invalid_field("key", f"names a dynamic audience, {key!r}: its members are those that it fits", "static")
    return audience


def enter(core: Core, audience: Audience, one: Membership) -> None:
    """Identify a checked member if it is inline, and make it a member; workflows run for one who was none before."""
    if one.identification is not None:
        identify(core.state, one.identification)
    core.state.audiences.enter(audience.key, one.user, one.tenant)


def missing_workflows(core: Core, audience: Audience) -> Iterator[str]:
    """Name the bound workflows that nobody added, in one sentence, if there are any."""
    unknown = [key for key in audience.triggers if key not in core.workflows]
    if unknown:
        named = "; ".join(f"{key!r} ({core.workflows.suggest(key)})" for key in unknown)
        yield f"audience {audience.key!r} triggers workflows that do not exist: {named}"
