from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.delivery.engagement import disengage, engage
from knock_fake.state.messages import ENGAGEMENTS
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.state.messages import Engagement, Message


@pytest.fixture
def message(knock: KnockFake, api: httpx.Client) -> Message:
    """A delivered feed item that nobody has looked at, a minute ago."""
    knock.workflows.add("digest", steps=[in_app_feed("Hello")])
    api.post("/v1/workflows/digest/trigger", json={"recipients": [{"id": "jane"}]}).raise_for_status()
    knock.clock.advance("1m")
    (made,) = knock.state.messages
    assert made.engagements == frozenset()
    return made


def new_events(message: Message) -> list[str]:
    assert [event.type for event in message.events[:3]] == ["created", "queued", "delivered"]
    return [event.type for event in message.events[3:]]


@pytest.mark.parametrize("engagement", [one for one in ENGAGEMENTS if one != "interacted"])
def test_a_mark_sets_its_own_instant_only(knock: KnockFake, message: Message, engagement: Engagement) -> None:
    engage(knock.state.messages, message, engagement, None)
    assert message.engagements == {engagement}
    assert (message.engaged_at(engagement), message.updated_at) == (knock.clock.now, knock.clock.now)
    assert new_events(message) == [engagement]
    assert message.status == "delivered"


def test_interacting_reads_too_and_keeps_its_data(knock: KnockFake, message: Message) -> None:
    engage(knock.state.messages, message, "interacted", {"button": "yes"})
    assert message.engagements == {"interacted", "read"}
    assert (message.interacted_at, message.read_at, message.seen_at) == (knock.clock.now, knock.clock.now, None)
    assert [(event.type, event.data) for event in message.events[3:]] == [
        ("interacted", {"button": "yes"}),
        ("read", None),
    ]


def test_interacting_with_what_is_read_leaves_when_it_was_read(knock: KnockFake, message: Message) -> None:
    engage(knock.state.messages, message, "read", None)
    read_at = knock.clock.now
    knock.clock.advance("1m")
    engage(knock.state.messages, message, "interacted", None)
    assert (message.read_at, message.interacted_at) == (read_at, knock.clock.now)
    assert new_events(message) == ["read", "interacted"]


def test_a_mark_made_again_moves_its_instant_and_leaves_another_event(knock: KnockFake, message: Message) -> None:
    engage(knock.state.messages, message, "seen", None)
    knock.clock.advance("1m")
    engage(knock.state.messages, message, "seen", None)
    assert message.seen_at == knock.clock.now
    assert new_events(message) == ["seen", "seen"]


@pytest.mark.parametrize("engagement", ["seen", "read", "archived"])
def test_a_mark_can_be_taken_back(knock: KnockFake, message: Message, engagement: Engagement) -> None:
    engage(knock.state.messages, message, engagement, None)
    knock.clock.advance("1m")
    disengage(knock.state.messages, message, engagement)
    assert message.engagements == frozenset()
    assert (message.engaged_at(engagement), message.updated_at) == (None, knock.clock.now)
    assert new_events(message) == [engagement, f"un{engagement}"]


def test_taking_back_an_interaction_leaves_no_event_and_the_message_read(knock: KnockFake, message: Message) -> None:
    engage(knock.state.messages, message, "interacted", None)
    disengage(knock.state.messages, message, "interacted")
    assert message.engagements == {"read"}
    assert new_events(message) == ["interacted", "read"]


@pytest.mark.parametrize("engagement", ENGAGEMENTS)
def test_taking_back_what_is_not_there_changes_nothing(
    knock: KnockFake, message: Message, engagement: Engagement
) -> None:
    updated_at = message.updated_at
    disengage(knock.state.messages, message, engagement)
    assert (message.updated_at, new_events(message)) == (updated_at, [])
