from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.state.references import Reference, user
from knock_fake.steps import delay, in_app_feed, webhook

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json

TRIGGER = "/v1/workflows/hello/trigger"
P1 = {"collection": "projects", "id": "p1"}
TEAM = {"collection": "teams", "id": "t1"}
CLUB = {"collection": "clubs", "id": "c1"}


@pytest.fixture(autouse=True)
def workflows(knock: KnockFake) -> None:
    """``hello`` reaches objects too, ``later`` waits an hour first."""
    knock.workflows.add("hello", steps=[webhook("https://example.com")])
    knock.workflows.add("later", steps=[delay("1h"), webhook("https://example.com")])


def subscribe(api: httpx.Client, target: dict[str, str], *recipients: object, **properties: object) -> None:
    path = f"/v1/objects/{target['collection']}/{target['id']}"
    api.put(path, json={})
    answer = api.post(f"{path}/subscriptions", json={"recipients": recipients, "properties": properties or None})
    assert answer.status_code == 200, answer.text


def reached(knock: KnockFake) -> list[str]:
    """Whom runs were begun for, in order."""
    return [str(run.recipient) for run in knock.state.runs]


def rendered(api: httpx.Client) -> dict[str, str]:
    """The text of each user's feed item."""
    listed = api.get("/v1/messages").json()["items"]
    contents = {one["recipient"]: api.get(f"/v1/messages/{one['id']}/content").json()["data"] for one in listed}
    return {recipient: content["blocks"][0]["rendered"] for recipient, content in contents.items()}


def test_a_trigger_to_an_object_reaches_the_object_and_its_subscribers(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, P1, "jane", "joe")
    answer = api.post(TRIGGER, json={"recipients": [P1], "data": {"n": 1}})
    runs = [*knock.state.runs]
    assert reached(knock) == ["projects/p1", "jane", "joe"]
    assert {run.workflow_run_id for run in runs} == {answer.json()["workflow_run_id"]}
    assert [run.data for run in runs] == [{"n": 1}] * 3
    assert [message["recipient"] for message in api.get("/v1/messages").json()["items"]] == ["joe", "jane", P1]


def test_an_inline_object_reaches_its_subscribers_too(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, P1, "jane")
    api.post(TRIGGER, json={"recipients": [{**P1, "name": "Apollo"}]})
    assert reached(knock) == ["projects/p1", "jane"]


def test_data_of_the_object_alone_are_not_its_subscribers(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, P1, "jane")
    api.post(TRIGGER, json={"recipients": [{**P1, "$trigger_data": {"own": 1}}], "data": {"n": 1}})
    assert [run.data for run in knock.state.runs] == [{"n": 1, "own": 1}, {"n": 1}]


def test_subscribers_of_subscribers_are_reached_and_nobody_beyond(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, CLUB, "too-far")
    subscribe(api, TEAM, "kim", CLUB)
    subscribe(api, P1, TEAM, "jane")
    api.post(TRIGGER, json={"recipients": [P1]})
    assert reached(knock) == ["projects/p1", "teams/t1", "jane", "kim", "clubs/c1"]


def test_nobody_gets_two_runs_and_the_shortest_path_counts(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, TEAM, "jane", "kim", path="team")
    subscribe(api, P1, TEAM, "jane", path="project")
    subscribe(api, TEAM, P1)
    api.post(TRIGGER, json={"recipients": [P1, P1, "kim"]})
    runs = {str(run.recipient): run.subscription for run in knock.state.runs}
    assert reached(knock) == ["projects/p1", "kim", "teams/t1", "jane"]
    assert (runs["projects/p1"], runs["kim"]) == (None, None)
    path = runs["jane"]
    assert path is not None
    assert (path.object, path.properties) == (Reference("projects", "p1"), {"path": "project"})


def test_the_actor_is_left_out_as_a_subscriber(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, P1, "jane", "joe")
    api.post(TRIGGER, json={"recipients": [P1], "actor": "jane"})
    assert reached(knock) == ["projects/p1", "joe"]


def test_an_actor_that_is_listed_is_reached(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, P1, "jane", "joe")
    api.post(TRIGGER, json={"recipients": [P1, "jane"], "actor": "jane"})
    assert reached(knock) == ["projects/p1", "jane", "joe"]


def test_an_object_that_acts_is_left_out_with_whoever_only_it_leads_to(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, TEAM, "kim")
    subscribe(api, P1, TEAM, "jane")
    api.post(TRIGGER, json={"recipients": [P1], "actor": TEAM})
    assert reached(knock) == ["projects/p1", "jane"]


def test_templates_see_the_subscription_of_who_came_through_one(api: httpx.Client, knock: KnockFake) -> None:
    body = "{{ recipient.subscription.role }} of {{ recipient.subscription.object.name }}"
    knock.workflows.add("hello", steps=[in_app_feed(body)])
    subscribe(api, P1, "jane", role="dev")
    api.put("/v1/objects/projects/p1", json={"name": "Apollo"})
    api.post(TRIGGER, json={"recipients": [P1, {"id": "joe"}]})
    assert rendered(api) == {"jane": "<p>dev of Apollo</p>", "joe": "<p>of</p>"}


def test_conditions_see_the_subscription(api: httpx.Client, knock: KnockFake) -> None:
    condition: Json = {"variable": "recipient.subscription.role", "operator": "equal_to", "argument": "dev"}
    knock.workflows.add("hello", steps=[webhook("https://example.com")], conditions={"all": [condition]})
    subscribe(api, P1, "jane", role="dev")
    subscribe(api, P1, "joe", role="boss")
    api.post(TRIGGER, json={"recipients": [P1]})
    assert [str(one.recipient) for one in knock.state.messages] == ["jane"]


def test_a_run_keeps_the_subscription_that_it_began_with(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("{{ recipient.subscription.role }}")])
    subscribe(api, P1, "jane", role="dev")
    api.post("/v1/workflows/later/trigger", json={"recipients": [P1]})
    subscribe(api, P1, "jane", role="boss")
    api.request("DELETE", "/v1/objects/projects/p1/subscriptions", json={"recipients": ["jane"]})
    knock.clock.run_until_idle()
    assert rendered(api) == {"jane": "<p>dev</p>"}


def test_a_run_tells_which_subscription_led_to_it(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, P1, "jane")
    api.post(TRIGGER, json={"recipients": [P1]})
    started = [run.events[0].data for run in knock.state.runs]
    assert started == [None, {"subscribed_to": P1}]


@pytest.mark.parametrize(
    ("named", "left"),
    [
        (["jane"], ["projects/p1", "joe"]),
        ([P1], ["jane", "joe"]),
        ([P1, "joe"], ["jane"]),
        (None, []),
    ],
)
def test_a_cancel_call_may_name_subscribers(
    api: httpx.Client, knock: KnockFake, named: list[object] | None, left: list[str]
) -> None:
    subscribe(api, P1, "jane", "joe")
    api.post("/v1/workflows/later/trigger", json={"recipients": [P1], "cancellation_key": "k"})
    body = {"cancellation_key": "k", "recipients": named}
    assert api.post("/v1/workflows/later/cancel", json=body).status_code == 204
    knock.clock.run_until_idle()
    assert [str(one.recipient) for one in knock.state.messages] == left


def test_who_unsubscribes_later_is_not_reached_any_more(api: httpx.Client, knock: KnockFake) -> None:
    subscribe(api, P1, "jane", "joe")
    api.request("DELETE", "/v1/objects/projects/p1/subscriptions", json={"recipients": ["jane"]})
    api.post(TRIGGER, json={"recipients": [P1]})
    assert reached(knock) == ["projects/p1", "joe"]


def test_the_subscribers_of_a_tenant_are_reached_only_when_it_is_a_recipient(
    api: httpx.Client, knock: KnockFake
) -> None:
    acme = {"collection": "$tenants", "id": "acme"}
    subscribe(api, acme, "jane")
    api.post(TRIGGER, json={"recipients": [{"id": "joe"}], "tenant": "acme"})
    api.post(TRIGGER, json={"recipients": [acme]})
    assert reached(knock) == ["joe", "$tenants/acme", "jane"]


def test_three_thousand_subscribers_are_no_more_than_their_runs(api: httpx.Client, knock: KnockFake) -> None:
    for start in range(0, 3000, 100):
        subscribe(api, P1, *(f"user-{number}" for number in range(start, start + 100)))
    api.post(TRIGGER, json={"recipients": [P1]})
    assert len(knock.state.runs) == len(knock.state.messages) == 3001
    assert [run.recipient for run in knock.state.runs][-1] == user("user-2999")
