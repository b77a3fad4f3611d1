"""Worlds with webhooks that are on their way: snapshots, branches, saved files, resets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake, UsageError
from knock_fake.scenarios.scenario import read_text
from tests.delivery.sending import send

if TYPE_CHECKING:
    from pathlib import Path

    from knock_fake.json_types import JsonObject
    from knock_fake.responders import HttpRequest

URL = "https://app.test/hooks"


@pytest.fixture
def late(knock: KnockFake) -> KnockFake:
    """A world in which one webhook waits to be tried again, and the answer to another one is under way."""
    knock.webhooks.add(URL, ["message.sent", "message.delivered"])
    knock.responders.endpoint(URL, event="message.sent", status=500, times=2)
    knock.responders.endpoint(URL, event="message.delivered", status=202, delay="10s", times=1)
    send(knock, "email")
    return knock


def seen(world: KnockFake) -> list[tuple[str, str, list[int | None]]]:
    return [(one.event, one.status, [a.status for a in one.attempts]) for one in world.webhooks.deliveries]


NOW = [("message.sent", "pending", [500]), ("message.delivered", "pending", [])]
THEN = [("message.sent", "delivered", [500, 500, 200]), ("message.delivered", "delivered", [202])]


def test_a_snapshot_keeps_what_is_on_its_way(late: KnockFake) -> None:
    snapshot = late.snapshot()
    for _ in range(2):
        late.clock.advance("20s")
        late.webhooks.add("https://other.test/")
        assert seen(late) == THEN
        late.restore(snapshot)
        assert (seen(late), len(late.webhooks)) == (NOW, 1)


def test_a_world_goes_back_to_where_nobody_listened_and_on_from_there(knock: KnockFake) -> None:
    quiet = knock.snapshot()
    for _ in range(2):
        knock.webhooks.add(URL, "message.sent")
        send(knock, "email")
        assert knock.webhooks.deliveries.one().status == "delivered"
        knock.restore(quiet)
        send(knock, "email")
        knock.webhooks.deliveries.none()


@pytest.mark.parametrize("has_scenario", [False, True])
def test_an_application_cannot_reset_the_world_that_asks_it(has_scenario: bool) -> None:
    knock = KnockFake()
    if has_scenario:
        knock.adopt(read_text("users: [{id: joe}]", "scenario"))

    def receive(_request: HttpRequest) -> JsonObject:
        knock.reset()
        return {}

    knock.webhooks.add(URL, "message.sent", app=receive)
    message = send(knock, "email")
    problem = knock.webhooks.deliveries.one().attempts[0].problem
    remedy = (
        f"reset() was called while the clock is moving, to tell {URL} of message.sent: call it when the move has ended"
    )
    assert problem == f"responder 1 (endpoint {URL}): receive() failed: UsageError: {remedy}"
    assert [one.id for one in knock.messages] == [message.id]
    knock.reset()
    assert len(knock.messages) == 0


def test_a_branch_leaves_no_trace(late: KnockFake) -> None:
    with late.branch():
        late.webhooks.clear()
        late.clock.advance("1h")
        assert seen(late)[0] == ("message.sent", "discarded", [500])
    assert seen(late) == NOW
    late.clock.advance("20s")
    assert seen(late) == THEN


def test_a_saved_world_goes_on_with_what_is_on_its_way(late: KnockFake, tmp_path: Path) -> None:
    late.save(tmp_path / "world.json")
    world = KnockFake.from_saved(tmp_path / "world.json")
    assert seen(world) == NOW
    assert str(world.clock.advance("20s")) == str(late.clock.advance("20s"))
    assert seen(world) == seen(late) == THEN
    assert [one.to_json() for one in world.webhooks.deliveries] == [one.to_json() for one in late.webhooks.deliveries]
    assert [one.to_json() for one in world.webhooks] == [one.to_json() for one in late.webhooks]
    send(world, "email")
    assert len(world.webhooks.deliveries) == 4


def test_an_application_in_this_process_is_no_data(knock: KnockFake, tmp_path: Path) -> None:
    knock.webhooks.add(URL, app=lambda _request: {})
    with pytest.raises(UsageError, match="which cannot be saved: a saved world is data alone"):
        knock.save(tmp_path / "world.json")


def test_a_reset_takes_endpoints_and_deliveries_away(late: KnockFake) -> None:
    late.reset()
    assert (len(late.webhooks), len(late.webhooks.deliveries), late.clock.pending()) == (0, 0, ())
