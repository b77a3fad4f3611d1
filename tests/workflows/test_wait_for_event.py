from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.conditions import any_of, equal_to, exists, is_audience_member, message_is
from knock_fake.errors import WorkflowDefinitionError
from knock_fake.signals import SourceEventReceived
from knock_fake.state.references import user
from knock_fake.steps import (
    audience_event,
    branch,
    delay,
    email,
    in_app_feed,
    message_event,
    otherwise,
    recipient_event,
    source_event,
    update_user,
    wait_for_event,
    when,
    workflow_event,
)
from knock_fake.workflows.reasons import describe_run
from tests.workflows.runs import event_names, facts, run_steps, senders, trigger

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run

ANY = exists("event.recipient")
END = in_app_feed("{{ refs.wait.matched }} {{ refs.wait.signal_variables | json }}", ref="end")


@pytest.fixture(autouse=True)
def jane(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={"email": "jane@example.com", "plan": "free"}).raise_for_status()


def waits(event: JsonObject, match: JsonObject | None = None, /, **options: str) -> JsonObject:
    """A wait that goes on in any case."""
    step = wait_for_event(event, match=match, on_timeout="continue", expires_after="1h", ref="wait")
    settings = step["settings"]
    assert isinstance(settings, dict)
    return {**step, "settings": {**settings, **options}}


def output(run: Run) -> JsonObject:
    """Return what the wait left for later steps."""
    found = (run.walk.refs or {})["wait"]
    assert isinstance(found, dict)
    return found


def brought(run: Run) -> JsonObject:
    """Return what the event that ended the wait brought."""
    found = output(run)["signal_variables"]
    assert isinstance(found, dict)
    return found


def outcome(run: Run) -> str:
    """Return how the wait of a run is: ``waiting``, ``matched`` or ``timed out``."""
    return "waiting" if run.status == "paused" else "matched" if output(run)["matched"] else "timed out"


def send(knock: KnockFake, event: str = "paid", user_id: str | None = None, **data: Json) -> None:
    """Let an event of the source ``shop`` come in."""
    knock.state.signals.send(SourceEventReceived(knock.clock.now, "shop", event, user_id, data))
    knock.clock.settle()


PAID = source_event("shop", "paid")

# -- life of a wait ----------------------------------------------------------------------------------------


def test_a_run_waits_until_the_event_comes(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(PAID), END)
    assert (run.status, event_names(run)) == ("paused", ["run_started", "wait_started"])
    assert facts(run, "wait_started") == {
        "event": {"event_type": "integration_source", "integration_source_key": "shop", "event_key": "paid"},
        "until": "2026-01-01T01:00:00.000000Z",
    }
    knock.clock.advance("10m")
    send(knock, total=5)
    brought: JsonObject = {"user_id": None, "inserted_at": "2026-01-01T00:10:00.000000Z", "data": {"total": 5}}
    assert (run.status, output(run)) == ("completed", {"matched": True, "signal_variables": brought})
    assert event_names(run)[2:] == ["wait_matched", "message_enqueued", "run_completed"]
    assert facts(run, "wait_matched") == {"event": brought}
    assert (len(knock.state.waits), knock.clock.pending()) == (0, ())


def test_without_an_event_the_time_is_up(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(PAID), END)
    knock.clock.advance(timedelta(hours=1) - timedelta(microseconds=1))
    assert outcome(run) == "waiting"
    knock.clock.advance(timedelta(microseconds=1))
    assert (run.status, output(run)) == ("completed", {"matched": False, "signal_variables": {}})
    assert event_names(run)[2:] == ["wait_timed_out", "message_enqueued", "run_completed"]
    send(knock)
    assert (output(run)["matched"], len(knock.state.waits)) == (False, 0)


@pytest.mark.parametrize(
    ("options", "comes", "status", "reason"),
    [
        ({"on_match": "halt"}, True, "cancelled", "wait halts the run: an event matched"),
        ({"on_match": "halt"}, False, "completed", None),
        ({"on_timeout": "halt"}, False, "cancelled", "wait halts the run: no event came in time"),
        ({"on_timeout": "halt"}, True, "completed", None),
    ],
)
def test_a_wait_may_halt_the_run(
    knock: KnockFake, api: httpx.Client, options: dict[str, str], comes: bool, status: str, reason: str | None
) -> None:
    run = run_steps(knock, api, waits(PAID, **options), END)
    if comes:
        send(knock)
    knock.clock.advance("1h")
    assert (run.status, senders(run)) == (status, [] if reason else ["end"])
    last = run.events[-1]
    assert (last.event, last.data) == (("run_cancelled", {"reason": reason}) if reason else ("run_completed", None))
    assert run.error_count == 0


def test_a_wait_that_says_nothing_lasts_15_minutes_goes_on_after_a_match_and_halts_without(
    knock: KnockFake, api: httpx.Client
) -> None:
    step: JsonObject = {"type": "wait_for_event", "settings": {"event": PAID}}
    matched, timed_out = (run_steps(knock, api, step, recipient={"id": name}) for name in ("jane", "bob"))
    assert facts(matched, "wait_started")["until"] == "2026-01-01T00:15:00.000000Z"
    send(knock, user_id="jane")
    knock.clock.advance("15m")
    assert (matched.status, timed_out.status) == ("completed", "cancelled")


def test_the_first_event_that_fits_ends_the_wait_and_later_ones_are_ignored(
    knock: KnockFake, api: httpx.Client
) -> None:
    run = run_steps(knock, api, waits(PAID), END)
    for total in (1, 2):
        knock.state.signals.send(SourceEventReceived(knock.clock.now, "shop", "paid", None, {"total": total}))
    knock.clock.settle()
    assert facts(run, "wait_matched")["event"] == brought(run)
    assert brought(run)["data"] == {"total": 1}


def test_events_before_the_wait_do_not_count(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, delay("10m"), waits(PAID), END)
    send(knock)
    knock.clock.advance("10m")
    assert outcome(run) == "waiting"


def test_a_waiting_run_can_be_cancelled(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(PAID), END, cancellation_key="order-1")
    api.post("/v1/workflows/digest/cancel", json={"cancellation_key": "order-1"}).raise_for_status()
    send(knock)
    knock.clock.advance("1h")
    assert (run.status, senders(run), len(knock.state.waits)) == ("cancelled", [], 0)
    assert event_names(run) == ["run_started", "wait_started", "run_cancelled"]


def test_a_matched_run_can_be_cancelled_before_it_goes_on(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(PAID), END, cancellation_key="order-1")
    knock.state.signals.send(SourceEventReceived(knock.clock.now, "shop", "paid", None, {}))
    api.post("/v1/workflows/digest/cancel", json={"cancellation_key": "order-1"}).raise_for_status()
    assert (run.status, senders(run), len(knock.state.waits)) == ("cancelled", [], 0)


@pytest.mark.parametrize("leave", ["delete", "merge", "deactivate"])
def test_no_wait_outlives_its_run(knock: KnockFake, api: httpx.Client, leave: str) -> None:
    run = run_steps(knock, api, waits(PAID), END)
    if leave == "delete":
        api.delete("/v1/users/jane").raise_for_status()
    elif leave == "merge":
        api.put("/v1/users/bob", json={}).raise_for_status()
        api.post("/v1/users/bob/merge", json={"from_user_id": "jane"}).raise_for_status()
    else:
        knock.workflows.deactivate("digest")
    send(knock)
    assert (run.status, senders(run), len(knock.state.waits)) == ("cancelled", [], 0)


def test_step_conditions_decide_once_whether_a_run_waits_at_all(knock: KnockFake, api: httpx.Client) -> None:
    step = wait_for_event(PAID, conditions=equal_to("recipient.plan", "pro"))
    run = run_steps(knock, api, step, END)
    assert (run.status, facts(run, "step_skipped")["reason"]) == ("completed", "conditions")


def test_skip_delay_skips_no_wait(knock: KnockFake, api: httpx.Client) -> None:
    settings: JsonObject = {"skip_delay": True}
    assert run_steps(knock, api, waits(PAID), settings=settings).status == "paused"


def test_a_run_may_wait_again_and_again(knock: KnockFake, api: httpx.Client) -> None:
    steps = [wait_for_event(PAID, on_timeout="continue") for _ in range(3)]
    run = run_steps(knock, api, *steps, END)
    for _ in range(2):
        send(knock)
    knock.clock.advance("15m")
    refs = run.walk.refs or {}
    matched = [one["matched"] for one in refs.values() if isinstance(one, dict)]
    assert (run.status, matched) == ("completed", [True, True, False])


def test_a_world_goes_back_to_its_waits(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(PAID), END)
    with knock.branch():
        send(knock)
        assert outcome(run) == "matched"
    assert (outcome(run), len(knock.state.waits)) == ("waiting", 1)
    send(knock)
    assert outcome(run) == "matched"


def test_the_report_tells_of_the_wait(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(PAID, equal_to("event.data.total", 5)))
    send(knock, total=4)
    send(knock, total=5)
    assert describe_run(run)[1:] == [
        "  wait waits for an event until 2026-01-01T01:00:00.000000Z",
        '  wait met an event that did not fit: event.data.total equal_to "5": event.data.total is 4',
        "  wait met the event it waited for",
    ]


# -- match conditions --------------------------------------------------------------------------------------


def test_an_event_that_does_not_fit_leaves_the_run_waiting_and_is_logged(knock: KnockFake, api: httpx.Client) -> None:
    total = equal_to("event.data.total", "data.total")
    run = run_steps(knock, api, waits(PAID, total), END, data={"total": 5})
    send(knock, total=4)
    assert outcome(run) == "waiting"
    assert facts(run, "wait_conditions_evaluated") == {
        "passed": False,
        "conditions": [{**total, "value": 4, "argument_value": 5, "passed": False}],
        "reason": 'event.data.total equal_to "data.total": event.data.total is 4, data.total is 5',
        "event": {"user_id": None, "inserted_at": "2026-01-01T00:00:00.000000Z", "data": {"total": 4}},
    }
    send(knock, total=5)
    assert outcome(run) == "matched"


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (equal_to("event.user_id", "recipient.id"), True),
        (equal_to("data.order", 7), True),
        (equal_to("data.order", 8), False),
        (equal_to("vars.live", "true"), True),
        (equal_to("tenant.id", "acme"), True),
        (is_audience_member("beta"), True),
        (message_is("in_app_feed_1", "delivered"), True),
        (message_is("in_app_feed_1", "seen"), False),
        (any_of(equal_to("data.order", 8), equal_to("data.order", 7)), True),
    ],
)
def test_match_conditions_see_the_event_and_the_run(
    knock: KnockFake, api: httpx.Client, match: JsonObject, fits: bool
) -> None:
    knock.variables.set("live", True)
    knock.audiences.add("beta")
    members: JsonObject = {"members": [{"user": {"id": "jane"}, "tenant": "acme"}]}
    api.post("/v1/audiences/beta/members", json=members).raise_for_status()
    run = run_steps(knock, api, in_app_feed("Hi"), waits(PAID, match), data={"order": 7}, tenant="acme")
    send(knock, user_id="jane")
    assert outcome(run) == ("matched" if fits else "waiting")


def test_one_group_of_several_is_enough_and_all_of_its_conditions_are_needed(
    knock: KnockFake, api: httpx.Client
) -> None:
    groups: list[Json] = [
        {"operator": "and", "conditions": [equal_to("event.data.a", 1), equal_to("event.data.b", 1)]},
        {"conditions": [equal_to("event.data.c", 1)]},
    ]
    step: JsonObject = {"type": "wait_for_event", "settings": {"event": PAID, "match_conditions": groups}}
    run = run_steps(knock, api, step)
    send(knock, a=1)
    assert run.status == "paused"
    send(knock, c=1)
    assert run.status == "completed"


# -- messages ----------------------------------------------------------------------------------------------


def test_an_event_of_a_message_brings_what_it_is_about(knock: KnockFake, api: httpx.Client) -> None:
    first = in_app_feed("Hi", ref="item")
    run = run_steps(knock, api, first, waits(message_event("digest", "interacted"), ANY), tenant="acme")
    api.put(f"/v1/messages/{run.messages[0].id}/interacted", json={"metadata": {"button": "yes"}}).raise_for_status()
    assert brought(run) == {
        "message_id": run.messages[0].id,
        "event_type": "message.interacted",
        "channel_id": "55555555-5555-4555-8555-555555555555",
        "channel_type": "in_app_feed",
        "channel_provider": "in_app_feed_knock",
        "tenant_id": "acme",
        "exec_mode": "trigger",
        "step_ref": "item",
        "recipient": "jane",
        "inserted_at": "2026-01-01T00:00:00.000000Z",
        "source": {"type": "workflow", "key": "digest"},
        "data": {"button": "yes"},
    }


MARKS = {
    "seen": [("PUT", "seen")],
    "unseen": [("PUT", "seen"), ("DELETE", "seen")],
    "read": [("PUT", "read")],
    "unread": [("PUT", "read"), ("DELETE", "read")],
    "archived": [("PUT", "archived")],
    "unarchived": [("PUT", "archived"), ("DELETE", "archived")],
    "interacted": [("PUT", "interacted")],
}


@pytest.mark.parametrize("event", MARKS)
def test_a_run_waits_for_the_marks_of_its_own_message(knock: KnockFake, api: httpx.Client, event: str) -> None:
    run = run_steps(knock, api, in_app_feed("Hi"), waits(message_event("digest", event), ANY))
    for method, mark in MARKS[event]:
        assert outcome(run) == "waiting"
        api.request(method, f"/v1/messages/{run.messages[0].id}/{mark}").raise_for_status()
    assert outcome(run) == "matched"


@pytest.mark.parametrize("event", ["queued", "sent", "delivered"])
def test_a_run_waits_for_the_delivery_of_its_own_message(knock: KnockFake, api: httpx.Client, event: str) -> None:
    run = run_steps(knock, api, email("Hi", "Hi"), waits(message_event("digest", event), ANY))
    assert outcome(run) == "matched"


def test_a_message_of_the_sandbox_is_not_sent(knock: KnockFake, api: httpx.Client) -> None:
    step = waits(message_event("digest", "not_sent"), ANY)
    run = run_steps(knock, api, email("Hi", "Hi"), step, settings={"sandbox_mode": True})
    assert outcome(run) == "matched"


def test_a_message_that_another_workflow_makes_later_is_created(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(message_event("other", "created"), equal_to("event.step_ref", "second")))
    run_steps(knock, api, in_app_feed("Hi", ref="first"), key="other")
    assert outcome(run) == "waiting"
    run_steps(knock, api, in_app_feed("Hi", ref="second"), key="other")
    assert outcome(run) == "matched"


def test_the_messages_of_other_recipients_and_sources_do_not_count(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(message_event("other", "created"), ANY))
    run_steps(knock, api, in_app_feed("Hi"), recipient={"id": "bob"}, key="other")
    run_steps(knock, api, in_app_feed("Hi"), key="another")
    assert outcome(run) == "waiting"


def test_who_does_not_look_is_mailed(knock: KnockFake, api: httpx.Client) -> None:
    seen = message_event("digest", "seen")
    steps = [
        in_app_feed("Hi"),
        wait_for_event(seen, match=equal_to("event.step_ref", "in_app_feed_1"), on_timeout="continue", ref="look"),
        branch(when(equal_to("refs.look.matched", True), [], name="Seen"), otherwise([email("Hi", "Hi")])),
    ]
    looks, looks_away = (run_steps(knock, api, *steps, recipient={"id": one, "email": "a@b.c"}) for one in "ab")
    api.put(f"/v1/messages/{looks.messages[0].id}/seen").raise_for_status()
    knock.clock.advance("15m")
    assert (senders(looks), senders(looks_away)) == (["in_app_feed_1"], ["in_app_feed_1", "email_1"])


# -- workflows, audiences, recipients, sources -------------------------------------------------------------


@pytest.mark.parametrize(("event", "status"), [("started", "processing"), ("completed", "completed")])
def test_a_run_waits_for_another_workflow(knock: KnockFake, api: httpx.Client, event: str, status: str) -> None:
    awaited: JsonObject = {"event_type": "workflow", "source_key": "other", "event_key": event}
    run = run_steps(knock, api, waits(awaited, equal_to("event.notify_data.order", 7)))
    run_steps(knock, api, in_app_feed("Hi"), key="other", data={"order": 8})
    assert outcome(run) == "waiting"
    other = run_steps(knock, api, in_app_feed("Hi"), key="other", data={"order": 7}, tenant="acme")
    assert brought(run) == {
        "workflow_key": "other",
        "workflow_run_id": other.workflow_run_id,
        "recipient": "jane",
        "status": status,
        "tenant_id": "acme",
        "notify_data": {"order": 7},
        "exec_mode": "trigger",
        "inserted_at": "2026-01-01T00:00:00.000000Z",
    }


def test_a_cancelled_run_is_not_completed(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(workflow_event("other"), ANY))
    run_steps(knock, api, delay("1m"), key="other", cancellation_key="k")
    api.post("/v1/workflows/other/cancel", json={"cancellation_key": "k"}).raise_for_status()
    assert outcome(run) == "waiting"


@pytest.mark.parametrize("transition", ["enter", "exit"])
def test_a_run_waits_for_its_recipient_to_enter_or_leave_an_audience(
    knock: KnockFake, api: httpx.Client, transition: str
) -> None:
    knock.audiences.add("beta")
    awaited: JsonObject = {"event_type": "audience", "audience_key": "beta", "event_key": transition}
    run = run_steps(knock, api, waits(awaited))
    for name in ("bob", "jane"):
        members: JsonObject = {"members": [{"user": {"id": name}}]}
        api.post("/v1/audiences/beta/members", json=members).raise_for_status()
        api.request("DELETE", "/v1/audiences/beta/members", json=members).raise_for_status()
        assert outcome(run) == ("waiting" if name == "bob" else "matched")
    assert brought(run) == {
        "audience_id": "beta",
        "recipient": "jane",
        "tenant_id": None,
        "transition": transition,
        "happened_at": "2026-01-01T00:00:00.000000Z",
    }


PUSH = "33333333-3333-4333-8333-333333333333"


def test_an_update_of_the_recipient_brings_what_is_known_now(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(recipient_event(), equal_to("event.properties.plan", "pro")))
    api.put("/v1/users/bob", json={"plan": "pro"}).raise_for_status()
    api.put("/v1/users/jane", json={"plan": "team"}).raise_for_status()
    assert outcome(run) == "waiting"
    sets: JsonObject = {"default": {"channel_types": {"email": False}}}
    update: JsonObject = {"plan": "pro", "preferences": sets, "channel_data": {PUSH: {"tokens": ["t"]}}}
    api.put("/v1/users/jane", json=update).raise_for_status()
    assert brought(run) == {
        "recipient": "jane",
        "event_type": "recipient.updated",
        "timestamp": "2026-01-01T00:00:00.000000Z",
        "properties": {"email": "jane@example.com", "plan": "pro"},
        "preferences": sets,
        "knock_traits": {
            "name": None,
            "email": "jane@example.com",
            "phone_number": None,
            "avatar": None,
            "locale": None,
            "timezone": None,
            "created_at": None,
        },
        "channel_data": {PUSH: {"tokens": ["t"]}},
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/users/jane/preferences/default", {"channel_types": {"email": False}}),
        (f"/v1/users/jane/channel_data/{PUSH}", {"data": {"tokens": ["t"]}}),
    ],
)
def test_preferences_and_channel_data_are_updates_of_the_recipient(
    knock: KnockFake, api: httpx.Client, path: str, body: JsonObject
) -> None:
    run = run_steps(knock, api, waits(recipient_event()))
    api.put(path, json=body).raise_for_status()
    assert outcome(run) == "matched"


def test_a_step_of_another_workflow_updates_the_recipient(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, waits(recipient_event()))
    run_steps(knock, api, update_user({"plan": "pro"}), key="other")
    assert outcome(run) == "matched"


def test_an_object_waits_for_its_own_update(knock: KnockFake, api: httpx.Client) -> None:
    project: JsonObject = {"id": "p1", "collection": "projects", "name": "Apollo"}
    run = run_steps(knock, api, waits(recipient_event()), recipient=project)
    api.put("/v1/objects/projects/p1", json={"name": "Gemini"}).raise_for_status()
    assert brought(run)["recipient"] == {"id": "p1", "collection": "projects"}


@pytest.mark.parametrize(
    ("user_id", "woken"), [("jane", ["jane"]), ("bob", ["bob"]), (None, ["jane", "bob"]), ("eve", [])]
)
def test_an_event_of_a_source_is_for_whom_it_is_about_or_for_everybody(
    knock: KnockFake, api: httpx.Client, user_id: str | None, woken: list[str]
) -> None:
    knock.workflows.add("digest", steps=[waits(PAID)])
    trigger(api, recipients=[{"id": "jane"}, {"id": "bob"}])
    send(knock, user_id=user_id)
    send(knock, "refunded")
    assert [one.recipient.id for one in knock.state.runs if outcome(one) == "matched"] == woken


# -- definition --------------------------------------------------------------------------------------------


def wait(event: Json, **settings: Json) -> JsonObject:
    return {"type": "wait_for_event", "settings": {"event": event, **settings}}


MESSAGE = message_event("digest", "seen")


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"type": "wait_for_event"}, r"steps\[0\]\.settings: must be an object"),
        (wait(None), r"settings\.event\.event_type: is required"),
        (wait("seen"), r"settings\.event: must be an object"),
        (wait({"event_type": "mesage"}), r"event\.event_type: cannot be 'mesage'; did you mean 'message'"),
        (wait({"event_type": "message", "audience_key": "x"}), r"event: unknown key 'audience_key'"),
        (wait({**MESSAGE, "event_key": "opened"}), r"event\.event_key: cannot be 'opened'"),
        (wait({**MESSAGE, "source_type": "step"}), r"event\.source_type: cannot be 'step'"),
        (wait({**MESSAGE, "source_key": None}), r"event\.source_key: is required"),
        (wait({"event_type": "integration_source", "event_key": "x"}), r"event\.integration_source_key: is required"),
        (wait({**audience_event("beta"), "event_key": "leave"}), r"event\.event_key: cannot be 'leave'"),
        (wait({**workflow_event("other"), "event_key": "ended"}), r"event\.event_key: cannot be 'ended'"),
        (wait({**recipient_event(), "event_key": "deleted"}), r"event\.event_key: cannot be 'deleted'"),
        (wait(MESSAGE), r"match_conditions: a wait for an event of type message needs at least one"),
        (wait(workflow_event("other"), match_conditions=[{"conditions": []}]), r"of type workflow needs at least one"),
        (wait(PAID, match_conditions={}), r"match_conditions: must be a list"),
        (wait(PAID, match_conditions=[{"operator": "or", "conditions": []}]), r"match_conditions\[0\]\.operator"),
        (
            wait(PAID, match_conditions=[{"conditions": [{**ANY, "operator": "is"}]}]),
            r"settings\.match_conditions\[0\]\.conditions\[0\]\.operator: 'is' is no operator",
        ),
        (
            wait(PAID, match_conditions=[{"conditions": [message_is("email_1", "seen")]}]),
            r"match_conditions\[0\]\.conditions\[0\]\.variable: no earlier step is called 'email_1'",
        ),
        (wait(PAID, on_match="stop"), r"settings\.on_match: cannot be 'stop'"),
        (wait(PAID, on_timeout="stop"), r"settings\.on_timeout: cannot be 'stop'"),
        (wait(PAID, expires_after="1h"), r"settings\.expires_after: a duration is an object"),
        (wait(PAID, expires_after={"unit": "days", "value": 31}), r"longer than nothing and at most 30 days"),
        (wait(PAID, expires_after={"unit": "months", "value": 1}), r"at most 30 days"),
        (wait(PAID, expires_after={"unit": "hours", "value": 0}), r"longer than nothing"),
        (wait(PAID, expires_after={"unit": "weeks", "value": 10**9}), r"at most 30 days"),
        (wait(PAID, timeout=5), r"settings: unknown key 'timeout'"),
    ],
)
def test_what_is_no_wait_is_refused_by_place(knock: KnockFake, step: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError, match=problem):
        knock.workflows.add("digest", steps=[step])


def test_thirty_days_are_the_longest_wait(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[wait(PAID, expires_after={"unit": "days", "value": 30})])


def test_a_wait_beyond_the_end_of_the_calendar_fails_the_step() -> None:
    knock = KnockFake(start="9999-12-31T23:59:00Z")
    knock.workflows.add("digest", steps=[wait_for_event(PAID)])
    knock.client().workflows.trigger("digest", recipients=[{"id": "jane"}])
    (run,) = knock.state.runs.of_recipient(user("jane"))
    assert (run.status, event_names(run)[1:]) == ("completed", ["step_failed"] * 3 + ["run_halted"])
