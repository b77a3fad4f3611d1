from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from knock_fake.clock import VirtualClock
from knock_fake.identifiers import Identifiers
from knock_fake.signals import Signals
from knock_fake.state.channels import DEFAULT_CHANNELS, ChannelStore
from knock_fake.state.message_store import MessageStore
from knock_fake.state.messages import Message, MessageSource
from knock_fake.state.packed import pack
from knock_fake.state.references import Reference, user

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

START = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = [user("jane"), user("john"), Reference("places", "paris")]
KEYS = [key for key, _, _ in DEFAULT_CHANNELS if key in {"email", "in-app-feed"}]
WORKFLOWS, TENANTS = ["welcome", "digest"], ["acme", None]
FEED = "in-app-feed"


class World:
    """A message store with what it needs, and a way to make messages for it."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START)
        self.identifiers = Identifiers(0)
        self.channels = ChannelStore(self.clock, self.identifiers)
        self.store = MessageStore(self.clock, self.identifiers, Signals())

    def insert(
        self, recipient: Reference = PEOPLE[0], channel: str = FEED, workflow: str = "digest", tenant: str | None = None
    ) -> Message:
        sequence, now = self.identifiers.next_sequence(), self.clock.now
        found = self.channels.by_key(channel)
        assert found is not None
        message = Message(
            id=self.identifiers.ksuid(sequence, now),
            sequence=sequence,
            channel=found,
            recipient=recipient,
            tenant=tenant,
            source=MessageSource(workflow, "version-1", (), "step_1"),
            packed_data=pack({}),
            packed_content=pack({}),
            inserted_at=now,
            updated_at=now,
        )
        self.store.insert(message)
        return message


# -- every index against a plain list ----------------------------------------------------------------------


class Indexes(RuleBasedStateMachine):
    """Random inserts, moves and deletions; after each one every index must say what a plain list says."""

    @initialize()
    def make(self) -> None:
        self.world = World()
        self.model: list[Message] = []

    @rule(
        recipient=st.sampled_from(PEOPLE),
        channel=st.sampled_from(KEYS),
        workflow=st.sampled_from(WORKFLOWS),
        tenant=st.sampled_from(TENANTS),
    )
    def insert(self, recipient: Reference, channel: str, workflow: str, tenant: str | None) -> None:
        self.model.append(self.world.insert(recipient, channel, workflow, tenant))

    @rule(which=st.integers(0, 30))
    def deliver(self, which: int) -> None:
        if self.model:
            self.world.store.set_status(self.model[which % len(self.model)], "delivered")

    @rule(hours=st.integers(0, 48))
    def wait(self, hours: int) -> None:
        self.world.clock.advance(hours=hours)

    @rule(secondary=st.sampled_from(PEOPLE), primary=st.sampled_from(PEOPLE), hours=st.integers(0, 48))
    def move(self, secondary: Reference, primary: Reference, hours: int) -> None:
        since = self.world.clock.now - timedelta(hours=hours)
        moving = [one for one in self.model if one.recipient == secondary and one.inserted_at >= since]
        staying = [(one, one.recipient) for one in self.model if one not in moving]
        self.world.store.move(secondary, primary, since)
        assert all(one.recipient == primary for one in moving)
        assert all(one.recipient == recipient for one, recipient in staying)

    @rule(recipient=st.sampled_from(PEOPLE))
    def delete(self, recipient: Reference) -> None:
        self.world.store.delete_of(recipient)
        self.model = [one for one in self.model if one.recipient != recipient]

    @invariant()
    def the_whole_is_in_order_of_creation(self) -> None:
        store = self.world.store
        assert [*store] == [*store.all()] == self.model
        assert len(store) == len(self.model)
        assert all(store.get(one.id) is one for one in self.model)

    @invariant()
    def the_items_of_a_feed_are_a_millisecond_apart(self) -> None:
        (feed,) = (channel for channel in self.world.channels if channel.key == FEED)
        for recipient in PEOPLE:
            instants = [item.feed_at or item.inserted_at for item in self.world.store.of_feed(recipient, feed.id)]
            assert all(second - first >= timedelta(milliseconds=1) for first, second in pairwise(instants))

    @invariant()
    def every_index_is_that_order_narrowed(self) -> None:
        store, model = self.world.store, self.model
        for recipient in PEOPLE:
            assert [*store.of_recipient(recipient)] == [one for one in model if one.recipient == recipient]
        for channel in self.world.channels:
            of_channel = [one for one in model if one.channel is channel]
            assert [*store.of_channel(channel.id)] == of_channel
            for recipient in PEOPLE:
                feed = [one for one in of_channel if one.recipient == recipient and one.shows_in_feed]
                assert [*store.of_feed(recipient, channel.id)] == feed
        for workflow in WORKFLOWS:
            assert [*store.of_workflow(workflow)] == [one for one in model if one.source.key == workflow]
        for tenant in TENANTS:
            assert [*store.of_tenant(tenant)] == [one for one in model if one.tenant == tenant]


Indexes.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestIndexes = Indexes.TestCase


# -- single verbs ------------------------------------------------------------------------------------------


def test_what_is_unknown_is_empty() -> None:
    store = World().store
    assert store.get("none") is None
    assert [
        *store.of_recipient(PEOPLE[0]),
        *store.of_feed(PEOPLE[0], "none"),
        *store.of_channel("none"),
        *store.of_workflow("none"),
        *store.of_tenant("none"),
        *store,
    ] == []


def test_an_insert_records_the_creation() -> None:
    world = World()
    (event,) = world.insert().events
    assert (event.type, event.data, event.at) == ("created", None, START)


def test_an_item_joins_its_feed_once_when_it_is_delivered() -> None:
    world = World()
    item = world.insert()
    feed = item.channel.id
    assert [*world.store.of_feed(PEOPLE[0], feed)] == []
    for _ in range(2):
        world.store.set_status(item, "delivered")
        assert [*world.store.of_feed(PEOPLE[0], feed)] == [item]


def test_items_of_one_feed_never_show_one_millisecond() -> None:
    world = World()
    items = [world.insert() for _ in range(3)]
    world.clock.advance(seconds=0.0015)
    items += [world.insert() for _ in range(2)]
    world.clock.advance("1s")
    items.append(world.insert())
    for item in (items[0], items[1], items[3], items[5], items[2], items[4]):
        world.store.set_status(item, "delivered")
    shown = [(item.feed_at or item.inserted_at) - START for item in items]
    assert shown == [timedelta(milliseconds=one) for one in (0, 1, 2, 3, 4, 1001.5)]
    assert [item.inserted_at - START for item in items] == [
        *[timedelta(0)] * 3,
        *[timedelta(microseconds=1500)] * 2,
        timedelta(seconds=1, microseconds=1500),
    ]


def test_the_clock_itself_stands_on_every_message() -> None:
    world = World()
    items = [world.insert(PEOPLE[0]), world.insert(PEOPLE[1]), *[world.insert(channel="email") for _ in range(2)]]
    assert {(item.inserted_at, item.updated_at) for item in items} == {(START, START)}


def test_a_status_an_attempt_and_a_mark_leave_their_traces() -> None:
    world = World()
    message = world.insert(channel="email")
    data: JsonObject = {"reason": "ok"}
    world.clock.advance("1m")
    world.store.log_attempt(message, 200)
    world.store.accept(message)
    world.store.set_status(message, "sent", data)
    world.store.mark(message, "read")
    world.store.unmark(message, "read")
    assert [(log.attempt, log.response_status, log.at) for log in message.delivery_logs] == [(1, 200, world.clock.now)]
    assert list(message.metadata or {}) == ["external_id"]
    assert [(event.type, event.data, event.at) for event in message.events[1:]] == [
        ("sent", data, world.clock.now),
        ("read", None, world.clock.now),
        ("unread", None, world.clock.now),
    ]
    assert (message.read_at, message.updated_at) == (None, world.clock.now)


def test_moving_takes_what_is_recent_enough_and_keeps_the_order() -> None:
    world = World()
    old = world.insert(PEOPLE[0])
    world.clock.advance("1h")
    recent = [world.insert(PEOPLE[0]), world.insert(PEOPLE[1]), world.insert(PEOPLE[0])]
    world.store.move(PEOPLE[0], PEOPLE[1], START + timedelta(hours=1))
    assert [*world.store.of_recipient(PEOPLE[1])] == recent
    assert [*world.store.of_recipient(PEOPLE[0])] == [old]
