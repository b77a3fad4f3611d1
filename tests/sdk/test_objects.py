"""Objects and their subscriptions through the real clients."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import knockapi
import pytest
from knockapi import types
from knockapi.types.recipients import Subscription

if TYPE_CHECKING:
    from knockapi.types.inline_object_request_param import InlineObjectRequestParam
    from knockapi.types.recipient_reference_param import ObjectReference

    from knock_fake import KnockFake

START = datetime(2026, 1, 1, tzinfo=UTC)
TEAM: InlineObjectRequestParam = {"collection": "teams", "id": "t1"}
TEAM_REFERENCE: ObjectReference = {"collection": "teams", "id": "t1"}
PROJECT: InlineObjectRequestParam = {"collection": "projects", "id": "p1"}
PROJECT_REFERENCE: ObjectReference = {"collection": "projects", "id": "p1"}

pytestmark = pytest.mark.usefixtures("workflows")


def test_objects_are_set_read_listed_and_deleted(knock_client: knockapi.Knock) -> None:
    objects = knock_client.objects
    created = objects.set("my projects", "p/1", name="Apollo", timezone="Europe/Rome", extra_body={"plan": "pro"})
    assert isinstance(created, types.Object)
    assert (created.id, created.collection, created.api_typename) == ("p/1", "my projects", "Object")
    assert created.properties == {"name": "Apollo", "timezone": "Europe/Rome", "plan": "pro"}
    assert (created.created_at, created.updated_at) == (None, START)
    assert objects.get("my projects", "p/1") == created
    objects.set("my projects", "p2", preferences={"default": {"workflows": {"hello": False}}})
    listed = [*objects.list("my projects", page_size=1, include=["preferences"])]
    assert [one.id for one in listed] == ["p/1", "p2"]
    objects.delete("my projects", "p/1")
    with pytest.raises(knockapi.NotFoundError):
        objects.get("my projects", "p/1")


def test_objects_in_bulk(knock_client: knockapi.Knock) -> None:
    bulk = knock_client.objects.bulk
    queued = bulk.set("projects", objects=[{"id": "p1", "name": "Apollo", "created_at": START}, {"id": "p2"}])
    assert isinstance(queued, types.BulkOperation)
    assert (queued.name, queued.estimated_total_rows) == ("objects.projects.set", 2)
    assert knock_client.objects.get("projects", "p1").created_at == START
    deleted = bulk.delete("projects", object_ids=["p1", "p2"])
    assert knock_client.bulk_operations.get(deleted.id).success_count == 2
    assert knock_client.objects.list("projects").entries == []


def test_the_messages_of_an_object(knock_client: knockapi.Knock) -> None:
    knock_client.objects.set("projects", "p1", extra_body={"email": "apollo@example.com"})
    knock_client.workflows.trigger("letter", recipients=[PROJECT], data={"n": 1}, tenant="acme")
    messages = knock_client.objects.list_messages(
        "projects",
        "p1",
        source="letter",
        status=["delivered"],
        trigger_data='{"n":1}',
        inserted_at={"gte": START.isoformat()},
        tenant="acme",
    )
    (message,) = messages
    assert isinstance(message, types.Message)
    assert isinstance(message.recipient, types.recipient_reference.ObjectReference)
    assert (message.recipient.collection, message.recipient.id) == ("projects", "p1")


def test_subscriptions_are_added_listed_and_deleted(knock_client: knockapi.Knock) -> None:
    objects = knock_client.objects
    objects.set("projects", "p1", name="Apollo")
    jane, joe, team = objects.add_subscriptions(
        "projects", "p1", recipients=["jane", {"id": "joe", "name": "Joe"}, TEAM], properties={"role": "dev"}
    )
    assert all(isinstance(one, Subscription) for one in (jane, joe, team))
    assert isinstance(joe.recipient, types.User)
    assert isinstance(team.recipient, types.Object)
    assert (joe.recipient.name, joe.object.properties, joe.properties) == ("Joe", {"name": "Apollo"}, {"role": "dev"})
    assert (joe.inserted_at, joe.updated_at) == (START, START)
    assert [one.recipient.id for one in objects.list_subscriptions("projects", "p1", page_size=2)] == [
        "jane",
        "joe",
        "t1",
    ]
    narrowed = objects.list_subscriptions(
        "projects", "p1", recipients=["jane", TEAM_REFERENCE], include=["preferences"]
    )
    assert [one.recipient.id for one in narrowed] == ["jane", "t1"]
    of_team = objects.list_subscriptions(
        "teams", "t1", mode="recipient", objects=[{"id": "p1", "collection": "projects"}]
    )
    of_jane = knock_client.users.list_subscriptions("jane", objects=[PROJECT_REFERENCE], include=["preferences"])
    assert [one.object.id for one in (*of_team, *of_jane)] == ["p1", "p1"]
    deleted = objects.delete_subscriptions("projects", "p1", recipients=["jane", TEAM_REFERENCE, "nobody"])
    assert deleted == [jane, team]
    assert [one.recipient.id for one in objects.list_subscriptions("projects", "p1")] == ["joe"]


def test_subscriptions_in_bulk(knock_client: knockapi.Knock) -> None:
    objects = knock_client.objects
    objects.set("projects", "p1")
    added = objects.bulk.add_subscriptions(
        "projects",
        subscriptions=[
            {"id": "p1", "recipients": ["jane", "joe"], "properties": {"role": "dev"}},
            {"id": "unknown", "recipients": ["jane"]},
        ],
    )
    done = knock_client.bulk_operations.get(added.id)
    (failed,) = done.error_items or []
    assert (done.name, done.success_count, done.error_count) == ("objects.projects.upsert_subscriptions", 1, 1)
    assert (failed.id, failed.collection) == ("unknown", "projects")
    objects.bulk.delete_subscriptions("projects", subscriptions=[{"id": "p1", "recipients": ["jane"]}])
    assert [one.recipient.id for one in objects.list_subscriptions("projects", "p1")] == ["joe"]


def test_a_trigger_reaches_the_subscribers_of_an_object(knock_client: knockapi.Knock) -> None:
    knock_client.objects.set("projects", "p1")
    knock_client.objects.add_subscriptions("projects", "p1", recipients=["jane", "joe", "kim"])
    knock_client.workflows.trigger("hello", recipients=[PROJECT], actor="kim", data={"name": "you"})
    assert [message.recipient for message in knock_client.messages.list()] == ["joe", "jane"]


def test_every_method_of_the_asynchronous_client(knock: KnockFake) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            objects = client.objects
            created = await objects.set("projects", "p1", name="Apollo")
            assert isinstance(created, types.Object)
            assert await objects.get("projects", "p1") == created
            assert [one.id async for one in objects.list("projects")] == ["p1"]
            assert [one async for one in objects.list_messages("projects", "p1")] == []
            added = await objects.add_subscriptions("projects", "p1", recipients=["jane", TEAM])
            assert [type(one) for one in added] == [Subscription, Subscription]
            listed = objects.list_subscriptions("projects", "p1", recipients=["jane"])
            assert [one.recipient.id async for one in listed] == ["jane"]
            assert [one.object.id async for one in client.users.list_subscriptions("jane")] == ["p1"]
            assert await objects.delete_subscriptions("projects", "p1", recipients=[TEAM_REFERENCE]) == added[1:]
            operations = [
                await objects.bulk.add_subscriptions("projects", subscriptions=[{"id": "p1", "recipients": ["joe"]}]),
                await objects.bulk.delete_subscriptions(
                    "projects", subscriptions=[{"id": "p1", "recipients": ["joe"]}]
                ),
                await objects.bulk.set("projects", objects=[{"id": "p2"}]),
                await objects.bulk.delete("projects", object_ids=["p2"]),
            ]
            names = ["upsert_subscriptions", "delete_subscriptions", "set", "delete"]
            assert [one.name for one in operations] == [f"objects.projects.{name}" for name in names]
            await objects.delete("projects", "p1")
            assert [one async for one in objects.list("projects")] == []

    asyncio.run(story())
