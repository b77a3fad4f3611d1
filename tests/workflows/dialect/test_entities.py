"""Filters that load users, objects, tenants and subscriptions while a template is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import sms
from knock_fake.workflows.templating import TemplateError, compile_template

if TYPE_CHECKING:
    from knockapi import Knock

    from knock_fake import KnockFake


def sent(knock: KnockFake, client: Knock, body: str, **data: object) -> str:
    """Return the text message that a template gives."""
    knock.workflows.add("load", steps=[sms(body)])
    client.workflows.trigger("load", recipients=[{"id": "ann", "phone_number": "+15551234567"}], data=data)
    return str([*knock.state.messages][-1].content["body"])


@pytest.fixture
def client(knock_client: Knock) -> Knock:
    knock_client.users.update("chris", name="Chris", email="chris@example.com", extra_body={"plan": "pro"})
    knock_client.objects.set("projects", "proj_1", name="Park")
    knock_client.tenants.set("acme", name="Acme")
    return knock_client


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "{% assign u = 'chris' | user %}{{ u.id }} {{ u.name }} {{ u.email }} {{ u.plan }}",
            "chris Chris chris@example.com pro",
        ),
        ("{% assign u = data.who | user %}{{ u.name }}", "Chris"),
        (
            "{% assign p = 'proj_1' | object: 'projects' %}{{ p.collection }}/{{ p.id }} {{ p.name }}",
            "projects/proj_1 Park",
        ),
        (
            "{% assign t = 'acme' | tenant %}{{ t.id }} {{ t.name }} {{ t.updated_at }}",
            "acme Acme 2026-01-01T00:00:00.000000Z",
        ),
        ("{% assign u = 'nobody' | user %}[{{ u }}{{ u.name }}{% unless u %}none{% endunless %}]", "[none]"),
        ("[{{ data.missing | user }}{{ 'x' | tenant }}{{ 'x' | object: 'projects' }}]", "[]"),
        ("{% assign s = 'chris' | subscriptions %}{{ s.size }}{{ data.missing | subscriptions }}", "0"),
    ],
)
def test_entities_are_loaded_by_id(knock: KnockFake, client: Knock, body: str, expected: str) -> None:
    assert sent(knock, client, body, who="chris") == expected


def test_subscriptions_are_those_of_a_user_the_oldest_twenty_five(knock: KnockFake, client: Knock) -> None:
    for number in range(27):
        topic = f"t{number}"
        client.objects.set("topics", topic, name=f"Topic {number}")
        client.objects.add_subscriptions("topics", topic, recipients=["chris"], properties={"role": f"r{number}"})
    first = "{{ subs[0].object.name }} {{ subs[0].properties.role }}"
    body = f"{{% assign subs = 'chris' | subscriptions %}}{{{{ subs.size }}}} {first} {{{{ subs.last.object.id }}}}"
    assert sent(knock, client, body) == "25 Topic 0 r0 t24"


def test_an_object_needs_a_collection(knock: KnockFake, client: Knock) -> None:
    knock.workflows.add("load", steps=[sms("{{ 'proj_1' | object }}")])
    client.workflows.trigger("load", recipients=[{"id": "ann", "phone_number": "+15551234567"}])
    (run,) = knock.runs.all()
    assert run.events[-1].data == {"reason": "step sms_1 failed 3 times"}
    assert run.events[-2].data == {
        "reason": "workflow 'load': steps[0].template.text_body, line 1: filter 'object': needs a collection, such as "
        "{{ data.id | object: 'projects' }}"
    }


def test_without_a_world_nothing_can_be_loaded() -> None:
    with pytest.raises(TemplateError) as failure:
        compile_template("{{ 'chris' | user }}", "p").render({})
    assert failure.value.message == "filter 'user': there is no world to load from"
