from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake

TRIGGER = "/v1/workflows/hello/trigger"
JANE: dict[str, object] = {"recipients": [{"id": "jane"}]}

pytestmark = pytest.mark.usefixtures("workflows")


@pytest.fixture
def workflows(knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    knock.workflows.add("other", steps=[in_app_feed("Hi")])


def trigger(api: httpx.Client, key: str, body: dict[str, object] = JANE, path: str = TRIGGER) -> httpx.Response:
    return api.post(path, json=body, headers={"idempotency-key": key})


def test_the_same_key_gives_the_same_answer_and_runs_once(api: httpx.Client, knock: KnockFake) -> None:
    first = trigger(api, "k")
    knock.clock.advance("23h59m59s")
    second = trigger(api, "k")
    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["original-x-request-id"] == first.headers["x-request-id"]
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert second.headers["content-type"] == first.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert len(knock.state.messages) == 1


def test_a_key_is_forgotten_after_a_day(api: httpx.Client, knock: KnockFake) -> None:
    first = trigger(api, "k")
    knock.clock.advance("24h")
    second = trigger(api, "k")
    assert second.json() != first.json()
    assert "idempotent-replayed" not in second.headers
    assert len(knock.state.messages) == 2


def test_white_space_and_the_order_of_keys_make_no_other_request(api: httpx.Client, knock: KnockFake) -> None:
    headers = {"idempotency-key": "k", "content-type": "application/json"}
    one = api.post(TRIGGER, content=b'{"recipients":[{"id":"jane"}],"data":{"a":1,"b":2}}', headers=headers)
    body = b'{ "data" : {"b": 2, "a": 1},\n "recipients": [{"id": "jane"}] }'
    other = api.post(TRIGGER, content=body, headers={**headers, "x-knock-client": "other"})
    assert (other.json(), other.headers["idempotent-replayed"]) == (one.json(), "true")
    assert len(knock.state.messages) == 1


def test_the_same_key_with_another_request_is_refused(api: httpx.Client, knock: KnockFake) -> None:
    first = trigger(api, "k")
    refused = [trigger(api, "k", {"recipients": [{"id": "joe"}]}), trigger(api, "k", path=f"{TRIGGER}?a=1")]
    text = "This idempotency key was used with a different request."
    hint = (
        f"the idempotency key 'k' came first with request {first.headers['x-request-id']} to {TRIGGER} "
        "with another body, query or host: use a new key for a new request"
    )
    assert [(one.status_code, one.json()) for one in refused] == [(400, {"error": text})] * 2
    assert {one.headers["x-knock-fake-hint"] for one in refused} == {hint}
    assert len(knock.state.messages) == 1


def test_another_workflow_has_keys_of_its_own(api: httpx.Client, knock: KnockFake) -> None:
    trigger(api, "k")
    assert "idempotent-replayed" not in trigger(api, "k", path="/v1/workflows/other/trigger").headers
    assert len(knock.state.messages) == 2


def test_only_successes_are_remembered(api: httpx.Client, knock: KnockFake) -> None:
    assert trigger(api, "k", {"recipients": []}).status_code == 422
    knock.workflows.deactivate("hello")
    assert trigger(api, "k").status_code == 400
    knock.workflows.activate("hello")
    accepted = trigger(api, "k")
    assert (accepted.status_code, "idempotent-replayed" in accepted.headers) == (200, False)
    assert len(knock.state.messages) == 1


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 400)])
def test_a_key_has_255_characters_at_most(api: httpx.Client, knock: KnockFake, length: int, status: int) -> None:
    answer = trigger(api, "k" * length)
    assert answer.status_code == status
    if status == 400:
        assert answer.json() == {"error": "idempotency_key_too_long"}
    assert len(knock.state.messages) == (status == 200)


def test_without_a_key_every_call_runs(api: httpx.Client, knock: KnockFake) -> None:
    runs = {api.post(TRIGGER, json=JANE).json()["workflow_run_id"] for _ in range(3)}
    assert (len(runs), len(knock.state.messages)) == (3, 3)


def test_keys_are_ignored_everywhere_else(api: httpx.Client) -> None:
    headers = {"idempotency-key": "k" * 300}
    first = api.put("/v1/users/jane", json={"name": "Jane"}, headers=headers)
    second = api.put("/v1/users/jane", json={"name": "Joe"}, headers=headers)
    assert (first.json()["name"], second.json()["name"]) == ("Jane", "Joe")
    assert "idempotent-replayed" not in second.headers
    assert api.post("/v1/workflows/hello/cancel", json={"cancellation_key": "k"}, headers=headers).status_code == 204


def test_a_replay_outlives_its_workflow_being_switched_off(api: httpx.Client, knock: KnockFake) -> None:
    first = trigger(api, "k")
    knock.workflows.deactivate("hello")
    assert trigger(api, "k").json() == first.json()


def test_a_replay_counts_against_the_rate_limit(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    statuses = [trigger(api, "k").status_code for _ in range(1001)]
    assert (statuses.count(200), statuses[-1]) == (1000, 429)


def test_a_reset_world_has_forgotten_every_key(api: httpx.Client, knock: KnockFake) -> None:
    trigger(api, "k")
    knock.reset()
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    assert "idempotent-replayed" not in trigger(api, "k").headers
    assert len(knock.state.messages) == 1
