from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import equal_to
from tests.realtime.sockets import ALL_GUIDES, GUIDES, QUERY, Browser, error

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

JANE: JsonObject = {"user_id": "jane"}
STEPS: list[JsonObject] = [{"ref": "step_1", "values": {"title": "Hi {{ recipient.name }}"}}]
BODY: JsonObject = {"channel_id": GUIDES, "guide_key": "tour", "guide_step_ref": "step_1"}


@pytest.fixture
def browser(knock: KnockFake, api: httpx.Client) -> Browser:
    api.put("/v1/users/jane", json={"name": "Jane", "plan": "free"}).raise_for_status()
    return Browser(knock)


def told(browser: Browser) -> list[tuple[str, Json, Json]]:
    """Return event, key and eligibility of what was pushed, and check what every push has."""
    found = []
    for frame in browser.frames():
        assert isinstance(frame, list)
        join_ref, ref, topic, event, payload = frame
        assert isinstance(payload, dict)
        assert (join_ref, ref, topic, payload["topic"], payload["event"]) == ("1", None, ALL_GUIDES, ALL_GUIDES, event)
        data = payload["data"]
        assert isinstance(data, dict)
        guide = data.get("guide", {})
        found.append((str(event), guide.get("key") if isinstance(guide, dict) else None, data.get("eligible")))
    return found


ADDED = [("guide.added", "tour", True), ("guide_group.updated", None, None)]
UPDATED = [("guide.updated", "tour", True)]
GONE = [("guide.updated", "tour", False)]


def test_what_becomes_of_a_guide_is_told(knock: KnockFake, browser: Browser) -> None:
    browser.join(ALL_GUIDES, JANE)
    knock.guides.add("tour", STEPS)
    assert told(browser) == ADDED
    knock.guides.add("tour", STEPS)
    assert told(browser) == UPDATED
    knock.guides.deactivate("tour")
    assert told(browser) == GONE
    knock.guides.add("tour", STEPS, active=False)
    assert told(browser) == []
    knock.guides.activate("tour")
    assert told(browser) == [("guide.added", "tour", True)]
    knock.guides.throttle("1h")
    assert told(browser) == [("guide_group.updated", None, None)]
    knock.guides.add("deal", STEPS)
    browser.frames()
    knock.guides.order("deal", "tour")
    assert told(browser) == [("guide_group.updated", None, None)]


def test_a_guide_is_told_as_the_api_shows_it(knock: KnockFake, browser: Browser, api: httpx.Client) -> None:
    browser.join(ALL_GUIDES, JANE)
    knock.guides.add("tour", STEPS)
    shown = api.get(f"/v1/users/jane/guides/{GUIDES}").json()
    payloads = [frame[4] for frame in browser.frames() if isinstance(frame, list)]
    assert payloads == [
        {"topic": ALL_GUIDES, "event": "guide.added", "data": {"guide": shown["entries"][0], "eligible": True}},
        {"topic": ALL_GUIDES, "event": "guide_group.updated", "data": {"guide_group": shown["guide_groups"][0]}},
    ]
    assert shown["entries"][0]["steps"][0]["content"] == {"title": "Hi Jane"}


def test_eligibility_follows_the_user(knock: KnockFake, browser: Browser, api: httpx.Client) -> None:
    knock.guides.add("tour", STEPS, target_property_conditions=equal_to("recipient.plan", "pro"))
    browser.join(ALL_GUIDES, JANE)
    api.put("/v1/users/jane", json={"plan": "pro"}).raise_for_status()
    assert told(browser) == [("guide.added", "tour", True)]
    api.put("/v1/users/joe", json={"plan": "pro"}).raise_for_status()
    assert told(browser) == []
    api.put("/v1/users/jane", json={"name": "Janet"}).raise_for_status()
    assert told(browser) == UPDATED
    api.put("/v1/users/jane", json={"plan": "free"}).raise_for_status()
    assert told(browser) == GONE


def test_eligibility_follows_audiences_and_tenants(knock: KnockFake, browser: Browser, api: httpx.Client) -> None:
    knock.audiences.add("beta")
    knock.guides.add("tour", STEPS, target_audience_key="beta")
    knock.guides.add("deal", STEPS, target_property_conditions=equal_to("tenant.plan", "pro"))
    browser.join(ALL_GUIDES, {**JANE, "tenant": "acme"})
    members: JsonObject = {"members": [{"user": {"id": "jane"}, "tenant": "acme"}]}
    api.post("/v1/audiences/beta/members", json=members).raise_for_status()
    assert told(browser) == [("guide.added", "tour", True)]
    api.put("/v1/tenants/other", json={"plan": "pro"}).raise_for_status()
    api.put("/v1/tenants/acme", json={"plan": "pro"}).raise_for_status()
    assert told(browser) == [("guide.added", "deal", True)]
    api.request("DELETE", "/v1/audiences/beta/members", json=members).raise_for_status()
    assert told(browser) == GONE


def test_marks_are_silent_until_they_take_the_guide_away(knock: KnockFake, browser: Browser, api: httpx.Client) -> None:
    knock.guides.add("tour", STEPS)
    browser.join(ALL_GUIDES, JANE)
    guide = knock.guides.get("tour")
    assert guide is not None
    body: JsonObject = {**BODY, "guide_id": guide.id}
    api.put("/v1/users/jane/guides/messages/seen", json={**body, "content": {}}).raise_for_status()
    api.put("/v1/users/jane/guides/messages/interacted", json=body).raise_for_status()
    api.put("/v1/users/jane", json={"plan": "pro"}).raise_for_status()  # makes the world look again
    assert told(browser) == []
    api.put("/v1/users/jane/guides/messages/archived", json=body).raise_for_status()
    assert told(browser) == GONE
    api.put("/v1/users/jane/guides/engagements/reset", json={"guide_key": "tour"}).raise_for_status()
    assert told(browser) == [("guide.added", "tour", True)]
    api.put("/v1/users/jane/guides/messages/archived", json={**body, "is_final": True}).raise_for_status()
    assert told(browser) == GONE


def test_a_client_that_debugs_hears_of_every_guide(knock: KnockFake, browser: Browser) -> None:
    browser.join(ALL_GUIDES, {**JANE, "force_all_guides": True})
    knock.guides.add("tour", STEPS, active=False)
    assert told(browser) == ADDED


def test_what_a_client_sends_along_targets_and_renders(knock: KnockFake, browser: Browser) -> None:
    browser.join(ALL_GUIDES, {**JANE, "data": {"page": "billing"}})
    on_billing = equal_to("data.page", "billing")
    knock.guides.add(
        "tour", [{"ref": "step_1", "values": {"a": "{{ data.page }}"}}], target_property_conditions=on_billing
    )
    first = browser.frames()[0]
    assert isinstance(first, list)
    assert "'content': {'a': 'billing'}" in str(first[4])


def test_a_guide_that_moves_to_another_channel_is_removed(knock: KnockFake, browser: Browser) -> None:
    knock.channels.add("elsewhere", type="in_app_guide")
    knock.guides.add("tour", STEPS)
    browser.join(ALL_GUIDES, JANE)
    knock.guides.add("tour", STEPS, channel_key="elsewhere")
    assert told(browser) == [("guide.removed", "tour", None)]


def test_content_that_cannot_be_rendered_is_empty(knock: KnockFake, browser: Browser) -> None:
    browser.join(ALL_GUIDES, JANE)
    knock.guides.add("tour", [{"ref": "step_1", "values": {"a": "{{ 1 | divided_by: 0 }}"}}])
    assert "'content': {}" in str(browser.frames()[0])


def test_restore_and_reset_tell_what_is_gone_and_what_is_back(knock: KnockFake, browser: Browser) -> None:
    browser.join(ALL_GUIDES, JANE)
    before = knock.snapshot()
    knock.guides.add("tour", STEPS)
    after = knock.snapshot()
    assert told(browser) == ADDED
    knock.restore(before)
    assert told(browser) == [("guide.removed", "tour", None), ("guide_group.updated", None, None)]
    knock.restore(after)
    assert told(browser) == ADDED
    saved = knock.to_json()
    knock.reset()
    assert told(browser) == [("guide.removed", "tour", None), ("guide_group.updated", None, None)]
    knock.become(saved)
    assert told(browser) == ADDED


@pytest.mark.parametrize(
    ("topic", "params", "reason"),
    [
        ("guides:nope", JANE, f"the guide channel 'in-app-guide' has the id {GUIDES}"),
        (ALL_GUIDES, {}, "the parameters of a join must name the user: user_id"),
        (ALL_GUIDES, None, "the parameters of a join must name the user: user_id"),
        (ALL_GUIDES, {"user_id": 7}, "the parameters of a join must name the user: user_id"),
        (ALL_GUIDES, {"user_id": "joe"}, "the user token speaks for 'jane', and the topic is 'joe''s"),
    ],
)
def test_what_cannot_be_joined_is_refused_with_a_reason(
    knock: KnockFake, topic: str, params: Json, reason: str
) -> None:
    knock.security.enhance()
    browser = Browser(knock, f"user_token={knock.security.sign_user_token('jane')}&{QUERY}")
    assert browser.send("1", "1", topic, "phx_join", params) == [error("1", "1", topic, reason)]


def test_a_token_that_grants_nothing_joins_nothing(knock: KnockFake) -> None:
    knock.security.enhance()
    token = knock.security.sign_user_token("jane", explicit_grants=True)
    browser = Browser(knock, f"user_token={token}&{QUERY}")
    reason = "the user token does not grant user/guide_read on users/jane"
    assert browser.send("1", "1", ALL_GUIDES, "phx_join", JANE) == [error("1", "1", ALL_GUIDES, reason)]
