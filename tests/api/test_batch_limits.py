"""Messages over the batch limit, on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import UsageError, UsageTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

HEADER = "x-ratelimited-message_ids"


@pytest.fixture
def made(notify: Callable[..., list[str]]) -> list[str]:
    """The ids of four messages."""
    return [*notify(), *notify(), *notify(), *notify()]


def over(api: httpx.Client, message_ids: list[str], mark: str = "seen") -> list[str]:
    """Mark messages and return those over the limit."""
    answer = api.post(f"/v1/messages/batch/{mark}", json={"message_ids": message_ids})
    assert answer.status_code == 200
    assert [one["id"] for one in answer.json()] == message_ids
    return [one for one in answer.headers.get(HEADER, "").split(",") if one]


def test_named_messages_are_over_the_limit_until_that_is_cleared(
    api: httpx.Client, knock: KnockFake, made: list[str]
) -> None:
    knock.batch_limits.reject(message_ids=[made[2], made[0]])
    assert over(api, made) == [made[0], made[2]]
    assert [api.get(f"/v1/messages/{one}").json()["seen_at"] is None for one in made] == [True, False, True, False]
    assert over(api, [made[1], made[2]], "read") == [made[2]]
    knock.batch_limits.clear()
    assert over(api, made) == []


def test_all_messages_are_over_the_limit_in_the_next_calls(
    api: httpx.Client, knock: KnockFake, made: list[str]
) -> None:
    knock.batch_limits.reject(times=2)
    assert [over(api, made), over(api, made[:1]), over(api, made)] == [made, made[:1], []]


def test_the_last_ones_of_each_call_are_over_the_limit(api: httpx.Client, knock: KnockFake, made: list[str]) -> None:
    knock.batch_limits.reject(count=2)
    assert [over(api, made), over(api, made[:1])] == [made[2:], made[:1]]


def test_one_operation_alone_can_be_limited(api: httpx.Client, knock: KnockFake, made: list[str]) -> None:
    knock.batch_limits.reject(operation="messages.batch.mark_as_read", times=1)
    assert [over(api, made, mark) for mark in ("seen", "read", "read")] == [[], made, []]


def test_a_message_that_is_rejected_uses_up_nothing(api: httpx.Client, knock: KnockFake, made: list[str]) -> None:
    knock.rate_limits.enforce(tiers=False)
    knock.batch_limits.reject(message_ids=made[:1], times=1)
    assert [over(api, made[:2]), over(api, made[:2])] == [made[:1], made[1:2]]


def test_what_is_rejected_goes_back_with_the_world(api: httpx.Client, knock: KnockFake, made: list[str]) -> None:
    knock.batch_limits.reject(times=2)
    over(api, made)
    with knock.branch():
        assert [over(api, made), over(api, made)] == [made, []]
    assert [over(api, made), over(api, made)] == [made, []]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"message_ids": ["nope"]}, UsageError, "there is no message 'nope' in this world"),
        ({"message_ids": []}, UsageError, "the list is empty; leave it out to reject all messages"),
        ({"message_ids": "nope"}, UsageTypeError, "message_ids must be a list of ids, not 'nope'"),
        ({"count": 0}, UsageError, "count must be 1 or more, not 0"),
        ({"times": "2"}, UsageTypeError, "times must be a whole number, not '2'"),
        ({"operation": "users.get"}, UsageError, "users.get has no batch limit; messages.batch.* have one"),
        (
            {"operation": "messages.batch.seen"},
            UsageError,
            "Knock has no operation 'messages.batch.seen'; did you mean 'messages.batch.mark_as_seen'?",
        ),
    ],
)
def test_what_cannot_be_rejected_is_refused(
    knock: KnockFake, arguments: dict[str, object], kind: type[Exception], message: str
) -> None:
    reject: Callable[..., None] = knock.batch_limits.reject
    with pytest.raises(kind) as error:
        reject(**arguments)
    assert str(error.value) == f"batch_limits.reject(): {message}"
