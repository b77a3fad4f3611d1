"""Recipient runs through the real clients."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from knockapi import types
from knockapi.types.recipient_reference import ObjectReference

if TYPE_CHECKING:
    import knockapi

    from knock_fake import KnockFake

START = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("workflows")


def test_runs_are_listed_and_read(knock_client: knockapi.Knock) -> None:
    response = knock_client.workflows.trigger(
        "hello",
        recipients=[{"id": "jane"}, {"id": "p1", "collection": "projects", "name": "Apollo"}],
        actor={"id": "joe"},
        tenant="acme",
        cancellation_key="k",
    )
    runs = knock_client.workflow_recipient_runs
    project, jane = runs.list(
        workflow="hello",
        status=["completed"],
        tenant="acme",
        has_errors=False,
        starting_at=START - timedelta(hours=1),
        ending_at=START + timedelta(hours=1),
        page_size=1,
    )
    assert isinstance(jane, types.WorkflowRecipientRun)
    assert (jane.recipient, jane.actor, jane.tenant, jane.status, jane.error_count) == (
        "jane",
        "joe",
        "acme",
        "completed",
        0,
    )
    assert (jane.workflow_run_id, jane.inserted_at, jane.updated_at) == (response.workflow_run_id, START, START)
    assert (jane.trigger_source.type, jane.trigger_source.cancellation_key) == ("api", "k")
    assert isinstance(project.recipient, ObjectReference)
    assert [run.id for run in runs.list(recipient={"id": "p1", "collection": "projects"})] == [project.id]
    assert [run.id for run in runs.list(recipient="jane")] == [jane.id]
    detail = runs.get(jane.id)
    assert isinstance(detail, types.WorkflowRecipientRunDetail)
    first, enqueued, _ = detail.events
    assert isinstance(first, types.WorkflowRecipientRunEvent)
    assert (enqueued.event, enqueued.step_ref, enqueued.step_type, enqueued.attempt, enqueued.status) == (
        "message_enqueued",
        "in_app_feed_1",
        "channel",
        1,
        "ok",
    )


def test_runs_through_the_asynchronous_client(knock: KnockFake) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            await client.workflows.trigger("later", recipients=[{"id": "jane"}, {"id": "joe"}])
            runs = [run async for run in client.workflow_recipient_runs.list(status=["paused"], page_size=1)]
            assert [run.recipient for run in runs] == ["joe", "jane"]
            detail = await client.workflow_recipient_runs.get(runs[0].id)
            assert [event.event for event in detail.events] == ["run_started", "delay_started"]

    asyncio.run(story())
