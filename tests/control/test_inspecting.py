from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import orjson
import pytest

from knock_fake import KnockFake
from knock_fake.control.newest import LOOKED_AT, newest_first
from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import OneWorld, WorldsByKey
from knock_fake.gateway.call import Call
from knock_fake.scenarios.errors import ScenarioError
from knock_fake.scenarios.scenario import read_text
from knock_fake.schema_checks import field_errors
from knock_fake.steps import delay, email, in_app_feed
from tests.control.test_plane import answer, entries, send
from tests.worlds import GUIDE_STEP, full_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json, JsonObject


@pytest.fixture
def server(knock: KnockFake) -> ControlledServer:
    knock.workflows.add(
        "hello", steps=[email("Hi {{ recipient.name }}", "<p>Who said “why”?</p>"), in_app_feed("*Ho*")]
    )
    return ControlledServer(OneWorld(knock))


def look(server: ControlledServer, path: str, query: str = "") -> JsonObject:
    reply = server.handle(Call("GET", f"/_fake{path}", query, {"authorization": "Bearer sk_test_a"}))
    assert reply.status == 200, reply.body
    decoded: JsonObject = orjson.loads(reply.body)
    return decoded


def trigger(server: ControlledServer, *names: str) -> None:
    recipients: list[Json] = [{"id": name, "name": name.title(), "email": f"{name}@example.com"} for name in names]
    answer(server, "POST", "/v1/workflows/hello/trigger", {"recipients": recipients})


def test_messages_are_listed_newest_first_a_page_at_a_time(server: ControlledServer) -> None:
    trigger(server, "jane", "joe")
    page = look(server, "/messages", "limit=3")
    assert [(one["recipient"], one["title"]) for one in entries(page, "messages")] == [
        ("joe", "Ho"),
        ("joe", "Hi Joe"),
        ("jane", "Ho"),
    ]
    rest = look(server, "/messages", f"limit=3&before={page['before']}")
    assert [one["title"] for one in entries(rest, "messages")] == ["Hi Jane"]
    assert rest["before"] is None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("recipient=JA", ["Ho", "Hi Jane"]),
        ("recipient=jane&channel=email", ["Hi Jane"]),
        ("channel=in_app_feed", ["Ho", "Ho"]),
        ("workflow=hell&status=delivered&limit=1", ["Ho"]),
        ("workflow=bye", []),
        ("status=bounced", []),
        ("text=hi+jane", ["Hi Jane"]),
        ("text=said+%E2%80%9CWHY", ["Hi Joe", "Hi Jane"]),
        ("text=subject_line", []),
        ("text=MessageEmail", []),
    ],
)
def test_messages_are_found(server: ControlledServer, query: str, titles: list[str]) -> None:
    trigger(server, "jane", "joe")
    assert [one["title"] for one in entries(look(server, "/messages", query), "messages")] == titles


def test_a_message_is_shown_with_all_that_became_of_it(server: ControlledServer, knock: KnockFake) -> None:
    trigger(server, "jane")
    shown = look(server, f"/messages/{knock.messages.one(channel='email').id}")
    assert isinstance(shown["content"], dict)
    assert shown["content"]["html_body"] == "<p>Who said “why”?</p>"
    assert [one["type"] for one in entries(shown, "events")] == ["created", "queued", "sent", "delivered"]
    (attempt,) = entries(shown, "delivery_logs")
    assert (attempt["attempt"], attempt["service_name"]) == (1, "SendGrid")
    assert shown["verbs"] == ["see", "read", "interact", "archive"]
    assert shown["explanation"] == knock.explain("jane").runs[0].to_json()
    assert send(server, "GET", "/_fake/messages/nope").status == 404


def test_a_message_names_exactly_the_verbs_that_it_takes(knock: KnockFake) -> None:
    server = ControlledServer(OneWorld(knock))
    knock.channels.configure("email", settings={"open_tracking": True, "link_tracking": True})
    knock.workflows.add("hello", steps=[email("Hi", '<a href="https://a.test">A</a>')])
    verbs = ("deliver", "bounce", "undeliver", "open", "click", "see", "read", "interact", "archive")
    for plan in (["queued"], ["queued", "sent"], ["queued", "sent", "delivered"], ["queued", "bounced"]):
        knock.delivery.plan(statuses=plan, channel="email")
        trigger(server, "jane")
        message = knock.messages.last()
        taken = []
        for verb in verbs:
            with knock.branch():
                if send(server, "POST", f"/_fake/messages/{message.id}/{verb}", {}).status == 200:
                    taken.append(verb)
        assert look(server, f"/messages/{message.id}")["verbs"] == taken, plan


def test_what_is_shown_of_every_kind_of_record_fits_its_schema() -> None:
    world = full_world()
    server = ControlledServer(OneWorld(world))
    for name, schema in (
        ("messages", "message_lines"),
        ("runs", "run_lines"),
        ("calls", "call_lines"),
        ("recipients", "recipient_lines"),
    ):
        shown = look(server, f"/{name}", "limit=500")
        assert entries(shown, name), name
        assert field_errors(f"control/{schema}", shown) == ()
    for message in world.messages:
        assert field_errors("control/message_view", look(server, f"/messages/{message.id}")) == ()
    for entry in world.journal:
        assert field_errors("control/call_view", look(server, f"/calls/{entry.number}")) == ()


def test_a_message_of_every_channel_has_a_line_to_know_it_by() -> None:
    server = ControlledServer(OneWorld(full_world()))
    answer(server, "PUT", "/v1/users/jane/guides/messages/seen", {**GUIDE_STEP, "content": {"title": "Hi"}})
    lines = entries(look(server, "/messages", "recipient=jane&limit=500"), "messages")
    channels = [one["channel"] for one in lines]
    titles = {
        (str(one["type"]), line["title"]) for one, line in zip(channels, lines, strict=True) if isinstance(one, dict)
    }
    assert titles >= {
        ("in_app_guide", "tour"),
        ("http", "POST https://example.com/in"),
        ("chat", "Hi"),
        ("push", "Hi — there"),
        ("sms", "Hi"),
        ("email", "Hi"),
        ("in_app_feed", "Hi Jane"),
    }


def test_a_long_title_is_cut(knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[email("Hi " * 100, "there")])
    server = ControlledServer(OneWorld(knock))
    trigger(server, "jane")
    (line,) = entries(look(server, "/messages"), "messages")
    assert line["title"] == f"{('Hi ' * 53)[:159]}…"


def test_runs_are_listed_with_their_explanations(server: ControlledServer, knock: KnockFake) -> None:
    trigger(server, "jane", "joe")
    shown = entries(look(server, "/runs"), "runs")
    assert [one["explanation"] for one in shown] == [run.to_json() for run in reversed(knock.explain().runs)]
    for query, count in (("recipient=ja", 1), ("workflow=ell", 2), ("workflow=bye", 0), ("status=paused", 0)):
        assert len(entries(look(server, "/runs", query), "runs")) == count, query
    assert look(server, f"/runs/{knock.runs.one(recipient='joe').id}") == shown[0]
    assert send(server, "GET", "/_fake/runs/nope").status == 404


def test_calls_are_listed_with_what_the_fake_says_of_them(server: ControlledServer, knock: KnockFake) -> None:
    knock.faults.fail("users.get", status=503, times=1)
    for method, path in (("PUT", "/v1/users/jane"), ("POST", "/v1/workflows/helo/trigger"), ("GET", "/v1/users/jane")):
        send(server, method, path, {"recipients": ["jane"]} if method == "POST" else {})
    shown = entries(look(server, "/calls"), "calls")
    assert [(one["number"], one["operation"], one["status"]) for one in shown] == [
        (3, "users.get", 503),
        (2, "workflows.trigger", 404),
        (1, "users.update", 200),
    ]
    assert shown[1]["hint"] == "there is no workflow 'helo': did you mean 'hello'?"
    assert "503" in str(shown[0]["faults"])
    for query, numbers in (("refused=true", [3, 2]), ("refused=false", [1]), ("text=did+you", [2]), ("text=put", [1])):
        assert [one["number"] for one in entries(look(server, "/calls", query), "calls")] == numbers, query


def test_a_call_is_shown_with_request_and_answer(server: ControlledServer) -> None:
    send(server, "PUT", "/v1/users/jane", {"name": "Jane"})
    server.handle(Call("PUT", "/v1/users/jane", "", {"authorization": "Bearer sk_a"}, b"\xffno JSON"))
    shown = look(server, "/calls/1")
    assert (shown["body"], shown["status"]) == ({"name": "Jane"}, 200)
    assert "'name': 'Jane'" in str(shown["answer"])
    assert "x-request-id" in str(shown["answer_headers"])
    assert look(server, "/calls/2")["body"] == "�no JSON"
    assert send(server, "GET", "/_fake/calls/4").status == 404


def test_recipients_are_listed_with_what_is_kept_of_them(server: ControlledServer) -> None:
    trigger(server, "jane")
    answer(server, "PUT", "/v1/objects/projects/p1", {"name": "Apollo"})
    answer(server, "PUT", "/v1/tenants/acme", {"name": "Acme"})
    answer(server, "PUT", "/v1/users/jane/preferences/default", {"channel_types": {"sms": False}})
    shown = entries(look(server, "/recipients"), "recipients")
    assert [(one["kind"], one["collection"], one["id"]) for one in shown] == [
        ("tenant", "$tenants", "acme"),
        ("object", "projects", "p1"),
        ("user", "$users", "jane"),
    ]
    assert (shown[2]["messages"], shown[2]["runs"]) == (2, 1)
    assert "'sms': False" in str(shown[2]["preferences"])
    for query, ids in (
        ("kind=user", ["jane"]),
        ("text=apollo", ["p1"]),
        ("text=projects/p1", ["p1"]),
        ("text=x%40", []),
    ):
        assert [one["id"] for one in entries(look(server, "/recipients", query), "recipients")] == ids, query


def test_properties_are_written_out_for_a_text_to_be_found_in_them_only(
    server: ControlledServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger(server, "jane", "joe")
    written = []

    def write(value: Json) -> bytes:
        written.append(value)
        return orjson.dumps(value)

    monkeypatch.setattr("knock_fake.control.inspecting.orjson", SimpleNamespace(dumps=write))
    for query, count in (("", 0), ("kind=user", 0), ("kind=tenant&text=j", 0), ("text=zzz", 2), ("text=jane", 2)):
        written.clear()
        look(server, "/recipients", query)
        assert len(written) == count, query


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("messages", "limit=0"),
        ("messages", "limit=501"),
        ("messages", "before=soon"),
        ("messages", "chanel=email"),
        ("runs", "text=a"),
        ("calls", "refused=perhaps"),
        ("recipients", "kind=robot"),
    ],
)
def test_a_query_that_means_nothing_is_refused(server: ControlledServer, path: str, query: str) -> None:
    reply = server.handle(Call("GET", f"/_fake/{path}", query, {"authorization": "Bearer sk_test_a"}))
    assert (reply.status, query.partition("=")[0] in reply.body.decode()) == (422, True), reply.body


def test_a_call_that_finds_nothing_ends_and_says_where_to_go_on() -> None:
    places = [*range(2 * LOOKED_AT)]
    found, before = newest_first(places, lambda one: one, {}, lambda one: one < 2)
    assert (found, before) == ([], LOOKED_AT)
    assert newest_first(places, lambda one: one, {"before": before}, lambda one: one < 2) == ([1, 0], None)


def test_the_revision_is_another_one_whenever_something_has_changed(server: ControlledServer, knock: KnockFake) -> None:
    def revision() -> object:
        return look(server, "")["revision"]

    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi")])
    trigger(server, "jane")
    answer(server, "POST", "/v1/workflows/later/trigger", {"recipients": ["jane"]})
    before = revision()
    assert [revision(), revision()] == [before, before]
    snapshot = knock.snapshot()
    for change in (
        lambda: send(server, "GET", "/v1/users/jane"),
        lambda: knock.messages.last().read(),
        lambda: knock.clock.advance("1h"),
        lambda: send(server, "POST", "/_fake/reset"),
        lambda: send(server, "PUT", "/v1/users/jane", {}),
        lambda: send(server, "PUT", "/_fake/variables/a", {"value": "1"}),
        knock.reset,
        lambda: knock.restore(snapshot),
    ):
        change()
        after = revision()
        assert after != before
        before = after


def test_what_happens_after_going_back_in_time_is_another_revision(server: ControlledServer, knock: KnockFake) -> None:
    saved, snapshot = knock.to_json(), knock.snapshot()
    ways: tuple[Callable[[], None], ...] = (
        lambda: knock.restore(snapshot),
        lambda: knock.become(saved),
        knock.reset,
    )
    seen = set()
    for name in ("jane", "joe", "jim"):
        for go_back in ways:
            go_back()
            seen.add(look(server, "")["revision"])
            send(server, "PUT", f"/v1/users/{name}", {})
            seen.add(look(server, "")["revision"])
    with knock.branch():
        send(server, "PUT", "/v1/users/jane", {})
        seen.add(look(server, "")["revision"])
    send(server, "PUT", "/v1/users/joe", {})
    seen.add(look(server, "")["revision"])
    assert len(seen) == 20


def test_a_scenario_that_cannot_be_laid_leaves_no_revision_to_be_met_again(
    server: ControlledServer, knock: KnockFake
) -> None:
    seen = {look(server, "")["revision"]}
    for scenario in ("users: [{id: jane}]", "users: [{id: joe}]"):
        with pytest.raises(ScenarioError):
            knock.lay(read_text("messages: [{channel: nowhere, recipient: jane}]", "a scenario"))
        knock.lay(read_text(scenario, "a scenario"))
        seen.add(look(server, "")["revision"])
    assert len(seen) == 3


def test_a_world_of_a_key_that_begins_anew_has_another_revision() -> None:
    server = ControlledServer(WorldsByKey(KnockFake))
    before = look(server, "")["revision"]
    assert server.handle(Call("DELETE", "/_fake/worlds/sk_test_a")).status == 204
    assert look(server, "")["revision"] != before
