"""Schedules through the real clients."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from knockapi import types

if TYPE_CHECKING:
    import knockapi
    from knockapi.types import ScheduleRepeatRuleParam
    from knockapi.types.inline_object_request_param import InlineObjectRequestParam
    from knockapi.types.recipient_reference_param import ObjectReference

    from knock_fake import KnockFake

START = datetime(2026, 1, 1, tzinfo=UTC)
MONDAYS: ScheduleRepeatRuleParam = {"frequency": "weekly", "days": ["mon"], "hours": 9, "minutes": 30}
PROJECT: InlineObjectRequestParam = {"collection": "projects", "id": "p1", "name": "Apollo"}
PROJECT_REFERENCE: ObjectReference = {"collection": "projects", "id": "p1"}

pytestmark = pytest.mark.usefixtures("workflows")


def test_schedules_are_created_run_changed_and_deleted(knock: KnockFake, knock_client: knockapi.Knock) -> None:
    schedules = knock_client.schedules
    created = schedules.create(
        recipients=[{"id": "jane", "timezone": "Europe/Rome"}, PROJECT],
        workflow="hello",
        repeats=[MONDAYS],
        scheduled_at=START,
        ending_at="2026-06-01T00:00:00Z",
        actor={"id": "joe"},
        data={"name": "Jane"},
        tenant={"id": "acme", "name": "Acme"},
    )
    jane, project = created
    assert isinstance(jane, types.Schedule)
    assert isinstance(jane.recipient, types.User)
    assert isinstance(project.recipient, types.Object)
    assert isinstance(jane.actor, types.User)
    assert (jane.recipient.timezone, jane.actor.id, jane.tenant, jane.data) == (
        "Europe/Rome",
        "joe",
        "acme",
        {"name": "Jane"},
    )
    (rule,) = jane.repeats
    assert isinstance(rule, types.ScheduleRepeatRule)
    assert (rule.frequency, rule.interval, rule.days, rule.hours, rule.minutes) == ("weekly", 1, ["mon"], 9, 30)
    assert (jane.api_typename, jane.last_occurrence_at, jane.inserted_at) == ("Schedule", None, START)
    assert jane.next_occurrence_at == datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
    knock.clock.advance(days=5)
    assert [message.workflow for message in knock_client.users.list_messages("jane")] == ["hello"]
    (changed,) = schedules.update(schedule_ids=[jane.id], scheduled_at=datetime(2026, 2, 1, tzinfo=UTC), actor="joe")
    assert (changed.repeats, changed.next_occurrence_at) == ([], datetime(2026, 2, 1, tzinfo=UTC))
    assert changed.last_occurrence_at == datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
    deleted = schedules.delete(schedule_ids=[jane.id, project.id])
    assert [one.id for one in deleted] == [jane.id, project.id]
    assert schedules.list(workflow="hello").entries == []


def test_schedules_are_listed_in_three_places(knock_client: knockapi.Knock) -> None:
    schedules = knock_client.schedules
    schedules.create(recipients=["jane", PROJECT], workflow="hello", repeats=[MONDAYS])
    schedules.create(recipients=["jane"], workflow="letter", repeats=[MONDAYS], tenant="acme")
    listed = [*schedules.list(workflow="hello", recipients=["jane", PROJECT_REFERENCE], page_size=1)]
    assert [one.recipient.id for one in listed] == ["p1", "jane"]
    assert [one.workflow for one in knock_client.users.list_schedules("jane", page_size=1)] == ["letter", "hello"]
    of_tenant = knock_client.users.list_schedules("jane", tenant="acme", workflow="letter").entries
    assert [one.tenant for one in of_tenant] == ["acme"]
    of_object = knock_client.objects.list_schedules("projects", "p1", workflow="hello").entries
    assert [type(one) for one in of_object] == [types.Schedule]


def test_schedules_in_bulk(knock_client: knockapi.Knock) -> None:
    queued = knock_client.schedules.bulk.create(
        schedules=[
            {"recipient": {"id": "jane"}, "workflow": "hello", "repeats": [MONDAYS], "ending_at": "2027-01-01"},
            {"recipient": PROJECT, "workflow": "hello", "scheduled_at": datetime(2026, 2, 1, tzinfo=UTC)},
        ]
    )
    assert isinstance(queued, types.BulkOperation)
    assert (queued.name, queued.status) == ("schedules.create_schedules", "queued")
    assert knock_client.bulk_operations.get(queued.id).success_count == 2
    assert len(knock_client.schedules.list(workflow="hello").entries) == 2


def test_schedules_through_the_asynchronous_client(knock: KnockFake) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            created = await client.schedules.create(
                recipients=["jane", PROJECT], workflow="hello", repeats=[MONDAYS], ending_at=None
            )
            assert [type(one) for one in created] == [types.Schedule, types.Schedule]
            named = [one.id for one in created]
            updated = await client.schedules.update(schedule_ids=named, data={"name": "Jane"})
            assert [one.data for one in updated] == [{"name": "Jane"}] * 2
            assert [one.id async for one in client.schedules.list(workflow="hello", page_size=1)] == named[::-1]
            assert [one.id async for one in client.users.list_schedules("jane")] == named[:1]
            assert [one.id async for one in client.objects.list_schedules("projects", "p1")] == named[1:]
            queued = await client.schedules.bulk.create(
                schedules=[{"recipient": "jane", "workflow": "hello", "scheduled_at": "2026-02-01"}]
            )
            assert queued.estimated_total_rows == 1
            assert [one.id for one in await client.schedules.delete(schedule_ids=named)] == named

    asyncio.run(story())
