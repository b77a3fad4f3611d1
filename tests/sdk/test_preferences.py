"""Every method of the real client that has to do with preferences, for users and objects, sync and async."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from knockapi import types
from knockapi.types import recipients

if TYPE_CHECKING:
    import knockapi
    from knockapi.types.shared_params.condition import Condition

    from knock_fake import KnockFake

CHANNEL = "11111111-1111-4111-8111-111111111111"
IN_AMERICA: Condition = {"variable": "recipient.country", "operator": "equal_to", "argument": "US"}


def check_written(written: recipients.PreferenceSet, set_id: str) -> None:
    """Check the set that every story writes."""
    assert isinstance(written, recipients.PreferenceSet)
    assert (written.id, written.workflows, written.commercial_subscribed) == (set_id, {"hello": False}, True)
    assert written.channel_types is not None
    assert (written.channel_types.email, written.channel_types.push) == (False, None)
    assert isinstance(written.channel_types.sms, recipients.PreferenceSetChannelTypeSetting)
    (condition,) = written.channel_types.sms.conditions
    assert (condition.variable, condition.operator, condition.argument) == ("recipient.country", "equal_to", "US")
    assert written.channels == {CHANNEL: True}
    assert written.categories is not None
    news = written.categories["news"]
    assert not isinstance(news, bool)
    assert news.channel_types is not None
    assert news.channel_types.chat is True


def test_a_users_preferences(knock_client: knockapi.Knock, knock: KnockFake) -> None:
    users = knock_client.users
    assert users.list_preferences("jane") == []
    written = users.set_preferences(
        "jane",
        "default",
        workflows={"hello": False},
        categories={"news": {"channel_types": {"chat": True}}},
        channel_types={"email": False, "sms": {"conditions": [IN_AMERICA]}},
        channels={CHANNEL: True},
        commercial_subscribed=True,
    )
    check_written(written, "default")
    knock.preferences.set_default({"channel_types": {"push": False}})
    read = users.get_preferences("jane", "default")
    merged = users.set_preferences("jane", "default", _persistence_strategy="merge", workflows={"digest": True})
    listed = users.list_preferences("jane")
    assert read.channel_types is not None
    assert (read.channel_types.push, read.channel_types.email) == (False, False)
    assert merged.workflows == {"hello": False, "digest": True}
    assert listed == [merged]
    users.unset_preferences("jane", "default")
    assert users.list_preferences("jane") == []


def test_a_users_preferences_for_a_tenant(knock_client: knockapi.Knock) -> None:
    knock_client.tenants.set("acme", settings={"preference_set": {"channel_types": {"email": False}}})
    knock_client.users.set_preferences("jane", "acme", channel_types={"sms": False})
    of_tenant = knock_client.users.get_preferences("jane", "acme")
    of_default = knock_client.users.get_preferences("jane", "default", tenant="acme")
    assert of_tenant.channel_types is not None
    assert of_default.channel_types is not None
    assert (of_tenant.id, of_tenant.channel_types.email, of_tenant.channel_types.sms) == ("acme", False, False)
    assert (of_default.id, of_default.channel_types.email, of_default.channel_types.sms) == ("default", False, None)


def test_many_users_preferences(knock_client: knockapi.Knock) -> None:
    queued = knock_client.users.bulk.set_preferences(
        user_ids=["jane", "joe"], preferences={"workflows": {"hello": False}}
    )
    done = knock_client.bulk_operations.get(queued.id)
    assert isinstance(queued, types.BulkOperation)
    assert (queued.name, done.status, done.success_count) == ("users.set_preferences", "completed", 2)
    assert knock_client.users.get_preferences("joe", "default").workflows == {"hello": False}


def test_an_objects_preferences(knock_client: knockapi.Knock) -> None:
    objects = knock_client.objects
    written = objects.set_preferences(
        "projects",
        "apollo",
        "acme",
        workflows={"hello": False},
        categories={"news": {"channel_types": {"chat": True}}},
        channel_types={"email": False, "sms": {"conditions": [IN_AMERICA]}},
        channels={CHANNEL: True},
        commercial_subscribed=True,
    )
    check_written(written, "acme")
    assert objects.get_preferences("projects", "apollo", "acme") == written
    assert objects.list_preferences("projects", "apollo") == [written]
    objects.unset_preferences("projects", "apollo", "acme")
    assert objects.list_preferences("projects", "apollo") == []


def test_the_same_with_the_asynchronous_client(knock: KnockFake) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            users, objects = client.users, client.objects
            of_user = await users.set_preferences("jane", "default", workflows={"hello": False})
            of_object = await objects.set_preferences("projects", "apollo", "default", workflows={"hello": True})
            assert isinstance(of_user, recipients.PreferenceSet)
            assert isinstance(of_object, recipients.PreferenceSet)
            assert (of_user.workflows, of_object.workflows) == ({"hello": False}, {"hello": True})
            assert await users.get_preferences("jane", "default") == of_user
            assert await objects.get_preferences("projects", "apollo", "default") == of_object
            assert await users.list_preferences("jane") == [of_user]
            assert await objects.list_preferences("projects", "apollo") == [of_object]
            await users.unset_preferences("jane", "default")
            await objects.unset_preferences("projects", "apollo", "default")
            assert await users.list_preferences("jane") == []
            assert await objects.list_preferences("projects", "apollo") == []
            queued = await users.bulk.set_preferences(user_ids=["joe"], preferences={"id": "acme", "workflows": {}})
            assert (await client.bulk_operations.get(queued.id)).success_count == 1

    asyncio.run(story())
