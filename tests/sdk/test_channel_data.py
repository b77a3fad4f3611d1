"""Every method of the real client that has to do with channel data, for users and objects, sync and async."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import knockapi
import pytest
from knockapi.types import recipients
from knockapi.types.recipients.channel_data import DataAwssnsPushChannelDataFull, DataPushChannelDataFull

if TYPE_CHECKING:
    from knock_fake import KnockFake

PUSH = "33333333-3333-4333-8333-333333333333"
CHAT = "44444444-4444-4444-8444-444444444444"
UNKNOWN = "99999999-9999-4999-8999-999999999999"


def check_tokens(written: recipients.ChannelData, *tokens: str) -> None:
    """Check data of the push channel: typed, by token and by device."""
    assert isinstance(written, recipients.ChannelData)
    assert (written.api_typename, written.channel_id, written.provider) == ("ChannelData", PUSH, "push_fcm")
    assert isinstance(written.data, DataPushChannelDataFull)
    assert written.data.tokens == [*tokens]
    assert [(device.token, device.locale, device.timezone) for device in written.data.devices] == [
        (token, None, None) for token in tokens
    ]


def test_a_users_push_tokens(knock_client: knockapi.Knock) -> None:
    users = knock_client.users
    check_tokens(users.set_channel_data("jane", PUSH, data={"tokens": ["a", "b"]}), "a", "b")
    check_tokens(users.set_channel_data("jane", PUSH, data={"devices": [{"token": "c"}]}), "c")
    check_tokens(users.get_channel_data("jane", PUSH), "c")
    users.unset_channel_data("jane", PUSH)
    with pytest.raises(knockapi.NotFoundError):
        users.get_channel_data("jane", PUSH)


def test_an_objects_connections(knock_client: knockapi.Knock) -> None:
    objects = knock_client.objects
    written = objects.set_channel_data(
        "projects",
        "apollo",
        CHAT,
        data={"connections": [{"channel_id": "C1"}, {"incoming_webhook": {"url": "https://example.com"}}]},
    )
    assert isinstance(written.data, recipients.SlackChannelData)
    first, second = written.data.connections
    assert (first.channel_id, second.incoming_webhook.url) == ("C1", "https://example.com")  # type: ignore[union-attr]
    assert objects.get_channel_data("projects", "apollo", CHAT) == written
    objects.unset_channel_data("projects", "apollo", CHAT)
    with pytest.raises(knockapi.NotFoundError):
        objects.get_channel_data("projects", "apollo", CHAT)


def test_the_shapes_of_other_providers(knock_client: knockapi.Knock, knock: KnockFake) -> None:
    sns = knock.channels.add("sns", type="push", provider="push_aws_sns").id
    one_signal = knock.channels.add("one-signal", type="push", provider="push_one_signal").id
    teams = knock.channels.add("teams", type="chat", provider="chat_ms_teams").id
    discord = knock.channels.add("discord", type="chat", provider="chat_discord").id
    users = knock_client.users
    arns = users.set_channel_data("jane", sns, data={"target_arns": ["arn:a"]})
    players = users.set_channel_data("jane", one_signal, data={"player_ids": ["p"]})
    in_teams = users.set_channel_data("jane", teams, data={"connections": [{"ms_teams_user_id": "u"}]})
    in_discord = users.set_channel_data("jane", discord, data={"connections": [{"channel_id": "1"}]})
    assert isinstance(arns.data, DataAwssnsPushChannelDataFull)
    assert [device.target_arn for device in arns.data.devices] == ["arn:a"]
    assert isinstance(players.data, recipients.OneSignalChannelDataPlayerIDsOnly)
    assert [one.provider for one in (arns, players, in_teams, in_discord)] == [
        "push_aws_sns",
        "push_one_signal",
        "chat_ms_teams",
        "chat_discord",
    ]


def test_mistakes_are_the_clients_own_errors(knock_client: knockapi.Knock) -> None:
    with pytest.raises(knockapi.UnprocessableEntityError) as refused:
        knock_client.users.set_channel_data("jane", PUSH, data={"player_ids": ["p"]})
    with pytest.raises(knockapi.NotFoundError):
        knock_client.users.set_channel_data("jane", UNKNOWN, data={"tokens": ["a"]})
    with pytest.raises(knockapi.NotFoundError):
        knock_client.objects.unset_channel_data("projects", "apollo", UNKNOWN)
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["errors"] == [{"field": "data.tokens", "message": "is required", "type": "required"}]


def test_the_same_with_the_asynchronous_client(knock: KnockFake) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            users, objects = client.users, client.objects
            check_tokens(await users.set_channel_data("jane", PUSH, data={"tokens": ["a"]}), "a")
            check_tokens(await users.get_channel_data("jane", PUSH), "a")
            check_tokens(await objects.set_channel_data("projects", "apollo", PUSH, data={"tokens": ["b"]}), "b")
            check_tokens(await objects.get_channel_data("projects", "apollo", PUSH), "b")
            await users.unset_channel_data("jane", PUSH)
            await objects.unset_channel_data("projects", "apollo", PUSH)
            with pytest.raises(knockapi.NotFoundError):
                await users.get_channel_data("jane", PUSH)
            with pytest.raises(knockapi.NotFoundError):
                await objects.get_channel_data("projects", "apollo", PUSH)

    asyncio.run(story())
