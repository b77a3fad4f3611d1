"""Tenants through the real clients."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import knockapi
import pytest
from knockapi import types

if TYPE_CHECKING:
    from knock_fake import KnockFake


def test_tenants_are_set_read_listed_and_deleted(knock_client: knockapi.Knock) -> None:
    tenants = knock_client.tenants
    created = tenants.set(
        "acme",
        name="Acme",
        settings={
            "branding": {"primary_color": "#123456", "logo_url": None},
            "preference_set": {"channel_types": {"email": False}},
        },
        extra_body={"plan": "pro"},
    )
    assert isinstance(created, types.Tenant)
    assert (created.id, created.name, created.api_typename) == ("acme", "Acme", "Tenant")
    assert created.settings is not None
    assert created.settings.branding is not None
    assert created.settings.preference_set is not None
    assert created.settings.preference_set.channel_types is not None
    assert created.settings.branding.primary_color == "#123456"
    assert created.settings.preference_set.channel_types.email is False
    assert created.model_extra is not None
    assert (created.model_extra["plan"], created.model_extra["properties"]) == ("pro", {"name": "Acme", "plan": "pro"})
    assert tenants.get("acme") == created
    tenants.set("globex", name="Globex")
    assert [one.id for one in tenants.list(page_size=1)] == ["acme", "globex"]
    assert [one.id for one in tenants.list(name="Globex")] == ["globex"]
    assert [one.name for one in tenants.list(tenant_id="acme")] == ["Acme"]
    tenants.delete("acme")
    with pytest.raises(knockapi.NotFoundError):
        tenants.get("acme")


def test_settings_of_a_tenant_are_resolved_and_removed(knock_client: knockapi.Knock, knock: KnockFake) -> None:
    knock.preferences.set_default({"channel_types": {"sms": False}})
    tenants = knock_client.tenants
    tenants.set("acme", settings={"preference_set": {"channel_types": {"email": False}}})
    resolved = tenants.get("acme", resolve_full_preference_settings=True).settings
    assert resolved is not None
    assert resolved.preference_set is not None
    assert resolved.preference_set.channel_types is not None
    assert (resolved.preference_set.channel_types.email, resolved.preference_set.channel_types.sms) == (False, False)
    removed = tenants.set("acme", settings={"preference_set": None}, resolve_full_preference_settings=False).settings
    assert removed is not None
    assert removed.preference_set is None


def test_tenants_in_bulk(knock_client: knockapi.Knock) -> None:
    bulk = knock_client.tenants.bulk
    queued = bulk.set(tenants=["acme", {"id": "globex", "name": "Globex"}])
    assert isinstance(queued, types.BulkOperation)
    assert (queued.name, queued.estimated_total_rows) == ("tenants.set", 2)
    assert [one.name for one in knock_client.tenants.list()] == [None, "Globex"]
    deleted = bulk.delete(tenant_ids=["acme", "globex"])
    assert (deleted.name, knock_client.bulk_operations.get(deleted.id).success_count) == ("tenants.delete", 2)
    assert knock_client.tenants.list().entries == []


def test_every_method_of_the_asynchronous_client(knock: KnockFake) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            created = await client.tenants.set("acme", name="Acme")
            assert isinstance(created, types.Tenant)
            assert await client.tenants.get("acme", resolve_full_preference_settings=True) == created
            queued = await client.tenants.bulk.set(tenants=["globex", "initech"])
            assert [one.id async for one in client.tenants.list(page_size=2)] == ["acme", "globex", "initech"]
            deleted = await client.tenants.bulk.delete(tenant_ids=["globex", "initech"])
            assert [queued.name, deleted.name] == ["tenants.set", "tenants.delete"]
            await client.tenants.delete("acme")
            assert [one async for one in client.tenants.list()] == []

    asyncio.run(story())
