"""Calls that take time, as many tests of order want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.steps import delay, in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake


def test_every_call_moves_time_on_before_it_is_answered(api: httpx.Client, knock: KnockFake) -> None:
    knock.clock.tick_per_request("10ms")
    answers = [api.put(f"/v1/users/{name}", json={}).json()["updated_at"][17:23] for name in ("a", "b", "c")]
    assert answers == ["00.010", "00.020", "00.030"]
    assert api.get("/nowhere").status_code == 404
    assert [str(entry.at)[17:23] for entry in knock.journal] == ["00.010", "00.020", "00.030", "00.040"]


def test_what_falls_due_by_a_call_has_happened_when_it_is_answered(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("later", steps=[delay("1s"), in_app_feed("Hi")])
    api.post("/v1/workflows/later/trigger", json={"recipients": [{"id": "jane"}]})
    knock.clock.tick_per_request("600ms")
    assert [len(api.get("/v1/messages").json()["items"]) for _ in range(2)] == [0, 1]


def test_ticking_is_a_setting_that_goes_back_with_the_world(api: httpx.Client, knock: KnockFake) -> None:
    with knock.branch():
        knock.clock.tick_per_request("1s")
        api.get("/v1/users")
        assert str(knock.clock.now)[17:19] == "01"
    api.get("/v1/users")
    assert str(knock.clock.now)[17:19] == "00"
