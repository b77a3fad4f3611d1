"""Builders of steps that write to what Knock remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from knock_fake.conditions import equal_to
from knock_fake.errors import UsageTypeError
from knock_fake.steps import update_object, update_tenant, update_user, updates

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject

PRO: JsonObject = {"plan": "pro"}


@pytest.mark.parametrize(
    ("step", "type_", "settings"),
    [
        (update_user(PRO), "update_user", {"recipient_mode": "current", "update_properties": PRO}),
        (
            update_user('{"plan": {{ data.plan | json }}}', user="{{ actor.id }}"),
            "update_user",
            {
                "recipient_mode": "reference",
                "recipient_gid": "gid://Object/$users/{{ actor.id }}",
                "update_properties": '{"plan": {{ data.plan | json }}}',
            },
        ),
        (update_tenant(PRO), "update_tenant", {"recipient_mode": "current", "update_properties": PRO}),
        (
            update_tenant(PRO, tenant="acme"),
            "update_tenant",
            {
                "recipient_mode": "reference",
                "recipient_gid": "gid://Object/$tenants/acme",
                "update_properties": PRO,
            },
        ),
        (
            update_object("projects", "{{ data.id }}", PRO),
            "update_object",
            {"recipient_gid": "gid://Object/projects/{{ data.id }}", "update_properties": PRO},
        ),
    ],
)
def test_updates(step: JsonObject, type_: str, settings: JsonObject) -> None:
    assert step == {"type": type_, "settings": settings}


def test_an_update_with_everything() -> None:
    pro = equal_to("data.plan", "pro")
    step = update_user(PRO, user="bob", ref="upgrade", name="Upgrade", conditions=pro)
    assert {key: step[key] for key in ("ref", "name", "conditions")} == {
        "ref": "upgrade",
        "name": "Upgrade",
        "conditions": {"all": [pro]},
    }


untyped: Any = updates


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: untyped.update_user(None), "update_user(properties=...) must be a dict or Liquid, not NoneType None"),
        (
            lambda: untyped.update_user([1]),
            "update_user(properties=...) must be a dict with texts as keys, not list [1]",
        ),
        (lambda: untyped.update_user(PRO, user=7), "update_user(user=...) must be text, not int 7"),
        (lambda: untyped.update_tenant(PRO, tenant=7), "update_tenant(tenant=...) must be text, not int 7"),
        (lambda: untyped.update_object(7, "a", PRO), "update_object(collection=...) must be text, not int 7"),
        (lambda: untyped.update_object("a", 7, PRO), "update_object(object_id=...) must be text, not int 7"),
        (
            lambda: untyped.update_user(PRO, usr="bob"),
            "update_user() has no argument 'usr'; did you mean 'user'?",
        ),
    ],
)
def test_what_makes_no_update_is_refused(build: Callable[[], JsonObject], message: str) -> None:
    with pytest.raises(UsageTypeError) as refusal:
        build()
    assert str(refusal.value) == message
