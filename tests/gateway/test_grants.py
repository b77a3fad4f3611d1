from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.gateway.grants import ABILITIES, Grants, is_allowed, is_granted, read_grants, tenants_allowed
from knock_fake.state.references import TENANTS, Reference, user

if TYPE_CHECKING:
    from knock_fake.gateway.grants import Ability
    from knock_fake.json_types import Json

API = "https://api.knock.app/v1/"
JANE = user("jane")
ACME = Reference(TENANTS, "acme")


def grants(*, explicit: bool = False, **abilities: str) -> Grants:
    """Grants by resource: ``tenants_acme="user/feed_read"`` stands for ``tenants/acme``."""
    claim: Json = {API + resource.replace("_", "/"): {ability: []} for resource, ability in abilities.items()}
    return read_grants(claim, is_explicit=explicit)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (None, {}),
        ("all", {}),
        ([], {}),
        ({}, {}),
        ({f"{API}users/jane": {"user/read": [], "user/write": [{}]}}, {"users/jane": {"user/read", "user/write"}}),
        ({f"{API}users/jane": {"user/read": "whatever"}}, {"users/jane": {"user/read"}}),
        ({f"{API}users/jane": {"feed/read": [{}]}}, {"users/jane": {"user/feed_read"}}),
        ({f"{API}users/jane": {"user_feed/read": [{}]}}, {"users/jane": {"user/feed_read"}}),
        ({f"{API}users/jane": {"user_feed/write": [{}], "feed/write": []}}, {"users/jane": {"user/feed_write"}}),
        ({f"{API}users/jane": {"fly": []}}, {"users/jane": {"fly"}}),
        ({f"{API}users/jane": ["user/read"]}, {}),
        ({"https://example.com/v1/users/jane": {"user/read": []}}, {}),
        ({"users/jane": {"user/read": []}}, {}),
    ],
)  # fmt: skip
def test_grants_are_read_from_their_claim(claim: Json, expected: dict[str, set[str]]) -> None:
    assert read_grants(claim, is_explicit=False) == Grants({key: frozenset(value) for key, value in expected.items()})


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        (JANE, "users/jane"),
        (ACME, "tenants/acme"),
        (ACME, "objects/$tenants/acme"),
        (Reference("projects", "p1"), "objects/projects/p1"),
        (Reference("projects", "a/b c"), "objects/projects/a/b c"),
        (Reference("projects", "a/b c"), "objects/projects/a%2Fb%20c"),
    ],
)
def test_a_resource_is_named_by_its_url(resource: Reference, path: str) -> None:
    named = read_grants({API + path: {"channel_data/read": []}}, is_explicit=True)
    assert is_granted(named, resource, "channel_data/read")
    assert not is_granted(named, resource, "channel_data/write")
    assert not is_granted(named, Reference("projects", "other"), "channel_data/read")


@pytest.mark.parametrize("ability", ABILITIES)
def test_a_token_without_explicit_grants_may_do_everything_for_its_user(ability: Ability) -> None:
    assert is_allowed(Grants(), "jane", ability)
    assert not is_allowed(Grants(is_explicit=True), "jane", ability)
    assert tenants_allowed(Grants(), "jane", ability) is None


@pytest.mark.parametrize("ability", ABILITIES)
def test_explicit_grants_name_the_abilities_that_count(ability: Ability) -> None:
    named = read_grants({f"{API}users/jane": {ability: []}}, is_explicit=True)
    assert [one for one in ABILITIES if is_allowed(named, "jane", one)] == [ability]
    assert not is_allowed(named, "joe", ability)


@pytest.mark.parametrize("ability", ABILITIES)
def test_only_feeds_and_preferences_are_granted_through_a_tenant(ability: Ability) -> None:
    named = read_grants({f"{API}tenants/acme": {ability: []}}, is_explicit=True)
    is_scoped = ability.startswith(("preferences/", "user/feed_"))
    assert is_allowed(named, "jane", ability) == is_scoped
    assert tenants_allowed(named, "jane", ability) == (frozenset({"acme"}) if is_scoped else None)


@pytest.mark.parametrize("explicit", [False, True])
def test_a_tenant_narrows_and_the_user_adds_what_has_no_tenant(*, explicit: bool) -> None:
    narrow = grants(explicit=explicit, tenants_acme="user_feed/read", tenants_globex="user/feed_read")
    both = grants(explicit=explicit, tenants_acme="user_feed/read", users_jane="feed/read")
    assert tenants_allowed(narrow, "jane", "user/feed_read") == frozenset({"acme", "globex"})
    assert tenants_allowed(both, "jane", "user/feed_read") == frozenset({"acme", None})
    assert tenants_allowed(both, "jane", "user/feed_write") is None


def test_a_tenant_whose_slack_channels_may_be_read_narrows_no_feed() -> None:
    assert tenants_allowed(grants(tenants_acme="slack/channels_read"), "jane", "user/feed_read") is None
