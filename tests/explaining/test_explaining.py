from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given, settings

from knock_fake.errors import UsageTypeError
from knock_fake.explaining.remote import explain_remote
from knock_fake.gateway.call import Call
from knock_fake.schema_checks import field_errors
from knock_fake.state.references import Reference, user
from knock_fake.steps import batch, delay, email, http_fetch, in_app_feed, webhook
from tests.property.deeds import Deed, histories, make_world

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

URL = "https://api.mine.test/plan"
PRO: JsonObject = {"all": [{"variable": "data.plan", "operator": "equal_to", "argument": "pro"}]}


class WorldReader:
    """Reads from a world as the command line reads from a server."""

    def __init__(self, world: KnockFake) -> None:
        self._world = world

    def get(self, path: str, query: JsonObject | None = None) -> JsonObject | None:
        headers = {"authorization": f"Bearer {self._world.secret_key}"}
        reply = self._world.handle(Call("GET", path, urlencode(query or {}), headers))
        return None if reply.status == 404 else orjson.loads(reply.body)


def trigger(api: httpx.Client, key: str = "digest", recipients: list[Json] | None = None, **body: Json) -> int:
    sent = {"recipients": ["jane"] if recipients is None else recipients, **body}
    return api.post(f"/v1/workflows/{key}/trigger", json=sent).status_code


def test_a_run_is_told_step_by_step_with_rule_value_and_place(knock: KnockFake, api: httpx.Client) -> None:
    steps = [
        http_fetch(URL),
        in_app_feed("Hi", conditions=PRO),
        delay("1h"),
        email("Hi", "Hi"),
        webhook("https://hooks.mine.test/"),
    ]
    knock.workflows.add("digest", steps=steps)
    knock.responders.fetch(URL, status=503).then(json={"plan": "pro"}, delay="2s")
    knock.responders.webhook(status=404)
    api.put("/v1/users/jane", json={"email": "jane@example.com"}).raise_for_status()
    preferences: JsonObject = {"workflows": {"digest": {"channel_types": {"email": False}}}}
    api.put("/v1/users/jane/preferences/default", json=preferences).raise_for_status()
    trigger(api, actor={"id": "bob"}, tenant="acme", cancellation_key="c1")
    knock.clock.run_until_idle()
    feed, hook = (message.id for message in knock.state.messages)
    failed = f"GET {URL} was answered with 503, and 200, 201, 204 are successes"
    decided_by = "preference set `default`, workflows.digest.channel_types.email is false"
    assert str(knock.explain("jane", "digest")).splitlines() == [
        "digest for jane: completed, 2 messages, 1 error",
        "  started by a call of Knock's API, actor bob, tenant acme, cancellation key c1",
        "  2026-01-01T00:00:00Z  run started",
        f"  2026-01-01T00:00:00Z  http_fetch_1 asked GET {URL}: answered with 503 (by responder 1 (fetch {URL}))",
        f"  2026-01-01T00:00:00Z  http_fetch_1 failed: {failed}",
        (
            f"  2026-01-01T00:00:32Z  http_fetch_1 asked GET {URL}: answered with 200 "
            f"(after 2000 ms, by responder 1 (fetch {URL})) (attempt 2)"
        ),
        "  2026-01-01T00:00:32Z  http_fetch_1 merged plan into the data",
        '  2026-01-01T00:00:32Z  in_app_feed_1 conditions are true: data.plan equal_to "pro": data.plan is "pro"',
        f"  2026-01-01T00:00:32Z  in_app_feed_1 sent: in_app_feed message {feed}",
        "                        the message is delivered",
        "  2026-01-01T00:00:32Z  delay_1 waits until 2026-01-01T01:00:32.000000Z",
        "  2026-01-01T01:00:32Z  delay_1 has waited",
        f"  2026-01-01T01:00:32Z  email_1 skipped: {decided_by}",
        f"  2026-01-01T01:00:32Z  http_1 sent: http message {hook}",
        (
            "                        the message is undelivered after 1 failed attempt: fatal_error, "
            "POST https://hooks.mine.test/ was answered with 404"
        ),
        "  2026-01-01T01:00:32Z  run completed",
    ]


def test_an_explanation_is_plain_data_too(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[email("Hi", "Hi")])
    trigger(api, recipients=[{"id": "jane"}])
    shown = knock.explain("jane").to_json()
    (run,) = knock.state.runs
    assert shown == {
        "asked_for": "for jane",
        "notes": [],
        "runs": [
            {
                "id": run.id,
                "workflow_run_id": run.workflow_run_id,
                "workflow": "digest",
                "recipient": "jane",
                "actor": None,
                "tenant": None,
                "status": "completed",
                "error_count": 0,
                "started_by": "a call of Knock's API",
                "decisions": [
                    {
                        "at": "2026-01-01T00:00:00.000000Z",
                        "event": event.event,
                        "step_ref": event.step_ref,
                        "step_type": event.step_type,
                        "status": "ok",
                        "attempt": 1,
                        "text": text,
                        "data": event.data,
                    }
                    for event, text in zip(
                        run.events,
                        ["run started", "email_1 skipped: the channel needs recipient.email", "run completed"],
                        strict=True,
                    )
                ],
                "messages": [],
                "webhooks": [],
            }
        ],
    }
    assert field_errors("control/explanation", shown) == ()


def test_conditions_that_are_false_are_told_once(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Hi", conditions=PRO)])
    trigger(api, recipients=[{"id": "jane"}])
    explanation = knock.explain("jane")
    told = [line for line in str(explanation).splitlines() if "in_app_feed_1" in line]
    reason = 'conditions are false: data.plan equal_to "pro": data.plan is not set'
    assert told == [f"  2026-01-01T00:00:00Z  in_app_feed_1 skipped: {reason}"]
    assert [one.event for one in explanation.runs[0].decisions] == [
        "run_started",
        "step_conditions_evaluated",
        "step_skipped",
        "run_completed",
    ]


@pytest.mark.parametrize(
    "recipient",
    ["repos/r1", {"collection": "repos", "id": "r1"}, Reference("repos", "r1")],
    ids=["text", "dict", "ref"],
)
def test_an_object_may_be_named_in_every_way(
    knock: KnockFake, api: httpx.Client, recipient: str | Mapping[str, str] | Reference
) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Hi")])
    trigger(api, recipients=[{"collection": "repos", "id": "r1", "name": "R"}])
    (run,) = knock.explain(recipient).runs
    assert str(run).startswith("digest for repos/r1: completed, 0 messages\n")


def test_runs_are_told_oldest_first_and_narrowed(knock: KnockFake, api: httpx.Client) -> None:
    for key in ("digest", "other"):
        knock.workflows.add(key, steps=[in_app_feed("Hi")])
    for key in ("other", "digest", "other"):
        trigger(api, key, [{"id": "jane"}, {"id": "joe"}])
    assert [(run.workflow, run.recipient) for run in knock.explain().runs] == [
        ("other", "jane"), ("other", "joe"), ("digest", "jane"), ("digest", "joe"), ("other", "jane"), ("other", "joe")
    ]  # fmt: skip
    assert [run.workflow for run in knock.explain(user("joe")).runs] == ["other", "digest", "other"]
    assert [run.recipient for run in knock.explain(workflow="digest").runs] == ["jane", "joe"]
    assert str(knock.explain("joe")).count("\n\n") == 2


def test_a_run_that_was_asked_for_explains_itself(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[batch(window="1h"), in_app_feed("Hi")])
    trigger(api, recipients=[{"id": "jane"}])
    trigger(api)
    opener, joined = knock.runs.all()
    assert [one.text for one in opener.explain().decisions][1:] == [
        "batch_1 collects until 2026-01-01T01:00:00.000000Z"
    ]
    assert str(joined.explain()).splitlines()[-1] == (
        "  2026-01-01T00:00:00Z  batch_1 ended the run: joined the batch that closes at 2026-01-01T01:00:00.000000Z"
    )
    knock.clock.advance("1h")
    closed = "batch_1 closed with total_activities 2: its window is over"
    assert [one.text for one in opener.explain().decisions][2] == closed


def test_a_message_that_does_not_arrive_says_why(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[email("Hi", "Hi")])
    knock.delivery.fail(attempts=1, reason="mailbox full", then="undelivered", recipient="jane")
    knock.delivery.fail(attempts=2, reason="mailbox full", then="bounced", recipient="joe")
    trigger(api, recipients=[{"id": name, "email": f"{name}@example.com"} for name in ("jane", "joe")])
    assert str(knock.explain("joe")).splitlines()[-2].strip() == "the message is queued after 1 failed attempt"
    knock.clock.run_until_idle()
    fates = [run.messages[0].text for run in knock.explain().runs]
    assert fates == [
        "the message is undelivered after 1 failed attempt: fatal_error, mailbox full",
        "the message is bounced after 2 failed attempts: invalid_recipient, mailbox full",
    ]


def test_a_message_that_waits_for_its_send_window_says_so(knock: KnockFake, api: httpx.Client) -> None:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    windows: list[Json] = [{"day": day, "type": "send", "from": "09:00:00"} for day in days]
    knock.workflows.add("digest", steps=[{**email("Hi", "Hi"), "send_windows": windows}])
    trigger(api, recipients=[{"id": "jane", "email": "jane@example.com"}])
    told = "the message is queued until its send window opens at 2026-01-01T09:00:00.000000Z"
    assert knock.explain("jane").runs[0].messages[0].text == told


def test_a_message_of_the_sandbox_says_so(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[email("Hi", "Hi")])
    body: JsonObject = {"sandbox_mode": True}
    trigger(api, recipients=[{"id": "jane", "email": "jane@example.com"}], settings=body)
    assert knock.explain("jane").runs[0].messages[0].text == "the message is not_sent: it is in the sandbox"


# -- nothing ran -------------------------------------------------------------------------------------------


def notes(knock: KnockFake, recipient: str | None = None, workflow: str | None = None) -> list[str]:
    explanation = knock.explain(recipient, workflow)
    assert explanation.runs == ()
    return [*explanation.notes]


def test_misspelt_names_and_refused_calls_are_near_misses(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Hi")])
    assert trigger(api, recipients=[{"id": "jane"}]) == 200
    assert trigger(api, "digset") == 404
    assert str(knock.explain("jnae", "digset")).splitlines() == [
        "nothing ran for jnae in workflow digset",
        "  there is no workflow 'digset': did you mean 'digest'?",
        "  nobody identified the user 'jnae': did you mean 'jane'?",
        (
            "  refused: 2026-01-01T00:00:00Z  POST /v1/workflows/digset/trigger -> 404  "
            "(there is no workflow 'digset': did you mean 'digest'?)"
        ),
    ]


def test_what_else_ran_is_a_near_miss(knock: KnockFake, api: httpx.Client) -> None:
    for key in ("digest", "other"):
        knock.workflows.add(key, steps=[in_app_feed("Hi")])
    for recipient in ("joe", "ann", "joe"):
        trigger(api, "other", [{"id": recipient}])
    trigger(api, "digest", [{"id": "jane"}])
    assert notes(knock, "jane", "other") == ["other ran for joe (2x), ann", "for jane ran digest"]


def test_a_workflow_that_is_switched_off_is_a_near_miss(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Hi")], active=False)
    assert trigger(api, recipients=[{"id": "jane"}]) == 400
    switched_off, refused = notes(knock, workflow="digest")
    assert switched_off == "the workflow 'digest' is switched off: triggers are refused"
    assert refused.startswith("refused: 2026-01-01T00:00:00Z  POST /v1/workflows/digest/trigger -> 400")


def test_a_world_that_nobody_called_says_so(knock: KnockFake) -> None:
    assert notes(knock) == ["no call of this world's has triggered anything: does your code reach it?"]
    nothing = knock.explain()
    assert str(nothing).splitlines()[0] == "nothing ran in this world"
    assert nothing.to_json()["asked_for"] == "in this world"


@pytest.mark.parametrize("recipient", [7, {"collection": "repos"}, ["jane"]])
def test_what_is_no_recipient_is_refused(knock: KnockFake, recipient: object) -> None:
    with pytest.raises(UsageTypeError, match=r"^explain\(\): recipient must be a user's id or the reference of an obj"):
        knock.explain(recipient)  # type: ignore[arg-type]


def test_what_is_no_workflow_is_refused(knock: KnockFake) -> None:
    with pytest.raises(UsageTypeError, match=r"^explain\(\): workflow must be the key of one, not 7$"):
        knock.explain(workflow=7)  # type: ignore[arg-type]


# -- through the API ---------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(histories)
def test_the_api_tells_the_same_as_the_world(history: list[Deed]) -> None:
    world = make_world(3)
    for deed in history:
        deed(world)
    told = explain_remote(WorldReader(world), None, None, 50)
    assert told.runs == tuple(replace(run, webhooks=()) for run in world.explain().runs[-50:])  # Knock tells of none


def test_the_api_is_asked_for_recipient_and_workflow(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Hi")])
    trigger(api, recipients=[{"collection": "repos", "id": "r1", "name": "R"}, {"id": "jane"}])
    reader = WorldReader(knock)
    assert [run.recipient for run in explain_remote(reader, "repos/r1", "digest").runs] == [
        {"collection": "repos", "id": "r1"}
    ]
    assert [run.recipient for run in explain_remote(reader, None, "digest", 1).runs] == ["jane"]
    nothing = explain_remote(reader, "jane", "other")
    assert (nothing.asked_for, nothing.runs, nothing.notes) == ("for jane in workflow other", (), ())
