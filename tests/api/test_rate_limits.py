from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake

FEED = "/v1/users/{}/feeds/55555555-5555-4555-8555-555555555555"


def passed(api: httpx.Client, method: str, path: str, attempts: int) -> int:
    """Call so often and return how many calls were not limited."""
    return sum(api.request(method, path).status_code != 429 for _ in range(attempts))


def test_nothing_is_limited_until_it_is_asked_for(api: httpx.Client) -> None:
    assert passed(api, "POST", "/v1/users/bulk/delete", 20) == 20


@pytest.mark.parametrize(
    ("method", "path", "rate"),
    [
        ("POST", "/v1/users/bulk/identify", 1),
        ("DELETE", "/v1/users/jane", 5),
        ("GET", FEED.format("jane"), 5),
        ("PUT", "/v1/messages/unknown/seen", 5),
        ("PUT", "/v1/users/jane", 60),
        ("POST", "/v1/messages/batch/seen", 60),
        ("GET", "/v1/users/jane", 200),
        ("GET", "/v1/messages", 200),
        ("POST", "/v1/workflows/hello/trigger", 1000),
    ],
)
def test_an_endpoint_takes_the_requests_of_its_tier_each_second(
    api: httpx.Client, knock: KnockFake, method: str, path: str, rate: int
) -> None:
    knock.rate_limits.enforce()
    assert passed(api, method, path, rate + 3) == rate
    knock.clock.advance("1s")
    assert passed(api, method, path, rate + 3) == rate


def test_a_limited_request_is_told_so_and_does_nothing(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    api.post("/v1/users/bulk/identify", json={"users": [{"id": "jane"}]})
    limited = api.post("/v1/users/bulk/identify", json={"users": [{"id": "joe"}]})
    assert (limited.status_code, limited.json()) == (
        429,
        {
            "code": "rate_limit_exceeded",
            "message": "Too many requests: this endpoint accepts 1 per second.",
            "status": 429,
            "type": "api_error",
        },
    )
    assert limited.headers["retry-after"] == "1"
    assert limited.headers["x-should-retry"] == "false"
    hint = "users.bulk.identify is in tier 1; the next call passes 1 s later on the world's clock"
    assert limited.headers["x-knock-fake-hint"] == hint
    assert api.get("/v1/users/joe").status_code == 404


def test_each_endpoint_is_counted_by_itself_and_all_entities_together(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    assert passed(api, "DELETE", "/v1/users/jane", 5) == 5
    assert passed(api, "DELETE", "/v1/users/joe", 1) == 0
    assert passed(api, "GET", "/v1/users/jane", 5) == 5


def test_both_kinds_of_key_share_one_limit(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    assert passed(api, "PUT", "/v1/messages/unknown/read", 5) == 5
    public = {"authorization": "Bearer pk_test_x"}
    assert api.put("/v1/messages/unknown/read", headers=public).status_code == 429


def test_feeds_are_counted_for_each_user(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    assert passed(api, "GET", FEED.format("jane"), 7) == 5
    assert passed(api, "GET", FEED.format("joe"), 7) == 5


def test_a_refused_key_counts_for_nobody(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    for _ in range(3):
        assert api.post("/v1/users/bulk/delete", headers={"authorization": "Bearer no"}).status_code == 401
    assert passed(api, "POST", "/v1/users/bulk/delete", 2) == 1


def test_a_refused_body_counts(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    statuses = [api.post("/v1/users/bulk/delete", json={}).status_code for _ in range(2)]
    assert statuses == [422, 429]


def test_limits_can_be_lifted_again(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    assert passed(api, "POST", "/v1/users/bulk/delete", 3) == 1
    knock.rate_limits.relax()
    assert passed(api, "POST", "/v1/users/bulk/delete", 3) == 3


def test_the_wait_is_exact(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce()
    assert passed(api, "DELETE", "/v1/users/jane", 6) == 5
    knock.clock.advance("199ms")
    assert passed(api, "DELETE", "/v1/users/jane", 1) == 0
    knock.clock.advance("1ms")
    assert passed(api, "DELETE", "/v1/users/jane", 2) == 1


def test_an_operation_can_have_a_limit_of_its_own(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.limit("users.identify", per_second=2)
    assert passed(api, "PUT", "/v1/users/jane", 5) == 2
    limited = api.put("/v1/users/jane")
    assert limited.json()["message"] == "Too many requests: this endpoint accepts 2 per second."
    hint = "users.update is limited to 2 per second; the next call passes 0.5 s later on the world's clock"
    assert limited.headers["x-knock-fake-hint"] == hint
    assert passed(api, "GET", "/v1/users/jane", 300) == 300


def test_an_operation_can_be_at_its_limit_now(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.exhaust("users.identify")
    assert passed(api, "PUT", "/v1/users/jane", 3) == 0
    knock.clock.advance("1s")
    assert passed(api, "PUT", "/v1/users/jane", 70) == 60


def test_limits_go_back_with_the_world(api: httpx.Client, knock: KnockFake) -> None:
    knock.rate_limits.enforce(overrides={"users.update": 4})
    assert passed(api, "PUT", "/v1/users/jane", 1) == 1
    with knock.branch():
        knock.rate_limits.exhaust("users.update")
        assert passed(api, "PUT", "/v1/users/jane", 5) == 0
    assert passed(api, "PUT", "/v1/users/jane", 5) == 3
