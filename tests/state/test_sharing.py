"""What the records of a world share, so that a million messages fit into memory."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING

import orjson
import pytest

from knock_fake import KnockFake, steps
from knock_fake.state.runs import MESSAGE_ENQUEUED, Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import Message

FILES: Mapping[str, object] = {"tags": ["a"], "by": {"id": 1}}


def notify(knock: KnockFake) -> None:
    """Email two users from one trigger, and one of them from another, an hour later."""
    knock.workflows.add("letter", steps=[steps.email("News", "Hello")])
    client = knock.client()
    for name in ("jane", "john"):
        client.users.update(name, email=f"{name}@example.com")
    client.workflows.trigger("letter", recipients=["jane", "john"], data={**FILES}, tenant="acme")
    knock.clock.advance("1h")
    client.workflows.trigger("letter", recipients=["jane"], data={**FILES}, tenant="acme")


def test_histories_are_kept_once_and_told_at_their_own_times(knock: KnockFake) -> None:
    notify(knock)
    first, other, later = knock.state.messages.all()
    assert first.history is other.history is later.history
    assert first.attempts is other.attempts is later.attempts
    assert [(one.sequence, one.type, one.at) for one in later.events] == [
        (place, type_, knock.clock.now) for place, type_ in enumerate(["created", "queued", "sent", "delivered"], 1)
    ]
    assert {one.at for one in first.events} == {first.inserted_at} != {later.inserted_at}
    runs = knock.state.runs.all()
    assert runs[0].history is runs[1].history is runs[2].history
    assert [run.events[1].data for run in runs] == [
        {"channel_type": "email", "message_id": message.id} for message in (first, other, later)
    ]


def test_runs_of_one_trigger_share_its_data_and_their_messages_too(knock: KnockFake) -> None:
    notify(knock)
    first, other, later = knock.state.messages.all()
    jane, john, again = knock.state.runs.all()
    assert jane.packed_data is john.packed_data is first.packed_data is other.packed_data
    assert first.packed_snapshot is later.packed_snapshot is not other.packed_snapshot
    assert jane.source is again.source
    assert jane.tenant is again.tenant
    assert jane.recipient is again.recipient is later.recipient
    assert [message.data for message in (first, other, later)] == [FILES] * 3


@pytest.mark.parametrize("before", [[], [steps.batch("1h")]], ids=["its trigger", "a batch"])
def test_what_a_message_tells_of_follows_it_to_another_recipient(knock: KnockFake, before: list[JsonObject]) -> None:
    knock.workflows.add("letter", steps=[*before, steps.email("News", "Hello")])
    client = knock.client()
    client.users.update("john", email="john@example.com")
    client.users.update("mary")
    client.workflows.trigger("letter", recipients=["john"])
    knock.clock.advance("1h")
    client.users.merge("mary", from_user_id="john")
    (message,) = client.users.list_messages("mary").items
    (activity,) = client.messages.list_activities(message.id).items
    assert getattr(activity.recipient, "id", None) == "mary"


def test_a_world_that_was_saved_shares_as_much_when_it_is_loaded(knock: KnockFake) -> None:
    notify(knock)
    loaded = KnockFake()
    loaded.become(orjson.loads(orjson.dumps(knock.to_json())))
    first, other, later = loaded.state.messages.all()
    assert first.history is other.history is later.history
    assert first.attempts is later.attempts
    assert first.packed_data is other.packed_data is later.packed_data
    assert first.packed_snapshot is later.packed_snapshot
    assert first.recipient is later.recipient
    assert first.tenant is later.tenant
    jane, john, again = loaded.state.runs.all()
    assert jane.history is john.history is again.history
    assert jane.packed_data is jane.packed_trigger_data is first.packed_data
    assert sys.getsizeof(first.packed_content) == sys.getsizeof(knock.state.messages.all()[0].packed_content)


def test_a_run_with_many_messages_is_saved_and_shown_in_short(knock: KnockFake) -> None:
    knock.workflows.add("parade", steps=[steps.in_app_feed("Hi")] * 300)
    knock.client().workflows.trigger("parade", recipients=[{"id": "jane"}])
    loaded = KnockFake()
    loaded.become(orjson.loads(orjson.dumps(knock.to_json())))
    (run,) = loaded.state.runs.all()
    assert [message.id for message in run.messages] == [message.id for message in knock.messages.all()]
    assert max(len(repr(run)), len(repr(run.messages[0]))) < 2_000


class Growing(Run):
    """A run to which another thread adds a message just after its messages were looked at."""

    @property
    def messages(self) -> tuple[Message, ...]:
        before = super().messages
        enqueued = next(one for one in self.history if one.event == MESSAGE_ENQUEUED)
        self.history = (*self.history, enqueued)
        return before


def test_a_run_is_read_while_another_thread_adds_a_message_to_it(knock: KnockFake) -> None:
    knock.workflows.add("letter", steps=[steps.in_app_feed("Hi")])
    knock.client().workflows.trigger("letter", recipients=[{"id": "jane"}])
    (run,) = knock.state.runs.all()
    growing = Growing(**{one.name: getattr(run, one.name) for one in fields(run)})
    assert growing.events == run.events
    assert len(growing.history) > len(run.history)
