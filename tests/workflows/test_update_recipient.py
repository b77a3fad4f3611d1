from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import equal_to
from knock_fake.errors import WorkflowDefinitionError
from knock_fake.state.references import TENANTS, Reference, user
from knock_fake.steps import delay, in_app_feed, update_object, update_tenant, update_user
from knock_fake.workflows.reasons import describe_run
from tests.workflows.runs import event_names, facts, run_steps, senders

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run

EMAIL = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(autouse=True)
def jane(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={"plan": "free", "meta": {"first": "hello", "last": "world"}}).raise_for_status()


def properties(knock: KnockFake, reference: Reference) -> JsonObject:
    recipient = knock.state.recipients.get(reference)
    assert recipient is not None
    return recipient.properties


def test_a_user_is_updated_in_depth(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, update_user({"plan": "pro", "meta": {"last": "knock"}}))
    assert properties(knock, user("jane")) == {"plan": "pro", "meta": {"first": "hello", "last": "knock"}}
    assert event_names(run) == ["run_started", "recipient_updated", "run_completed"]
    assert facts(run, "recipient_updated") == {
        "recipient": "jane",
        "before": {"plan": "free", "meta": {"first": "hello", "last": "world"}},
        "after": {"plan": "pro", "meta": {"first": "hello", "last": "knock"}},
    }


def test_later_steps_see_the_update(knock: KnockFake, api: httpx.Client) -> None:
    pro = equal_to("recipient.plan", "pro")
    run = run_steps(
        knock, api, update_user({"plan": "{{ data.plan }}"}), in_app_feed("Hi", conditions=pro), data={"plan": "pro"}
    )
    assert senders(run) == ["in_app_feed_1"]


@pytest.mark.parametrize(
    "written",
    [
        {"name": "{{ data.name }}", "seats": 5, "tags": ["{{ data.name | upcase }}"]},
        '{"name": {{ data.name | json }}, "seats": 5, "tags": [{{ data.name | upcase | json }}]}',
        '{"name": "{{ data.name }}", "seats": {{ 2 | plus: 3 }}, "tags": ["{{ data.name | upcase }}"]}',
    ],
)
def test_properties_are_an_object_with_liquid_or_liquid_of_an_object(
    knock: KnockFake, api: httpx.Client, written: str | JsonObject
) -> None:
    run_steps(knock, api, update_user(written, user="bob"), data={"name": "Bob"})
    assert properties(knock, user("bob")) == {"name": "Bob", "seats": 5, "tags": ["BOB"]}


def test_another_user_can_be_named_and_comes_into_being(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, update_user({"plan": "pro"}, user="{{ data.boss }}"), data={"boss": "bob"})
    assert properties(knock, user("bob")) == {"plan": "pro"}
    assert facts(run, "recipient_updated") == {"recipient": "bob", "before": None, "after": {"plan": "pro"}}
    assert properties(knock, user("jane"))["plan"] == "free"


def test_an_object_is_updated(knock: KnockFake, api: httpx.Client) -> None:
    api.put("/v1/objects/projects/p1", json={"name": "Apollo"}).raise_for_status()
    run = run_steps(knock, api, update_object("projects", "{{ data.project }}", {"open": True}), data={"project": "p1"})
    reference = Reference("projects", "p1")
    assert properties(knock, reference) == {"name": "Apollo", "open": True}
    assert facts(run, "recipient_updated")["recipient"] == {"collection": "projects", "id": "p1"}


def test_the_tenant_of_the_run_is_updated(knock: KnockFake, api: httpx.Client) -> None:
    step = update_tenant({"name": "Acme", "settings": {"branding": {"primary_color": "#ffffff"}}})
    run_steps(knock, api, step, tenant={"id": "acme", "plan": "pro"})
    settings: JsonObject = {"branding": {"primary_color": "#ffffff"}}
    assert properties(knock, Reference(TENANTS, "acme")) == {"name": "Acme", "plan": "pro", "settings": settings}


def test_another_tenant_can_be_named(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, update_tenant({"name": "Other"}, tenant="{{ data.other }}"), data={"other": "other"})
    assert properties(knock, Reference(TENANTS, "other")) == {"name": "Other"}


def test_preferences_are_merged_into_what_is_set(knock: KnockFake, api: httpx.Client) -> None:
    first: JsonObject = {"preferences": {"default": {"categories": {"admin": False}}}}
    second: JsonObject = {"preferences": {"default": {"channel_types": {"in_app_feed": False}}}}
    run = run_steps(knock, api, update_user(first), update_user(second), in_app_feed("Hi"))
    merged: JsonObject = {"categories": {"admin": False}, "channel_types": {"in_app_feed": False}}
    assert knock.state.preferences.of(user("jane")) == {"default": merged}
    assert facts(run, "step_skipped")["reason"] == "preferences"
    written = [event.data["after"] for event in run.events if event.event == "recipient_updated" and event.data]
    assert isinstance(written[1], dict)
    assert written[1]["preferences"] == {"default": merged}


def test_default_preferences_of_a_tenant_are_merged_too(knock: KnockFake, api: httpx.Client) -> None:
    first: JsonObject = {"settings": {"preference_set": {"categories": {"admin": False}}}}
    second: JsonObject = {"settings": {"preference_set": {"channel_types": {"in_app_feed": False}}}}
    run = run_steps(knock, api, update_tenant(first), update_tenant(second), in_app_feed("Hi"), tenant="acme")
    merged: JsonObject = {"categories": {"admin": False}, "channel_types": {"in_app_feed": False}}
    assert properties(knock, Reference(TENANTS, "acme"))["settings"] == {"preference_set": merged}
    assert facts(run, "step_skipped")["reason"] == "preferences"


def test_channel_data_and_names_are_left_out(knock: KnockFake, api: httpx.Client) -> None:
    written: JsonObject = {"id": "bob", "collection": "x", "plan": "pro", "channel_data": {EMAIL: {"a": 1}}}
    run = run_steps(knock, api, update_user(written))
    assert properties(knock, user("jane"))["plan"] == "pro"
    assert (knock.state.channel_data.of(user("jane")), knock.state.recipients.get(user("bob"))) == ({}, None)
    assert run.error_count == 0


PROJECT: JsonObject = {"id": "p1", "collection": "projects", "name": "Apollo"}


@pytest.mark.parametrize(
    ("step", "recipient", "reason", "told"),
    [
        (update_user({"a": 1}), PROJECT, "no_user", "the recipient is an object, projects/p1"),
        (update_tenant({"a": 1}), "jane", "no_tenant", "the run has no tenant"),
    ],
)
def test_without_a_current_user_or_tenant_the_step_is_skipped_with_an_error(
    knock: KnockFake, api: httpx.Client, step: JsonObject, recipient: Json, reason: str, told: str
) -> None:
    run = run_steps(knock, api, step, delay("1h"), recipient=recipient)
    assert (facts(run, "step_skipped"), run.error_count) == ({"reason": reason, "decided_by": told}, 1)
    assert run.status == "paused"
    assert describe_run(run)[1].endswith(f"skipped: {told}")


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (update_user('{"plan": {{ data.plan }}}'), "rendered to '{\"plan\": }', which is no JSON object"),
        (update_user("[{{ data.plan }}]"), "rendered to '[]', which is no JSON object"),
        (update_user({"plan": "{{ 1 | divided_by: 0 }}"}), "update_properties.plan"),
        (update_user({"a": 1}, user="{{ data.nobody }}"), "'gid://Object/$users/' names no user"),
        (update_user({"a": 1}, user="a/b"), "update_properties.id must not contain '/' or '#'"),
        (
            update_user({"timezone": "Mars/Olympus"}),
            "update_properties.timezone must be a time zone",
        ),
        (
            update_user({"preferences": {"default": {"workflows": 7}}}),
            "update_properties.preferences.default.",
        ),
        (
            {
                "type": "update_object",
                "settings": {"recipient_gid": "gid://Object/{{ data.in }}/1", "update_properties": "{}"},
            },
            "'gid://Object/$users/1' names no object; write gid://Object/projects/the-id",
        ),
        (update_tenant({"settings": {"branding": 7}}, tenant="acme"), "update_properties.settings.branding"),
    ],
)
def test_what_cannot_be_written_fails_the_step(
    knock: KnockFake, api: httpx.Client, step: JsonObject, problem: str
) -> None:
    before = properties(knock, user("jane"))
    run = run_steps(knock, api, step, in_app_feed("Hi"), data={"in": "$users"})
    assert event_names(run)[1:] == ["step_failed"] * 3 + ["run_halted"]
    assert problem in str((run.events[1].data or {})["reason"])
    assert (properties(knock, user("jane")), run.status, run.error_count) == (before, "completed", 3)


def settings(type_: str, **keys: Json) -> JsonObject:
    return {"type": type_, "settings": keys}


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"type": "update_user"}, r"steps\[0\]\.settings: must be an object"),
        (settings("update_user", update_properties="{}"), r"recipient_mode: is required"),
        (settings("update_user", recipient_mode="currant", update_properties="{}"), r"did you mean 'current'"),
        (settings("update_user", recipient_mode="current"), r"settings\.update_properties: is required; write JSON"),
        (settings("update_user", recipient_mode="current", update_properties="[]"), r"'\[\]' is no JSON object"),
        (settings("update_user", recipient_mode="current", update_properties=7), r"must be a JSON object or its text"),
        (settings("update_user", recipient_mode="current", update_properties={"a": "{{ b "}), r"update_properties\.a"),
        (settings("update_user", recipient_mode="reference", update_properties="{}"), r"recipient_gid: is required"),
        (
            settings("update_user", recipient_mode="reference", recipient_gid="bob", update_properties="{}"),
            r"recipient_gid: 'bob' names no user; write gid://Object/\$users/the-id",
        ),
        (
            settings(
                "update_tenant", recipient_mode="reference", recipient_gid="gid://Object/x/1", update_properties="{}"
            ),
            r"names no tenant; write gid://Object/\$tenants/the-id",
        ),
        (settings("update_object", update_properties="{}"), r"recipient_gid: is required"),
        (
            settings("update_object", recipient_gid="gid://Object/$users/1", update_properties="{}"),
            r"names no object; write gid://Object/projects/the-id",
        ),
        (
            settings("update_object", recipient_mode="current", update_properties="{}"),
            r"unknown key 'recipient_mode'",
        ),
    ],
)
def test_what_is_no_update_step_is_refused_by_place(knock: KnockFake, step: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError, match=problem):
        knock.workflows.add("digest", steps=[step])


def test_a_tenant_is_an_object_too(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, update_object("$tenants", "acme", {"name": "Acme"}))
    assert properties(knock, Reference(TENANTS, "acme")) == {"name": "Acme"}


def test_conditions_decide_whether_an_update_happens(knock: KnockFake, api: httpx.Client) -> None:
    run: Run = run_steps(knock, api, update_user({"plan": "pro"}, conditions=equal_to("recipient.plan", "team")))
    assert facts(run, "step_skipped")["reason"] == "conditions"
    assert properties(knock, user("jane"))["plan"] == "free"
