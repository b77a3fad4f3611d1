"""The preference center with the real client, sync and async."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from knockapi.types import users

if TYPE_CHECKING:
    import knockapi

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject


def test_the_preference_center(knock_client: knockapi.Knock, knock: KnockFake) -> None:
    knock_client.users.update("jane", email="jane@example.com")
    row: JsonObject = {"type": "category", "name": "News", "identifier": "news", "channel_types": ["email"]}
    knock.preference_center.configure(rows=[row], account_name="Acme", branding={"dark": {"primary_color": "#FFF"}})
    config = knock_client.users.preference_center.get_config("jane")
    signed = knock_client.users.preference_center.generate_signed_url("jane")
    assert isinstance(config, users.PreferenceCenterGetConfigResponse)
    assert (config.enabled, config.account_name, config.user_email) == (True, "Acme", "jane@example.com")
    assert [(one.type, one.name, one.identifier, one.channel_types) for one in config.config.rows] == [
        ("category", "News", "news", ["email"])
    ]
    assert config.branding.dark is not None
    assert (config.branding.primary_color, config.branding.dark.primary_color) == (None, "#FFF")
    assert isinstance(signed, users.PreferenceCenterGenerateSignedURLResponse)
    assert signed.url.endswith(f"/p/{signed.token}")


def test_the_same_with_the_asynchronous_client(knock: KnockFake) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            config = await client.users.preference_center.get_config("jane")
            signed = await client.users.preference_center.generate_signed_url("jane")
        assert isinstance(config, users.PreferenceCenterGetConfigResponse)
        assert (config.enabled, config.user_email, config.config.rows) == (True, "jane", [])
        assert isinstance(signed, users.PreferenceCenterGenerateSignedURLResponse)
        assert signed == knock.client().users.preference_center.generate_signed_url("jane")

    asyncio.run(story())
