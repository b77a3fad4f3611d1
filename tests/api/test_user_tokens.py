from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from knock_fake import KnockFake
from knock_fake.api import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake.gateway.operations import Operation

FEED = "55555555-5555-4555-8555-555555555555"
CHAT = "44444444-4444-4444-8444-444444444444"
JSON = {"content-type": "application/json"}
FEED_PATH = f"/v1/users/jane/feeds/{FEED}"
FOR_BROWSERS = [one for one in OPERATIONS if one.public_key in ("documented", "client_sdk") and one.is_built]
GRANTED = [one for one in OPERATIONS if one.public_key == "grant"]


@pytest.fixture
def browser(knock: KnockFake) -> Iterator[httpx.Client]:
    """Plain HTTP with a publishable key, into the test's world."""
    with with_publishable_key(knock) as client:
        yield client


def with_publishable_key(world: KnockFake) -> httpx.Client:
    headers, base_url = {"authorization": "Bearer pk_test_x"}, "https://api.knock.app"
    return httpx.Client(transport=world.transport(), base_url=base_url, headers=headers, trust_env=False)


def name(operation: Operation) -> str:
    return operation.name


def path_of(operation: Operation, user: str = "jane") -> str:
    return re.sub(r"\{\w+\}", FEED, operation.path.replace("{user_id}", user))


def signed(knock: KnockFake, user: str = "jane", *abilities: str, explicit: bool = False) -> dict[str, str]:
    """Headers with a token for a user; ``abilities`` such as ``tenants/acme user_feed/read``."""
    grants: dict[str, list[str]] = {}
    for ability in abilities:
        resource, _, granted = ability.partition(" ")
        grants.setdefault(resource, []).append(granted)
    token = knock.security.sign_user_token(user, grants=grants or None, explicit_grants=explicit)
    return {"x-knock-user-token": token}


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("operation", FOR_BROWSERS, ids=name)
def test_in_enhanced_security_mode_a_publishable_key_needs_a_token(operation: Operation) -> None:
    world = KnockFake()
    world.security.enhance()
    with with_publishable_key(world) as client:
        alone = client.request(operation.method, path_of(operation))
        with_token = client.request(operation.method, path_of(operation), headers=signed(world))
    assert alone.json() == {
        "code": "missing_user_token",
        "message": "A signed user token is required to make this request.",
        "status": 401,
        "type": "authentication_error",
    }
    assert operation.name in alone.headers["x-knock-fake-hint"]
    assert with_token.status_code not in (401, 403)


@pytest.mark.parametrize("operation", [one for one in FOR_BROWSERS if "{user_id}" in one.path], ids=name)
def test_a_token_speaks_for_its_own_user_only(operation: Operation) -> None:
    world = KnockFake()
    world.security.enhance()
    with with_publishable_key(world) as client:
        answer = client.request(operation.method, path_of(operation), headers=signed(world, "joe"))
    assert answer.json() == {
        "code": "invalid_user_token",
        "message": "The user token is not valid.",
        "status": 401,
        "type": "authentication_error",
    }
    hint = "the token in X-Knock-User-Token is refused: it speaks for 'joe', and the path names 'jane'"
    assert answer.headers["x-knock-fake-hint"] == hint


@pytest.mark.parametrize("operation", FOR_BROWSERS, ids=name)
def test_explicit_grants_let_through_what_they_name(operation: Operation) -> None:
    world = KnockFake()
    world.security.enhance()
    ability = operation.ability
    assert ability is not None, f"{operation.name} must declare the ability that a user token grants for it"
    with with_publishable_key(world) as client:
        other = "user/guide_read" if ability != "user/guide_read" else "user/read"
        refused = client.request(
            operation.method, path_of(operation), headers=signed(world, "jane", f"users/jane {other}", explicit=True)
        )
        granted = client.request(
            operation.method, path_of(operation), headers=signed(world, "jane", f"users/jane {ability}", explicit=True)
        )
    assert refused.json() == {
        "code": "access_denied",
        "message": "The user token does not grant access to this resource.",
        "status": 403,
        "type": "api_error",
    }
    hint = f"the user token grants {ability} neither on users/jane nor on a tenant"
    assert refused.headers["x-knock-fake-hint"] == hint
    assert granted.status_code not in (401, 403)


@pytest.mark.parametrize("operation", GRANTED, ids=name)
def test_what_has_to_be_granted_needs_a_token_in_every_mode(operation: Operation) -> None:
    world = KnockFake()
    path = operation.path.replace("{collection}", "projects").replace("{object_id}", "p1").replace("{channel_id}", CHAT)
    holder = "access_token_object" if "slack" in path else "ms_teams_tenant_object"
    query = {} if "objects" in path else {f"{holder}[object_id]": "p1", f"{holder}[collection]": "projects"}
    if "ms-teams" in path:
        path = path.replace(CHAT, world.channels.add("teams", type="chat", provider="chat_ms_teams").id)
    with with_publishable_key(world) as client:
        client.params = client.params.merge(query)
        without = client.request(operation.method, path)
        unverifiable = client.request(operation.method, path, headers={"x-knock-user-token": "a.b.c"})
        world.security.use_signing_key()
        ungranted = client.request(operation.method, path, headers=signed(world))
        granted = client.request(
            operation.method, path, headers=signed(world, "jane", f"objects/projects/p1 {operation.ability}")
        )
    assert [outcome(one) for one in (without, unverifiable, ungranted)] == [
        (401, "missing_user_token"),
        (401, "missing_jwt_signing_key"),
        (403, "access_denied"),
    ]
    assert ungranted.headers["x-knock-fake-hint"].endswith(f"does not grant {operation.ability} on projects/p1")
    assert granted.status_code != 401
    assert granted.status_code == 200 or granted.json()["code"] != "access_denied"


def test_with_the_mode_off_a_publishable_key_may_act_for_anybody(browser: httpx.Client) -> None:
    assert browser.put("/v1/users/jane", json={"name": "Jane"}).status_code == 200
    assert browser.put("/v1/users/joe", headers={"x-knock-user-token": "not even a token"}).status_code == 200


def test_with_a_signing_key_a_token_that_comes_along_is_verified(knock: KnockFake, browser: httpx.Client) -> None:
    knock.security.use_signing_key()
    assert browser.put("/v1/users/jane").status_code == 200
    assert browser.put("/v1/users/jane", headers=signed(knock)).status_code == 200
    assert outcome(browser.put("/v1/users/jane", headers=signed(knock, "joe"))) == (401, "invalid_user_token")
    assert outcome(browser.put("/v1/users/jane", headers={"x-knock-user-token": "x"})) == (401, "invalid_user_token")


def test_a_mode_without_a_key_can_verify_nobody(knock: KnockFake, browser: httpx.Client) -> None:
    knock.security.enhance()
    token = signed(knock)
    knock.security.remove_signing_key()
    answer = browser.get("/v1/users/jane", headers=token)
    assert answer.json() == {
        "code": "missing_jwt_signing_key",
        "message": "This environment has no signing key to verify user tokens with.",
        "status": 401,
        "type": "authentication_error",
    }
    assert outcome(browser.get("/v1/users/jane")) == (401, "missing_user_token")


def test_a_secret_key_needs_no_token_and_none_is_looked_at(knock: KnockFake, api: httpx.Client) -> None:
    knock.security.enhance()
    assert api.put("/v1/users/jane").status_code == 200
    assert api.get("/v1/users/jane", headers={"x-knock-user-token": "x"}).status_code == 200


def test_a_token_expires_on_the_clock_of_the_world(knock: KnockFake, browser: httpx.Client) -> None:
    knock.security.enhance()
    token = signed(knock)
    assert browser.put("/v1/users/jane", headers=token).status_code == 200
    knock.clock.advance("59m59s")
    assert browser.get("/v1/users/jane", headers=token).status_code == 200
    knock.clock.advance("1s")
    expired = browser.get("/v1/users/jane", headers=token)
    assert outcome(expired) == (401, "invalid_user_token")
    assert "it expired at 2026-01-01T01:00:00Z" in expired.headers["x-knock-fake-hint"]


def test_what_a_publishable_key_may_never_do_no_token_changes(knock: KnockFake, browser: httpx.Client) -> None:
    knock.security.enhance()
    everything = signed(knock, "jane", "users/jane user/read", "users/jane user/write")
    assert outcome(browser.get("/v1/users", headers=everything)) == (403, "incorrect_token_type")


def test_messages_of_others_are_out_of_a_tokens_reach(
    knock: KnockFake, browser: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    (hers,), (his,) = notify("jane"), notify("joe")
    knock.security.enhance()
    token = signed(knock)
    assert browser.get(f"/v1/messages/{hers}", headers=token).json()["id"] == hers
    assert outcome(browser.get(f"/v1/messages/{his}", headers=token)) == (404, "resource_missing")
    assert browser.put(f"/v1/messages/{hers}/seen", headers=token).status_code == 200
    assert outcome(browser.put(f"/v1/messages/{his}/seen", headers=token)) == (404, "resource_missing")
    marked = browser.post("/v1/messages/batch/read", json={"message_ids": [his, hers]}, headers=token)
    assert [one["id"] for one in marked.json()] == [hers]
    untouched = knock.state.messages.get(his)
    assert untouched is not None
    assert (untouched.seen_at, untouched.read_at) == (None, None)


def test_a_tenant_narrows_a_feed(knock: KnockFake, browser: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (acme,), (globex,), (none,) = notify(tenant="acme"), notify(tenant="globex"), notify()
    knock.security.enhance()
    narrow = signed(knock, "jane", "tenants/acme user_feed/read", explicit=True)
    both = signed(knock, "jane", "tenants/acme user_feed/read", "users/jane user_feed/read", explicit=True)

    def feed(headers: dict[str, str], **query: str) -> list[str]:
        answer = browser.get(FEED_PATH, params=query, headers=headers).json()
        assert answer["meta"]["total_count"] == len(answer["entries"])
        return [item["id"] for item in answer["entries"]]

    assert feed(signed(knock)) == [none, globex, acme]
    assert feed(narrow, tenant="acme") == [acme]
    assert feed(both, tenant="acme") == feed(both) == [none, acme]
    for refused in (
        browser.get(FEED_PATH, headers=narrow),
        browser.get(FEED_PATH, params={"tenant": "globex"}, headers=narrow),
        browser.get(FEED_PATH, params={"tenant": "globex"}, headers=both),
    ):
        assert outcome(refused) == (403, "access_denied")
    hint = "the user token grants user/feed_read on tenants, and not on "
    assert browser.get(FEED_PATH, headers=narrow).headers["x-knock-fake-hint"] == f"{hint}what has no tenant"
    denied = browser.get(FEED_PATH, params={"tenant": "globex"}, headers=both)
    assert denied.headers["x-knock-fake-hint"] == f"{hint}tenants/globex"
    assert browser.get(f"{FEED_PATH}/settings", headers=narrow).status_code == 200


def test_a_tenant_narrows_marks(knock: KnockFake, browser: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (acme,), (globex,), (none,) = notify(tenant="acme"), notify(tenant="globex"), notify()
    knock.security.enhance()
    token = signed(knock, "jane", "tenants/acme user_feed/write")
    marked = browser.post("/v1/messages/batch/seen", json={"message_ids": [acme, globex, none]}, headers=token)
    assert [one["id"] for one in marked.json()] == [acme]


def test_a_tenant_narrows_preferences(knock: KnockFake, browser: httpx.Client, api: httpx.Client) -> None:
    for set_id in ("default", "acme", "globex"):
        api.put(f"/v1/users/jane/preferences/{set_id}", json={"channel_types": {"email": False}})
    knock.security.enhance()
    token = signed(knock, "jane", "tenants/acme preferences/read", "tenants/acme preferences/write")

    def status(method: str, set_id: str, query: str = "") -> int:
        path = f"/v1/users/jane/preferences/{set_id}{query}"
        return browser.request(method, path, content=b"{}", headers=token | JSON).status_code

    assert [status(method, "acme") for method in ("GET", "PUT")] == [200, 200]
    assert [status(method, "default") for method in ("GET", "PUT")] == [403, 403]
    assert [status(method, "globex") for method in ("GET", "PUT")] == [403, 403]
    assert (status("GET", "default", "?tenant=acme"), status("GET", "default", "?tenant=globex")) == (200, 403)
    listed = browser.get("/v1/users/jane/preferences", headers=token).json()
    assert [one["id"] for one in listed] == ["acme"]


def test_a_token_has_rate_limits_of_its_own(knock: KnockFake, browser: httpx.Client) -> None:
    knock.security.use_signing_key()
    knock.rate_limits.enforce()
    path = "/v1/messages/none/seen"

    def passed(headers: dict[str, str]) -> int:
        return sum(browser.put(path, headers=headers).status_code != 429 for _ in range(7))

    assert [passed(signed(knock, "jane")), passed(signed(knock, "joe")), passed({}), passed({})] == [5, 5, 5, 0]


def test_the_feed_counts_by_the_user_of_the_path_with_and_without_a_token(
    knock: KnockFake, browser: httpx.Client, api: httpx.Client
) -> None:
    knock.security.use_signing_key()
    knock.rate_limits.enforce()
    token = signed(knock)
    statuses = [browser.get(FEED_PATH, headers=token).status_code for _ in range(3)]
    statuses += [api.get(FEED_PATH).status_code for _ in range(3)]
    assert statuses == [200, 200, 200, 200, 200, 429]
    assert api.get(f"/v1/users/joe/feeds/{FEED}").status_code == 200


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_an_ability_is_declared_where_a_publishable_key_may_call(operation: Operation) -> None:
    if operation.is_built:
        assert (operation.ability is None) == (operation.public_key == "no"), operation.name
