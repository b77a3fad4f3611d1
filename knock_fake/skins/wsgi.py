"""The fake as a WSGI application, for mounting in Flask or Django and for ``werkzeug.test.Client``."""

from __future__ import annotations

import traceback
from errno import ECONNRESET
from time import sleep
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urlsplit

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from knock_fake.gateway.call import Call
from knock_fake.skins.cors import CORS_HEADERS, is_preflight, preflight_reply
from knock_fake.skins.wire import failure, half_of, header_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from knock_fake.gateway.call import Handler, Reply
    from knock_fake.gateway.disruption import Disruption, Failure

_BREAKS: frozenset[Failure | None] = frozenset({"connection_refused", "connection_reset", "disconnected"})
_PATH_SAFE = "/:@!$&'()*+,;=~-._"


def wsgi_app(handler: Handler) -> WSGIApplication:
    """Return the API as a WSGI callable, to be mounted under any prefix.

    WSGI hands an application its path decoded, in which ``%2F`` cannot be told from ``/``. Where the server
    also hands on the path as it was sent, that one is used (``RAW_URI``, ``REQUEST_URI``: werkzeug, gunicorn,
    uWSGI, mod_wsgi). Elsewhere (wsgiref, Django's ``runserver``) identifiers that hold a slash are not
    understood.

    Args:
        handler: what answers, such as a world. It is called in the thread of the request.

    """
    return KnockWSGI(handler)


class KnockWSGI:
    """The API as one WSGI callable. It answers preflights itself and lets every origin read every answer.

    Args:
        handler: what answers. An exception from it becomes a 500 for the client; its traceback goes to
            ``wsgi.errors``, the stream that WSGI has for it.

    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        request = Request(environ)
        try:
            call = _call(request)
        except ClientDisconnected as error:
            return error.get_response(environ)(environ, start_response)
        reply = self._reply(call, environ)
        if reply.disruption is not None:
            _act_out(reply.disruption)
        return _response(reply)(environ, start_response)

    def _reply(self, call: Call, environ: WSGIEnvironment) -> Reply:
        if is_preflight(call.method, call.headers):
            return preflight_reply(call.headers)
        try:
            return self.handler.handle(call)
        except Exception as error:
            traceback.print_exception(error, file=environ["wsgi.errors"])
            return failure(error)


def _call(request: Request) -> Call:
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = request.query_string.decode("latin-1")
    body = request.get_data(cache=False)
    origin = f"{request.scheme}://{request.host}"
    mount = request.root_path.rstrip("/")
    return Call(request.method, _path(request.environ), query, headers, body, origin, mount)


def _path(environ: WSGIEnvironment) -> str:
    """Return the path below the mount: as it was sent if the server tells, otherwise quoted anew."""
    prefix = environ.get("SCRIPT_NAME", "").encode("latin-1")
    path = environ.get("PATH_INFO", "").encode("latin-1")
    sent = urlsplit(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "").path
    # A path that something between the server and here rewrote is no longer the one that was sent.
    if unquote_to_bytes(sent) != prefix + path:
        return quote(path, safe=_PATH_SAFE) or "/"
    depth = prefix.count(b"/")
    return "/" + "/".join(sent.split("/")[depth + 1 :])


def _act_out(disruption: Disruption) -> None:
    """Wait as long as the answer takes, and break the connection if it is to be broken before it.

    WSGI has no word for that, but servers (wsgiref, werkzeug, gunicorn) take this exception for a client that is gone,
    and close the connection without an answer. None can wait for a client to lose patience: what stands in for a
    timeout is sent, a 504.
    """
    sleep(disruption.latency)
    if disruption.failure in _BREAKS:
        raise _broken()


def _broken() -> ConnectionResetError:
    return ConnectionResetError(ECONNRESET, "knock_fake breaks this connection on purpose")


def _half(body: bytes) -> Iterator[bytes]:
    yield half_of(body)
    raise _broken()


def _response(reply: Reply) -> Response:
    is_cut = reply.disruption is not None and reply.disruption.failure == "incomplete_body"
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in header_list(reply)]
    response = Response(_half(reply.body) if is_cut else reply.body, reply.status, [*headers, *CORS_HEADERS.items()])
    # werkzeug leaves the body out for HEAD, and gives every response a content type, the empty ones too.
    if "content-type" not in reply.headers:
        del response.headers["content-type"]
    return response
