"""Applications in this process that answer requests of a world: WSGI, ASGI, httpx transports, plain functions."""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote, urlsplit

from knock_fake.errors import UsageTypeError
from knock_fake.responders.answers import Answer
from knock_fake.skins.lending import StillBusyError, lent, let_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from knock_fake.json_types import Json
    from knock_fake.responders.requests import HttpRequest
    from knock_fake.responders.turns import HttpAnswering

_Asked: TypeAlias = "Callable[[HttpRequest], Answer]"

_WITHOUT_BODY = (204, 304)
_REMEDY = "give a function of the request, a WSGI or ASGI application, or an httpx transport"


def answering(app: object, lock: AbstractContextManager[object]) -> HttpAnswering:
    """Return the function by which an application answers requests.

    All of them may call the world from any thread before they answer. A function and a WSGI application are called by
    the thread that moves the world, so that a test and its application share what belongs to a thread, such as the
    transaction of a database; they may take as long as they like. ASGI applications and transports run in a thread of
    their own, no longer than Knock waits. The lifespan of an ASGI application is not run.

    Args:
        app: the application.
        lock: the world's.

    Raises:
        UsageTypeError: it is none that can be asked.
    """
    asking = _answering(app, lock)
    asking.__name__ = getattr(app, "__name__", type(app).__name__)  # what goes wrong is told by its own name
    return asking


def _answering(app: object, lock: AbstractContextManager[object]) -> HttpAnswering:
    if hasattr(app, "handle_request"):
        return _lending(partial(_ask_transport, app), lock)
    if hasattr(app, "handle_async_request"):
        return _lending(partial(_ask_async_transport, app), lock)
    if not callable(app):
        raise UsageTypeError(f"webhooks.add: app cannot be {app!r}: {_REMEDY}")
    parameters = _required_parameters(app)
    if parameters == 1 and inspect.iscoroutinefunction(app):
        problem = "async functions are not taken: give a function or an ASGI application"
        raise UsageTypeError(f"webhooks.add: app cannot be {app!r}: {problem}")
    if parameters == 1:
        return _letting_go(app, lock)
    if parameters == 2:
        return _letting_go(partial(_ask_wsgi, app), lock)
    if parameters == 3:
        return _lending(partial(_ask_asgi, app), lock)
    raise UsageTypeError(f"webhooks.add: nobody can tell how {app!r} is to be asked: {_REMEDY}")


def _required_parameters(app: Callable[..., object]) -> int:
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):  # one that is written in C tells nothing of itself
        return 0
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in positional and one.default is inspect.Parameter.empty for one in parameters)


def _lending(ask: _Asked, lock: AbstractContextManager[object]) -> HttpAnswering:
    def answer(request: HttpRequest) -> Answer:
        try:
            return lent(lock, partial(ask, request), request.timeout)
        except StillBusyError:
            return Answer(fail="timeout", reason="the application is still at it")

    return answer


def _letting_go(ask: HttpAnswering, lock: AbstractContextManager[object]) -> HttpAnswering:
    def answer(request: HttpRequest) -> Answer | Json:
        with let_go(lock):
            return ask(request)

    return answer


def _ask_wsgi(app: Any, request: HttpRequest) -> Answer:  # noqa: ANN401 - a WSGI application by its parameters alone
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    parts = urlsplit(request.url)
    builder = EnvironBuilder(
        path=unquote(parts.path) or "/",
        base_url=f"{parts.scheme}://{parts.netloc}/",
        query_string=parts.query,
        method=request.method,
        headers=[*request.headers.items()],
        data=request.body,
    )
    try:
        chunks, status, headers = run_wsgi_app(app, builder.get_environ(), buffered=True)
    finally:
        builder.close()
    return _answer(int(status.split(" ", 1)[0]), headers.items(), b"".join(chunks))


def _ask_asgi(app: Any, request: HttpRequest) -> Answer:  # noqa: ANN401 - an ASGI application by its parameters alone
    return asyncio.run(_run_asgi(app, request))


async def _run_asgi(app: Any, request: HttpRequest) -> Answer:  # noqa: ANN401 - as above
    sent: list[dict[str, Any]] = []
    coming = [{"type": "http.request", "body": (request.body or "").encode(), "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not coming:
            await asyncio.Event().wait()  # nobody hangs up: the task is cancelled when the answer is there
        return coming.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(_scope(request), receive, send)
    start = next((one for one in sent if one["type"] == "http.response.start"), None)
    if start is None:
        raise RuntimeError("the application has sent no answer")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start.get("headers", ())]
    return _answer(start["status"], headers, b"".join(one.get("body", b"") for one in sent))


def _scope(request: HttpRequest) -> dict[str, Any]:
    parts = urlsplit(request.url)
    headers = {"host": parts.netloc, "content-length": str(len((request.body or "").encode()))}
    headers.update(request.headers)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote(parts.path) or "/",
        "raw_path": (parts.path or "/").encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": (parts.hostname or "localhost", parts.port or {"http": 80}.get(parts.scheme, 443)),
    }


def _ask_transport(transport: Any, request: HttpRequest) -> Answer:  # noqa: ANN401 - httpx need not be installed
    response = transport.handle_request(_httpx_request(request))
    return _answer(response.status_code, response.headers.items(), response.read())


def _ask_async_transport(transport: Any, request: HttpRequest) -> Answer:  # noqa: ANN401 - as above
    async def ask() -> Answer:
        response = await transport.handle_async_request(_httpx_request(request))
        return _answer(response.status_code, response.headers.items(), await response.aread())

    return asyncio.run(ask())


def _httpx_request(request: HttpRequest) -> Any:  # noqa: ANN401 - as above
    import httpx

    return httpx.Request(request.method, request.url, headers={**request.headers}, content=request.body)


def _answer(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
    named: Mapping[str, str] = {name.lower(): value for name, value in headers}
    text = None if status in _WITHOUT_BODY or not body else body.decode("utf-8", "replace")
    return Answer(status=status, text=text, headers=named)
