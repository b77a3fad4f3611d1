from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, TypeVar

import httpx
import knockapi
import pytest
from knockapi import types

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable

    from knock_fake import KnockFake

FEED = "55555555-5555-4555-8555-555555555555"

_T = TypeVar("_T")

pytestmark = pytest.mark.usefixtures("workflows")


class Runner:
    """Runs a story with the real asynchronous client, which is made and closed inside the event loop."""

    def __init__(self, make: Callable[[], knockapi.AsyncKnock]) -> None:
        self._make = make

    def __call__(self, story: Callable[[knockapi.AsyncKnock], Awaitable[_T]]) -> _T:
        async def told() -> _T:
            async with self._make() as client:
                return await story(client)

        return asyncio.run(told())


@pytest.fixture(params=["given transport", "interception", "live server"])
def run(request: pytest.FixtureRequest, knock: KnockFake) -> Runner:
    way: Literal["given transport", "interception", "live server"] = request.param
    if way == "given transport":
        return Runner(knock.async_client)
    if way == "interception":
        return Runner(lambda: knockapi.AsyncKnock(api_key="sk_test_x"))
    request.getfixturevalue("knock_server")
    return Runner(knockapi.AsyncKnock)


async def everything(pages: AsyncIterable[_T]) -> list[_T]:
    return [item async for item in pages]


def test_users(run: Runner) -> None:
    async def story(client: knockapi.AsyncKnock) -> None:
        created = await client.users.update("jane", name="Jane")
        await client.users.update("joe", email="joe@example.com")
        assert isinstance(created, types.User)
        assert await client.users.get("jane") == created
        merged = await client.users.merge("jane", from_user_id="joe")
        assert (merged.name, merged.email) == ("Jane", "joe@example.com")
        await client.users.delete("jane")
        with pytest.raises(knockapi.NotFoundError):
            await client.users.get("jane")

    run(story)


def test_bulk_operations(run: Runner) -> None:
    async def story(client: knockapi.AsyncKnock) -> None:
        queued = await client.users.bulk.identify(users=[{"id": "jane"}, {"id": "joe"}])
        done = await client.bulk_operations.get(queued.id)
        await client.users.bulk.delete(user_ids=["joe"])
        assert (queued.status, done.status, done.success_count) == ("queued", "completed", 2)
        assert [user.id for user in await everything(client.users.list())] == ["jane"]

    run(story)


def test_workflows_messages_and_feeds(run: Runner) -> None:
    async def story(client: knockapi.AsyncKnock) -> None:
        for workflow in ("hello", "letter"):
            await client.workflows.trigger(workflow, recipients=[{"id": "jane", "email": "j@example.com"}])
        letter, hello = await everything(client.messages.list())
        listed = await everything(client.users.list_messages("jane"))
        feed = await client.users.feeds.list_items("jane", FEED)
        settings = await client.users.feeds.get_settings("jane", FEED)
        content = await client.messages.get_content(letter.id)
        contents = await client.messages.batch.get_content(message_ids=[letter.id, hello.id])
        events = await everything(client.messages.list_events(letter.id))
        activities = await everything(client.messages.list_activities(letter.id))
        logs = await everything(client.messages.list_delivery_logs(letter.id))
        shown = await client.messages.get(hello.id)
        assert [message.id for message in listed] == [letter.id, hello.id]
        assert [item.id for item in feed.entries] == [shown.id]
        assert settings.features.branding_required is False
        assert contents[0] == content
        assert (len(events), len(activities), len(logs)) == (4, 1, 1)

    run(story)


@pytest.mark.parametrize(
    ("mark", "unmark", "name"),
    [
        ("mark_as_seen", "mark_as_unseen", "seen"),
        ("mark_as_read", "mark_as_unread", "read"),
        ("archive", "unarchive", "archived"),
    ],
)
def test_marks(run: Runner, mark: str, unmark: str, name: str) -> None:
    async def story(client: knockapi.AsyncKnock) -> None:
        await client.workflows.trigger("hello", recipients=[{"id": "jane"}])
        (message,) = await everything(client.messages.list())
        statuses = []
        for method in (mark, unmark):
            statuses.append((await getattr(client.messages, method)(message.id)).engagement_statuses)
            (one,) = await getattr(client.messages.batch, method)(message_ids=[message.id])
            statuses.append(one.engagement_statuses)
        assert statuses == [[name], [name], [], []]

    run(story)


def test_interactions(run: Runner) -> None:
    async def story(client: knockapi.AsyncKnock) -> None:
        await client.workflows.trigger("hello", recipients=[{"id": "jane"}])
        (message,) = await everything(client.messages.list())
        alone = await client.messages.mark_as_interacted(message.id, metadata={"a": 1})
        (batch,) = await client.messages.batch.mark_as_interacted(message_ids=[message.id])
        assert alone.engagement_statuses == batch.engagement_statuses == ["read", "interacted"]

    run(story)


def test_cancelling(run: Runner, knock: KnockFake) -> None:
    async def story(client: knockapi.AsyncKnock) -> None:
        await client.workflows.trigger("later", recipients=[{"id": "jane"}], cancellation_key="k")
        await client.workflows.cancel("later", cancellation_key="k")

    run(story)
    knock.clock.run_until_idle()
    assert len(knock.state.messages) == 0


def test_pages_follow_each_other(run: Runner) -> None:
    async def story(client: knockapi.AsyncKnock) -> list[str]:
        for number in range(7):
            await client.users.update(f"user-{number}")
        return [user.id async for user in client.users.list(page_size=3)]

    assert run(story) == [f"user-{number}" for number in range(7)]


def test_errors_are_the_clients_own(run: Runner) -> None:
    async def story(client: knockapi.AsyncKnock) -> None:
        with pytest.raises(knockapi.UnprocessableEntityError) as refused:
            await client.users.update("a/b")
        with pytest.raises(knockapi.NotFoundError) as missing:
            await client.workflows.trigger("unknown", recipients=["jane"])
        body = refused.value.body
        assert isinstance(body, dict)
        assert body["errors"] == [{"field": "id", "message": "must not contain '/' or '#'", "type": "format"}]
        assert isinstance(missing.value.response, httpx.Response)

    run(story)


def test_many_calls_at_once_are_all_answered(run: Runner) -> None:
    async def story(client: knockapi.AsyncKnock) -> list[str]:
        await asyncio.gather(*(client.users.update(f"user-{number}", name=str(number)) for number in range(40)))
        return [user.id for user in await everything(client.users.list(page_size=15))]

    assert sorted(run(story)) == sorted(f"user-{number}" for number in range(40))
