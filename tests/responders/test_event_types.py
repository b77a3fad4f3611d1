from __future__ import annotations

import pytest

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.responders.event_types import EVENT_TYPES, read_events


@pytest.mark.parametrize(
    ("events", "read"),
    [
        (None, EVENT_TYPES),
        ("*", EVENT_TYPES),
        (["message.read", "message.sent", "message.read"], ("message.sent", "message.read")),
        ("workflow.*", ("workflow.updated", "workflow.committed")),
        (("*.error", "*.bounced"), ("message.bounced", "workflow_recipient_run.error")),
    ],
)
def test_events_are_read_in_the_order_of_the_docs(events: object, read: tuple[str, ...]) -> None:
    assert read_events(events, "here") == read


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (["message.send"], "here: there is no event 'message.send'; did you mean 'message.sent'?"),
        (["message_sent"], "here: there is no event 'message_sent'; did you mean 'message.sent'?"),
        (["messages.*"], "here: there is no event 'messages.*'; did you mean 'message.*'?"),
        (["partal.*"], "here: there is no event 'partal.*'; did you mean 'partial.*'?"),
        (["message.snt"], "here: there is no event 'message.snt'; did you mean 'message.sent'?"),
        (["partials.update"], "here: there is no event 'partials.update'; did you mean 'partial.updated'?"),
        (
            ["message.queued"],
            "here: Knock sends no webhook for message.queued; it does for message.sent and what follows",
        ),
        ([], "here: events names no type of event: leave it out to hear of all"),
    ],
)
def test_an_unknown_event_is_refused_with_a_near_miss(events: object, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_events(events, "here")
    assert str(refused.value) == told


@pytest.mark.parametrize("events", [3, [3], True])
def test_events_are_names(events: object) -> None:
    with pytest.raises(UsageTypeError) as refused:
        read_events(events, "here")
    assert str(refused.value) == f"here: events must be names of types such as ['message.sent'], not {events!r}"
