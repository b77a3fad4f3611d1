"""Every type of event: what sets it off, and what its webhook holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import orjson
import pytest

from knock_fake import KnockFake
from knock_fake.responders.event_types import EVENT_TYPES
from knock_fake.schema_checks import field_errors
from knock_fake.steps import delay, email, http_fetch, in_app_feed
from knock_fake.timestamps import show_instant
from tests.delivery.sending import send, trigger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from knock_fake.asking.message import Message
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders import HttpRequest

    Deed = Callable[[KnockFake, httpx.Client], object]

URL = "https://app.test/hooks"
AT = "2026-01-01T00:00:00.000000Z"


def mark(name: str, *, undo: bool = False, body: JsonObject | None = None) -> Deed:
    def do(knock: KnockFake, api: httpx.Client) -> None:
        message = send(knock, "in_app_feed")
        if undo:
            api.put(f"/v1/messages/{message.id}/{name}").raise_for_status()
        path = f"/v1/messages/{message.id}/{name}"
        api.request("DELETE" if undo else "PUT", path, json=body).raise_for_status()

    return do


def fail(**settings: object) -> Deed:
    def do(knock: KnockFake, _api: httpx.Client) -> None:
        knock.delivery.fail(**settings)  # type: ignore[arg-type]
        send(knock, "email")

    return do


def bounce(channel_type: str) -> Deed:
    def do(knock: KnockFake, _api: httpx.Client) -> None:
        knock.delivery.bounce(reason="not registered")
        send(knock, channel_type)

    return do


def click(knock: KnockFake, _api: httpx.Client) -> None:
    knock.channels.configure("email", settings={"link_tracking": True})
    knock.workflows.add("linked", steps=[email("Hi", '<a href="https://a.test/x">x</a>')])
    (message,) = trigger(knock, "linked")
    message.click()


def exhaust(knock: KnockFake, _api: httpx.Client) -> None:
    knock.delivery.fail(reason="down")
    send(knock, "email")
    knock.clock.advance("30m")


def interacted_alone(knock: KnockFake, api: httpx.Client) -> None:
    mark("interacted")(knock, api)


ATTEMPTED = {"attempt": 1, "max_attempts": 8, "retryable": True}
BOUNCED = {"failure_reason": "invalid_recipient", "failure_details": "not registered"}

MESSAGES: list[tuple[str, Deed, JsonObject | None]] = [
    ("message.sent", lambda knock, _api: send(knock, "email"), None),
    ("message.delivered", lambda knock, _api: send(knock, "in_app_feed"), None),
    ("message.delivery_attempted", fail(attempts=1), {**ATTEMPTED}),
    (
        "message.undelivered",
        fail(attempts=1, then="undelivered", reason="no"),
        {"failure_reason": "fatal_error", "failure_details": "no"},
    ),
    ("message.undelivered", exhaust, {"failure_reason": "retries_exhausted", "failure_details": "down"}),
    ("message.bounced", bounce("email"), {**BOUNCED}),
    ("message.bounced", bounce("push"), {**BOUNCED, "token": "device-1"}),
    ("message.seen", mark("seen"), None),
    ("message.unseen", mark("seen", undo=True), None),
    ("message.read", mark("read"), None),
    ("message.unread", mark("read", undo=True), None),
    ("message.archived", mark("archived"), None),
    ("message.unarchived", mark("archived", undo=True), None),
    ("message.interacted", mark("interacted", body={"metadata": {"button": "yes"}}), {"button": "yes"}),
    ("message.interacted", interacted_alone, None),
    ("message.link_clicked", click, {"url": "https://a.test/x"}),
]


def without_changes(message: JsonObject) -> JsonObject:
    """Return a message without what may have changed since."""
    changed = ("status", "read_at", "engagement_statuses", "metadata", "updated_at")
    return {name: value for name, value in message.items() if name not in changed}


@pytest.mark.parametrize(("event", "deed", "event_data"), MESSAGES)
def test_what_happens_to_a_message_is_told(
    knock: KnockFake, api: httpx.Client, event: str, deed: Deed, event_data: JsonObject | None
) -> None:
    knock.webhooks.add(URL, [event])
    deed(knock, api)
    told = knock.webhooks.deliveries.one()
    (message,) = knock.messages
    shown = api.get(f"/v1/messages/{message.id}").json()
    data = None if event_data is None else {"__typename": "EventData", **event_data}
    fixed = {**told.payload, "data": without_changes(_data(told.payload))}
    assert fixed == {
        "__typename": "Event",
        "type": event,
        "created_at": show_instant(told.created_at),
        "data": without_changes(shown),
        "event_data": data,
    }
    assert field_errors("webhooks/event", told.payload) == ()
    assert (told.status, told.message_id, told.workflow, told.recipient) == (
        "delivered",
        message.id,
        message.workflow,
        "jane",
    )


def test_the_body_is_one_line_of_json_in_the_order_of_the_docs(knock: KnockFake) -> None:
    knock.webhooks.add(URL, ["message.link_clicked"])
    click(knock, None)  # type: ignore[arg-type]
    body = knock.webhooks.deliveries.one().body
    assert body.startswith(f'{{"__typename":"Event","type":"message.link_clicked","created_at":"{AT}","data":{{')
    assert body.endswith('"event_data":{"__typename":"EventData","url":"https://a.test/x"}}')


def test_every_event_holds_the_message_as_it_was_then(knock: KnockFake) -> None:
    knock.webhooks.add(URL, ["message.sent", "message.delivered", "message.read", "message.unread"])
    message: Message = send(knock, "email")
    message.read()
    told = [
        (one.event, _data(one.payload)["status"], _data(one.payload)["read_at"]) for one in knock.webhooks.deliveries
    ]
    assert told == [
        ("message.sent", "sent", None),
        ("message.delivered", "delivered", None),
        ("message.read", "delivered", AT),
    ]


def test_events_without_a_webhook_are_not_told(knock: KnockFake) -> None:
    knock.webhooks.add(URL)
    send(knock, "email", settings={"sandbox_mode": True})
    assert [event.type for event in knock.messages.one().events] == ["created", "queued", "not_sent"]
    knock.webhooks.deliveries.none(event=lambda name: str(name).startswith("message."))


def _data(payload: JsonObject) -> JsonObject:
    data = payload["data"]
    assert isinstance(data, dict)
    return data


def told_of_runs(knock: KnockFake) -> list[tuple[str, object, object]]:
    knock.webhooks.deliveries.none(event=re_message)
    for one in knock.webhooks.deliveries:
        assert field_errors("webhooks/event", one.payload) == ()
    return [
        (one.event, _data(one.payload)["status"], _data(one.payload)["error_count"])
        for one in knock.webhooks.deliveries
    ]


def re_message(name: object) -> bool:
    return str(name).startswith("message.")


RUN = "workflow_recipient_run"


def test_a_run_that_completes_is_told_twice(knock: KnockFake, api: httpx.Client) -> None:
    knock.webhooks.add(URL, [f"{RUN}.*"])
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi")])
    trigger(knock, "later")
    assert told_of_runs(knock) == [(f"{RUN}.started", "processing", 0)]
    knock.clock.advance("1h")
    assert told_of_runs(knock)[1:] == [(f"{RUN}.completed", "completed", 0)]
    (run,) = knock.runs
    shown = api.get(f"/v1/workflow_recipient_runs/{run.id}").json()
    last = knock.webhooks.deliveries.last()
    told = _data(last.payload)
    assert {**told, "updated_at": None} == {key: shown[key] for key in told} | {"updated_at": None}
    assert (last.payload["event_data"], last.run_id, last.message_id) == (None, run.id, None)


def test_every_error_of_a_run_is_told(knock: KnockFake) -> None:
    knock.webhooks.add(URL, [f"{RUN}.*"])
    knock.workflows.add("fetched", steps=[http_fetch("https://api.test/")])
    knock.responders.fetch("https://api.test/", status=500)
    trigger(knock, "fetched")
    knock.clock.run_until_idle()
    names = [name for name, _, _ in told_of_runs(knock)]
    run = knock.runs.one()
    errors = names.count(f"{RUN}.error")
    assert (names[0], names[-1], errors) == (f"{RUN}.started", f"{RUN}.completed", run.error_count)
    assert errors >= 3


def test_a_cancelled_run_is_not_told_as_completed(knock: KnockFake, api: httpx.Client) -> None:
    knock.webhooks.add(URL, [f"{RUN}.completed"])
    knock.workflows.add("later", steps=[delay("1h")])
    trigger(knock, "later", cancellation_key="k")
    api.post("/v1/workflows/later/cancel", json={"cancellation_key": "k"}).raise_for_status()
    knock.clock.run_until_idle()
    knock.webhooks.deliveries.none()


def workflow(knock: KnockFake) -> JsonObject:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")], categories=["news"])
    definition = knock.workflows.get("hello")
    assert definition is not None
    shown: JsonObject = {"key": "hello", "name": "hello", "active": True, "valid": True, "environment": "development"}
    shown |= {
        "categories": ["news"],
        "tags": [],
        "trigger_frequency": "every_trigger",
        "steps": definition.document["steps"],
    }
    return {**shown, "created_at": AT, "updated_at": AT}


def email_layout(knock: KnockFake) -> JsonObject:
    links: list[JsonObject] = [{"text": "Home", "url": "https://a.test"}]
    knock.layouts.add("plain", "<p>{{ content }}</p>", name="Plain", footer_links=links)
    shown: JsonObject = {"key": "plain", "name": "Plain", "html_layout": "<p>{{ content }}</p>"}
    shown |= {"text_layout": "{{ content }}", "footer_links": [*links], "is_mjml": False, "branding_overrides": {}}
    return {**shown, "environment": "development", "created_at": AT, "updated_at": AT}


def translation(knock: KnockFake) -> JsonObject:
    knock.translations.add("fr", {"hello": "Bonjour"}, namespace="admin", tenant="acme")
    shown: JsonObject = {"locale_code": "fr", "namespace": "admin", "tenant": "acme", "format": "json"}
    return {**shown, "content": '{"hello":"Bonjour"}', "inserted_at": AT, "updated_at": AT}


def source_event_action(knock: KnockFake) -> JsonObject:
    knock.sources.connect("shop", "paid", workflow="hello")
    parameters: JsonObject = {"key": "hello", "recipients": "user_id", "data": "data"}
    shown: JsonObject = {"event_type": "paid", "action_type": "workflows_trigger", "action_parameters": parameters}
    return {**shown, "active": True, "is_deleted": False, "created_at": AT, "updated_at": AT}


def partial(knock: KnockFake) -> JsonObject:
    knock.partials.add("footer", "<p>Bye</p>", visual_block_enabled=True, name="Footer")
    shown: JsonObject = {"key": "footer", "name": "Footer", "type": "html", "content": "<p>Bye</p>"}
    shown |= {"visual_block_enabled": True, "valid": True, "environment": "development"}
    return {**shown, "inserted_at": AT, "updated_at": AT}


@pytest.mark.parametrize("commit", [workflow, email_layout, translation, source_event_action, partial])
def test_a_resource_that_is_committed_was_updated_as_well(
    knock: KnockFake, commit: Callable[[KnockFake], JsonObject]
) -> None:
    knock.webhooks.add(URL)
    shown = commit(knock)
    updated, committed = knock.webhooks.deliveries
    kind = commit.__name__
    assert (updated.event, committed.event) == (f"{kind}.updated", f"{kind}.committed")
    told = _data(committed.payload)
    sha = told.pop("sha", None)
    assert told == shown
    assert _data(updated.payload) == {**shown, **({} if sha is None else {"sha": sha})}
    assert (sha is not None) == (kind in ("workflow", "email_layout"))
    assert updated.payload["event_data"] is None
    event_data = committed.payload["event_data"]
    assert isinstance(event_data, dict)
    assert event_data.keys() == {"__typename", "commit_id"}
    assert {updated.status, committed.status} == {"delivered"}
    for one in (updated, committed):
        assert field_errors("webhooks/event", one.payload) == ()


def test_a_resource_that_stays_as_it_is_is_not_told(knock: KnockFake) -> None:
    partial(knock)
    knock.webhooks.add(URL)
    partial(knock)
    translation(knock)
    translation(knock)
    assert [one.event for one in knock.webhooks.deliveries] == ["translation.updated", "translation.committed"]


def test_a_later_version_has_the_instant_of_the_first(knock: KnockFake) -> None:
    workflow(knock)
    knock.webhooks.add(URL, "workflow.committed")
    knock.clock.advance("1h")
    knock.workflows.add("hello", steps=[in_app_feed("Ho")])
    told = _data(knock.webhooks.deliveries.one().payload)
    assert (told["created_at"], told["updated_at"]) == (AT, "2026-01-01T01:00:00.000000Z")


def test_a_directory_is_told_when_all_of_it_is_there(knock: KnockFake, tmp_path: Path) -> None:
    for key in ("one", "two"):
        write_workflow(tmp_path, key)
    seen: list[tuple[Json, bool]] = []

    def receive(request: HttpRequest) -> JsonObject:
        seen.append((_data(cast("JsonObject", request.json))["key"], "two" in knock.workflows))
        return {}

    knock.webhooks.add(URL, "workflow.committed", app=receive)
    loaded = knock.workflows.load(tmp_path)
    assert loaded.workflows == ("one", "two")
    assert seen == [("one", True), ("two", True)]
    knock.workflows.add("three", steps=[in_app_feed("Hi")])
    assert seen[2:] == [("three", True)]


def write_workflow(root: Path, key: str) -> None:
    folder = root / "workflows" / key
    folder.mkdir(parents=True)
    step = {"ref": "delay_1", "type": "delay", "settings": {"delay_for": {"value": 1, "unit": "hours"}}}
    (folder / "workflow.json").write_bytes(orjson.dumps({"name": key, "steps": [step]}))


def test_switching_a_workflow_updates_it(knock: KnockFake) -> None:
    workflow(knock)
    knock.webhooks.add(URL)
    knock.workflows.activate("hello")
    knock.workflows.deactivate("hello")
    told = knock.webhooks.deliveries.one()
    assert (told.event, _data(told.payload)["active"]) == ("workflow.updated", False)


def test_a_workflow_that_is_made_up_is_no_commit() -> None:
    world = KnockFake(unknown_workflows="accept")
    world.webhooks.add(URL, "workflow.*")
    trigger(world, "anything")
    assert "anything" in world.workflows
    world.webhooks.deliveries.none()


def test_every_type_has_a_test() -> None:
    names = {name for name, _, _ in MESSAGES} | {f"{RUN}.{one}" for one in ("started", "completed", "error")}
    committed = (workflow, email_layout, translation, source_event_action, partial)
    names |= {f"{one.__name__}.{what}" for one in committed for what in ("updated", "committed")}
    assert names == {*EVENT_TYPES}


def test_listening_changes_no_identifier_of_a_world() -> None:
    quiet, told = KnockFake(seed=5), KnockFake(seed=5)
    told.webhooks.add(URL)
    for world in (quiet, told):
        send(world, "email")
    assert len(told.webhooks.deliveries) > 0
    assert [orjson.dumps(one.to_json()) for one in told.messages] == [
        orjson.dumps(one.to_json()) for one in quiet.messages
    ]


def test_without_endpoints_nobody_listens_and_nothing_is_kept(knock: KnockFake) -> None:
    send(knock, "email").read()
    assert (len(knock.webhooks.deliveries), knock.clock.pending(), knock.core.webhooks) == (0, (), None)
