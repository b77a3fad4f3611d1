"""Conditions where they stand: what each place sees of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import (
    contains,
    equal_to,
    is_audience_member,
    is_not_audience_member,
    is_timestamp_before,
    is_timestamp_before_now,
    message_is_not,
)
from knock_fake.steps import branch, delay, email, in_app_feed, otherwise, update_data, when
from tests.workflows.runs import facts, run_steps, senders

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

JANE: JsonObject = {"id": "jane", "email": "jane@example.com", "plan": "pro", "until": "2026-01-01T01:00:00Z"}


@pytest.mark.parametrize(
    ("member_of", "tenant", "is_member"),
    [(None, None, True), ("acme", "acme", True), (None, "acme", False), ("acme", None, False), ("acme", "x", False)],
)
def test_the_tenant_of_a_membership_must_be_that_of_the_run(
    knock: KnockFake, api: httpx.Client, member_of: str | None, tenant: str | None, is_member: bool
) -> None:
    knock.audiences.add("beta")
    body: JsonObject = {"members": [{"user": {"id": "jane"}, "tenant": member_of}]}
    api.post("/v1/audiences/beta/members", json=body).raise_for_status()
    inside = in_app_feed("In", ref="inside", conditions=is_audience_member("beta"))
    outside = in_app_feed("Out", ref="outside", conditions=is_not_audience_member("beta"))
    assert senders(run_steps(knock, api, inside, outside, recipient=JANE, tenant=tenant)) == [
        "inside" if is_member else "outside"
    ]


@pytest.mark.parametrize(
    "condition",
    [
        equal_to("data.items[1].name", "second"),
        equal_to("data.items.1.name", "second"),
        equal_to("data.wanted", "recipient.plan"),
        equal_to("actor.id", "data.owner"),
        equal_to("tenant.plan", "team"),
        equal_to("vars.live", True),
        equal_to("workflow.key", "digest"),
        contains("workflow.categories", "news"),
        equal_to("run.total_activities", 1),
        equal_to("recipient.__typename", "User"),
        is_timestamp_before("recipient.until", "{{ data.end }}"),
        is_timestamp_before("recipient.until", "2_hours_from_now"),
    ],
)
def test_a_step_sees_the_whole_run(knock: KnockFake, api: httpx.Client, condition: JsonObject) -> None:
    knock.variables.set("live", True)
    knock.workflows.add("digest", steps=[in_app_feed("Hi", conditions=condition)], categories=["news"])
    items: list[Json] = [{"name": "first"}, {"name": "second"}]
    body: JsonObject = {
        "recipients": [JANE],
        "actor": {"id": "bob", "name": "Bob"},
        "tenant": {"id": "acme", "plan": "team"},
        "data": {"items": items, "wanted": "pro", "owner": "bob", "end": "2026-01-02"},
    }
    api.post("/v1/workflows/digest/trigger", json=body).raise_for_status()
    assert len(knock.state.messages) == 1


def test_now_is_when_the_condition_is_asked(knock: KnockFake, api: httpx.Client) -> None:
    expired = in_app_feed("Expired", conditions=is_timestamp_before_now("recipient.until"))
    run = run_steps(knock, api, expired, delay("2h"), expired, recipient=JANE)
    knock.clock.advance("2h")
    assert senders(run) == ["in_app_feed_2"]


def test_a_message_out_of_retention_fails_every_test_of_it(knock: KnockFake, api: httpx.Client) -> None:
    unseen = branch(when(message_is_not("in_app_feed_1", "seen"), [email("S", "B")]), otherwise([]))
    early = run_steps(knock, api, in_app_feed("Hi"), delay("29d"), unseen, recipient=JANE)
    late = run_steps(knock, api, in_app_feed("Hi"), delay("30d"), unseen, recipient=JANE, key="late")
    knock.clock.advance(days=30)
    assert (senders(early), senders(late)) == (["in_app_feed_1", "email_1"], ["in_app_feed_1"])
    assert facts(late, "branch_selected")["decided_by"] == (
        "not 'Branch 1': refs.in_app_feed_1.engagement_status not_contains \"$message.seen\": "
        "the message has expired from retention"
    )


def preferring(condition: JsonObject) -> JsonObject:
    return {**JANE, "preferences": {"default": {"workflows": {"digest": {"conditions": [condition]}}}}}


def test_preferences_see_the_run_but_no_messages(knock: KnockFake, api: httpx.Client) -> None:
    held = preferring(message_is_not("in_app_feed_1", "seen"))
    run = run_steps(knock, api, in_app_feed("Hi"), recipient=held)
    assert str(facts(run, "step_skipped")["decided_by"]).endswith(
        "the status of a message can only be tested by steps, branches and waits"
    )


def test_preferences_see_data_as_earlier_steps_left_them(knock: KnockFake, api: httpx.Client) -> None:
    steps = [update_data({"urgent": True}), in_app_feed("Hi")]
    assert senders(run_steps(knock, api, *steps, recipient=preferring(equal_to("data.urgent", True)))) == [
        "in_app_feed_1"
    ]


def test_refs_of_steps_on_other_branches_count_as_skipped(knock: KnockFake, api: httpx.Client) -> None:
    pro = branch(when(equal_to("recipient.plan", "team"), [email("S", "B")]))
    text = "{{ refs.email_1.status }} {{ refs.email_1.engagement_status | size }}"
    run = run_steps(knock, api, pro, in_app_feed(text), recipient=JANE)
    assert run.messages[0].content["blocks"] == [
        {"type": "markdown", "name": "body", "content": text, "rendered": "<p>skipped 0</p>"}
    ]
