"""Applications in this process that receive webhooks, each asked as its kind is."""

from __future__ import annotations

import asyncio
from threading import Event, Thread, current_thread
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from knock_fake import KnockFake, UsageTypeError
from knock_fake.skins import receiving
from knock_fake.skins.lending import StillBusyError, lent, let_go
from tests.delivery.sending import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from wsgiref.types import StartResponse, WSGIEnvironment

    from starlette.requests import Request

    from knock_fake.json_types import JsonObject
    from knock_fake.responders import HttpRequest
    from knock_fake.webhooks.deliveries import Delivery

URL = "https://app.test/a%20hook?from=knock"
SECRET = "key"


class Received:
    """What an application was asked, in its own words."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str, str, bytes]] = []

    def wsgi(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = int(environ["CONTENT_LENGTH"])
        body = environ["wsgi.input"].read(length)
        event = environ["HTTP_X_KNOCK_EVENT"]
        self.seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], event, body))
        start_response("202 Accepted", [("content-type", "application/json"), ("X-Mine", "yes")])
        return [b'{"got": ', b"1}"]

    async def asgi(self, request: Request) -> Response:
        event = request.headers["x-knock-event"]
        body = await request.body()
        self.seen.append((request.method, request.url.path, request.url.query, event, body))
        return JSONResponse({"got": 1}, 202, {"X-Mine": "yes"})

    def httpx(self, request: httpx.Request) -> httpx.Response:
        event = request.headers["x-knock-event"]
        query = request.url.query.decode()
        self.seen.append((request.method, request.url.path, query, event, request.content))
        return httpx.Response(202, json={"got": 1}, headers={"X-Mine": "yes"})


def starlette(endpoint: Callable[[Request], Any]) -> Starlette:
    return Starlette(routes=[Route("/{path:path}", endpoint, methods=["POST"])])


@pytest.mark.parametrize(
    "make",
    [
        lambda received: received.wsgi,
        lambda received: starlette(received.asgi),
        lambda received: httpx.MockTransport(received.httpx),
        lambda received: httpx.ASGITransport(starlette(received.asgi)),
        lambda received: httpx.WSGITransport(received.wsgi),
    ],
)
def test_an_application_receives_webhooks(knock: KnockFake, make: Callable[[Received], object]) -> None:
    received = Received()
    webhook = knock.webhooks.add(URL, "message.sent", secret=SECRET, app=make(received))
    send(knock, "email")
    delivery = knock.webhooks.deliveries.one()
    (attempt,) = delivery.attempts
    assert received.seen == [("POST", "/a hook", "from=knock", "message.sent", delivery.body.encode())]
    assert (delivery.status, attempt.status, attempt.answer_headers["x-mine"]) == ("delivered", 202, "yes")
    assert orjson.loads(attempt.answer_body or "") == {"got": 1}
    assert attempt.answered_by == f"responder 1 (endpoint {URL})"
    webhook.verify(received.seen[0][4], str(attempt.headers["x-knock-signature"]))


def call_back(knock: KnockFake) -> None:
    """Mark the first message as read, as an application would that looks at what it is told of."""
    (message,) = knock.client().messages.list()
    knock.client().messages.mark_as_read(message.id)


def plain(knock: KnockFake) -> object:
    def receive(_request: HttpRequest) -> JsonObject:
        call_back(knock)
        return {}

    return receive


def sync_wsgi(knock: KnockFake) -> object:
    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call_back(knock)
        start_response("204 No Content", [])
        return []

    return app


def in_the_loop(knock: KnockFake) -> object:
    async def endpoint(_request: Request) -> Response:
        call_back(knock)
        return Response(status_code=204)

    return starlette(endpoint)


def in_a_thread_of_the_pool(knock: KnockFake) -> object:
    def endpoint(_request: Request) -> Response:  # Starlette runs it in a thread
        call_back(knock)
        return PlainTextResponse("ok")

    return starlette(endpoint)


CALLING_BACK = [plain, sync_wsgi, in_the_loop, in_a_thread_of_the_pool]


@pytest.mark.parametrize("make", CALLING_BACK)
def test_it_may_call_the_world_before_it_answers(knock: KnockFake, make: Callable[[KnockFake], object]) -> None:
    knock.webhooks.add(URL, "message.delivered", app=make(knock))
    message = send(knock, "email")
    assert "read" in message.engagements
    assert knock.webhooks.deliveries.one().status == "delivered"


@pytest.mark.parametrize("make", CALLING_BACK)
def test_so_it_may_where_an_event_loop_is_running(knock: KnockFake, make: Callable[[KnockFake], object]) -> None:
    async def trigger() -> None:
        send(knock, "email")

    knock.webhooks.add(URL, "message.delivered", app=make(knock))
    asyncio.run(trigger())
    assert knock.webhooks.deliveries.one().status == "delivered"


def failing_wsgi(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
    raise ValueError("broken")


async def failing_asgi(_scope: object, _receive: object, _send: object) -> None:
    raise ValueError("broken")


async def silent_asgi(_scope: object, _receive: object, _send: object) -> None:
    pass


@pytest.mark.filterwarnings("ignore::knock_fake.failure_report.WebhookReceiverWarning")
@pytest.mark.parametrize(
    ("app", "told"),
    [
        (failing_wsgi, "failing_wsgi() failed: ValueError: broken"),
        (failing_asgi, "failing_asgi() failed: ValueError: broken"),
        (silent_asgi, "silent_asgi() failed: RuntimeError: the application has sent no answer"),
    ],
)
def test_an_application_that_fails_is_asked_again(knock: KnockFake, app: object, told: str) -> None:
    knock.webhooks.add(URL, "message.sent", app=app)
    send(knock, "email")
    delivery: Delivery = knock.webhooks.deliveries.one()
    (attempt,) = delivery.attempts
    assert delivery.status == "pending"
    assert attempt.problem == f"responder 1 (endpoint {URL}): {told}"


def test_an_application_that_does_not_come_to_an_end_is_a_timeout(
    knock: KnockFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = Event()

    async def app(_scope: object, _receive: object, _send: object) -> None:
        await asyncio.to_thread(leave.wait, 10)

    def soon(lock: AbstractContextManager[object], work: Callable[[], object], _seconds: float | None = None) -> object:
        return lent(lock, work, 0.01)

    monkeypatch.setattr(receiving, "lent", soon)
    knock.webhooks.add(URL, "message.sent", app=app)
    send(knock, "email")
    knock.clock.advance("15s")
    leave.set()
    (attempt,) = knock.webhooks.deliveries.one().attempts
    assert attempt.problem == "not answered within 15 seconds: the application is still at it"


@pytest.mark.parametrize("answer_by", ["app", "responder"])
def test_a_function_that_returns_nothing_has_taken_the_event(knock: KnockFake, answer_by: str) -> None:
    inbox: list[HttpRequest] = []
    knock.webhooks.add(URL, "message.sent", app=inbox.append if answer_by == "app" else None)
    if answer_by == "responder":
        knock.responders.endpoint(URL, answer=lambda request: inbox.append(request))
    send(knock, "email")
    (attempt,) = knock.webhooks.deliveries.one(status="delivered").attempts
    assert (attempt.status, attempt.answer_body, len(inbox)) == (204, None, 1)


@pytest.mark.filterwarnings("ignore::knock_fake.failure_report.WebhookReceiverWarning")
@pytest.mark.parametrize("returned", [503, ("no", 503), 7.5])
def test_a_status_that_is_no_answer_is_refused(knock: KnockFake, returned: object) -> None:
    def receive(_request: HttpRequest) -> object:
        return returned

    knock.webhooks.add(URL, "message.sent", app=receive)
    send(knock, "email")
    (attempt,) = knock.webhooks.deliveries.one(status="pending").attempts
    remedy = "return Answer(status=503) to answer with a status, a dict for a JSON body, or nothing"
    told = f"UsageTypeError: it returned {returned!r}: {remedy}"
    assert attempt.problem == f"responder 1 (endpoint {URL}): receive() failed: {told}"


def test_a_dict_is_the_body_of_the_answer_whatever_it_says(knock: KnockFake) -> None:
    knock.webhooks.add(URL, "message.sent", app=lambda _request: {"status": 503})
    send(knock, "email")
    (attempt,) = knock.webhooks.deliveries.one(status="delivered").attempts
    assert (attempt.status, attempt.answer_body) == (200, '{"status":503}')


async def one_parameter(_request: object) -> None:
    pass


def test_an_async_function_is_refused(knock: KnockFake) -> None:
    with pytest.raises(UsageTypeError) as refused:
        knock.webhooks.add(URL, app=one_parameter)
    remedy = "give a function or an ASGI application"
    assert (
        str(refused.value) == f"webhooks.add: app cannot be {one_parameter!r}: async functions are not taken: {remedy}"
    )


@pytest.mark.parametrize("app", [lambda: None, lambda _a, _b, _c, _d: None, max])
def test_what_cannot_be_asked_is_refused(knock: KnockFake, app: object) -> None:
    with pytest.raises(UsageTypeError) as refused:
        knock.webhooks.add(URL, app=app)
    remedy = "give a function of the request, a WSGI or ASGI application, or an httpx transport"
    assert str(refused.value) == f"webhooks.add: nobody can tell how {app!r} is to be asked: {remedy}"


def test_a_lent_lock_is_everybodys_and_comes_back(knock: KnockFake) -> None:
    def use_the_world() -> str:
        worker = Thread(target=lambda: knock.client().users.update("jane"))
        worker.start()
        worker.join(10)
        return "done"

    with knock.lock, knock.lock:
        assert lent(knock.lock, use_the_world) == "done"
        blocked = Thread(target=lambda: knock.client().users.update("joe"))
        blocked.start()
        assert [user.id for user in knock.users] == ["jane"]
    blocked.join(10)
    assert [user.id for user in knock.users] == ["jane", "joe"]


def test_what_goes_wrong_meanwhile_is_raised(knock: KnockFake) -> None:
    def fail() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        lent(knock.lock, fail)
    leave = Event()
    with pytest.raises(StillBusyError):
        lent(knock.lock, lambda: leave.wait(10), 0.01)
    leave.set()


def calling_a_server(kind: str, url: Callable[[], str]) -> object:
    """Return an application that calls the world by a live server, before it answers."""

    def call() -> None:
        httpx.put(f"{url()}/v1/users/joe", json={}, headers={"authorization": "Bearer sk_test_1"}).raise_for_status()

    def receive(_request: HttpRequest) -> JsonObject:
        call()
        return {}

    def wsgi(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call()
        start_response("204 No Content", [])
        return []

    def endpoint(_request: Request) -> Response:
        call()
        return Response(status_code=204)

    return {"function": receive, "wsgi": wsgi, "asgi": starlette(endpoint)}[kind]


@pytest.mark.parametrize("kind", ["function", "wsgi", "asgi"])
def test_it_may_call_a_live_server_of_the_world(knock: KnockFake, kind: str) -> None:
    with knock.serve() as server:
        knock.webhooks.add(URL, "message.delivered", app=calling_a_server(kind, lambda: server.url))
        with knock.lock:
            send(knock, "email")
    assert knock.webhooks.deliveries.one().attempts[0].problem is None
    assert [user.id for user in knock.users] == ["jane", "joe"]


@pytest.mark.parametrize("kind", ["function", "wsgi"])
def test_what_can_be_asked_in_the_calling_thread_is(knock: KnockFake, kind: str) -> None:
    asked: list[Thread] = []

    def receive(_request: HttpRequest) -> JsonObject:
        asked.append(current_thread())
        return {}

    def wsgi(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked.append(current_thread())
        start_response("204 No Content", [])
        return []

    knock.webhooks.add(URL, "message.delivered", app={"function": receive, "wsgi": wsgi}[kind])
    send(knock, "email")
    assert asked == [current_thread()]


def test_a_lock_is_let_go_as_often_as_it_is_held_and_taken_again(knock: KnockFake) -> None:
    def use_the_world() -> bool:
        worker = Thread(target=lambda: knock.client().users.update("jane"))
        worker.start()
        worker.join(10)
        return not worker.is_alive()

    with knock.lock, knock.lock:
        with let_go(knock.lock):
            assert use_the_world()
        blocked = Thread(target=lambda: knock.client().users.update("joe"))
        blocked.start()
        blocked.join(0.05)
        assert blocked.is_alive()
    blocked.join(10)
    with let_go(knock.lock):
        assert use_the_world()
    with knock.lock, pytest.raises(LookupError), let_go(knock.lock):
        raise LookupError
    assert use_the_world()
