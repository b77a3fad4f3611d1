"""What a user token lets its bearer do: abilities on resources, as Knock's docs on security describe them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args
from urllib.parse import quote

from knock_fake.json_types import as_object
from knock_fake.state.references import TENANTS, user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json
    from knock_fake.state.references import Reference

Ability: TypeAlias = Literal[
    "user/read",
    "user/write",
    "user/feed_read",
    "user/feed_write",
    "user/guide_read",
    "user/guide_write",
    "preferences/read",
    "preferences/write",
    "channel_data/read",
    "channel_data/write",
    "slack/channels_read",
    "ms_teams/channels_read",
]
"""What a token can grant on a resource, in the spelling of Knock's SDKs."""

ABILITIES: tuple[Ability, ...] = get_args(Ability)

ABILITY_ALIASES: Mapping[str, Ability] = {
    "feed/read": "user/feed_read",
    "user_feed/read": "user/feed_read",
    "feed/write": "user/feed_write",
    "user_feed/write": "user/feed_write",
}
"""Other spellings: those for reading stand in samples of Knock's docs, those for writing follow them."""

TENANT_SCOPED: frozenset[Ability] = frozenset(
    ("user/feed_read", "user/feed_write", "preferences/read", "preferences/write")
)
"""The abilities that a grant on a tenant narrows to that tenant (Knock's docs on security)."""

RESOURCE_ORIGIN = "https://api.knock.app/v1/"
"""What every resource of a grant begins with, whichever server is called."""

_TENANT_PATHS = ("tenants/", f"objects/{TENANTS}/")


@dataclass(frozen=True, slots=True)
class Grants:
    """The grants of one token.

    Attributes:
        by_resource: abilities by the path of a resource after ``/v1/``, such as ``users/jane``.
        is_explicit: whether the token grants nothing but these. Otherwise it may do everything that a publishable
            key may do for its user.
    """

    by_resource: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_explicit: bool = False


def read_grants(claim: Json, *, is_explicit: bool) -> Grants:
    """Read the ``grants`` claim: ``{resource: {ability: [...]}}``, where what the lists hold means nothing.

    What is not of that form grants nothing (our choice), nor does a resource of another origin.
    """
    found: dict[str, frozenset[str]] = {}
    for resource, abilities in as_object(claim).items():
        if resource.startswith(RESOURCE_ORIGIN) and isinstance(abilities, dict):
            spelt = (ABILITY_ALIASES.get(ability, ability) for ability in abilities)
            found[resource.removeprefix(RESOURCE_ORIGIN)] = frozenset(spelt)
    return Grants(found, is_explicit)


def is_granted(grants: Grants, resource: Reference, ability: Ability) -> bool:
    """Whether the token names the ability on the resource itself."""
    return any(ability in grants.by_resource.get(path, ()) for path in _paths(resource))


def is_allowed(grants: Grants, user_id: str, ability: Ability) -> bool:
    """Whether the token's user may do this for themselves, or for some tenant.

    Without ``explicit_grants`` a token may do what a publishable key may (Knock's docs on security).
    """
    return not grants.is_explicit or is_granted(grants, user(user_id), ability) or bool(_tenants(grants, ability))


def tenants_allowed(grants: Grants, user_id: str, ability: Ability) -> frozenset[str | None] | None:
    """Return the tenants that an ability is narrowed to, or ``None`` when it reaches all of them.

    One grant of the ability on a tenant narrows it to the tenants named so; ``None`` among them stands for what has
    no tenant, which then needs a grant on the user as well (Knock's docs on security).
    """
    tenants = _tenants(grants, ability)
    if not tenants:
        return None
    return tenants | {None} if is_granted(grants, user(user_id), ability) else tenants


def _tenants(grants: Grants, ability: Ability) -> frozenset[str | None]:
    if ability not in TENANT_SCOPED:
        return frozenset()
    return frozenset(
        path.removeprefix(prefix)
        for path, abilities in grants.by_resource.items()
        for prefix in _TENANT_PATHS
        if path.startswith(prefix) and ability in abilities
    )


def _paths(resource: Reference) -> tuple[str, ...]:
    """Return how a token may spell a resource: tenants in two ways, ids plain or percent-encoded."""
    identifiers = (resource.id, quote(resource.id, safe=""))
    if resource.is_user:
        return tuple(f"users/{identifier}" for identifier in identifiers)
    prefixes = _TENANT_PATHS if resource.collection == TENANTS else (f"objects/{resource.collection}/",)
    return tuple(prefix + identifier for prefix in prefixes for identifier in identifiers)
