"""Bulk operations that are not done at once: by polls, over time, by hand; rows and operations that fail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError
from knock_fake.gateway.call import Call
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable

PEOPLE = ["ann", "bob", "cid", "dan", "eve"]
PAGES = [
    "users",
    "objects/cats",
    "tenants",
    "messages",
    "users/ann/preferences",
    "objects/cats/tom/subscriptions",
    "schedules?workflow=hello",
]
DONE = ("completed", 5, 5, 0)


def identify(api: httpx.Client) -> str:
    answer = api.post("/v1/users/bulk/identify", json={"users": [{"id": one} for one in PEOPLE]})
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")
    identifier: str = answer.json()["id"]
    return identifier


def known(api: httpx.Client) -> list[str]:
    return [one["id"] for one in api.get("/v1/users").json()["entries"]]


def poll(api: httpx.Client, identifier: str) -> tuple[str, int, int, int]:
    shown = api.get(f"/v1/bulk_operations/{identifier}").json()
    return shown["status"], shown["processed_rows"], shown["success_count"], shown["error_count"]


def test_each_poll_does_the_next_rows(api: httpx.Client, knock: KnockFake) -> None:
    knock.bulk_operations.mode("per_poll", rows=2)
    identifier = identify(api)
    assert known(api) == []
    assert [poll(api, identifier) for _ in range(4)] == [
        ("processing", 2, 2, 0),
        ("processing", 4, 4, 0),
        DONE,
        DONE,
    ]
    assert known(api) == PEOPLE


def test_rows_are_done_over_time(api: httpx.Client, knock: KnockFake) -> None:
    knock.bulk_operations.mode("over_time", rows=2, every="10s")
    identifier = identify(api)
    found = [poll(api, identifier)]
    for _ in range(3):
        timeline = knock.clock.advance("10s")
        assert [one.text for one in timeline] == ["bulk operation: users.identify"]
        found.append(poll(api, identifier))
    assert found == [("queued", 0, 0, 0), ("processing", 2, 2, 0), ("processing", 4, 4, 0), DONE]
    shown = api.get(f"/v1/bulk_operations/{identifier}").json()
    moments = ("inserted_at", "started_at", "updated_at", "completed_at")
    assert [shown[name][17:19] for name in moments] == ["00", "10", "30", "30"]
    assert knock.clock.pending() == ()


def test_nothing_is_done_until_the_test_does_it(api: httpx.Client, knock: KnockFake) -> None:
    knock.bulk_operations.mode("by_hand")
    identifier = identify(api)
    knock.clock.advance("1d")
    operation = knock.bulk_operations.last
    assert (operation.id, operation.name, operation.total_rows) == (identifier, "users.identify", 5)
    assert poll(api, identifier) == ("queued", 0, 0, 0)
    operation.progress(rows=1)
    assert (known(api), operation.processed_rows, str(operation)) == (
        ["ann"],
        1,
        "users.identify: processing, 1 of 5 rows",
    )
    operation.fail_rows(["bob", 3])
    operation.progress()
    assert poll(api, identifier) == ("completed", 5, 3, 2)
    assert known(api) == ["ann", "cid", "eve"]
    shown = api.get(f"/v1/bulk_operations/{identifier}").json()
    assert shown["error_items"] == [{"id": "bob", "collection": None}, {"id": "dan", "collection": None}]
    assert [item.id for item in operation.error_items] == ["bob", "dan"]


def test_an_operation_fails_as_a_whole(api: httpx.Client, knock: KnockFake) -> None:
    knock.bulk_operations.mode("over_time", rows=2, every="10s")
    identifier = identify(api)
    knock.clock.advance("10s")
    knock.bulk_operations.get(identifier).fail()
    assert knock.clock.pending() == ()
    knock.clock.advance("1d")
    shown = api.get(f"/v1/bulk_operations/{identifier}").json()
    assert (shown["status"], shown["processed_rows"], shown["completed_at"]) == ("failed", 2, None)
    assert shown["failed_at"] == "2026-01-01T00:00:10.000000Z"
    assert known(api) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("mode", "options"), [("immediate", {}), ("per_poll", {"rows": 5}), ("over_time", {"rows": 5, "every": "1s"})]
)
def test_rows_fail_at_any_pace(api: httpx.Client, knock: KnockFake, mode: str, options: dict[str, object]) -> None:
    choose: Callable[..., None] = knock.bulk_operations.mode
    choose(mode, fail_rows=["bob", "nobody"], **options)
    identifier = identify(api)
    knock.clock.advance("1s")
    assert poll(api, identifier) == ("completed", 5, 4, 1)
    assert known(api) == ["ann", "cid", "dan", "eve"]


def test_single_operations_have_a_pace_of_their_own(api: httpx.Client, knock: KnockFake) -> None:
    knock.bulk_operations.mode("by_hand", operation="users.bulk_identify")
    knock.bulk_operations.mode("per_poll", operation="tenants.bulk.*")
    api.post("/v1/users/bulk/delete", json={"user_ids": ["ann"]})
    api.post("/v1/tenants/bulk/set", json={"tenants": ["acme"]})
    identify(api)
    assert list(map(str, knock.bulk_operations)) == [
        "users.delete: completed, 1 of 1 rows",
        "tenants.set: queued, 0 of 1 rows",
        "users.identify: queued, 0 of 5 rows",
    ]
    assert len(knock.bulk_operations) == 3
    knock.bulk_operations.mode("immediate")
    identify(api)
    assert knock.bulk_operations.last.status == "completed"


def test_an_operation_keeps_the_pace_that_it_began_with(api: httpx.Client, knock: KnockFake) -> None:
    knock.bulk_operations.mode("per_poll", rows=3)
    identifier = identify(api)
    knock.bulk_operations.mode("immediate")
    assert [poll(api, identifier)[1] for _ in range(2)] == [3, 5]


@pytest.mark.parametrize(
    ("method", "path", "body", "items"),
    [
        ("POST", "/v1/users/bulk/delete", {"user_ids": ["ann", "bob"]}, ["ann", "bob"]),
        (
            "POST",
            "/v1/users/bulk/preferences",
            {"user_ids": ["ann"], "preferences": {"workflows": {"x": True}}},
            ["ann"],
        ),
        ("POST", "/v1/objects/cats/bulk/set", {"objects": [{"id": "tom", "collection": "dogs"}]}, ["cats/tom"]),
        ("POST", "/v1/objects/cats/bulk/delete", {"object_ids": ["tom"]}, ["cats/tom"]),
        (
            "POST",
            "/v1/objects/cats/bulk/subscriptions/add",
            {"subscriptions": [{"id": "tom", "recipients": ["ann", {"id": "bob", "name": "Bob"}]}]},
            ["cats/tom"],
        ),
        (
            "POST",
            "/v1/objects/cats/bulk/subscriptions/delete",
            {"subscriptions": [{"id": "tom", "recipients": ["ann"]}]},
            ["cats/tom"],
        ),
        (
            "POST",
            "/v1/tenants/bulk/set",
            {"tenants": ["acme", {"id": "umbrella", "name": "U"}]},
            ["$tenants/acme", "$tenants/umbrella"],
        ),
        ("POST", "/v1/tenants/bulk/delete?tenant_ids[]=acme", None, ["$tenants/acme"]),
        (
            "POST",
            "/v1/schedules/bulk/create",
            {
                "schedules": [
                    {
                        "recipient": {"id": "ann", "name": "A"},
                        "workflow": "hello",
                        "scheduled_at": "2026-02-01T00:00:00Z",
                    }
                ]
            },
            ["ann"],
        ),
        ("POST", "/v1/channels/55555555-5555-4555-8555-555555555555/messages/bulk/archive", {}, None),
    ],
)
def test_every_kind_of_operation_does_the_same_later_as_at_once(
    method: str, path: str, body: object, items: list[str] | None
) -> None:
    def run(mode: str) -> tuple[list[str], list[str]]:
        world = KnockFake()
        world.workflows.add("hello", steps=[in_app_feed("Hi")])
        headers = {"authorization": f"Bearer {world.secret_key}"}
        with httpx.Client(transport=world.transport(), base_url="https://api.knock.app", headers=headers) as api:
            api.put("/v1/objects/cats/tom", json={"name": "Tom"})
            api.post("/v1/workflows/hello/trigger", json={"recipients": [{"id": "ann"}]})
            choose: Callable[..., None] = world.bulk_operations.mode
            choose(mode)
            answer = api.request(method, path, json=body)
            assert answer.status_code == 200, answer.text
            if mode == "by_hand":
                assert world.bulk_operations.last.status == "queued"
                world.bulk_operations.last.progress()
            rows = [str(item) for item in world.state.bulk_operations.all()[-1].work.items]
            return rows, [api.get(f"/v1/{page}").text for page in PAGES]

    at_once, later = run("immediate"), run("by_hand")
    assert at_once == later
    assert items is None or later[0] == items


def test_a_row_that_cannot_be_done_by_then_fails(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    api.put("/v1/objects/cats/tom", json={})
    knock.bulk_operations.mode("by_hand")
    row = {"id": "tom", "recipients": ["ann"]}
    api.post("/v1/objects/cats/bulk/subscriptions/add", json={"subscriptions": [row]})
    api.delete("/v1/objects/cats/tom")
    knock.bulk_operations.last.progress()
    assert [str(item) for item in knock.bulk_operations.last.error_items] == ["cats/tom"]


def test_a_message_that_is_gone_by_then_is_passed_over(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    notify()
    (kept,) = notify("joe")
    knock.bulk_operations.mode("by_hand")
    api.post("/v1/channels/55555555-5555-4555-8555-555555555555/messages/bulk/archive", json={})
    api.delete("/v1/users/jane")
    knock.bulk_operations.last.progress()
    assert str(knock.bulk_operations.last) == "messages.archived: completed, 2 of 2 rows"
    assert api.get(f"/v1/messages/{kept}").json()["archived_at"] is not None


def test_an_operation_goes_back_with_the_world(api: httpx.Client, knock: KnockFake) -> None:
    knock.bulk_operations.mode("over_time", rows=2, every="10s")
    identifier = identify(api)
    knock.clock.advance("10s")
    with knock.branch():
        knock.bulk_operations.last.fail_rows(["eve"])
        knock.clock.run_until_idle()
        assert poll(api, identifier) == ("completed", 5, 4, 1)
    assert poll(api, identifier) == ("processing", 2, 2, 0)
    knock.clock.run_until_idle()
    assert poll(api, identifier) == DONE


def test_what_cannot_be_done_by_hand_is_refused(api: httpx.Client, knock: KnockFake) -> None:
    knock.bulk_operations.mode("by_hand")
    identify(api)
    operation = knock.bulk_operations.last
    operation.progress(rows=2)
    own = "its rows: 'ann', 'bob', 'cid', 'dan', 'eve'"
    refused: list[tuple[Callable[[], None], str]] = [
        (
            lambda: operation.progress(rows=4),
            f"progress(): {operation} has 3 rows left, not 4; progress() does them all",
        ),
        (lambda: operation.progress(rows=0), "progress(): rows must be 1 or more, not 0"),
        (lambda: operation.fail_rows(["joe"]), f"fail_rows(): users.identify has no row 'joe'; {own}"),
        (lambda: operation.fail_rows([5]), f"fail_rows(): users.identify has no row 5; {own}"),
        (lambda: operation.fail_rows(["bob"]), "fail_rows(): the row 'bob' of users.identify is done already"),
    ]
    for attempt, message in refused:
        with pytest.raises(UsageError) as error:
            attempt()
        assert str(error.value) == message
    with pytest.raises(UsageTypeError, match="rows must be a whole number, not '2'"):
        operation.progress(rows="2")  # type: ignore[arg-type]
    with pytest.raises(UsageTypeError, match=r"fail_rows\(\) takes a list of ids or places, not 'cid'"):
        operation.fail_rows("cid")
    assert str(operation) == "users.identify: processing, 2 of 5 rows"


@pytest.mark.parametrize("verb", ["progress", "fail", "fail_rows"])
def test_an_operation_that_is_over_cannot_be_moved(api: httpx.Client, knock: KnockFake, verb: str) -> None:
    identify(api)
    operation = knock.bulk_operations.last
    with pytest.raises(UsageError) as error:
        getattr(operation, verb)(*([["ann"]] if verb == "fail_rows" else []))
    assert str(error.value) == (
        f"{verb}(): users.identify is completed already; choose bulk_operations.mode('by_hand') before it is asked for"
    )


def test_operations_are_found_by_id(api: httpx.Client, knock: KnockFake) -> None:
    with pytest.raises(UnknownNameError, match="there are no bulk operations in this world yet"):
        _ = knock.bulk_operations.last
    identifier = identify(api)
    assert knock.bulk_operations.get(identifier).id == identifier
    assert repr(knock.bulk_operations) == "<BulkOperations: users.identify: completed, 5 of 5 rows>"
    assert repr(knock.bulk_operations.last) == "<BulkHandle users.identify: completed, 5 of 5 rows>"
    with pytest.raises(UnknownNameError, match="there is no bulk operation 'x'; known: "):
        knock.bulk_operations.get("x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "slowly"}, "there is no mode 'slowly'; known: 'by_hand', 'immediate', 'over_time', 'per_poll'"),
        ({"mode": "immediate", "rows": 2}, "rows goes with per_poll and over_time, not with immediate"),
        ({"mode": "per_poll", "rows": 0}, "rows must be 1 or more, not 0"),
        ({"mode": "over_time"}, "over_time needs every, such as '1s'"),
        ({"mode": "per_poll", "every": "1s"}, "every goes with over_time, not with per_poll"),
        ({"mode": "over_time", "every": "0s"}, "every must be more than nothing, not '0s'"),
        ({"mode": "by_hand", "operation": "users.get"}, "users.get starts no bulk operation; users.bulk.identify does"),
        (
            {"mode": "by_hand", "operation": "bulk_operations.get"},
            "bulk_operations.get starts no bulk operation; users.bulk.identify does",
        ),
    ],
)
def test_a_mode_that_cannot_be_is_refused(knock: KnockFake, arguments: dict[str, object], message: str) -> None:
    choose: Callable[..., None] = knock.bulk_operations.mode
    with pytest.raises(UsageError) as error:
        choose(**arguments)
    assert str(error.value) == f"bulk_operations.mode(): {message}"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("progress"), st.integers(1, 3)),
        st.tuples(st.just("advance"), st.integers(0, 15)),
        st.tuples(st.just("poll"), st.just(0)),
    ),
    max_size=12,
)


@given(
    st.integers(1, 8),
    st.sampled_from(["per_poll", "over_time", "by_hand"]),
    st.integers(1, 3),
    st.sets(st.integers(0, 7)),
    steps,
)
def test_rows_are_done_once_each_and_in_order(
    count: int, mode: str, rows: int, failing: set[int], script: list[tuple[str, int]]
) -> None:
    world = KnockFake()
    options: dict[str, object] = {} if mode == "by_hand" else {"rows": rows}
    if mode == "over_time":
        options["every"] = timedelta(seconds=10)
    choose: Callable[..., None] = world.bulk_operations.mode
    choose(mode, fail_rows=[f"u{place}" for place in failing], **options)
    headers = {"authorization": "Bearer sk_test_x"}
    body = ('{"users": [' + ",".join(f'{{"id": "u{place}"}}' for place in range(count)) + "]}").encode()
    reply = world.handle(Call("POST", "/v1/users/bulk/identify", headers=headers, body=body))
    assert reply.status == 200
    operation = world.bulk_operations.last
    for verb, number in script:
        left = operation.total_rows - operation.processed_rows
        if verb == "progress" and 0 < number <= left:
            operation.progress(rows=number)
        elif verb == "advance":
            world.clock.advance(seconds=number)
        elif verb == "poll":
            world.handle(Call("GET", f"/v1/bulk_operations/{operation.id}", headers=headers))
        done = range(operation.processed_rows)
        users = [one.reference.id for one in world.state.recipients.in_collection("$users")]
        assert users == [f"u{place}" for place in done if place not in failing]
        assert [item.id for item in operation.error_items] == [f"u{place}" for place in done if place in failing]
        assert (operation.status == "completed") <= (operation.processed_rows == count)
