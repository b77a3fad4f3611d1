from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from knock_fake import ExpectationError, KnockFake, UnknownNameError, UsageError, UsageTypeError
from knock_fake.failure_report import describe_world
from knock_fake.responders.event_types import EVENT_TYPES
from knock_fake.steps import in_app_feed
from tests.delivery.sending import send, trigger

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.responders import HttpRequest

NOBODY = (
    "nobody: events are taken as on a good day; start the server with --allow-http URL / KnockFake(allow_http=[URL]) "
    "to ask it"
)
EXAMPLE = "give one such as https://app.example.com/knock"
URL = "https://app.test/hooks"
REMEDY = "give a function of the request, a WSGI or ASGI application, or an httpx transport"


def test_an_endpoint_tells_of_itself(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL, ["message.sent"], secret="key", description="ours")
    assert (webhook.url, webhook.events, webhook.secret) == (URL, ("message.sent",), "key")
    assert (webhook.description, webhook.enabled) == ("ours", True)
    assert [*knock.webhooks] == [webhook]
    assert knock.webhooks[URL] == knock.webhooks[webhook.id] == webhook
    assert (repr(webhook), repr(knock.webhooks)) == (f"<Webhook {URL}, events: 1, answered by nobody>", "<1 webhook>")


def test_without_more_it_hears_of_everything_and_has_a_key_of_its_own(knock: KnockFake) -> None:
    one, other = knock.webhooks.add(URL), knock.webhooks.add(URL)
    assert one.events == EVENT_TYPES
    assert len({one.secret, other.secret}) == len({one.id, other.id}) == 2
    assert [made.secret for made in (KnockFake().webhooks.add(URL), KnockFake().webhooks.add(URL))] == [one.secret] * 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"url": "/knock"}, f"webhooks.add: the URL '/knock' does not begin with https:// or http://; {EXAMPLE}"),
        ({"url": "https://*/hooks"}, f"webhooks.add: an endpoint has one URL, without *; {EXAMPLE}"),
        ({"events": ["message.rea"]}, "webhooks.add: there is no event 'message.rea'; did you mean 'message.read'?"),
        ({"secret": ""}, "webhooks.add: secret must not be empty: leave it out"),
        ({"signed_at": "noon"}, "webhooks.add: signed_at must be 'world' or 'wall', not 'noon'"),
    ],
)
def test_what_cannot_be_taken_is_refused(knock: KnockFake, arguments: JsonObject, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        knock.webhooks.add(**{"url": URL, **arguments})  # type: ignore[arg-type]
    assert str(refused.value) == told
    assert (len(knock.webhooks), len(knock.responders)) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"url": 3}, "webhooks.add: the URL must be text, not 3"),
        ({"secret": b"key"}, "webhooks.add: secret must be text, not b'key'"),
        ({"enabled": "yes"}, "webhooks.add: enabled must be True or False, not 'yes'"),
        (
            {"app": 3},
            f"webhooks.add: app cannot be 3: {REMEDY}",
        ),
    ],
)
def test_wrong_types_are_refused(knock: KnockFake, arguments: dict[str, object], told: str) -> None:
    with pytest.raises(UsageTypeError) as refused:
        knock.webhooks.add(**{"url": URL, **arguments})  # type: ignore[arg-type]
    assert str(refused.value) == told
    assert (len(knock.webhooks), len(knock.responders)) == (0, 0)


def test_a_document_is_checked_by_name(knock: KnockFake) -> None:
    with pytest.raises(UsageError, match=r"there is no field 'event'; did you mean 'events'\?"):
        knock.webhooks.add_json({"url": URL, "event": "message.sent"})
    with pytest.raises(UsageError, match=r"webhooks\.add: url is required"):
        knock.webhooks.add_json({})
    webhook = knock.webhooks.add_json({"url": URL, "events": ["message.sent"], "enabled": False})
    assert webhook.to_json() == {
        "id": webhook.id,
        "url": URL,
        "events": ["message.sent"],
        "secret": webhook.secret,
        "description": None,
        "enabled": False,
        "signed_at": "world",
        "answered_by": NOBODY,
    }


def test_a_disabled_endpoint_hears_nothing_until_it_is_enabled(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL, "message.sent", enabled=False)
    send(knock, "email")
    knock.webhooks.deliveries.none()
    webhook.enable()
    send(knock, "email")
    webhook.disable()
    assert (repr(webhook), len(webhook.deliveries)) == (f"<Webhook {URL}, events: 1, disabled, answered by nobody>", 1)


@pytest.mark.parametrize("verb", ["disable", "remove"])
def test_what_is_due_for_an_endpoint_that_is_off_or_gone_is_discarded(knock: KnockFake, verb: str) -> None:
    webhook = knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(status=500)
    send(knock, "email")
    getattr(webhook, verb)()
    told = str(knock.clock.advance("1h"))
    delivery = knock.webhooks.deliveries.one()
    assert (delivery.status, delivery.reason) == ("discarded", f"the endpoint was {verb}d")
    assert told.splitlines()[-1].endswith(f"webhook message.sent to {URL} discarded: the endpoint was {verb}d")
    assert len(delivery.attempts) == 1


def test_an_endpoint_that_is_enabled_again_in_time_gets_what_was_due(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(status=500, times=1)
    send(knock, "email")
    webhook.disable()
    webhook.enable()
    knock.clock.advance("5s")
    assert webhook.deliveries.one().status == "delivered"


def test_an_endpoint_says_who_answers(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL)
    other = knock.webhooks.add("https://other.test/", app=lambda _request: None)
    responders = knock.responders
    assert (webhook.answered_by, other.answered_by) == (NOBODY, "its application")
    responders.endpoint("https://third.test/", status=500)
    responders.endpoint(method="GET", status=500)
    responders.fetch("*", status=500)
    assert webhook.answered_by == NOBODY
    once = responders.endpoint(status=500, times=1)
    assert webhook.answered_by == f"a responder for some, else {NOBODY}"
    once.remove()
    responders.endpoint(event="message.sent", status=500)
    assert other.answered_by == "a responder for some, else its application"
    responders.endpoint(status=500)
    assert (webhook.answered_by, other.answered_by) == ("a responder", "a responder")
    world = KnockFake(allow_http=[URL])
    assert world.webhooks.add(URL).answered_by == "the network"
    assert world.webhooks.add("https://other.test/").answered_by == NOBODY


def test_a_used_up_responder_answers_no_more(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(status=202, times=1)
    send(knock, "email")
    assert (webhook.answered_by, webhook.deliveries.one().attempts[0].answered_by) == (
        NOBODY,
        "responder 1 (endpoint *)",
    )


def test_what_nobody_was_asked_about_says_so(knock: KnockFake) -> None:
    knock.webhooks.add(URL, "message.sent")
    send(knock, "email")
    (attempt,) = knock.webhooks.deliveries.one(status="delivered").attempts
    assert (attempt.status, attempt.answered_by) == (200, "nobody")
    assert f"webhook message.sent to {URL}: taken: nobody was asked" in str(knock.explain("jane"))


def test_endpoints_of_one_url_have_each_an_application_of_their_own(knock: KnockFake) -> None:
    sent: list[HttpRequest] = []
    delivered: list[HttpRequest] = []
    one = knock.webhooks.add(URL, "message.sent", app=sent.append)
    knock.webhooks.add(URL, "message.delivered", app=delivered.append)
    send(knock, "email")
    assert [one.origin.event for one in sent] == ["message.sent"]
    assert [one.origin.event for one in delivered] == ["message.delivered"]
    assert sent[0].origin.webhook_id == one.id
    knock.responders.endpoint(URL, status=202)
    send(knock, "email")
    assert [one.last_status for one in knock.webhooks.deliveries] == [204, 204, 202, 202]
    assert (len(sent), len(delivered)) == (1, 1)


@pytest.mark.parametrize("verb", ["remove", "clear"])
def test_an_endpoint_that_is_taken_away_takes_its_application_with_it(knock: KnockFake, verb: str) -> None:
    inbox: list[HttpRequest] = []
    other = knock.responders.endpoint("https://other.test/", status=202)
    webhook = knock.webhooks.add(URL, "message.sent", app=inbox.append)
    assert len(knock.responders) == 2
    if verb == "remove":
        webhook.remove()
    else:
        knock.webhooks.clear()
    assert [*knock.responders] == [other]
    knock.webhooks.add(URL, "message.sent")
    send(knock, "email")
    assert (len(inbox), knock.webhooks.deliveries.one().status) == (0, "delivered")


def test_endpoints_are_taken_away_by_themselves_id_or_url(knock: KnockFake) -> None:
    for name in ("a", "b", "c", "c"):
        knock.webhooks.add(f"https://{name}.test/")
    knock.webhooks.remove(knock.webhooks["https://a.test/"])
    knock.webhooks.remove(knock.webhooks["https://b.test/"].id)
    knock.webhooks.remove("https://c.test/")
    assert len(knock.webhooks) == 0
    with pytest.raises(UnknownNameError, match=r"there is no endpoint 'https://c\.test/'; none are defined yet"):
        knock.webhooks.remove("https://c.test/")
    knock.webhooks.add(URL)
    knock.webhooks.clear()
    assert len(knock.webhooks) == 0


def test_a_missing_delivery_explains_itself(knock: KnockFake) -> None:
    with pytest.raises(ExpectationError) as failed:
        knock.webhooks.deliveries.one(event="message.read")
    assert str(failed.value).splitlines() == [
        "there is no delivery with event='message.read'",
        "why:",
        "  there is no endpoint: knock.webhooks.add(url) adds one",
    ]
    knock.webhooks.add(URL, ["message.sent", "message.delivered"])
    knock.webhooks.add("https://other.test/", enabled=False)
    send(knock, "sms")
    knock.responders.endpoint(status=500)
    send(knock, "email")
    with pytest.raises(ExpectationError) as failed:
        knock.webhooks.deliveries.one(event="message.read", status="delivered")
    assert str(failed.value).splitlines() == [
        "there is no delivery with event='message.read', status='delivered'",
        "nearest:",
        f"  message.delivered to {URL}: taken: nobody was asked",
        "    event is 'message.delivered', not 'message.read'",
        f"  message.sent to {URL}: taken: nobody was asked",
        "    event is 'message.sent', not 'message.read'",
        f"  message.delivered to {URL}: pending after 1 attempt, answered with 500",
        "    event is 'message.delivered', not 'message.read'",
        "    status is 'pending', not 'delivered'",
        "why:",
        f"  {URL} hears of other events alone: message.sent, message.delivered",
        "  https://other.test/ is disabled",
    ]


@pytest.mark.filterwarnings("ignore::knock_fake.failure_report.WebhookReceiverWarning")
def test_an_error_that_a_receiver_raised_is_an_error_of_the_world(knock: KnockFake) -> None:
    def receive(_request: HttpRequest) -> None:
        raise ValueError("broken")

    knock.webhooks.add(URL, "message.sent", app=receive)
    send(knock, "email")
    told = (
        f"webhook message.sent to {URL}, attempt 1: responder 1 (endpoint {URL}): receive() failed: ValueError: broken"
    )
    with pytest.raises(ExpectationError) as failed:
        knock.assert_no_errors()
    assert str(failed.value).splitlines() == ["there were errors:", f"  {told}"]
    assert [*knock.problems()] == [told]


def test_an_endpoint_that_answers_with_an_error_is_none_of_the_world(knock: KnockFake) -> None:
    knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(status=500)
    send(knock, "email")
    knock.assert_no_errors()


def test_several_deliveries_are_listed(knock: KnockFake) -> None:
    knock.webhooks.add(URL, ["message.*"])
    send(knock, "email")
    with pytest.raises(ExpectationError) as failed:
        knock.webhooks.deliveries.one()
    assert str(failed.value).splitlines() == [
        "there are 2 deliveries, and one was expected:",
        f"  message.sent to {URL}: taken: nobody was asked",
        f"  message.delivered to {URL}: taken: nobody was asked",
    ]
    assert repr(knock.webhooks.deliveries) == "<2 deliveries>"


def test_deliveries_are_asked_for_by_their_facts(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL, ["message.*"])
    knock.webhooks.add("https://other.test/", ["message.*"])
    message = send(knock, "email")
    found = knock.webhooks.deliveries.one(
        url=URL,
        event="message.sent",
        status="delivered",
        data={"status": "sent", "channel": {"key": "email"}},
        event_data=None,
        message_id=message.id,
        run_id=knock.runs.one().id,
        recipient="jane",
        workflow="only-email",
        attempts=1,
        last_status=200,
        problem=None,
        webhook_id=webhook.id,
    )
    assert found == webhook.deliveries.one(number=found.number)
    assert repr(found) == f"<Delivery message.sent to {URL}: taken: nobody was asked>"
    with pytest.raises(UsageTypeError, match=r"a delivery cannot be asked for 'events'; did you mean 'event'\?"):
        knock.webhooks.deliveries.all(events="message.sent")


def test_the_report_of_a_failing_test_lists_what_has_not_arrived(knock: KnockFake) -> None:
    knock.webhooks.add(URL, ["message.*"])
    send(knock, "sms")
    assert "webhook" not in describe_world(knock)
    knock.responders.endpoint(status=500)
    send(knock, "email")
    lines = describe_world(knock).splitlines()
    place = lines.index("2 webhooks that have not arrived:")
    assert lines[place + 1 :] == [
        f"  message.sent to {URL}: pending after 1 attempt, answered with 500",
        f"  message.delivered to {URL}: pending after 1 attempt, answered with 500",
        '2 timers pending, the next at 2026-01-01T00:00:05Z: knock.clock.advance("5s")',
    ]


def test_what_became_of_webhooks_is_told_where_a_run_is_explained(knock: KnockFake) -> None:
    knock.webhooks.add(URL, ["message.sent", "workflow_recipient_run.completed"])
    knock.responders.endpoint(URL, event="message.sent", status=404)
    message = send(knock, "email")
    lines = [line.strip() for line in str(knock.explain("jane")).splitlines()]
    assert f"webhook message.sent to {URL}: pending after 1 attempt, answered with 404" in lines
    assert lines[-1] == f"webhook workflow_recipient_run.completed to {URL}: taken: nobody was asked"
    (run,) = knock.runs
    told = run.explain().to_json()["webhooks"]
    assert isinstance(told, list)
    assert {
        "event": "message.sent",
        "url": URL,
        "message_id": message.id,
        "status": "pending",
        "text": f"message.sent to {URL}: pending after 1 attempt, answered with 404",
    } in told


@pytest.mark.filterwarnings("ignore::knock_fake.failure_report.WebhookReceiverWarning")
def test_what_an_application_cannot_do_to_the_clock_is_told_by_what_goes_on(knock: KnockFake) -> None:
    def receive(_request: HttpRequest) -> JsonObject:
        knock.clock.advance("1h")
        return {}

    knock.webhooks.add(URL, "message.sent", app=receive)
    send(knock, "email")
    assert knock.webhooks.deliveries.one().attempts[0].problem == (
        f"responder 1 (endpoint {URL}): receive() failed: ClockError: advance() was called while the clock is moving, "
        f"to tell {URL} of message.sent: set a timer with call_later() instead, or move the clock afterwards"
    )
    assert knock.clock.shown_move == ""


def test_what_others_set_off_while_an_application_is_told_happens_when_it_has_answered(knock: KnockFake) -> None:
    told, may_answer = Event(), Event()

    def receive(_request: HttpRequest) -> JsonObject:
        told.set()
        may_answer.wait(20)
        return {}

    knock.webhooks.add(URL, "workflow_recipient_run.started", app=receive)
    first = Thread(target=lambda: trigger(knock, "digest"))
    knock.workflows.add("digest", steps=[in_app_feed("Hi")])
    first.start()
    assert told.wait(20)
    assert trigger(knock, "digest", {"id": "joe"}) == []
    may_answer.set()
    first.join(20)
    assert sorted(str(message.recipient) for message in knock.messages) == ["jane", "joe"]
